use std::io::ErrorKind;
use std::sync::{Arc, mpsc};
use std::thread;

use futures_channel::oneshot;
use rustls::crypto::aws_lc_rs;
use ureq::http::{Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Error, Timeout};

use super::{CmpError, CmpMistrust, CmpSettings};
use crate::ports::AuthorityError;

/// The most bytes of the head of an answer that are read.
const HEAD: usize = 16 << 10;
/// The most bytes of its body: it may bring lists along.
const BODY: u64 = 4 << 20;

type Job = (Vec<u8>, oneshot::Sender<Result<Vec<u8>, AuthorityError>>);

/// Posts to one address, on a thread of its own: whoever waits for a slow network blocks no runtime of the host.
#[derive(Debug)]
pub(super) struct Sender {
    jobs: mpsc::Sender<Job>,
}

impl Sender {
    pub(super) fn new(settings: &CmpSettings) -> Result<Self, CmpError> {
        let (agent, address) = (agent(settings)?, settings.address.clone());
        let (jobs, waiting) = mpsc::channel::<Job>();
        let work = move || {
            // The channel closes with the authority.
            for (message, answer) in waiting {
                // Whoever asked may have gone; what was sent is sent.
                let _ = answer.send(send(&agent, &address, &message));
            }
        };
        thread::Builder::new().name("cardflow-cmp".to_owned()).spawn(work).map_err(CmpError::Thread)?;
        Ok(Sender { jobs })
    }

    /// The message that was answered.
    pub(super) async fn post(&self, message: Vec<u8>) -> Result<Vec<u8>, AuthorityError> {
        let gone = || AuthorityError::OutcomeUnknown("nobody is left to reach the authority".into());
        let (answer, answered) = oneshot::channel();
        self.jobs.send((message, answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn agent(settings: &CmpSettings) -> Result<Agent, CmpError> {
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
        return Err(CmpError::NoRoots);
    }
    let roots: Vec<_> = roots.iter().map(|it| Certificate::from_der(it.as_ref()).to_owned()).collect();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .root_certs(RootCerts::new_with_certs(&roots))
        .build();
    Ok(config.tls_config(tls).build().new_agent())
}

fn send(agent: &Agent, address: &Uri, message: &[u8]) -> Result<Vec<u8>, AuthorityError> {
    let request = agent.post(address).header(header::CONTENT_TYPE, "application/pkixcmp");
    let mut response = request.send(message).map_err(unreached)?;
    match response.status().as_u16() {
        200 => response.body_mut().with_config().limit(BODY).read_to_vec().map_err(unreached),
        other => Err(AuthorityError::OutcomeUnknown(CmpMistrust::Http(other).into())),
    }
}

/// Why nothing was answered. Only where no connection came about was nothing sent.
fn unreached(error: Error) -> AuthorityError {
    let nothing_sent = match &error {
        Error::HostNotFound | Error::ConnectionFailed | Error::Tls(_) | Error::Rustls(_) => true,
        Error::Timeout(timeout) => matches!(timeout, Timeout::Resolve | Timeout::Connect),
        Error::Io(source) => source.kind() == ErrorKind::ConnectionRefused,
        _ => false,
    };
    match nothing_sent {
        true => AuthorityError::Unavailable(Box::new(error)),
        false => AuthorityError::OutcomeUnknown(Box::new(error)),
    }
}
