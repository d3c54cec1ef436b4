//! A reader of what is published that does one thing wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use cardflow::domain::AuthorityAction::{self, Hold, Release, Revoke};
use cardflow::domain::{CertificateState, IssuerName, RevocationReason, Serial};
use cardflow::ports::{Published, PublishedError, PublishedStatus};
use cardflow::testing::conformance::published::{PublishedFactory, Replaced};
use cardflow::values::{Millis, Timestamp};

faults! {
    /// nothing is wrong
    None,
    /// what is not there stops nobody
    TakesNothingForGood,
    /// what does not read stops nobody
    TakesDamageForGood,
    /// what another has signed is believed
    BelievesAll,
    /// what another has signed is believed where nothing was seen before
    BelievesAtFirst,
    /// what was seen is told while another lies there
    HidesForgery,
    /// after trouble it looks no more
    GivesUp,
    /// it has the time of the question for that of the list
    TellsNow,
    /// it does not say until when
    TellsNoEnd,
    /// it counts the list itself as an earlier one
    CountsItself,
    /// what has ended is told
    IgnoresEnds,
    /// the end comes at once
    EndsAtOnce,
    /// what is to come is told
    IgnoresBeginnings,
    /// what was to come is refused for ever
    RemembersTooEarly,
    /// what is older is told
    GoesBack,
    /// what is older is an error
    StumblesOverOld,
    /// the first is told for ever
    KeepsTheFirst,
    /// every certificate is good
    TellsGood,
    /// every certificate is on hold
    TellsHeld,
    /// what is on hold is revoked
    TakesHoldsForRevocations,
    /// what was released is not
    KeepsReleased,
    /// a reason is the first of all
    ForgetsReasons,
    /// what is on hold has no date
    DropsDates,
    /// a revocation has the date of the list
    DatesAnew,
    /// one that is stopped stops the next
    MixesUp,
    /// it asks the authority
    AsksTheAuthority,
    /// what was told otherwise is forgotten
    ForgetsEarlier,
    /// what was told otherwise is told once
    TellsEarlierOnce,
    /// the first end of those that told otherwise counts
    CountsTheFirst,
    /// the end of all that was seen counts
    CountsAll,
    /// what has ended counts
    CountsEnded,
    /// its name changes with each question
    ChangesName,
    /// what was never issued is good
    KnowsNotItsOwn,
}

/// State, reason and date.
type Told = (CertificateState, Option<RevocationReason>, Option<Timestamp>);

const VALID: Told = (CertificateState::Valid, None, None);

#[derive(Clone, Debug)]
struct List {
    as_of: Timestamp,
    until: Timestamp,
    lines: BTreeMap<Serial, Told>,
}

#[derive(Debug, Default)]
struct Board {
    truth: BTreeMap<Serial, Told>,
    lists: Vec<List>,
    replaced: Option<Replaced>,
    seen: Vec<List>,
    told: Option<Timestamp>,
    asked: usize,
    troubled: bool,
    early: Option<Timestamp>,
}

#[derive(Debug)]
pub(crate) struct WrongStatus {
    fault: Fault,
    board: Mutex<Board>,
}

