use std::collections::{BTreeMap, BTreeSet};

use der::Decode;
use der::oid::AssociatedOid;
use x509_cert::crl::{CertificateList, RevokedCert};
use x509_cert::ext::pkix::{BaseCrlNumber, CrlNumber, CrlReason};

use super::ca_certificate::CaCertificate;
use super::time::{from_asn1, whole_seconds};
use super::{X509Error, signed};
use crate::domain::Serial;
use crate::ports::{LedgerEntry, LedgerStatus, SignatureAlgorithm};
use crate::values::Timestamp;

/// The complete CRL that was published last, as the host has it: what the next one is held against.
///
/// A ledger that was restored from a backup knows less than relying parties do. With the published list beside it, no
/// certificate that is refused today works again tomorrow because somebody restored a file.
#[derive(Clone, Debug)]
pub struct PublishedCrl {
    der: Vec<u8>,
    list: CertificateList,
    number: u64,
    this_update: Timestamp,
    lines: BTreeMap<Serial, Line>,
    confirmed: BTreeSet<Serial>,
}

/// What a list says of one certificate.
#[derive(Clone, Copy, Debug)]
struct Line {
    since: Timestamp,
    on_hold: bool,
}

const UNREADABLE: X509Error = X509Error::PublishedCrl { why: "it does not read; give the DER of a complete CRL" };

impl PublishedCrl {
    /// Reads the DER of a complete CRL. Whether it is one of the authority, the authority says.
    ///
    /// # Errors
    ///
    /// [`X509Error::PublishedCrl`].
    pub fn from_der(der: &[u8]) -> Result<Self, X509Error> {
        let list = CertificateList::from_der(der).map_err(|_| UNREADABLE)?;
        let content = &list.tbs_cert_list;
        let extensions = content.crl_extensions.as_deref().unwrap_or_default();
        if extensions.iter().any(|it| it.extn_id == BaseCrlNumber::OID) {
            return Err(X509Error::PublishedCrl { why: "it is a delta CRL; give the complete one" });
        }
        let number = extensions.iter().find(|it| it.extn_id == CrlNumber::OID);
        let number = number.and_then(|it| CrlNumber::from_der(it.extn_value.as_bytes()).ok());
        let number = number.and_then(|it| number_of(it.0.as_bytes())).ok_or(UNREADABLE)?;
        let this_update = from_asn1(content.this_update);
        let lines = content.revoked_certificates.iter().flatten().map(line).collect::<Result<_, _>>()?;
        Ok(PublishedCrl { der: der.to_vec(), number, this_update, lines, list, confirmed: BTreeSet::new() })
    }

    /// Says by name that one certificate on it may vanish from the next list, or stand there as on hold only.
    ///
    /// # Errors
    ///
    /// [`X509Error::Unacceptable`] if it is not on the list.
    pub fn confirm(mut self, serial: &Serial) -> Result<Self, X509Error> {
        if !self.lines.contains_key(serial) {
            return Err(X509Error::Unacceptable { what: "the number", why: "it does not stand on the published list" });
        }
        self.confirmed.insert(serial.clone());
        Ok(self)
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The certificates on it.
    pub fn serials(&self) -> impl Iterator<Item = &Serial> {
        self.lines.keys()
    }

    /// Refuses a list of others.
    pub(super) fn check_signed_by(&self, ca: &CaCertificate, algorithm: SignatureAlgorithm) -> Result<(), X509Error> {
        let content = &self.list.tbs_cert_list;
        if content.issuer != ca.subject {
            return Err(X509Error::PublishedCrl { why: "it names another issuer; give the one of this authority" });
        }
        if content.signature != signed::identifier(algorithm) || !signed::is_signed_by(&self.der, &ca.key, algorithm) {
            return Err(X509Error::PublishedCrl { why: "it names this issuer, but another key signed it" });
        }
        Ok(())
    }

    /// Certificates that are neither on the next list nor confirmed, for the ledger to say why.
    pub(super) fn missing_from(&self, next: &[LedgerEntry]) -> Vec<&Serial> {
        let next: BTreeMap<&Serial, LedgerStatus> = next.iter().map(|it| (&it.serial, it.status)).collect();
        let stands = |serial: &Serial, line: &Line| {
            next.get(serial).is_some_and(|it| line.on_hold || !matches!(it, LedgerStatus::OnHold { .. }))
        };
        let open = self.lines.iter().filter(|(serial, _)| !self.confirmed.contains(*serial));
        open.filter(|(serial, line)| !stands(serial, line)).map(|(serial, _)| serial).collect()
    }

    /// Whether what the ledger says of a certificate is a reason for it not to be listed any more: it was released after it
    /// was listed, or had ended when this list showed it.
    pub(super) fn is_settled(&self, entry: &LedgerEntry) -> bool {
        let Some(line) = self.lines.get(&entry.serial) else { return true };
        match entry.status {
            LedgerStatus::Released { since } => line.on_hold && whole_seconds(since) >= line.since,
            LedgerStatus::OnHold { .. } if !line.on_hold => false,
            LedgerStatus::OnHold { .. } | LedgerStatus::Revoked { .. } => entry.not_after < self.this_update,
            LedgerStatus::Good => false,
        }
    }
}

fn number_of(bytes: &[u8]) -> Option<u64> {
    let small = bytes.iter().skip_while(|it| **it == 0).copied().collect::<Vec<u8>>();
    (small.len() <= 8).then(|| small.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn line(revoked: &RevokedCert) -> Result<(Serial, Line), X509Error> {
    let serial = Serial::from_bytes(revoked.serial_number.as_bytes()).map_err(|_| UNREADABLE)?;
    let extensions = revoked.crl_entry_extensions.as_deref().unwrap_or_default();
    let reason = extensions.iter().find(|it| it.extn_id == CrlReason::OID);
    let reason = reason.map(|it| CrlReason::from_der(it.extn_value.as_bytes())).transpose().map_err(|_| UNREADABLE)?;
    Ok((
        serial,
        Line { since: from_asn1(revoked.revocation_date), on_hold: reason == Some(CrlReason::CertificateHold) },
    ))
}
