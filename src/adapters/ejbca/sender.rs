use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use ureq::http::{HeaderValue, Request, header};
use ureq::{Agent, Error};

use super::fault::{Fault, Unanswered, unanswered};
use super::{EjbcaError, EjbcaSettings, TokenSource};
use crate::outbound::{Client, Desk, Gone, NoRoots};

/// The most bytes of the body of an answer that are read.
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

/// Asks one server.
#[derive(Debug)]
pub(super) struct Sender {
    desk: Desk<Call, Answered>,
}

impl Sender {
    pub(super) fn new(settings: &EjbcaSettings) -> Result<Self, EjbcaError> {
        let (base, tokens, timeout) = (settings.base.clone(), settings.tokens.clone(), Some(settings.timeout));
        let certificate = settings.client.clone();
        let client = Client { encrypted: settings.encrypted, roots: &settings.roots, certificate };
        // What was sent, and what was not, is told by where the time ran out.
        let agent = client.agent(|it| {
            it.timeout_resolve(timeout)
                .timeout_connect(timeout)
                .timeout_send_request(timeout)
                .timeout_send_body(timeout)
                .timeout_recv_response(timeout)
                .timeout_recv_body(timeout)
        });
        let agent = agent.map_err(|NoRoots| EjbcaError::NoRoots)?;
        let desk = Desk::new("cardflow-ejbca", move |call| send(&agent, &base, tokens.as_deref(), &call));
        Ok(Sender { desk: desk.map_err(EjbcaError::Thread)? })
    }

    pub(super) async fn call(&self, method: &'static str, path: String) -> Answered {
        let fault = || Fault::new("nobody is left to reach EJBCA");
        match self.desk.ask(Call { method, path }).await {
            Ok(answered) => answered,
            Err(Gone::Before) => Err(Unanswered::Before(fault())),
            Err(Gone::After) => Err(Unanswered::After(fault())),
        }
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
