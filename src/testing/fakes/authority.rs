use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use super::held;
use super::script::Happening;
use crate::domain::{AuthorityAction, Capabilities, IssuerName, RevocationReason, RevocationRefused, Serial};
use crate::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate,
    LedgerEntry, LedgerStatus,
};
use crate::values::{Digest, Revision, Timestamp};

/// How a [`ScriptedAuthority`] behaves.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Mood {
    /// It does what it is told.
    #[default]
    Well,
    /// It cannot be reached, and nothing is done.
    Down,
    /// It does what it is told, and its answers are lost: whether it did is not known.
    Mute,
    /// Orders do not arrive, and nobody knows that they did not.
    Deaf,
    /// It has revoked the certificate for reasons of its own (`keyCompromise`), and says so.
    Revokes,
    /// It refuses, as if the certificate were revoked for good, and does nothing.
    Refuses,
    /// An order arrives twice, as over a line that repeats; the second answer comes.
    Twice,
    /// It does nothing and answers what held before, whatever was asked for.
    Contradicts,
    /// Somebody there must agree first: an order waits until [they do](ScriptedAuthority::agrees).
    Pending,
}

/// A certificate authority in memory, with moods.
///
/// It keeps its own truth of every certificate by number, as the rules of RFC 5280 have it, and notes every order. Its
/// certificates are no real ones: it can tell its own from others, and nobody else can read them. It takes orders for
/// numbers that it never issued, as of certificates from before its time.
///
/// ```
/// use cardflow::domain::{AuthorityAction, CertificateState};
/// use cardflow::ports::{AuthorityOrder, CertificateAuthority};
/// use cardflow::testing::fakes::{Mood, ScriptedAuthority};
/// # use cardflow::values::{EffectId, Timestamp};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let (effect, at) = (EffectId::from_uuid(uuid::Uuid::nil()), Timestamp::from_millis(0));
/// let authority = ScriptedAuthority::default();
/// authority.next([Mood::Down, Mood::Mute]);
/// let serial = "0A01".parse().unwrap();
/// let action = AuthorityAction::Hold;
/// let order =
///     AuthorityOrder { effect, serial, not_after: at, action, at, since: None, invalid_since: None, expects: None };
/// assert!(authority.change(&order).await.is_err(), "it cannot be reached");
/// assert!(authority.change(&order).await.is_err(), "its answer is lost");
/// let status = authority.status(&order.serial).await.unwrap();
/// assert_eq!(status.state, CertificateState::OnHold, "which it has done all the same");
/// assert_eq!(authority.actions(), [AuthorityAction::Hold], "one order has arrived");
/// # });
/// ```
pub struct ScriptedAuthority {
    issuer: IssuerName,
    capabilities: Capabilities,
    truth: Mutex<BTreeMap<Serial, LedgerEntry>>,
    issued: AtomicUsize,
    orders: Mutex<Vec<AuthorityOrder>>,
    waiting: Mutex<Vec<AuthorityOrder>>,
    statuses_read: AtomicUsize,
    mood: Mutex<Mood>,
    script: Mutex<VecDeque<Mood>>,
    during: Mutex<Option<Happening>>,
}

impl fmt::Debug for ScriptedAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedAuthority")
            .field("issuer", &self.issuer)
            .field("mood", &self.mood)
            .finish_non_exhaustive()
    }
}

impl Default for ScriptedAuthority {
    /// `CN=Example CA`, which changes certificates by the rules of RFC 5280.
    #[expect(clippy::expect_used, reason = "the name reads")]
    fn default() -> Self {
        ScriptedAuthority::named("CN=Example CA".parse().expect("a name"))
    }
}

impl ScriptedAuthority {
    /// One of this name, which changes certificates by the rules of RFC 5280 and is well.
    #[must_use]
    pub fn named(issuer: IssuerName) -> Self {
        ScriptedAuthority {
            issuer,
            capabilities: Capabilities::RFC_5280,
            truth: Mutex::default(),
            issued: AtomicUsize::new(0),
            orders: Mutex::default(),
            waiting: Mutex::default(),
            statuses_read: AtomicUsize::new(0),
            mood: Mutex::default(),
            script: Mutex::default(),
            during: Mutex::default(),
        }
    }

