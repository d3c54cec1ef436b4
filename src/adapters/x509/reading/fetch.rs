use std::fmt;
use std::time::Duration;

use ureq::http::Uri;
use ureq::{Agent, Body, Error};

use super::super::X509Error;
use super::trouble::Trouble;

/// The most bytes of the head of an answer that are read.
const HEAD: usize = 16 << 10;

/// Fetches from one address, and from nowhere else.
#[derive(Clone)]
pub(super) struct Fetch {
    address: Uri,
    agent: Agent,
    longest: u64,
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Fetch {
    pub(super) fn new(address: &str, longest: u64) -> Result<Self, X509Error> {
        let why = "give an address that begins with http://, with a host, without user or password; what lies at an https one, \
                   fetch by other means and give as a file";
        let wrong = || X509Error::Unacceptable { what: "the address", why };
        let address: Uri = address.parse().map_err(|_| wrong())?;
        let plain = address.scheme_str() == Some("http");
        if !plain || address.authority().is_none_or(|it| it.as_str().contains('@')) {
            return Err(wrong());
        }
        Ok(Fetch { address, agent: agent(Duration::from_secs(10)), longest })
    }

    pub(super) fn with_timeout(self, timeout: Duration) -> Self {
        Fetch { agent: agent(timeout.max(Duration::from_millis(100))), ..self }
    }

    pub(super) fn address(&self) -> &Uri {
        &self.address
    }

    /// What lies there; none if the server says that nothing does.
    pub(super) fn get(&self) -> Result<Option<Vec<u8>>, Trouble> {
        let answer = self.agent.get(&self.address).call().map_err(unreached)?;
        match answer.status().as_u16() {
            404 | 410 => Ok(None),
            _ => self.body(answer).map(Some),
        }
    }

    /// What is answered to `body`.
    #[cfg(feature = "ocsp")]
    pub(super) fn post(&self, kind: &str, body: &[u8]) -> Result<Vec<u8>, Trouble> {
        let request = self.agent.post(&self.address).header(ureq::http::header::CONTENT_TYPE, kind);
        self.body(request.send(body).map_err(unreached)?)
    }

    fn body(&self, answer: ureq::http::Response<Body>) -> Result<Vec<u8>, Trouble> {
        match answer.status().as_u16() {
            200 => answer.into_body().into_with_config().limit(self.longest).read_to_vec().map_err(unreached),
            300..=399 => {
                Err(Trouble::unavailable("the server sends elsewhere, and nobody is followed; correct the address"))
            }
            status => Err(Trouble::unavailable(format!("the server answers with status {status}"))),
        }
    }
}

fn agent(timeout: Duration) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .max_response_header_size(HEAD)
        .timeout_global(Some(timeout))
        .user_agent("cardflow");
    config.build().new_agent()
}

fn unreached(error: Error) -> Trouble {
    match error {
        Error::BodyExceedsLimit(_) => Trouble::Unreadable("it is longer than is read here"),
        other => Trouble::unavailable(other),
    }
}
