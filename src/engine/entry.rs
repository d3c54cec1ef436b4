use serde::{Deserialize, Serialize};

use super::actor::{Actor, ActorMark};
use super::chain::{Draft, Linked, Personal};
use super::definition::Version;
use super::domain::Domain;
use super::event::Event;
use crate::values::{CodecError, CommandId, HomeId, Ids, InstanceId, Timestamp, decode, encode};

/// The version of the stored form of an entry.
const FORMAT: u8 = 1;

/// The open part of one history record: what one accepted command did, with ids and roles but no names (law 12).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(bound = "")]
pub struct Entry<D: Domain> {
    /// When it was decided.
    pub at: Timestamp,
    /// The command.
    pub command: CommandId,
    /// Who did it.
    pub actor: ActorMark,
    /// The run it belongs to; none for an import.
    pub run: Option<RunMark>,
    /// The rule that allowed it.
    pub rule: String,
    /// What happened, in order.
    pub events: Vec<Event<D>>,
    /// Objects that came in with an import, and changes outside any run.
    pub changes: Vec<D::Change>,
}

/// Which run an entry belongs to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RunMark {
    /// The instance.
    pub instance: InstanceId,
    /// The symbolic name of its process.
    pub process: String,
    /// The version of its process.
    pub version: Version,
}

/// The personal part of one history record.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct PersonalEntry {
    /// The account.
    pub account: String,
    /// The address or terminal.
    pub origin: String,
    /// Free text from forms, by field.
    pub notes: Vec<(String, String)>,
    /// What was said with a decision about an approval, to whoever decides, or about a task; or what was attached to one.
    pub said: String,
}

impl<D: Domain> Entry<D> {
    /// Draws up the record for `chain`: personal answers move behind the salted commitment.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if a value has no stored form.
    pub fn draft(mut self, chain: HomeId, actor: &Actor, ids: &Ids) -> Result<Draft, CodecError> {
        let mut personal =
            PersonalEntry { account: actor.account.clone(), origin: actor.origin.clone(), ..PersonalEntry::default() };
        for event in &mut self.events {
            match event {
                Event::Answered { answers, .. } => {
                    let (open, notes) = std::mem::take(answers).part();
                    *answers = open;
                    personal.notes.extend(notes);
                }
                Event::Judged { note, .. } | Event::Resubmitted { note, .. } | Event::Resolved { note, .. } => {
                    personal.said = std::mem::take(note);
                }
                Event::Handled { command, .. } => personal.said = command.take_words(),
                _ => {}
            }
        }
        let personal = if personal == PersonalEntry::default() {
            None
        } else {
            Some(Personal { salt: ids.salt(chain), bytes: encode("a personal part", FORMAT, &personal)? })
        };
        Ok(Draft { chain, at: self.at, open: encode("a history record", FORMAT, &self)?, personal })
    }

    /// Reads the open part of a record.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn read(record: &Linked) -> Result<Self, CodecError> {
        decode("a history record", FORMAT, &record.open)
    }
}

impl PersonalEntry {
    /// Reads the personal part of a record; none if there is none or it was erased.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn read(record: &Linked) -> Result<Option<Self>, CodecError> {
        record.personal.as_ref().map(|it| decode("a personal part", FORMAT, &it.bytes)).transpose()
    }
}
