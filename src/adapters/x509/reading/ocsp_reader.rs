use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use der_0_7::Encode;
use der_0_7::asn1::OctetString;
use x509_cert_0_2::ext::Extension;
use x509_ocsp::{OcspRequest, Request, TbsRequest};

use super::super::X509Error;
use super::super::ca_certificate::CaCertificate;
use super::super::ocsp::{IssuerHashes, LONGEST_NONCE, NONCE};
use super::earlier::Earlier;
use super::fetch::Fetch;
use super::looking::ALLOWANCE;
use super::ocsp_answer::{self, Told, Whom};
use super::trouble::Trouble;
use super::{Answer, Question};
use crate::domain::{IssuerName, Serial};
use crate::outbound::Desk;
use crate::ports::{Published, PublishedError, PublishedStatus};
use crate::values::{Millis, Timestamp};

/// The most bytes of an answer that are read.
const LONGEST: u64 = 256 << 10;
/// An answer that does not say until when is taken for so long after its time.
const WITHOUT_END: Millis = Millis::hours(1);
/// As long as RFC 9654, section 2.1, asks for.
const NONCE_LENGTH: usize = 32;
const _: () = assert!(NONCE_LENGTH <= LONGEST_NONCE, "responders take it");

/// Asks a responder by OCSP (RFC 6960), over HTTP, what relying parties are told of the certificates of one authority.
///
/// An answer must be signed by the authority or by one whom it has certified for this (`id-kp-OCSPSigning`, good now), by the
/// algorithms that a [`CrlReader`](super::CrlReader) takes, and be about the certificate. Whether the responder's certificate is
/// revoked is not asked. An answer from the future is taken if it is less than five minutes early; to its end nothing is added, and
/// one without an end is taken for an hour.
///
/// Every question is asked anew, one after the other, on a thread of its own. Of answers that were told, the newest is kept until it
/// has ended, so that none goes back.
#[derive(Debug)]
pub struct OcspReader {
    issuer: IssuerName,
    desk: Desk<Question, Answer>,
}

/// How an [`OcspReader`] is made where it has to say more.
pub struct OcspReading {
    ca: CaCertificate,
    fetch: Fetch,
    with_nonce: bool,
}

impl std::fmt::Debug for OcspReading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OcspReading")
            .field("issuer", &self.ca.issuer)
            .field("fetch", &self.fetch)
            .finish_non_exhaustive()
    }
}

impl OcspReader {
    /// Asks at this `http` address after certificates of the authority with this certificate, in PEM.
    ///
    /// ```
    /// use cardflow::adapters::x509::OcspReader;
    ///
    /// assert!(OcspReader::new("no certificate", "http://ocsp.example/").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// As of [`reading`](Self::reading) and [`OcspReading::open`].
    pub fn new(authority: &str, address: &str) -> Result<Self, X509Error> {
        Self::reading(authority, address)?.open()
    }

    /// The same with more to say.
    ///
    /// # Errors
    ///
    /// [`X509Error::UnreadableCertificate`], [`X509Error::NotAnAuthority`], or [`X509Error::Unacceptable`] for an address that is
    /// not `http`, or a key of another kind.
    pub fn reading(authority: &str, address: &str) -> Result<OcspReading, X509Error> {
        let ca = CaCertificate::from_pem(authority)?;
        Ok(OcspReading { ca, fetch: Fetch::new(address, LONGEST)?, with_nonce: false })
    }
}

impl OcspReading {
    /// With a nonce in every request, which must stand in the answer: for responders that answer live. Those that serve answers
    /// made before leave it out, and are not believed then.
    #[must_use]
    pub fn with_nonce(self) -> Self {
        OcspReading { with_nonce: true, ..self }
    }

    /// Waits so long for the whole of one answer, instead of ten seconds; at least a tenth of a second.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        OcspReading { fetch: self.fetch.with_timeout(timeout), ..self }
    }

    /// The reader. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// [`X509Error::Thread`]; [`X509Error::Encoding`] if the name of the authority does not encode.
    pub fn open(self) -> Result<OcspReader, X509Error> {
        let issuer = self.ca.issuer.clone();
        let hashes = IssuerHashes::of(&self.ca)?;
        let mut asking =
            Asking { settings: self, hashes, newest: BTreeMap::new(), earlier: Earlier::default(), forget_at: 1024 };
        let answer = move |(serial, now): Question| asking.answer(&serial, now);
        let desk = Desk::new("cardflow-reader", answer).map_err(X509Error::Thread)?;
        Ok(OcspReader { issuer, desk })
    }
}

