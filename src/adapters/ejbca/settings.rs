use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::http::Uri;
use ureq::tls::{Certificate, ClientCert, PrivateKey};
use zeroize::Zeroizing;

use super::certificate::AuthorityCertificate;
use super::{EjbcaError, TokenSource};
use crate::domain::Capabilities;

/// Where EJBCA is, which of its authorities is meant, who asks, and what is switched on there. From the host's configuration.
///
/// ```no_run
/// use cardflow::adapters::ejbca::{EjbcaAuthority, EjbcaSettings};
/// use cardflow::domain::Capabilities;
///
/// let ca = std::fs::read_to_string("card-ca.pem")?;
/// let settings = EjbcaSettings::new("https://ca.example.org/ejbca/ejbca-rest-api", &ca)?
///     .client_certificate(&std::fs::read("client.pem")?, std::fs::read("client-key.pem")?)?
///     .able_to(Capabilities { reason_change: true, ..Capabilities::RFC_5280 });
/// let authority = EjbcaAuthority::new(settings)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EjbcaSettings {
    pub(super) base: String,
    pub(super) host: String,
    pub(super) encrypted: bool,
    pub(super) certificate: AuthorityCertificate,
    pub(super) issuer_dn: String,
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) client: Option<ClientCert>,
    pub(super) tokens: Option<Arc<dyn TokenSource>>,
    pub(super) able: Capabilities,
    pub(super) invalidity_dates: bool,
    pub(super) timeout: Duration,
}

impl EjbcaSettings {
    /// The REST API at an `https` address, such as `https://ca.example.org/ejbca/ejbca-rest-api`, and the certificate (PEM) of the
    /// authority there.
    ///
    /// The machine's root certificates are trusted, and 10 seconds waited. EJBCA is said to do what
    /// [`RFC_5280`](Capabilities::RFC_5280) says, without delta CRLs and OCSP.
    ///
    /// # Errors
    ///
    /// [`EjbcaError::Address`], [`EjbcaError::AuthorityCertificate`].
    pub fn new(address: &str, authority_pem: &str) -> Result<Self, EjbcaError> {
        let (settings, scheme) = EjbcaSettings::at(address, authority_pem)?;
        if scheme == "https" { Ok(settings) } else { Err(EjbcaError::Address { what: "must begin with https://" }) }
    }

    /// The REST API at an `http` address of this machine: for tests, and for a proxy beside the host that encrypts.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new), and [`EjbcaError::Address`] for other machines.
    pub fn unencrypted(address: &str, authority_pem: &str) -> Result<Self, EjbcaError> {
        let (settings, scheme) = EjbcaSettings::at(address, authority_pem)?;
        let host = settings.host.trim_start_matches('[').trim_end_matches(']');
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
        match scheme.as_str() {
            "http" if here => Ok(EjbcaSettings { encrypted: false, ..settings }),
            "http" => Err(EjbcaError::Address { what: "is of another machine: only https leads there" }),
            _ => Err(EjbcaError::Address { what: "must begin with http:// to be unencrypted" }),
        }
    }

    fn at(address: &str, authority_pem: &str) -> Result<(Self, String), EjbcaError> {
        let wrong = |what| EjbcaError::Address { what };
        let none = || wrong("is none; write https://host/ejbca/ejbca-rest-api");
        let uri: Uri = address.parse().map_err(|_| none())?;
        let authority = uri.authority().ok_or_else(none)?;
        if authority.as_str().contains('@') {
            return Err(wrong("holds a user or password; leave them out"));
        }
        if uri.query().is_some() {
            return Err(wrong("has a query; leave it out"));
        }
        let certificate = AuthorityCertificate::from_pem(authority_pem)?;
        let able = Capabilities { revisions: false, delta: false, ocsp: false, ..Capabilities::RFC_5280 };
        let settings = EjbcaSettings {
            base: address.trim_end_matches('/').to_owned(),
            host: authority.host().to_owned(),
            encrypted: true,
            issuer_dn: certificate.issuer.as_str().to_owned(),
            certificate,
            roots: Vec::new(),
            client: None,
            tokens: None,
            able,
            invalidity_dates: false,
            timeout: Duration::from_secs(10),
        };
        Ok((settings, uri.scheme_str().unwrap_or_default().to_owned()))
    }

