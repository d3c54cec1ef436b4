//! Approvals in a system outside, over signed HTTPS: [`WebhookGateway`] hands requests over, [`WebhookAnswers`] takes what
//! was decided there.
//!
//! # What goes out
//!
//! A POST to the one address of the [settings](WebhookSettings), with a JSON body and four headers:
//!
//! | header | has |
//! | --- | --- |
//! | `cardflow-key` | the id of the key it is signed with |
//! | `cardflow-time` | when it was signed, RFC 3339 |
//! | `cardflow-nonce` | a text that never comes again |
//! | `cardflow-signature` | HMAC-SHA256 in 64 lower-case hexadecimal digits |
//!
//! It is signed over `cardflow-request-1`, the key id, the time and the nonce, each followed by a line feed, and the body as it
//! is. A body is one of these, with `version` 1:
//!
//! ```json
//! {"version": 1, "kind": "submit", "tenant": 7, "instance": "…", "task": "…", "process": "CardsProcDeactivate",
//!  "title": "Deactivate card", "subject": "17:…:…", "roles": ["Approver"], "persons": [], "requester": "…",
//!  "covers": "64 hexadecimal digits", "plan": [{"object": "17:…:…", "what": "becomes inactive"}],
//!  "review": false, "until": "2026-11-26T10:00:00Z"}
//! {"version": 1, "kind": "withdraw", "tenant": 7, "task": "…"}
//! ```
//!
//! A status 200 to 299 says that it is there for good; for `withdraw`, 404 and 410 say the same. `submit` may come again with
//! the same task, and lies there once; after its `withdraw` a task never comes back but late. Any other status is tried again later, as everything that is to reach the outside.
//!
//! # What comes back
//!
//! The host serves an address of its own and gives what comes there to [`WebhookAnswers::accept`]: a JSON body and the same
//! four headers, signed over `cardflow-answer-1` and the rest as above.
//!
//! ```json
//! {"version": 1, "tenant": 7, "instance": "…", "task": "…", "seen": "what the request had as covers",
//!  "decision": "reject", "reason": "The card was found again", "approver": "ann"}
//! ```
//!
//! `decision` is `approve`, `reject`, `postpone` (with `until`, or without), `ask` or `take-back`; `reason` is needed to reject and
//! to ask; `on_behalf` may name the person (an id) whom the approver stands in for. `approver` is an account that the
//! [`Directory`](crate::ports::Directory) knows.
//!
//! An answer is valid five minutes before and after its time, and once. Whoever gets no answer to an answer signs it anew with
//! another nonce, and is told if it was decided already.

mod answer;
mod answers;
mod error;
mod gateway;
mod key;
mod message;
mod nonces;
mod refusal;
mod sender;
mod settings;

pub use self::answer::WebhookAnswer;
pub use self::answers::WebhookAnswers;
pub use self::error::WebhookError;
pub use self::gateway::WebhookGateway;
pub use self::key::{WebhookKey, WebhookKeys};
pub use self::refusal::WebhookRefusal;
pub use self::settings::WebhookSettings;

/// The header with the id of the key.
pub const KEY_HEADER: &str = "cardflow-key";
/// The header with the time.
pub const TIME_HEADER: &str = "cardflow-time";
/// The header with the nonce.
pub const NONCE_HEADER: &str = "cardflow-nonce";
/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "cardflow-signature";
