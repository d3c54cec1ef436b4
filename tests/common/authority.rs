use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use async_trait::async_trait;
use cardflow::domain::{AuthorityAction, Capabilities, CertificateState, IssuerName, RevocationReason, Serial};
use cardflow::ports::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate,
};
use cardflow::values::EffectId;

pub fn issuer() -> IssuerName {
    "CN=Example CA".parse().unwrap()
}

/// How an authority behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Mood {
    /// It does what it is told.
    #[default]
    Well,
    /// It cannot be reached.
    Down,
    /// It does what it is told, and its answers are lost.
    Mute,
    /// It has revoked the certificate for reasons of its own, and says so.
    Revokes,
}

/// An authority in memory that counts and has moods.
#[derive(Default)]
pub struct ScriptedAuthority {
    pub state: Mutex<BTreeMap<Serial, AuthorityStatus>>,
    pub orders: Mutex<Vec<(EffectId, Serial, AuthorityAction)>>,
    pub status_read: Mutex<usize>,
    mood: Mutex<Mood>,
    during: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

impl std::fmt::Debug for ScriptedAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScriptedAuthority")
    }
}

impl ScriptedAuthority {
    pub fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// This happens while the next order is on its way.
    pub fn during(&self, happening: impl Future<Output = ()> + Send + 'static) {
        *self.during.lock().unwrap() = Some(Box::pin(happening));
    }

    /// What was ordered so far, in order.
    pub fn actions(&self) -> Vec<AuthorityAction> {
        self.orders.lock().unwrap().iter().map(|(.., action)| *action).collect()
    }
}

#[async_trait]
impl CertificateAuthority for ScriptedAuthority {
    fn issuer(&self) -> IssuerName {
        issuer()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    fn verify(&self, _: &[u8]) -> Result<(), AuthorityError> {
        Ok(())
    }

    async fn issue(&self, _: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        Err(AuthorityError::Unsupported { what: "issue" })
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        let happening = self.during.lock().unwrap().take();
        if let Some(happening) = happening {
            happening.await;
        }
        let mood = *self.mood.lock().unwrap();
        if mood == Mood::Down {
            return Err(AuthorityError::Unavailable("scripted to be down".into()));
        }
        self.orders.lock().unwrap().push((order.effect, order.serial.clone(), order.action));
        let mut states = self.state.lock().unwrap();
        let known = states.get(&order.serial).copied();
        let status = match (mood, known) {
            (Mood::Revokes, _) => AuthorityStatus {
                state: CertificateState::Revoked,
                reason: Some(RevocationReason::KeyCompromise),
                since: Some(order.at),
            },
            (_, Some(known)) if known.state == order.action.asks_for() => known,
            _ => {
                let (state, reason) = known.map_or((CertificateState::Valid, None), |it| (it.state, it.reason));
                let asked = match order.action {
                    AuthorityAction::Hold => RevocationReason::CertificateHold,
                    AuthorityAction::Release => RevocationReason::RemoveFromCrl,
                    AuthorityAction::Revoke(reason) => reason,
                };
                let state = asked.applied_to(state, reason)?;
                AuthorityStatus {
                    state,
                    reason: (state != CertificateState::Valid).then_some(asked),
                    since: Some(order.at),
                }
            }
        };
        states.insert(order.serial.clone(), status);
        if mood == Mood::Mute {
            return Err(AuthorityError::OutcomeUnknown("scripted to lose its answers".into()));
        }
        Ok(status)
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        *self.status_read.lock().unwrap() += 1;
        if *self.mood.lock().unwrap() == Mood::Down {
            return Err(AuthorityError::Unavailable("scripted to be down".into()));
        }
        let known = self.state.lock().unwrap().get(serial).copied();
        known.ok_or_else(|| AuthorityError::NotFound(serial.clone()))
    }
}
