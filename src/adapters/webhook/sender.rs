use ureq::http::{Uri, header};
use ureq::{Agent, Error};

use super::{KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIME_HEADER, WebhookError, WebhookSettings};
use crate::outbound::{Client, Desk, NoRoots};
use crate::ports::{EffectError, Setback};

/// One signed message.
pub(super) struct Post {
    pub(super) key: String,
    pub(super) time: String,
    pub(super) nonce: String,
    pub(super) signature: String,
    pub(super) body: Vec<u8>,
}

/// Posts to one address.
#[derive(Debug)]
pub(super) struct Sender {
    desk: Desk<Post, Result<u16, EffectError>>,
}

impl Sender {
    pub(super) fn new(settings: WebhookSettings) -> Result<Self, WebhookError> {
        let client = Client { encrypted: settings.encrypted, roots: &settings.roots, certificate: None };
        let agent = client.agent(|it| it.timeout_global(Some(settings.timeout)));
        let (agent, address) = (agent.map_err(|NoRoots| WebhookError::NoRoots)?, settings.address);
        let desk = Desk::new("cardflow-webhook", move |post| send(&agent, &address, &post));
        Ok(Sender { desk: desk.map_err(WebhookError::Thread)? })
    }

    /// The status that was answered.
    pub(super) async fn post(&self, post: Post) -> Result<u16, EffectError> {
        let gone = |_| failed(Setback::Unavailable, "nobody is left to reach the approval system", None);
        self.desk.ask(post).await.map_err(gone)?
    }
}

fn send(agent: &Agent, address: &Uri, post: &Post) -> Result<u16, EffectError> {
    let request = agent
        .post(address)
        .header(header::CONTENT_TYPE, "application/json")
        .header(KEY_HEADER, &post.key)
        .header(TIME_HEADER, &post.time)
        .header(NONCE_HEADER, &post.nonce)
        .header(SIGNATURE_HEADER, &post.signature);
    // The connection goes with the answer: its body is nobody's to read.
    request.send(post.body.as_slice()).map(|it| it.status().as_u16()).map_err(unreached)
}

fn failed(setback: Setback, what: &str, source: Option<Box<dyn std::error::Error + Send + Sync>>) -> EffectError {
    EffectError { what: what.to_owned(), setback, source }
}

fn untrusted(source: impl std::error::Error + Send + Sync + 'static) -> EffectError {
    let what = "the approval system shows no certificate that is trusted here, or speaks no TLS that is";
    failed(Setback::Unavailable, what, Some(Box::new(source)))
}

/// Why nothing was answered. What the client says is not repeated where it could name the address.
fn unreached(error: Error) -> EffectError {
    match error {
        Error::Timeout(_) => failed(Setback::Unknown, "the approval system did not answer in time", None),
        Error::Io(source) if source.get_ref().is_some_and(|it| it.is::<rustls::Error>()) => untrusted(source),
        Error::Io(source) => {
            failed(Setback::Unavailable, "the approval system cannot be reached", Some(Box::new(source)))
        }
        Error::HostNotFound | Error::ConnectionFailed => {
            failed(Setback::Unavailable, "the approval system cannot be reached", None)
        }
        Error::Rustls(source) => untrusted(source),
        Error::Tls(_) | Error::Pem(_) => {
            failed(Setback::Unavailable, "there is no safe connection to the approval system", None)
        }
        Error::LargeResponseHeader(..) => {
            failed(Setback::Permanent, "the approval system answers with more than is read", None)
        }
        _ => failed(Setback::Unavailable, "what the approval system answers is no HTTP", None),
    }
}