    /// The name of the authority as the pages of EJBCA show it, where that is not how its certificate reads by RFC 4514.
    ///
    /// # Errors
    ///
    /// [`EjbcaError::IssuerDn`].
    pub fn issuer_dn(self, name: &str) -> Result<Self, EjbcaError> {
        let issuer_dn = name.trim().to_owned();
        let fits = (1..=1000).contains(&issuer_dn.len());
        if fits { Ok(EjbcaSettings { issuer_dn, ..self }) } else { Err(EjbcaError::IssuerDn) }
    }

    /// Trusts these root certificates (PEM, one or more) for the connection, and no others.
    ///
    /// # Errors
    ///
    /// [`EjbcaError::Root`].
    pub fn roots(self, pem: &[u8]) -> Result<Self, EjbcaError> {
        let roots = certificates(pem).ok_or(EjbcaError::Root)?;
        let mut store = RootCertStore::empty();
        let reads = roots.iter().all(|it| store.add(it.clone()).is_ok());
        if reads { Ok(EjbcaSettings { roots, ..self }) } else { Err(EjbcaError::Root) }
    }

    /// Asks under a client certificate: the chain (PEM, its own first), and its key (PEM, not encrypted), which is overwritten
    /// here when it was read.
    ///
    /// # Errors
    ///
    /// [`EjbcaError::ClientCertificate`], if the key is another one's too.
    pub fn client_certificate(self, chain_pem: &[u8], key_pem: Vec<u8>) -> Result<Self, EjbcaError> {
        let wrong = |what| EjbcaError::ClientCertificate { what };
        let key_pem = Zeroizing::new(key_pem);
        let unreadable = "does not read; give PEM, the one of the client first";
        let chain = certificates(chain_pem).ok_or(wrong(unreadable))?;
        let key = PrivateKey::from_pem(&key_pem)
            .map_err(|_| wrong("has a key that does not read; give one PEM block that is not encrypted"))?;
        super::sender::check_client(&chain, &key_pem)?;
        let chain: Vec<_> = chain.iter().map(|it| Certificate::from_der(it.as_ref()).to_owned()).collect();
        Ok(EjbcaSettings { client: Some(ClientCert::new_with_certs(&chain, key)), ..self })
    }

    /// Asks with the bearer tokens of this source.
    #[must_use]
    pub fn tokens(self, source: impl TokenSource) -> Self {
        EjbcaSettings { tokens: Some(Arc::new(source)), ..self }
    }

    /// What is switched on at this authority of EJBCA: it is believed, since the API does not tell. `reason_change` is "allow
    /// changing revocation reason" of the CA, `back_dating` "allow back-dated revocation" of the certificate profile.
    ///
    /// EJBCA has no [revisions](Capabilities::revisions), whatever is said here.
    #[must_use]
    pub fn able_to(self, able: Capabilities) -> Self {
        EjbcaSettings { able: Capabilities { revisions: false, ..able }, ..self }
    }

    /// Sends the invalidity date that an order names: "allow invalidity date" of the CA. Without this, it is left out.
    #[must_use]
    pub fn invalidity_dates(self, invalidity_dates: bool) -> Self {
        EjbcaSettings { invalidity_dates, ..self }
    }

    /// Waits so long for a connection, and so long for each part of an answer; at least a tenth of a second.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        EjbcaSettings { timeout: timeout.max(Duration::from_millis(100)), ..self }
    }
}

/// The certificates of a PEM text; none if it has none, or one that does not read.
fn certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
    (!found.is_empty()).then_some(found)
}

impl fmt::Debug for EjbcaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EjbcaSettings")
            .field("host", &self.host)
            .field("issuer_dn", &self.issuer_dn)
            .field("encrypted", &self.encrypted)
            .field("client_certificate", &self.client.is_some())
            .field("tokens", &self.tokens.is_some())
            .field("able", &self.able)
            .finish_non_exhaustive()
    }
}
