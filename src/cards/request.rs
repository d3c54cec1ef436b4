use serde::{Deserialize, Serialize};

use super::{APPROVAL_EFFECT, AUTHORITY_EFFECT, MAIL_EFFECT, READ_BACK_EFFECT};
use crate::domain::{Answer, AuthorityAction, AuthorityRequest, CardState, ReadBack, StatusRequest};
use crate::engine::{ApprovalRequest, Lane, Notice, REQUEST_FORMAT};
use crate::values::{CodecError, ObjectRef, PersonId, TaskId, decode, encode};

/// One request of a card process to the outside.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Request {
    /// To the authority of a certificate.
    Authority(AuthorityRequest),
    /// To whatever tells what an authority publishes.
    ReadBack(ReadBack),
    /// To the notifier.
    Mail(MailRequest),
    /// To a system that wants to know the states of cards.
    CardState(CardStateRequest),
    /// Hands a request for approval to the system outside that decides it.
    Approval(Box<ApprovalRequest>),
    /// Takes the request for approval with this task back there.
    Withdrawal(TaskId),
    /// To the authority of a certificate: which state it has there.
    Status(StatusRequest),
}

/// A mail to a person. It stands in the open part of the history, so it names nobody but by id.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MailRequest {
    /// To whom; the directory knows the address.
    pub to: PersonId,
    /// What it is about; put into words when it is delivered.
    pub notice: Notice,
}

/// Tells a system outside (a door system, say) the state of a card.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CardStateRequest {
    /// The kind of effect of the system that is told.
    pub listener: String,
    /// The card.
    pub card: ObjectRef,
    /// Its number, without spaces.
    pub number: String,
    /// Its state now.
    pub state: CardState,
}

impl Request {
    /// How soon it is given out: what takes out of use before what gives back, and mails last.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Request::Authority(it) => match it.action {
                AuthorityAction::Revoke(_) => Lane::new(0),
                AuthorityAction::Hold => Lane::new(1),
                AuthorityAction::Release => Lane::new(2),
            },
            Request::CardState(it) if it.state == CardState::Active => Lane::new(2),
            Request::CardState(_) => Lane::new(1),
            Request::ReadBack(_) | Request::Status(_) => Lane::new(3),
            Request::Approval(_) | Request::Withdrawal(_) => Lane::new(4),
            Request::Mail(_) => Lane::new(5),
        }
    }

    /// The kind of effect, by which its handler is found.
    #[must_use]
    pub fn effect_kind(&self) -> &str {
        match self {
            Request::Authority(_) | Request::Status(_) => AUTHORITY_EFFECT,
            Request::ReadBack(_) => READ_BACK_EFFECT,
            Request::Mail(_) => MAIL_EFFECT,
            Request::Approval(_) | Request::Withdrawal(_) => APPROVAL_EFFECT,
            Request::CardState(it) => &it.listener,
        }
    }

    /// What it is about: it waits until those made earlier about the same are answered.
    #[must_use]
    pub fn target(&self) -> String {
        match self {
            Request::Authority(it) => authority_target(it.certificate),
            Request::Status(it) => authority_target(it.certificate),
            Request::ReadBack(it) => read_back_target(it.certificate),
            Request::Mail(_) => String::new(),
            Request::Approval(it) => format!("approval {}", it.task),
            Request::Withdrawal(task) => format!("approval {task}"),
            Request::CardState(it) => format!("{} {}", it.listener, it.card),
        }
    }

    /// The system outside that it goes to.
    #[must_use]
    pub fn system(&self) -> String {
        match self {
            Request::Authority(AuthorityRequest { issuer, .. }) | Request::Status(StatusRequest { issuer, .. }) => {
                format!("the authority `{issuer}`")
            }
            Request::ReadBack(it) => format!("what `{}` publishes", it.issuer),
            Request::Mail(_) => "the mail server".to_owned(),
            Request::Approval(_) | Request::Withdrawal(_) => "the system that decides approvals".to_owned(),
            Request::CardState(it) => format!("`{}`", it.listener),
        }
    }

    /// The object that it is about, if it is one.
    #[must_use]
    pub fn about(&self) -> Option<ObjectRef> {
        match self {
            Request::Authority(it) => Some(it.certificate),
            Request::Status(it) => Some(it.certificate),
            Request::ReadBack(it) => Some(it.certificate),
            Request::CardState(it) => Some(it.card),
            Request::Mail(_) | Request::Approval(_) | Request::Withdrawal(_) => None,
        }
    }

    /// The stored form, as an [`EffectHandler`](crate::ports::EffectHandler) gets it.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if a value has none.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        encode("a request", REQUEST_FORMAT, self)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        decode("a request", REQUEST_FORMAT, bytes)
    }
}

pub(super) fn authority_target(certificate: ObjectRef) -> String {
    format!("authority {certificate}")
}

pub(super) fn read_back_target(certificate: ObjectRef) -> String {
    format!("read-back {certificate}")
}

impl Answer {
    /// The stored form, as an [`EffectHandler`](crate::ports::EffectHandler) gives it.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if a value has none.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        encode("an answer", REQUEST_FORMAT, self)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        decode("an answer", REQUEST_FORMAT, bytes)
    }
}
