use std::fmt;
use std::sync::Arc;

use der_0_7::Encode;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_ocsp::{CertId, OcspResponse};

use super::super::ca_certificate::parse;
use super::super::public_key::PublicKey;
use super::super::time::{from_asn1, whole_seconds};
use super::super::{X509Authority, X509Error};
use super::issuer::IssuerHashes;
use super::request::Asked;
use super::response::{Responding, basic, encoding, single};
use crate::domain::{Serial, Validity};
use crate::ports::{LedgerEntry, Signer};
use crate::values::{Millis, Timestamp};

/// Answers by OCSP (RFC 6960) what the ledger of an authority says of its certificates.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use std::sync::Arc;
///
/// use cardflow::adapters::memory::MemoryLedger;
/// use cardflow::adapters::x509::{
///     KeyAlgorithm, NewAuthority, OcspResponder, OcspStatus, SoftwareSigner, X509Authority,
/// };
/// use cardflow::domain::Validity;
/// use cardflow::ports::Signer;
/// use cardflow::values::{Millis, Timestamp};
///
/// let now: Timestamp = "2026-11-24T12:00:00Z".parse()?;
/// # let validity = Validity::new(now, now.plus(Millis::days(3650)))?;
/// # let new = NewAuthority { common_name: "Example Card CA".into(), organisation: "Example".into(), validity };
/// # let signer = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256)?);
/// # let authority = Arc::new(X509Authority::create(&new, signer, Arc::new(MemoryLedger::new()))?);
/// let key = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256)?);
/// let month = Validity::new(now, now.plus(Millis::days(30)))?;
/// let certificate = authority.issue_responder("Example OCSP", &key.public_key(), month).await?;
/// let responder = OcspResponder::delegated(authority, &certificate.der, key)?;
/// assert_eq!(responder.answer(b"no request", now).await.status, OcspStatus::Malformed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct OcspResponder {
    authority: Arc<X509Authority>,
    signer: Arc<dyn Signer>,
    key: Vec<u8>,
    certificate: Option<(Vec<u8>, Validity)>,
    hashes: IssuerHashes,
    period: Millis,
}

/// An answer, with what the host may want to know of it.
#[derive(Debug)]
pub struct OcspAnswer {
    /// Its DER, for whoever asked.
    pub der: Vec<u8>,
    /// What it says of the request.
    pub status: OcspStatus,
    /// Until when it is good; none for a refusal, which is good for nothing.
    pub next_update: Option<Timestamp>,
    /// Whether it was made for this request alone, and must not be given to another.
    pub has_nonce: bool,
    /// Why nothing could be said, for the log of the host.
    pub failure: Option<X509Error>,
}

/// What an answer says of the request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OcspStatus {
    /// It is answered.
    Successful,
    /// It does not read.
    Malformed,
    /// It asks after certificates of others alone.
    Unauthorized,
    /// The ledger or the key is away; the same request may be answered later.
    TryLater,
}

/// An answer that was signed before anybody asked: without a nonce, so that it may be given to all (RFC 5019).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PreSigned {
    /// The certificate it is about.
    pub serial: Serial,
    /// Its DER.
    pub der: Vec<u8>,
    /// Until when it is good.
    pub next_update: Timestamp,
}

impl OcspResponder {
    /// A responder with a key of its own, which the authority has certified for this
    /// ([`issue_responder`](X509Authority::issue_responder)). The key of the authority stays where it is.
    ///
    /// # Errors
    ///
    /// [`X509Error::NotOurs`] if the certificate is not of this authority, [`X509Error::NotAResponder`] if it is not for
    /// this, [`X509Error::KeyMismatch`] if it is for another key.
    pub fn delegated(
        authority: Arc<X509Authority>,
        certificate: &[u8],
        signer: Arc<dyn Signer>,
    ) -> Result<Self, X509Error> {
        authority.verified(certificate)?;
        let parsed = parse(certificate, "the certificate of the responder")?;
        let tbs = parsed.tbs_certificate();
        let usage = tbs.get_extension::<ExtendedKeyUsage>().ok().flatten();
        if !usage.is_some_and(|(_, it)| it.0.iter().any(|it| it.to_string() == OCSP_SIGNING)) {
            let why = "its extended key usage lacks OCSPSigning; issue one for a responder";
            return Err(X509Error::NotAResponder { why });
        }
        let key = PublicKey::from_spki(&signer.public_key())?;
        if key != PublicKey::from_info(tbs.subject_public_key_info())? || !key.fits(signer.algorithm()) {
            return Err(X509Error::KeyMismatch);
        }
        let validity = tbs.validity();
        let validity = Validity::new(from_asn1(validity.not_before), from_asn1(validity.not_after))
            .map_err(|_| X509Error::NotAResponder { why: "it ends before it begins; issue another" })?;
        Self::with(authority, signer, key, Some((certificate.to_vec(), validity)))
    }

    /// A responder that signs with the key of the authority itself.
    ///
    /// # Errors
    ///
    /// [`X509Error`] if the name of the authority does not encode.
    pub fn of_the_authority(authority: Arc<X509Authority>) -> Result<Self, X509Error> {
        let (signer, key) = (authority.issuing.signer.clone(), authority.issuing.certificate.key.clone());
        Self::with(authority, signer, key, None)
    }

