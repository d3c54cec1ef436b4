use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;

use super::EffectError;
use crate::engine::NoticeKind;
use crate::values::{EffectId, PersonId, Timestamp};

/// A message to a person, as data: a notifier puts it into words.
///
/// It holds names, so it is kept nowhere: it is made when it is delivered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// The effect that asked for it; goes into a header, so that a receiver can drop doubles.
    pub effect: EffectId,
    /// To whom.
    pub to: PersonId,
    /// The address.
    pub address: String,
    /// The language the person reads, as a BCP 47 tag (`de-AT`), if it is known.
    pub locale: Option<String>,
    /// Why the person is written to.
    pub kind: NoticeKind,
    /// What there is to tell, by the names in [`FACTS`]. What does not apply is not there.
    pub facts: MessageFacts,
}

/// What there is to tell, by name.
pub type MessageFacts = BTreeMap<&'static str, Fact>;

/// One thing to tell.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fact {
    /// A name, a number, a code.
    Text(String),
    /// A point in time; how it is written is up to the language of the message.
    Time(Timestamp),
    /// There is such a thing, but it was erased, or is known no more.
    Gone,
    /// Several of the same sort, each with facts of its own.
    Rows(Vec<MessageFacts>),
}

/// A fact that a message can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FactSpec {
    /// Its name: in [`Message::facts`], and of the variable in templates.
    pub name: &'static str,
    /// What it is.
    pub is: &'static str,
    /// Whether each row of `waiting` has it too.
    pub in_rows: bool,
}

const fn fact(name: &'static str, is: &'static str, in_rows: bool) -> FactSpec {
    FactSpec { name, is, in_rows }
}

/// Every fact that a message can have.
pub static FACTS: &[FactSpec] = &[
    fact("recipient", "name of the person who is written to", false),
    fact("process", "title of the process: `Deactivate card`", true),
    fact("card", "number of the card that the process runs on, as printed", true),
    fact("card_kind", "what that card is for: `employee`, `contractor`, `visitor`, …", true),
    fact("holder", "name of the holder of that card", true),
    fact("person", "name of the person that the process runs on, where it runs on no card", true),
    fact("requester", "name of the person who asked for the process", true),
    fact("by", "name of the person who decided or sent back", false),
    fact(
        "outcome",
        "what it came to: `approved`, `rejected`, `postponed`, `expired`, `withdrawn`, `superseded`, `refused`; of what was done, the end of the process: `deactivated`",
        false,
    ),
    fact("note", "what the person who decided wrote, the reason of a rejection say", false),
    fact("until", "until when it waits, a time", true),
    fact("waiting", "everything that waits, as rows", false),
    fact("instance", "id of the instance, for links", true),
    fact("task", "id of the task, for links", true),
];

/// Sends messages to people.
///
/// # Contract
///
/// - **Handed over.** `notify` answers once the message is handed over for good, to its address and to nobody else. An answer
///   too early is a mail that never comes, and that nobody asks for again.
/// - **Marked.** Receivers see the id of the effect, the same when the same message comes again after a lost answer, so that
///   they can drop doubles.
/// - **Sorted.** An error may be tried again where the outside is away or says "not now", and not where it refuses the message
///   for good. What failed harms no later message.
/// - **Contained.** What people have written (names, notes) is told and does nothing: it adds no message, no receiver, no
///   header, no markup.
/// - **Discreet.** No error holds the address, what the message tells, or a secret.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Notifier: Debug + Send + Sync + 'static {
    /// Sends a message.
    ///
    /// # Errors
    ///
    /// [`EffectError`].
    async fn notify(&self, message: &Message) -> Result<(), EffectError>;
}
