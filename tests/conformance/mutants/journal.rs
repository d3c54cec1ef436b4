//! A journal that does one thing wrong.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::ports::{AccessJournal, Refused, StorageError};
use cardflow::testing::conformance::journal::JournalFactory;
use cardflow::values::{Millis, TenantId};

faults! {
    /// nothing is wrong
    None,
    /// an empty journal is an error
    FearsNothing,
    /// the last refusal comes with the next
    ShowsLater,
    /// the oldest is shown first
    ShowsOldest,
    /// more is shown than was asked for
    IgnoresLimit,
    /// texts are cut
    CutsTexts,
    /// subjects are dropped
    DropsSubjects,
    /// nothing is one entry
    NeverCoalesces,
    /// entries are one for ever
    AlwaysCoalesces,
    /// the hour begins with the last
    ExtendsHour,
    /// the count rises by one
    CountsByOne,
    /// the time of the last is dropped
    KeepsFirstTime,
    /// only the entry before is looked at
    LooksAtLast,
    /// actors are not told apart
    IgnoresActor,
    /// subjects are not told apart
    IgnoresSubject,
    /// codes are not told apart
    IgnoresCode,
    /// attempts are folded
    FoldsAttempts,
    /// too few are kept
    KeepsFew,
    /// the newest go
    DropsNewest,
    /// tenants share their bound
    SharesBound,
    /// tenants share a journal
    SharesJournal,
}

#[derive(Debug)]
struct WrongJournal {
    fault: Fault,
    entries: Mutex<Vec<Refused>>,
}

impl WrongJournal {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn is_same(&self, one: &Refused, other: &Refused) -> bool {
        let attempt = |it: &Refused| match self.fault {
            Fault::FoldsAttempts => it.attempt.trim().to_lowercase(),
            _ => it.attempt.clone(),
        };
        let begin = if self.is(Fault::ExtendsHour) { one.last } else { one.first };
        let soon = begin > other.first.minus(Millis::hours(1)) || self.is(Fault::AlwaysCoalesces);
        soon && (one.tenant == other.tenant || self.is(Fault::SharesJournal))
            && (one.actor == other.actor || self.is(Fault::IgnoresActor))
            && (one.subject == other.subject || self.is(Fault::IgnoresSubject))
            && (one.code == other.code || self.is(Fault::IgnoresCode))
            && attempt(one) == attempt(other)
            && !self.is(Fault::NeverCoalesces)
    }
}

#[async_trait]
impl AccessJournal for WrongJournal {
    async fn note(&self, mut refused: Refused) {
        let mut entries = self.entries.lock().unwrap();
        match self.fault {
            Fault::CutsTexts => refused.attempt = refused.attempt.chars().take(100).collect(),
            Fault::DropsSubjects => refused.subject = None,
            _ => {}
        }
        // Attempts of the bulk are a minute apart: none further back is the same.
        let look = if self.is(Fault::LooksAtLast) { 1 } else { 200 };
        if let Some(known) = entries.iter_mut().rev().take(look).find(|it| self.is_same(it, &refused)) {
            known.times += if self.is(Fault::CountsByOne) { 1 } else { refused.times };
            if !self.is(Fault::KeepsFirstTime) {
                known.last = known.last.max(refused.last);
            }
            return;
        }
        let full = match self.fault {
            Fault::KeepsFew => entries.len() >= 9_000,
            Fault::SharesBound => entries.len() >= 10_000,
            Fault::DropsNewest => entries.len() >= 20_000,
            _ => false,
        };
        match (full, self.fault) {
            (true, Fault::DropsNewest) => return,
            (true, _) => drop(entries.remove(0)),
            (false, _) => {}
        }
        entries.push(refused);
    }

    async fn refusals(&self, tenant: TenantId, limit: usize) -> Result<Vec<Refused>, StorageError> {
        let entries = self.entries.lock().unwrap();
        let mine = entries.iter().filter(|it| it.tenant == tenant || self.is(Fault::SharesJournal));
        let mut shown: Vec<Refused> = mine.cloned().collect();
        if self.is(Fault::ShowsLater) {
            shown.pop();
        }
        if shown.is_empty() && self.is(Fault::FearsNothing) {
            return Err(StorageError::Corrupt { what: "nothing".to_owned() });
        }
        if !self.is(Fault::ShowsOldest) {
            shown.reverse();
        }
        shown.truncate(if self.is(Fault::IgnoresLimit) { usize::MAX } else { limit });
        Ok(shown)
    }
}

/// Makes journals with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl JournalFactory for Wrong {
    type Guard = ();

    async fn journal(&self) -> ((), Arc<dyn AccessJournal>) {
        ((), Arc::new(WrongJournal { fault: self.0, entries: Mutex::default() }))
    }
}
