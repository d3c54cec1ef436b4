use std::fmt;

use async_trait::async_trait;

use super::super::X509Error;
use super::super::ca_certificate::CaCertificate;
use super::looking::{Looking, Settings};
use super::source::CrlSource;
use super::{Answer, Question};
use crate::domain::{IssuerName, Serial};
use crate::outbound::Desk;
use crate::ports::{Published, PublishedError, PublishedStatus};
use crate::values::{Millis, Timestamp};

/// Reads what relying parties are told by the CRLs of one authority: a complete one, and the delta CRL over it where there are
/// such (RFC 5280, sections 5 and 6.3).
///
/// The lists may be of any authority, the own one or another. They must be signed with its key, by ECDSA, Ed25519 or
/// RSASSA-PKCS1-v1_5 with SHA-256, SHA-384 or SHA-512, and be about all certificates of holders for all reasons. Numbers never
/// go back: where an older list lies there, the newer one that was seen is told until its end. A list from the future is taken
/// if it is less than five minutes early; to its end nothing is added.
///
/// Lists are fetched and read on a thread of its own. They are looked for again after a minute, or once one has ended; one that
/// has not changed is not read again. A certificate is found among a million by some twenty comparisons.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use std::sync::Arc;
///
/// use cardflow::adapters::memory::MemoryLedger;
/// use cardflow::adapters::x509::{
///     CrlFolder, CrlPublisher, CrlReader, CrlSource, KeyAlgorithm, NewAuthority, SoftwareSigner, X509Authority,
/// };
/// use cardflow::domain::{CertificateState, Validity};
/// use cardflow::ports::PublishedStatus;
/// use cardflow::values::{Millis, Timestamp};
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// let now: Timestamp = "2026-11-24T12:00:00Z".parse()?;
/// # let validity = Validity::new(now, now.plus(Millis::days(3650)))?;
/// # let new = NewAuthority { common_name: "Example Card CA".into(), organisation: "Example".into(), validity };
/// # let signer = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256)?);
/// # let authority = Arc::new(X509Authority::create(&new, signer, Arc::new(MemoryLedger::new()))?);
/// let reader = CrlReader::new(authority.certificate_pem(), CrlSource::file(folder.join("cards.crl")))?;
/// let serial = "4711".parse()?;
/// assert!(reader.published(&serial, now).await.is_err(), "nothing lies there yet");
/// CrlPublisher::new(authority, CrlFolder::at(folder, "cards")?).tick(now).await?;
/// let told = reader.published(&serial, now.plus(Millis::hours(1))).await?;
/// assert_eq!(told.state, CertificateState::Valid);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CrlReader {
    issuer: IssuerName,
    desk: Desk<Question, Answer>,
}

/// How a [`CrlReader`] is made where complete lists in one place are not all.
pub struct CrlReading(Settings);

impl fmt::Debug for CrlReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { ca, complete, delta, .. } = &self.0;
        let mut shown = f.debug_struct("CrlReading");
        shown.field("issuer", &ca.issuer).field("complete", complete).field("delta", delta).finish_non_exhaustive()
    }
}

impl CrlReader {
    /// Of the complete CRLs that lie at `complete`, of the authority with this certificate, in PEM.
    ///
    /// # Errors
    ///
    /// As of [`CrlReading::open`] and [`reading`](Self::reading).
    pub fn new(authority: &str, complete: CrlSource) -> Result<Self, X509Error> {
        Self::reading(authority, complete)?.open()
    }

    /// The same with more to say.
    ///
    /// # Errors
    ///
    /// [`X509Error::UnreadableCertificate`], [`X509Error::NotAnAuthority`], or [`X509Error::Unacceptable`] for a key of another
    /// kind.
    pub fn reading(authority: &str, complete: CrlSource) -> Result<CrlReading, X509Error> {
        let ca = CaCertificate::from_pem(authority)?;
        let address = complete.address();
        Ok(CrlReading(Settings { ca, complete, delta: None, address, keeping: Millis::seconds(60) }))
    }
}

impl CrlReading {
    /// With the delta CRLs that lie there. Until the first does, the complete one counts alone.
    #[must_use]
    pub fn with_deltas(mut self, delta: CrlSource) -> Self {
        self.0.delta = Some(delta);
        self
    }

    /// For lists that are bound to an address (`issuingDistributionPoint`): the one that the certificates name. Not needed where
    /// the complete ones are fetched from there.
    #[must_use]
    pub fn with_address(mut self, address: &str) -> Self {
        self.0.address = Some(address.to_owned());
        self
    }

    /// Looks again only after so long, instead of a minute.
    #[must_use]
    pub fn with_keeping(mut self, keeping: Millis) -> Self {
        self.0.keeping = keeping;
        self
    }

    /// The reader. Nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// [`X509Error::Thread`].
    pub fn open(self) -> Result<CrlReader, X509Error> {
        let issuer = self.0.ca.issuer.clone();
        let mut looking = Looking::new(self.0);
        let answer = move |(serial, now): Question| looking.answer(&serial, now);
        let desk = Desk::new("cardflow-reader", answer).map_err(X509Error::Thread)?;
        Ok(CrlReader { issuer, desk })
    }
}

#[async_trait]
impl PublishedStatus for CrlReader {
    fn issuer(&self) -> IssuerName {
        self.issuer.clone()
    }

    async fn published(&self, serial: &Serial, now: Timestamp) -> Result<Published, PublishedError> {
        let gone = |_| PublishedError::Other("nobody is left to read what is published".into());
        self.desk.ask((serial.clone(), now)).await.map_err(gone)?
    }
}