impl WrongStatus {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap()
    }

    /// What lies there, as it is fetched.
    fn fetched(&self, board: &Board, now: Timestamp) -> Result<List, PublishedError> {
        let good = |as_of: Timestamp| List {
            as_of,
            until: as_of.plus(Millis::hours(24)),
            lines: board.truth.keys().map(|it| (it.clone(), VALID)).collect(),
        };
        let last = board.lists.last().cloned();
        match board.replaced {
            None => last.ok_or_else(|| PublishedError::Unavailable("nothing yet".into())),
            Some(Replaced::Previous) => Ok(board.lists[board.lists.len() - 2].clone()),
            Some(Replaced::Nothing) if self.is(Fault::TakesNothingForGood) => Ok(good(now)),
            Some(Replaced::Nothing) => Err(PublishedError::Unavailable("gone".into())),
            Some(Replaced::Damaged) if self.is(Fault::TakesDamageForGood) => Ok(good(now)),
            Some(Replaced::Damaged) => Err(PublishedError::Unreadable { why: "it is damaged" }),
            Some(Replaced::Forged(at)) if self.is(Fault::BelievesAll) => Ok(good(at)),
            Some(Replaced::Forged(at)) if self.is(Fault::BelievesAtFirst) && board.seen.is_empty() => Ok(good(at)),
            Some(Replaced::Forged(_)) if self.is(Fault::HidesForgery) && last.is_some() && !board.seen.is_empty() => {
                Ok(board.seen[board.seen.len() - 1].clone())
            }
            Some(Replaced::Forged(_)) => Err(PublishedError::NotTrusted { why: "another has signed it" }),
        }
    }

    fn taken(&self, board: &mut Board, now: Timestamp) -> Result<List, PublishedError> {
        if board.troubled && self.is(Fault::GivesUp) {
            return Err(PublishedError::Unavailable("it gave up".into()));
        }
        let fetched = self.fetched(board, now);
        board.troubled |= fetched.is_err();
        let mut list = fetched?;
        if self.is(Fault::KeepsTheFirst) {
            list = board.seen.first().cloned().unwrap_or(list);
        }
        let newest = board.seen.iter().max_by_key(|it| it.as_of).cloned();
        let older = newest.filter(|it| it.as_of > list.as_of);
        if older.is_some() && self.is(Fault::StumblesOverOld) {
            return Err(PublishedError::NotTrusted { why: "it is older than before" });
        }
        Ok(older.filter(|_| !self.is(Fault::GoesBack)).unwrap_or(list))
    }

    fn check_time(&self, board: &mut Board, list: &List, now: Timestamp) -> Result<(), PublishedError> {
        let (from, until) = (list.as_of, list.until);
        let early = now < from && !self.is(Fault::IgnoresBeginnings);
        if early || (board.early == Some(from) && self.is(Fault::RemembersTooEarly)) {
            board.early = Some(from);
            return Err(PublishedError::NotYetValid { from, now });
        }
        let end = if self.is(Fault::EndsAtOnce) { from.plus(Millis::seconds(1)) } else { until };
        if now >= end && !self.is(Fault::IgnoresEnds) {
            return Err(PublishedError::Expired { until, now });
        }
        Ok(())
    }

    fn told(&self, board: &Board, list: &List, serial: &Serial) -> Result<Told, PublishedError> {
        let lines = if self.is(Fault::AsksTheAuthority) { &board.truth } else { &list.lines };
        let told = match lines.get(serial) {
            Some(told) => *told,
            None if self.is(Fault::KnowsNotItsOwn) => VALID,
            None => return Err(PublishedError::NotFound(serial.clone())),
        };
        let before = board.lists.iter().filter_map(|it| it.lines.get(serial)).find(|it| **it != VALID);
        let neighbour = lines.range(..serial.clone()).next_back();
        let (state, reason, since) = match self.fault {
            Fault::TellsGood => VALID,
            Fault::TellsHeld => (CertificateState::OnHold, Some(RevocationReason::CertificateHold), Some(list.as_of)),
            Fault::KeepsReleased => before.copied().filter(|_| told == VALID).unwrap_or(told),
            Fault::MixesUp => neighbour.map_or(told, |(_, its)| if told == VALID { *its } else { told }),
            _ => told,
        };
        Ok(match self.fault {
            Fault::TakesHoldsForRevocations if state == CertificateState::OnHold => {
                (CertificateState::Revoked, reason, since)
            }
            Fault::ForgetsReasons => (state, reason.and(Some(RevocationReason::Unspecified)), since),
            Fault::DropsDates if state == CertificateState::OnHold => (state, reason, None),
            Fault::DatesAnew => (state, reason, since.and(Some(list.as_of))),
            _ => (state, reason, since),
        })
    }

    fn earlier(&self, board: &Board, serial: &Serial, told: Told, now: Timestamp, new: bool) -> Option<Timestamp> {
        let otherwise = |it: &&List| {
            let its = it.lines.get(serial).copied().unwrap_or(VALID);
            (its.0, its.1) != (told.0, told.1) || self.is(Fault::CountsAll)
        };
        let good = |it: &&List| it.until > now || self.is(Fault::CountsEnded);
        let (current, before) = board.seen.split_last().unwrap();
        let mut ends = before.iter().filter(good).filter(otherwise).map(|it| it.until);
        match self.fault {
            Fault::ForgetsEarlier => None,
            Fault::TellsEarlierOnce if !new => None,
            Fault::CountsTheFirst => ends.next(),
            Fault::CountsItself => ends.chain([current.until]).max(),
            _ => ends.max(),
        }
    }
}

#[async_trait]
impl PublishedStatus for WrongStatus {
    fn issuer(&self) -> IssuerName {
        let asked = if self.is(Fault::ChangesName) { self.board().asked } else { 0 };
        format!("CN=Test Card CA {asked}").parse().unwrap()
    }

    async fn published(&self, serial: &Serial, now: Timestamp) -> Result<Published, PublishedError> {
        let mut board = self.board();
        board.asked += 1;
        let list = self.taken(&mut board, now)?;
        self.check_time(&mut board, &list, now)?;
        let new = board.told != Some(list.as_of);
        board.told = Some(list.as_of);
        if new {
            board.seen.push(list.clone());
        }
        let told = self.told(&board, &list, serial)?;
        let earlier_until = self.earlier(&board, serial, told, now, new);
        let (state, reason, since) = told;
        let as_of = if self.is(Fault::TellsNow) { now.plus(Millis::seconds(1)) } else { list.as_of };
        let until = Some(list.until).filter(|_| !self.is(Fault::TellsNoEnd));
        Ok(Published { state, reason, since, as_of, until, earlier_until })
    }
}

/// Makes readers with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl PublishedFactory for Wrong {
    type Guard = Arc<WrongStatus>;

    async fn source(&self) -> (Arc<WrongStatus>, Arc<dyn PublishedStatus>) {
        let status = Arc::new(WrongStatus { fault: self.0, board: Mutex::default() });
        (status.clone(), status)
    }

    async fn certificate(&self, status: &Arc<WrongStatus>) -> Serial {
        let mut board = status.board();
        let serial = Serial::from_bytes(&[u8::try_from(board.truth.len() + 1).unwrap()]).unwrap();
        board.truth.insert(serial.clone(), VALID);
        serial
    }

    async fn change(&self, status: &Arc<WrongStatus>, serial: &Serial, action: AuthorityAction, at: Timestamp) {
        let mut board = status.board();
        let since = board.truth[serial].2.or(Some(at));
        let told = match action {
            Hold => (CertificateState::OnHold, Some(RevocationReason::CertificateHold), since),
            Release => VALID,
            Revoke(reason) => (CertificateState::Revoked, Some(reason), since),
        };
        board.truth.insert(serial.clone(), told);
    }

    async fn publish(&self, status: &Arc<WrongStatus>, at: Timestamp) {
        let mut board = status.board();
        let lines = board.truth.clone();
        board.lists.push(List { as_of: at, until: at.plus(Millis::hours(24)), lines });
        board.replaced = None;
    }

    async fn replace(&self, status: &Arc<WrongStatus>, by: Replaced) {
        status.board().replaced = Some(by);
    }

    fn now(&self) -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }
}
