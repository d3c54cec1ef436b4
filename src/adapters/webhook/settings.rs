use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::http::Uri;

use super::WebhookError;

/// Where the approval system is, whom to trust for it, and how long to wait. From the host's configuration, never from data.
///
/// ```
/// use cardflow::adapters::webhook::WebhookSettings;
///
/// let settings = WebhookSettings::new("https://approvals.example.org/cardflow")?;
/// assert!(WebhookSettings::new("http://approvals.example.org/cardflow").is_err());
/// assert!(WebhookSettings::unencrypted("http://127.0.0.1:8080/").is_ok());
/// # Ok::<(), cardflow::adapters::webhook::WebhookError>(())
/// ```
pub struct WebhookSettings {
    pub(super) address: Uri,
    pub(super) encrypted: bool,
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) timeout: Duration,
}

impl WebhookSettings {
    /// At an `https` address. The machine's root certificates are trusted, and 10 seconds waited.
    ///
    /// # Errors
    ///
    /// [`WebhookError::Address`].
    pub fn new(address: &str) -> Result<Self, WebhookError> {
        let settings = WebhookSettings::at(address)?;
        match settings.address.scheme_str() {
            Some("https") => Ok(settings),
            _ => Err(WebhookError::Address { what: "must begin with https://" }),
        }
    }

    /// At an `http` address of this machine: for tests, and for a proxy beside the host that encrypts.
    ///
    /// # Errors
    ///
    /// [`WebhookError::Address`], for other machines too.
    pub fn unencrypted(address: &str) -> Result<Self, WebhookError> {
        let settings = WebhookSettings { encrypted: false, ..WebhookSettings::at(address)? };
        let host = settings.address.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
        match settings.address.scheme_str() {
            Some("http") if here => Ok(settings),
            Some("http") => Err(WebhookError::Address { what: "is of another machine: only https leads there" }),
            _ => Err(WebhookError::Address { what: "must begin with http:// to be unencrypted" }),
        }
    }

    fn at(address: &str) -> Result<Self, WebhookError> {
        let wrong = |what| WebhookError::Address { what };
        let address: Uri = address.parse().map_err(|_| wrong("is none; write https://host/path"))?;
        let authority = address.authority().ok_or(wrong("has no host; write https://host/path"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("holds a user or password; leave them out, the body is signed"));
        }
        let timeout = Duration::from_secs(10);
        Ok(WebhookSettings { address, encrypted: true, roots: Vec::new(), timeout })
    }

    /// Trusts these root certificates (PEM, one or more) and no others.
    ///
    /// # Errors
    ///
    /// [`WebhookError::Root`].
    pub fn roots(self, pem: &[u8]) -> Result<Self, WebhookError> {
        let roots: Vec<_> =
            CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| WebhookError::Root)?;
        let mut store = RootCertStore::empty();
        let reads = roots.iter().all(|it| store.add(it.clone()).is_ok());
        if reads && !roots.is_empty() { Ok(WebhookSettings { roots, ..self }) } else { Err(WebhookError::Root) }
    }

    /// Waits so long for the whole of one call, the connection included; at least a tenth of a second.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        WebhookSettings { timeout: timeout.max(Duration::from_millis(100)), ..self }
    }
}

/// A path may hold a secret, so it is not shown.
impl fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.address.host().unwrap_or_default();
        f.debug_struct("WebhookSettings")
            .field("host", &host)
            .field("encrypted", &self.encrypted)
            .finish_non_exhaustive()
    }
}
