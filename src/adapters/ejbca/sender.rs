use std::sync::{Arc, mpsc};
use std::thread;

use futures_channel::oneshot;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use ureq::http::{HeaderValue, Request, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Error};

use super::fault::{Fault, Unanswered, unanswered};
use super::{EjbcaError, EjbcaSettings, TokenSource};

/// The most bytes of an answer that are read, of its head and of its body.
const HEAD: usize = 16 << 10;
const BODY: u64 = 64 << 10;

/// One request.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: &'static str,
    /// What stands behind the address of the API.
    pub(super) path: String,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

type Answered = Result<Answer, Unanswered>;

/// Asks one server, on a thread of its own: whoever waits for a slow network blocks no runtime of the host.
#[derive(Debug)]
pub(super) struct Sender {
    jobs: mpsc::Sender<(Call, oneshot::Sender<Answered>)>,
}

impl Sender {
    pub(super) fn new(settings: &EjbcaSettings) -> Result<Self, EjbcaError> {
        let (agent, base, tokens) = (agent(settings)?, settings.base.clone(), settings.tokens.clone());
        let (jobs, waiting) = mpsc::channel::<(Call, oneshot::Sender<Answered>)>();
        let work = move || {
            // The channel closes with the authority.
            for (call, answer) in waiting {
                // Whoever asked may have gone; what was sent is sent.
                let _ = answer.send(send(&agent, &base, tokens.as_deref(), &call));
            }
        };
        thread::Builder::new().name("cardflow-ejbca".to_owned()).spawn(work).map_err(EjbcaError::Thread)?;
        Ok(Sender { jobs })
    }

    pub(super) async fn call(&self, method: &'static str, path: String) -> Answered {
        let gone = || Fault::new("nobody is left to reach EJBCA");
        let (answer, answered) = oneshot::channel();
        self.jobs.send((Call { method, path }, answer)).map_err(|_| Unanswered::Before(gone()))?;
        answered.await.map_err(|_| Unanswered::After(gone()))?
    }
}

/// Whether a client certificate and its key belong together, and can be used. The client panics over those that do not.
pub(super) fn check_client(chain: &[CertificateDer<'static>], key_pem: &[u8]) -> Result<(), EjbcaError> {
    let wrong = |what| EjbcaError::ClientCertificate { what };
    let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|_| wrong("has a key that does not read; give PEM"))?;
    let unusable = |_| wrong("and its key do not belong together, or are of a kind that TLS does not use");
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_root_certificates(RootCertStore::empty())
        .with_client_auth_cert(chain.to_vec(), key)
        .map_err(unusable)?;
    Ok(())
}

fn agent(settings: &EjbcaSettings) -> Result<Agent, EjbcaError> {
    let timeout = Some(settings.timeout);
    let config = Agent::config_builder()
        .https_only(settings.encrypted)
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .max_idle_connections(0)
        .max_response_header_size(HEAD)
        .timeout_resolve(timeout)
        .timeout_connect(timeout)
        .timeout_send_request(timeout)
        .timeout_send_body(timeout)
        .timeout_recv_response(timeout)
        .timeout_recv_body(timeout)
        .user_agent("cardflow");
    if !settings.encrypted {
        return Ok(config.build().new_agent());
    }
    let roots = match settings.roots.as_slice() {
        [] => rustls_native_certs::load_native_certs().certs,
        own => own.to_vec(),
    };
    if roots.is_empty() {
        return Err(EjbcaError::NoRoots);
    }
    let roots: Vec<_> = roots.iter().map(|it| Certificate::from_der(it.as_ref()).to_owned()).collect();
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .root_certs(RootCerts::new_with_certs(&roots))
        .client_cert(settings.client.clone())
        .build();
    Ok(config.tls_config(tls).build().new_agent())
}

fn send(agent: &Agent, base: &str, tokens: Option<&dyn TokenSource>, call: &Call) -> Answered {
    let mut request = Request::builder()
        .method(call.method)
        .uri(format!("{base}{}", call.path))
        .header(header::ACCEPT, "application/json");
    if let Some(tokens) = tokens {
        let failed = |source| Unanswered::Before(Fault::by("there is no token to ask EJBCA with", source));
        let token = tokens.token().map_err(failed)?.header();
        let mut value = HeaderValue::from_str(&token).map_err(|source| failed(source.into()))?;
        value.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, value);
    }
    let request =
        request.body(()).map_err(|source| Unanswered::Before(Fault::by("there is no such request", source.into())))?;
    let mut response = agent.run(request).map_err(unanswered)?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(BODY).read_to_vec();
    // The status is the answer; a body that breaks off says less, and nothing else.
    let body = body.or_else(|error: Error| if status == 200 { Err(unanswered(error)) } else { Ok(Vec::new()) })?;
    Ok(Answer { status, body })
}
