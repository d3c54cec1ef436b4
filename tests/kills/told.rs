//! What a host under load says, line by line, and what its listener has understood.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cardflow::Cardflow;
use cardflow::cards::Cards;
use cardflow::runtime::{Error, Standing};
use cardflow::values::{Answers, CommandId, InstanceId, ObjectRef, Timestamp};

use crate::site::caller;

/// A command: enough to give it again.
#[derive(Clone, Debug)]
pub struct Ask {
    pub id: CommandId,
    pub account: String,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Start(String, ObjectRef),
    Run(String, ObjectRef),
    Next(InstanceId),
    Cancel(InstanceId),
}

impl Ask {
    /// Gives the command.
    pub async fn perform(&self, cards: &Cardflow) -> Result<Standing<Cards>, Error<Cards>> {
        let principal = caller(&self.account);
        let call = principal.command(self.id);
        let answers = Answers::none().with("reason", "lost").with("note", "left on a train");
        match &self.what {
            What::Start(process, card) => cards.start(call, process, *card).await,
            What::Run(process, card) => cards.run(call, process, *card, answers).await,
            What::Next(instance) => cards.next(call, *instance, answers).await,
            What::Cancel(instance) => cards.cancel(call, *instance).await,
        }
    }

    fn read(line: &str) -> Option<Ask> {
        let mut words = line.split(' ');
        let mut word = || words.next();
        let (id, account) = (word()?.parse().ok()?, word()?.to_owned());
        let what = match word()? {
            "start" => What::Start(word()?.to_owned(), word()?.parse().ok()?),
            "run" => What::Run(word()?.to_owned(), word()?.parse().ok()?),
            "next" => What::Next(word()?.parse().ok()?),
            "cancel" => What::Cancel(word()?.parse().ok()?),
            _ => return None,
        };
        Some(Ask { id, account, what })
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.id, self.account)?;
        match &self.what {
            What::Start(process, card) => write!(f, "start {process} {card}"),
            What::Run(process, card) => write!(f, "run {process} {card}"),
            What::Next(instance) => write!(f, "next {instance}"),
            What::Cancel(instance) => write!(f, "cancel {instance}"),
        }
    }
}

/// An answer in one line: all of it but the preview, which is that of the moment.
pub fn in_words(answer: &Standing<Cards>) -> String {
    let Standing { instance, process, version, subject, status, items, asked, confirmed, incidents, .. } = answer;
    format!("{:?}", (instance, process, version, subject, status, items, asked, confirmed, incidents))
}

/// Everything a store was asked, and what was answered before the host died.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub asked: Vec<Ask>,
    pub answered: BTreeMap<CommandId, String>,
    pub rejected: BTreeSet<CommandId>,
    /// How often a host in trouble could not do something.
    pub failed: u64,
    /// The highest number of a CRL that was published.
    pub crl: u64,
    /// The latest time.
    pub now: Option<Timestamp>,
}

impl Told {
    /// Understands one line; what it does not understand is an error of the host, in words.
    pub fn hear(&mut self, line: &str) -> Result<(), String> {
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
        let mut understood = || -> Option<()> {
            match kind {
                "ask" => self.asked.push(Ask::read(rest)?),
                "ack" => drop(self.answered.insert(first.parse().ok()?, more.to_owned())),
                "nak" => drop(self.rejected.insert(first.parse().ok()?)),
                "crl" => self.crl = self.crl.max(first.parse().ok()?),
                "now" => self.now = self.now.max(Some(Timestamp::from_millis(first.parse().ok()?))),
                "failed" => self.failed += 1,
                "ready" | "closing" | "closed" => {}
                _ => return None,
            }
            Some(())
        };
        understood().ok_or_else(|| line.to_owned())
    }
}
