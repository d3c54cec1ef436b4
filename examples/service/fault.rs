//! What a call that fails answers.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cardflow::cards::Cards;
use cardflow::engine::Rejection;
use cardflow::ports::StorageError;
use cardflow::runtime::Error;
use serde_json::json;
use thiserror::Error;

/// Why a call does not do what it should.
#[derive(Debug, Error)]
pub enum Fault {
    #[error("only the reverse proxy may call this service")]
    NotTheProxy,
    #[error("the header `{0}` is missing or does not read")]
    Header(&'static str),
    #[error("{}", .0.body_text())]
    Body(JsonRejection),
    #[error(transparent)]
    Library(#[from] Error<Cards>),
}

impl From<JsonRejection> for Fault {
    fn from(rejection: JsonRejection) -> Self {
        Fault::Body(rejection)
    }
}

impl Fault {
    fn status(&self) -> StatusCode {
        match self {
            Fault::NotTheProxy => StatusCode::UNAUTHORIZED,
            Fault::Header(_) => StatusCode::BAD_REQUEST,
            Fault::Body(it) => it.status(),
            Fault::Library(Error::Rejected(it)) => of_rejection(it),
            Fault::Library(it) if it.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            Fault::Library(Error::Closed) => StatusCode::SERVICE_UNAVAILABLE,
            Fault::Library(Error::Storage(StorageError::Unsupported { .. })) => StatusCode::NOT_IMPLEMENTED,
            Fault::Library(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Fault::NotTheProxy => "NotTheProxy",
            Fault::Header(_) => "Header",
            Fault::Body(_) => "Body",
            Fault::Library(Error::Rejected(it)) => it.code(),
            Fault::Library(_) => "Failed",
        }
    }
}

/// What is out of scope answers as what is not there (law 10): the library has seen to that.
fn of_rejection(rejection: &Rejection<Cards>) -> StatusCode {
    match rejection {
        Rejection::NotFound { .. } | Rejection::UnknownProcess { .. } => StatusCode::NOT_FOUND,
        // Who calls may not.
        Rejection::UnknownAccount
        | Rejection::ActorInactive { .. }
        | Rejection::NotEntitled { .. }
        | Rejection::WrongComponent { .. }
        | Rejection::NotYours
        | Rejection::NotDeputy { .. }
        | Rejection::NotEligible { .. }
        | Rejection::SecondAdministrator { .. } => StatusCode::FORBIDDEN,
        // It is not as the caller thinks it is: look again.
        Rejection::WrongState { .. }
        | Rejection::NotWaiting { .. }
        | Rejection::AlreadyDecided { .. }
        | Rejection::AlreadyAsked { .. }
        | Rejection::DoneAlready
        | Rejection::ClaimedBy { .. }
        | Rejection::Stale { .. }
        | Rejection::PlanChanged { .. }
        | Rejection::NotDue { .. }
        | Rejection::NotAsked { .. }
        | Rejection::StillOpen { .. }
        | Rejection::OptionsInForce { .. }
        | Rejection::OptionsOutdated { .. }
        | Rejection::CommandIdReused { .. } => StatusCode::CONFLICT,
        Rejection::LimitReached { .. } => StatusCode::TOO_MANY_REQUESTS,
        Rejection::Contended { .. } | Rejection::Definition(_) => StatusCode::SERVICE_UNAVAILABLE,
        // What is asked for is refused: answers, words, plans, policies.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, code, message) = (self.status(), self.code(), self.to_string());
        eprintln!("{} {code}: {}", status.as_u16(), in_full(&self));
        (status, Json(json!({ "code": code, "message": message }))).into_response()
    }
}

/// An error with all its sources: for the log, not for the caller.
pub fn in_full(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(Some(error), |it| it.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
