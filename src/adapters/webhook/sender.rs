use std::sync::{Arc, mpsc};
use std::thread;

use futures_channel::oneshot;
use rustls::crypto::aws_lc_rs;
use ureq::http::{Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Error};

use super::{KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIME_HEADER, WebhookError, WebhookSettings};
use crate::ports::{EffectError, Setback};

/// The most bytes of the head of an answer that are read; of its body, none are.
const HEAD: usize = 16 << 10;

/// One signed message.
pub(super) struct Post {
    pub(super) key: String,
    pub(super) time: String,
    pub(super) nonce: String,
    pub(super) signature: String,
    pub(super) body: Vec<u8>,
}

type Job = (Post, oneshot::Sender<Result<u16, EffectError>>);

/// Posts to one address, on a thread of its own: whoever waits for a slow network blocks no runtime of the host.
#[derive(Debug)]
pub(super) struct Sender {
    jobs: mpsc::Sender<Job>,
}

impl Sender {
    pub(super) fn new(settings: WebhookSettings) -> Result<Self, WebhookError> {
        let (agent, address) = (agent(&settings)?, settings.address);
        let (jobs, waiting) = mpsc::channel::<Job>();
        let work = move || {
            // The channel closes with the gateway.
            for (post, answer) in waiting {
                // Whoever asked may have gone; what was sent is sent.
                let _ = answer.send(send(&agent, &address, &post));
            }
        };
        let thread = thread::Builder::new().name("cardflow-webhook".to_owned());
        thread.spawn(work).map_err(WebhookError::Thread)?;
        Ok(Sender { jobs })
    }

    /// The status that was answered.
    pub(super) async fn post(&self, post: Post) -> Result<u16, EffectError> {
        let gone = || failed(Setback::Unavailable, "nobody is left to reach the approval system", None);
        let (answer, answered) = oneshot::channel();
        self.jobs.send((post, answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn agent(settings: &WebhookSettings) -> Result<Agent, WebhookError> {
    let config = Agent::config_builder()
        .https_only(settings.encrypted)
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .max_idle_connections(0)
        .max_response_header_size(HEAD)
        .timeout_global(Some(settings.timeout))
        .user_agent("cardflow");
    if !settings.encrypted {
        return Ok(config.build().new_agent());
    }
    let roots = match settings.roots.as_slice() {
        [] => rustls_native_certs::load_native_certs().certs,
        own => own.to_vec(),
    };
    if roots.is_empty() {
        return Err(WebhookError::NoRoots);
    }
    let roots: Vec<_> = roots.iter().map(|it| Certificate::from_der(it.as_ref()).to_owned()).collect();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .root_certs(RootCerts::new_with_certs(&roots))
        .build();
    Ok(config.tls_config(tls).build().new_agent())
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
