use std::io::ErrorKind;

use ureq::http::{Uri, header};
use ureq::{Agent, Error, Timeout};

use super::{CmpError, CmpMistrust, CmpSettings};
use crate::outbound::{Client, Desk, NoRoots};
use crate::ports::AuthorityError;

/// The most bytes of the body of an answer that are read: it may bring lists along.
const BODY: u64 = 4 << 20;

/// Posts to one address.
#[derive(Debug)]
pub(super) struct Sender {
    desk: Desk<Vec<u8>, Result<Vec<u8>, AuthorityError>>,
}

impl Sender {
    pub(super) fn new(settings: &CmpSettings) -> Result<Self, CmpError> {
        let client = Client { encrypted: settings.encrypted, roots: &settings.roots, certificate: None };
        let agent = client.agent(|it| it.timeout_global(Some(settings.timeout)));
        let (agent, address) = (agent.map_err(|NoRoots| CmpError::NoRoots)?, settings.address.clone());
        let desk = Desk::new("cardflow-cmp", move |message: Vec<u8>| send(&agent, &address, &message));
        Ok(Sender { desk: desk.map_err(CmpError::Thread)? })
    }

    /// The message that was answered.
    pub(super) async fn post(&self, message: Vec<u8>) -> Result<Vec<u8>, AuthorityError> {
        let gone = |_| AuthorityError::OutcomeUnknown("nobody is left to reach the authority".into());
        self.desk.ask(message).await.map_err(gone)?
    }
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