#[async_trait]
impl PublishedStatus for OcspReader {
    fn issuer(&self) -> IssuerName {
        self.issuer.clone()
    }

    async fn published(&self, serial: &Serial, now: Timestamp) -> Result<Published, PublishedError> {
        let gone = |_| PublishedError::Other("nobody is left to read what is published".into());
        self.desk.ask((serial.clone(), now)).await.map_err(gone)?
    }
}

/// Asks, on the thread of a reader.
struct Asking {
    settings: OcspReading,
    hashes: IssuerHashes,
    /// The newest answer of each certificate that has not ended.
    newest: BTreeMap<Serial, Told>,
    earlier: Earlier,
    /// When so many are kept, those that have ended are let go.
    forget_at: usize,
}

/// The end of an answer.
fn end(told: &Told) -> Timestamp {
    told.next_update.unwrap_or_else(|| told.this_update.plus(WITHOUT_END))
}

impl Asking {
    fn answer(&mut self, serial: &Serial, now: Timestamp) -> Result<Published, PublishedError> {
        let told = self.asked(serial, now).map_err(|it| it.told(now))?;
        let told = told.ok_or_else(|| PublishedError::NotFound(serial.clone()))?;
        if told.this_update > now.plus(ALLOWANCE) {
            return Err(PublishedError::NotYetValid { from: told.this_update, now });
        }
        let told = self.newer(serial, told, now);
        let until = end(&told);
        if now >= until {
            return Err(PublishedError::Expired { until, now });
        }
        let (state, reason) = told.said;
        Ok(Published {
            state,
            reason,
            since: told.since,
            as_of: told.this_update,
            until: told.next_update,
            earlier_until: self.earlier.until(serial, told.said, now),
        })
    }

    /// What was told of a certificate now, if nothing newer was before.
    fn newer(&mut self, serial: &Serial, told: Told, now: Timestamp) -> Told {
        if self.newest.len().max(self.earlier.len()) >= self.forget_at {
            self.newest.retain(|_, it| end(it) > now);
            self.earlier.forget(now);
            self.forget_at = 1024.max(2 * self.newest.len().max(self.earlier.len()));
        }
        match self.newest.get(serial) {
            Some(known) if known.this_update > told.this_update && end(known) > now => *known,
            Some(known) => {
                self.earlier.note(serial, known.said, end(known));
                self.newest.insert(serial.clone(), told);
                told
            }
            None => {
                self.newest.insert(serial.clone(), told);
                told
            }
        }
    }

    fn asked(&self, serial: &Serial, now: Timestamp) -> Result<Option<Told>, Trouble> {
        let nonce = if self.settings.with_nonce { Some(nonce()?) } else { None };
        let request = OcspRequest {
            tbs_request: TbsRequest {
                request_list: vec![Request { req_cert: self.hashes.id_of(serial)?, single_request_extensions: None }],
                request_extensions: nonce.clone().map(|it| vec![it]),
                ..TbsRequest::default()
            },
            optional_signature: None,
        };
        let request = request.to_der().map_err(Trouble::unavailable)?;
        let answer = self.settings.fetch.post("application/ocsp-request", &request)?;
        let whom = Whom { ca: &self.settings.ca, hashes: &self.hashes };
        ocsp_answer::read(&answer, &whom, serial, nonce.as_ref(), now)
    }
}

fn nonce() -> Result<Extension, Trouble> {
    let mut bytes = [0; NONCE_LENGTH];
    getrandom::fill(&mut bytes).map_err(Trouble::unavailable)?;
    let value = OctetString::new(bytes.as_slice()).and_then(|it| it.to_der()).and_then(OctetString::new);
    Ok(Extension { extn_id: NONCE, critical: false, extn_value: value.map_err(Trouble::unavailable)? })
}
