use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::http::Uri;

use super::CmpError;

/// Where the authority is, whom to trust for it, and how long to wait. From the host's configuration, never from data.
///
/// Messages are protected whichever way they go, so `http` may lead to other machines too; what it shows to who listens are
/// numbers of certificates and reasons.
///
/// ```
/// use cardflow::adapters::cmp::CmpSettings;
///
/// let settings = CmpSettings::new("http://ca.example.org/.well-known/cmp")?;
/// assert!(CmpSettings::new("ldap://ca.example.org/").is_err());
/// # Ok::<(), cardflow::adapters::cmp::CmpError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CmpSettings {
    pub(super) address: Uri,
    pub(super) encrypted: bool,
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) timeout: Duration,
}

impl CmpSettings {
    /// At an `http` or `https` address. The machine's root certificates are trusted, and 10 seconds waited.
    ///
    /// # Errors
    ///
    /// [`CmpError::Address`].
    pub fn new(address: &str) -> Result<Self, CmpError> {
        let wrong = |what| CmpError::Address { what };
        let address: Uri = address.parse().map_err(|_| wrong("is none; write https://host/path"))?;
        let authority = address.authority().ok_or(wrong("has no host; write https://host/path"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("holds a user or password; leave them out, the messages are protected"));
        }
        let encrypted = match address.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong("must begin with https:// or http://")),
        };
        Ok(CmpSettings { address, encrypted, roots: Vec::new(), timeout: Duration::from_secs(10) })
    }

    /// Trusts these root certificates (PEM, one or more) for `https` and no others.
    ///
    /// # Errors
    ///
    /// [`CmpError::Root`].
    pub fn roots(self, pem: &[u8]) -> Result<Self, CmpError> {
        let roots: Vec<_> =
            CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| CmpError::Root)?;
        let mut store = RootCertStore::empty();
        let reads = roots.iter().all(|it| store.add(it.clone()).is_ok());
        if reads && !roots.is_empty() { Ok(CmpSettings { roots, ..self }) } else { Err(CmpError::Root) }
    }

    /// Waits so long for the whole of one call, the connection included; at least a tenth of a second.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        CmpSettings { timeout: timeout.max(Duration::from_millis(100)), ..self }
    }
}
