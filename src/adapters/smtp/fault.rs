use std::error::Error as _;
use std::io::ErrorKind;

use lettre::transport::smtp::Error;

use crate::ports::{EffectError, Setback};

/// How far it came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    /// Until the connection stood, encrypted.
    Connect,
    /// Name and password.
    SignIn,
    /// The mail itself.
    Hand,
}

/// What went wrong, for operators. Only what the server says of a mail itself is for good: all else is mended at the server
/// or in the settings, and the mail goes then.
///
/// What the server says in words is left out, since it repeats addresses; its codes say why.
pub(super) fn fault(stage: Stage, error: &Error) -> EffectError {
    let code = error.status().map(|it| it.to_string());
    let (what, retryable) = match (stage, code) {
        (Stage::Hand, Some(code)) if error.is_permanent() && !is_about_signing_in(&code) => {
            (format!("the mail server refuses the mail for good ({})", with_reason(&code, error)), false)
        }
        (Stage::Hand, None) if error.is_client() => {
            ("the mail server takes no addresses with letters outside ASCII; give the person another".to_owned(), false)
        }
        (Stage::SignIn, Some(code)) if error.is_permanent() => {
            (format!("the mail server does not accept the name and the password ({code}); correct them"), true)
        }
        (Stage::SignIn, None) if error.is_client() => {
            ("the mail server offers no way to sign in that is supported: PLAIN or LOGIN".to_owned(), true)
        }
        (Stage::Hand, Some(code)) if is_about_signing_in(&code) => {
            (format!("the mail server wants name and password first ({code}); give them in the settings"), true)
        }
        (Stage::Connect, Some(code)) => (format!("the mail server lets nobody in now ({code})"), true),
        (Stage::SignIn | Stage::Hand, Some(code)) => {
            (format!("the mail server does not take the mail now ({})", with_reason(&code, error)), true)
        }
        (_, None) => (broken(stage, error).to_owned(), true),
    };
    let setback = if retryable { Setback::Unavailable } else { Setback::Permanent };
    EffectError { what, setback, source: None }
}

/// The server offers no encryption, and nothing is told without.
pub(super) fn no_encryption() -> EffectError {
    let what = "the mail server offers no STARTTLS, and nothing is sent unencrypted; correct the server, or the port";
    EffectError { what: what.to_owned(), setback: Setback::Unavailable, source: None }
}

/// Without an answer with a code.
fn broken(stage: Stage, error: &Error) -> &'static str {
    let kind = io_kind(error);
    let timeout = matches!(kind, Some(ErrorKind::TimedOut | ErrorKind::WouldBlock));
    match (stage, kind) {
        (Stage::Hand, _) if timeout => "the mail server does not answer in time; the mail may have been sent",
        (_, _) if timeout => "the mail server does not answer in time",
        (Stage::Hand, _) => "the connection to the mail server broke; the mail may have been sent",
        (_, Some(ErrorKind::InvalidData)) => {
            "the mail server's encryption is not accepted: its certificate is not of this name, not of a trusted issuer, or \
             out of date"
        }
        (_, Some(ErrorKind::ConnectionRefused)) => "the mail server cannot be reached: nobody listens there",
        (_, _) => "the mail server cannot be reached, or does not speak SMTP",
    }
}

fn io_kind(error: &Error) -> Option<ErrorKind> {
    let mut source = error.source();
    while let Some(it) = source {
        if let Some(io) = it.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        source = it.source();
    }
    None
}

/// RFC 4954, section 6: the codes that ask for other credentials.
fn is_about_signing_in(code: &str) -> bool {
    ["530", "534", "535", "538"].contains(&code)
}

/// The code, with the enhanced one (RFC 3463) that the server's words begin with, if they do.
fn with_reason(code: &str, error: &Error) -> String {
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    let first = said.split_whitespace().next().unwrap_or_default();
    let mut parts = first.split('.');
    let is_number = |it: Option<&str>| it.is_some_and(|it| (1..=3).contains(&it.len()) && it.parse::<u16>().is_ok());
    let is_enhanced = is_number(parts.next()) && is_number(parts.next()) && is_number(parts.next());
    if is_enhanced && parts.next().is_none() { format!("{code} {first}") } else { code.to_owned() }
}