    /// That can do so much.
    #[must_use]
    pub fn able_to(self, capabilities: Capabilities) -> Self {
        ScriptedAuthority { capabilities, ..self }
    }

    /// From now on it is in this mood.
    pub fn is(&self, mood: Mood) {
        *held(&self.mood) = mood;
    }

    /// For the next orders it is in these moods, one an order; then as before.
    pub fn next(&self, moods: impl IntoIterator<Item = Mood>) {
        held(&self.script).extend(moods);
    }

    /// This happens while the next order is on its way.
    pub fn during(&self, happening: impl Future<Output = ()> + Send + 'static) {
        *held(&self.during) = Some(Box::pin(happening));
    }

    /// It revokes, by itself and for good, every certificate it has heard of that is not revoked yet.
    pub fn revokes_all(&self, reason: RevocationReason, since: Timestamp) {
        for entry in held(&self.truth).values_mut() {
            if !matches!(entry.status, LedgerStatus::Revoked { .. }) {
                entry.status = LedgerStatus::Revoked { reason, since };
                entry.revision = entry.revision.next();
            }
        }
    }

    /// It changes a certificate by itself; to which revision, it knows best.
    pub fn set(&self, entry: LedgerEntry) {
        let mut truth = held(&self.truth);
        let revision = truth.get(&entry.serial).map_or(Revision::NONE, |it| it.revision.next());
        truth.insert(entry.serial.clone(), LedgerEntry { revision, ..entry });
    }

    /// Somebody there agrees to the orders that wait: they are done, in order.
    pub fn agrees(&self) {
        let waiting = std::mem::take(&mut *held(&self.waiting));
        for order in waiting {
            let mut truth = held(&self.truth);
            // One that may no longer be done by now is turned down.
            if let Ok(Some(entry)) = order.applied_to(truth.get(&order.serial), self.capabilities) {
                truth.insert(order.serial.clone(), entry);
            }
        }
    }

    /// The orders that have arrived, in order.
    #[must_use]
    pub fn orders(&self) -> Vec<AuthorityOrder> {
        held(&self.orders).clone()
    }

    /// What was ordered so far, in order.
    #[must_use]
    pub fn actions(&self) -> Vec<AuthorityAction> {
        held(&self.orders).iter().map(|it| it.action).collect()
    }

    /// How often it was asked for the status of a certificate.
    #[must_use]
    pub fn statuses_read(&self) -> usize {
        self.statuses_read.load(Ordering::SeqCst)
    }

    /// What holds there of each certificate that it has heard of, whatever its mood lets it say.
    #[must_use]
    pub fn truth(&self) -> BTreeMap<Serial, AuthorityStatus> {
        held(&self.truth).iter().map(|(serial, entry)| (serial.clone(), self.told(entry))).collect()
    }

    fn mood(&self) -> Mood {
        held(&self.script).pop_front().unwrap_or_else(|| *held(&self.mood))
    }

    /// An order arrives: what holds after it.
    fn arrives(&self, order: &AuthorityOrder, mood: Mood) -> Result<AuthorityStatus, AuthorityError> {
        held(&self.orders).push(order.clone());
        self.is_able(order.action)?;
        let mut truth = held(&self.truth);
        let known = truth.entry(order.serial.clone()).or_insert_with(|| good(order.serial.clone(), order.not_after));
        let able = self.capabilities;
        let becomes = match mood {
            Mood::Contradicts => None,
            Mood::Refuses => return Err(RevocationRefused::Permanent(RevocationReason::Unspecified).into()),
            Mood::Revokes if matches!(known.status, LedgerStatus::Revoked { .. }) => None,
            Mood::Revokes => {
                let action = AuthorityAction::Revoke(RevocationReason::KeyCompromise);
                AuthorityOrder { action, ..order.clone() }.applied_to(Some(known), able)?
            }
            Mood::Pending => match order.applied_to(Some(known), able)? {
                Some(_) => return Err(self.waits(order)),
                done => done,
            },
            Mood::Well | Mood::Mute | Mood::Twice | Mood::Down | Mood::Deaf => order.applied_to(Some(known), able)?,
        };
        if let Some(entry) = becomes {
            *known = entry;
        }
        Ok(self.told(known))
    }

