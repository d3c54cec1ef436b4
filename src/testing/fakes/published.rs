use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::held;
use crate::domain::{CertificateState, IssuerName, RevocationReason, Serial};
use crate::ports::{AuthorityStatus, Published, PublishedError, PublishedStatus};
use crate::values::{Millis, Timestamp};

/// What lies where a [`ScriptedStatus`] looks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Lying {
    /// The list that was published last.
    #[default]
    Last,
    /// The one before it again, as from a proxy or a backup.
    Previous,
    /// Nothing that can be fetched.
    Nothing,
    /// Something that does not read.
    Damaged,
    /// A list that another has signed.
    Forged,
}

/// State, reason and date.
type Told = (CertificateState, Option<RevocationReason>, Option<Timestamp>);

/// Lists in memory, published by the test, and trouble on a script.
///
/// ```
/// use cardflow::domain::{CertificateState, RevocationReason};
/// use cardflow::ports::{AuthorityStatus, PublishedStatus};
/// use cardflow::testing::fakes::{Lying, ScriptedStatus};
/// # use cardflow::values::{Millis, Timestamp};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
/// let serial = "0A01".parse().unwrap();
/// let told = ScriptedStatus::default();
/// told.publish([], noon);
/// assert_eq!(told.published(&serial, noon).await.unwrap().state, CertificateState::Valid);
/// # let (state, reason, revision) = (CertificateState::OnHold, Some(RevocationReason::CertificateHold), None);
/// let held = AuthorityStatus { state, reason, since: Some(noon), revision };
/// let later = noon.plus(Millis::hours(1));
/// told.publish([(serial.clone(), held)], later);
/// let seen = told.published(&serial, later).await.unwrap();
/// assert_eq!(seen.state, CertificateState::OnHold);
/// assert_eq!(seen.earlier_until, Some(noon.plus(Millis::hours(24))), "so long some may not know it");
/// told.lies(Lying::Nothing);
/// assert!(told.published(&serial, later).await.unwrap_err().is_retryable());
/// # });
/// ```
#[derive(Debug)]
pub struct ScriptedStatus {
    issuer: IssuerName,
    period: Millis,
    knows_its_own: bool,
    asked: AtomicUsize,
    board: Mutex<Board>,
}

#[derive(Debug, Default)]
struct Board {
    lies: Lying,
    lists: Vec<List>,
}

#[derive(Debug)]
struct List {
    as_of: Timestamp,
    until: Timestamp,
    was_seen: bool,
    lines: BTreeMap<Serial, Told>,
}

impl Default for ScriptedStatus {
    /// Of `CN=Example CA`.
    #[expect(clippy::expect_used, reason = "the name reads")]
    fn default() -> Self {
        ScriptedStatus::named("CN=Example CA".parse().expect("a name"))
    }
}

impl ScriptedStatus {
    /// Of the certificates of this issuer. Its lists are good for 24 hours, and what they do not name is valid; none lies
    /// there yet.
    #[must_use]
    pub fn named(issuer: IssuerName) -> Self {
        let (asked, board) = (AtomicUsize::new(0), Mutex::default());
        ScriptedStatus { issuer, period: Millis::hours(24), knows_its_own: false, asked, board }
    }

    /// With lists that are good for so long.
    #[must_use]
    pub fn with_period(self, period: Millis) -> Self {
        ScriptedStatus { period, ..self }
    }

    /// That does not know what its lists do not name, as a responder by OCSP does not.
    #[must_use]
    pub fn that_knows_its_own(self) -> Self {
        ScriptedStatus { knows_its_own: true, ..self }
    }

    /// A list of `at` with what holds of these certificates, of [`truth`](super::ScriptedAuthority::truth), say.
    pub fn publish(&self, holds: impl IntoIterator<Item = (Serial, AuthorityStatus)>, at: Timestamp) {
        let lines = holds.into_iter().map(|(serial, it)| (serial, (it.state, it.reason, it.since))).collect();
        let mut board = held(&self.board);
        board.lists.push(List { as_of: at, until: at.plus(self.period), was_seen: false, lines });
        board.lies = Lying::Last;
    }

    /// From now on this lies there, until something is published.
    pub fn lies(&self, lying: Lying) {
        held(&self.board).lies = lying;
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Board {
    /// The list that is taken: the newest that was seen, or what lies there now.
    fn taken(&mut self) -> Result<usize, PublishedError> {
        let last = self.lists.len().checked_sub(1);
        let nothing = || PublishedError::Unavailable("scripted: nothing lies there".into());
        let lying = match self.lies {
            Lying::Last => last,
            Lying::Previous => last.and_then(|it| it.checked_sub(1)),
            Lying::Nothing => None,
            Lying::Damaged => return Err(PublishedError::Unreadable { why: "scripted: it is damaged" }),
            Lying::Forged => return Err(PublishedError::NotTrusted { why: "scripted: another has signed it" }),
        };
        let newest = self.lists.iter().rposition(|it| it.was_seen);
        lying.map(|it| newest.map_or(it, |newest| newest.max(it))).ok_or_else(nothing)
    }
}

#[async_trait]
impl PublishedStatus for ScriptedStatus {
    fn issuer(&self) -> IssuerName {
        self.issuer.clone()
    }

    async fn published(&self, serial: &Serial, now: Timestamp) -> Result<Published, PublishedError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut board = held(&self.board);
        let taken = board.taken()?;
        let Some(list) = board.lists.get_mut(taken) else {
            return Err(PublishedError::Other("scripted: no such list".into()));
        };
        let (as_of, until) = (list.as_of, list.until);
        if now < as_of {
            return Err(PublishedError::NotYetValid { from: as_of, now });
        }
        list.was_seen = true;
        if now >= until {
            return Err(PublishedError::Expired { until, now });
        }
        let unnamed = (CertificateState::Valid, None, None);
        let (state, reason, since) = match list.lines.get(serial) {
            Some(told) => *told,
            None if self.knows_its_own => return Err(PublishedError::NotFound(serial.clone())),
            None => unnamed,
        };
        let otherwise = |it: &&List| {
            let (its_state, its_reason, _) = it.lines.get(serial).copied().unwrap_or(unnamed);
            it.was_seen && it.until > now && (its_state, its_reason) != (state, reason)
        };
        let earlier_until = board.lists.iter().filter(otherwise).map(|it| it.until).max();
        Ok(Published { state, reason, since, as_of, until: Some(until), earlier_until })
    }
}