    fn with(
        authority: Arc<X509Authority>,
        signer: Arc<dyn Signer>,
        key: PublicKey,
        certificate: Option<(Vec<u8>, Validity)>,
    ) -> Result<Self, X509Error> {
        let hashes = IssuerHashes::of(&authority.issuing.certificate)?;
        Ok(OcspResponder { authority, signer, key: key.bits, certificate, hashes, period: Millis::hours(1) })
    }

    /// With another length of time for which an answer is good than an hour.
    ///
    /// # Errors
    ///
    /// [`X509Error::Unacceptable`] for less than a second.
    pub fn with_period(mut self, period: Millis) -> Result<Self, X509Error> {
        if period < Millis::seconds(1) {
            return Err(X509Error::Unacceptable { what: "the period of answers", why: "give at least one second" });
        }
        self.period = period;
        Ok(self)
    }

    /// Answers a request, whatever it is; a nonce in it is given back.
    ///
    /// A certificate that is not in the ledger is *unknown*, and so is one of another issuer that stands beside one of ours.
    pub async fn answer(&self, request: &[u8], now: Timestamp) -> OcspAnswer {
        let Some(asked) = Asked::read(request) else { return refusal(OcspStatus::Malformed, None) };
        if asked.ids.iter().all(|it| self.hashes.serial_of(it).is_none()) {
            return refusal(OcspStatus::Unauthorized, None);
        }
        let has_nonce = asked.nonce.is_some();
        match self.signed(asked, now).await {
            Ok((der, next_update)) => OcspAnswer {
                der,
                status: OcspStatus::Successful,
                next_update: Some(next_update),
                has_nonce,
                failure: None,
            },
            Err(failure) => refusal(OcspStatus::TryLater, Some(failure)),
        }
    }

    /// Signs an answer for each of these certificates, to be given to whoever asks after it without a nonce.
    ///
    /// # Errors
    ///
    /// [`X509Error::Ledger`], [`X509Error::Signer`], [`X509Error::Time`]; [`X509Error::NotAResponder`] if the certificate of
    /// the responder is not good now.
    pub async fn sign_for(&self, serials: &[Serial], now: Timestamp) -> Result<Vec<PreSigned>, X509Error> {
        let mut answers = Vec::with_capacity(serials.len());
        for serial in serials {
            let asked = Asked { ids: vec![self.hashes.id_of(serial)?], nonce: None };
            let (der, next_update) = self.signed(asked, now).await?;
            answers.push(PreSigned { serial: serial.clone(), der, next_update });
        }
        Ok(answers)
    }

    /// The one certificate that a request asks after, if it is of this authority and has no nonce: the key under which an
    /// answer that was [signed before](Self::sign_for) may be looked up.
    #[must_use]
    pub fn asked_for(&self, request: &[u8]) -> Option<Serial> {
        match Asked::read(request)? {
            Asked { ids, nonce: None } => match ids.as_slice() {
                [id] => self.hashes.serial_of(id),
                _ => None,
            },
            Asked { .. } => None,
        }
    }

    async fn signed(&self, asked: Asked, now: Timestamp) -> Result<(Vec<u8>, Timestamp), X509Error> {
        let end = self.certificate.as_ref().map(|(_, it)| check_time(*it, now)).transpose()?;
        let next_update = whole_seconds(now.plus(self.period));
        // An answer is good for no longer than whoever signed it.
        let next_update = end.map_or(next_update, |end| next_update.min(end));
        let mut responses = Vec::with_capacity(asked.ids.len());
        for id in asked.ids {
            responses.push(single(id.clone(), self.known(&id).await?.as_ref(), (now, next_update))?);
        }
        let certificate = self.certificate.as_ref().map(|(der, _)| der.as_slice());
        let by = Responding { signer: self.signer.as_ref(), key: &self.key, certificate };
        Ok((basic(&by, responses, asked.nonce, now)?, next_update))
    }

    async fn known(&self, id: &CertId) -> Result<Option<LedgerEntry>, X509Error> {
        match self.hashes.serial_of(id) {
            Some(serial) => {
                Ok(self.authority.ledger.entry(&self.authority.issuing.certificate.issuer, &serial).await?)
            }
            None => Ok(None),
        }
    }
}

/// `id-kp-OCSPSigning`.
pub(in super::super) const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

/// The end of the certificate of the responder, if it is good now.
fn check_time(validity: Validity, now: Timestamp) -> Result<Timestamp, X509Error> {
    let (from, until) = (validity.from(), validity.until());
    if now < from {
        return Err(X509Error::NotAResponder { why: "its time has not come; check the clock" });
    }
    if validity.is_over(now) { Err(X509Error::NotAResponder { why: "it has ended; issue another" }) } else { Ok(until) }
}

fn refusal(status: OcspStatus, failure: Option<X509Error>) -> OcspAnswer {
    let response = match status {
        OcspStatus::Malformed => OcspResponse::malformed_request(),
        OcspStatus::Unauthorized => OcspResponse::unauthorized(),
        OcspStatus::Successful | OcspStatus::TryLater => OcspResponse::try_later(),
    };
    let (der, unencodable) = match response.to_der() {
        Ok(der) => (der, None),
        Err(error) => (Vec::new(), Some(encoding(error))),
    };
    OcspAnswer { der, status, next_update: None, has_nonce: false, failure: failure.or(unencodable) }
}

impl fmt::Debug for OcspResponder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OcspResponder")
            .field("authority", &self.authority)
            .field("signer", &self.signer)
            .field("period", &self.period)
            .finish_non_exhaustive()
    }
}