    fn waits(&self, order: &AuthorityOrder) -> AuthorityError {
        let mut waiting = held(&self.waiting);
        if !waiting.iter().any(|it| it.effect == order.effect) {
            waiting.push(order.clone());
        }
        AuthorityError::Pending(order.serial.clone())
    }

    fn told(&self, entry: &LedgerEntry) -> AuthorityStatus {
        let status = entry.told();
        AuthorityStatus { revision: status.revision.filter(|_| self.capabilities.revisions), ..status }
    }

    fn is_able(&self, action: AuthorityAction) -> Result<(), AuthorityError> {
        let Capabilities { hold, release, .. } = self.capabilities;
        let (able, what) = match action {
            AuthorityAction::Hold | AuthorityAction::Revoke(RevocationReason::CertificateHold) => (hold, "hold"),
            AuthorityAction::Release | AuthorityAction::Revoke(RevocationReason::RemoveFromCrl) => {
                (hold && release, "release")
            }
            AuthorityAction::Revoke(_) => (true, "revoke"),
        };
        if able { Ok(()) } else { Err(AuthorityError::Unsupported { what }) }
    }
}

fn good(serial: Serial, not_after: Timestamp) -> LedgerEntry {
    LedgerEntry { serial, not_after, status: LedgerStatus::Good, invalid_since: None, revision: Revision::NONE }
}

fn is_down() -> AuthorityError {
    AuthorityError::Unavailable("scripted to be down".into())
}

fn is_lost() -> AuthorityError {
    AuthorityError::OutcomeUnknown("scripted to lose its answers".into())
}

/// What stands at the end of a certificate of `issuer`, and makes it one.
fn seal(issuer: &IssuerName, content: &[u8]) -> Digest {
    Digest::of_parts(&[b"a certificate for tests", issuer.as_str().as_bytes(), content])
}

#[async_trait]
impl CertificateAuthority for ScriptedAuthority {
    fn issuer(&self) -> IssuerName {
        self.issuer.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        let own =
            der.split_last_chunk::<32>().is_some_and(|(content, end)| seal(&self.issuer, content).as_bytes() == end);
        let why = || "it is none of its own; register it without content".to_owned();
        if own { Ok(()) } else { Err(AuthorityError::Invalid { what: "the certificate", why: why() }) }
    }

    async fn issue(&self, request: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        if *held(&self.mood) == Mood::Down {
            return Err(is_down());
        }
        let number = self.issued.fetch_add(1, Ordering::SeqCst) + 1;
        let refused = |why: String| AuthorityError::Invalid { what: "the request", why };
        let serial = Serial::from_bytes(&(number as u128).to_be_bytes()).map_err(|error| refused(error.to_string()))?;
        let mut der = format!("{serial} {} {:?} ", request.common_name, request.uses).into_bytes();
        der.extend(&request.public_key);
        der.extend(seal(&self.issuer, &der).as_bytes());
        let not_after = request.validity.until();
        self.set(good(serial.clone(), not_after));
        Ok(IssuedCertificate { serial, der })
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        let happening = held(&self.during).take();
        if let Some(happening) = happening {
            happening.await;
        }
        let mood = self.mood();
        match mood {
            Mood::Down => Err(is_down()),
            Mood::Deaf => Err(is_lost()),
            Mood::Mute => self.arrives(order, mood).and_then(|_| Err(is_lost())),
            Mood::Twice => self.arrives(order, mood).and_then(|_| self.arrives(order, mood)),
            Mood::Well | Mood::Revokes | Mood::Refuses | Mood::Contradicts | Mood::Pending => self.arrives(order, mood),
        }
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        self.statuses_read.fetch_add(1, Ordering::SeqCst);
        if *held(&self.mood) == Mood::Down {
            return Err(is_down());
        }
        let known = held(&self.truth).get(serial).map(|it| self.told(it));
        known.ok_or_else(|| AuthorityError::NotFound(serial.clone()))
    }
}
