use der::asn1::SequenceRef;
use der::oid::AssociatedOid;
use der::{Decode, DecodeValue, FixedTag, Reader, SliceReader, Tag};
use x509_cert::crl::RevokedCert;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::{BaseCrlNumber, CrlNumber, CrlReason};
use x509_cert::name::Name;
use x509_cert::time::Time;
use x509_cert::{AlgorithmIdentifier, Version};

use super::time::from_asn1;
use super::{X509Error, signed};
use crate::domain::{RevocationReason, Serial};
use crate::values::Timestamp;

/// A CRL as read: its lines in a form that is short and quickly searched.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) der: Vec<u8>,
    pub(super) issuer: Name,
    pub(super) signature: AlgorithmIdentifier,
    pub(super) number: u64,
    /// Of a delta CRL, the number of the complete one it adds to.
    pub(super) base: Option<u64>,
    pub(super) this_update: Timestamp,
    pub(super) next_update: Timestamp,
    pub(super) extensions: Extensions,
    /// In the order of the octets.
    lines: Vec<(Serial, Line)>,
}

/// What a list says of one certificate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) since: Timestamp,
    pub(super) says: Says,
    /// `unspecified` where none is told (RFC 5280, section 5.3.1).
    pub(super) reason: RevocationReason,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Says {
    OnHold,
    Revoked,
    /// On delta CRLs: it is good again.
    Removed,
}

/// `TBSCertList` of RFC 5280, section 5.1.2, with its lines unread.
#[derive(DecodeValue)]
struct Content<'a> {
    version: Version,
    signature: AlgorithmIdentifier,
    issuer: Name,
    this_update: Time,
    next_update: Time,
    revoked: Option<&'a SequenceRef>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    extensions: Extensions,
}

impl FixedTag for Content<'_> {
    const TAG: Tag = Tag::Sequence;
}

const UNREADABLE: X509Error = X509Error::PublishedCrl { why: "it does not read; give the DER of a CRL" };

pub(super) const UNKNOWN_CRITICAL: X509Error =
    X509Error::PublishedCrl { why: "it has a critical extension that is not known here; give a list without" };

impl List {
    pub(super) fn from_der(der: Vec<u8>) -> Result<Self, X509Error> {
        let content: Content<'_> = signed::content(&der).map_err(|_| UNREADABLE)?;
        if content.version != Version::V2 {
            return Err(UNREADABLE);
        }
        let number = number_in(&content.extensions, CrlNumber::OID)?.ok_or(UNREADABLE)?;
        let base = number_in(&content.extensions, BaseCrlNumber::OID)?;
        let mut lines = Vec::new();
        if let Some(revoked) = content.revoked {
            let mut reader = SliceReader::new(revoked.as_bytes()).map_err(|_| UNREADABLE)?;
            while !reader.is_finished() {
                lines.push(line(&RevokedCert::decode(&mut reader).map_err(|_| UNREADABLE)?)?);
            }
        }
        lines.sort_by(|(a, _), (b, _)| a.cmp(b));
        let (this_update, next_update) = (from_asn1(content.this_update), from_asn1(content.next_update));
        let Content { issuer, signature, extensions, .. } = content;
        Ok(List { issuer, signature, number, base, this_update, next_update, extensions, lines, der })
    }

    pub(super) fn serials(&self) -> impl Iterator<Item = &Serial> {
        self.lines.iter().map(|(serial, _)| serial)
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Where a certificate stands among [`serials`](Self::serials).
    pub(super) fn place(&self, serial: &Serial) -> Option<usize> {
        self.lines.binary_search_by(|(it, _)| it.cmp(serial)).ok()
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &(Serial, Line)> {
        self.lines.iter()
    }

    pub(super) fn line(&self, serial: &Serial) -> Option<Line> {
        self.place(serial).and_then(|at| self.lines.get(at)).map(|(_, line)| *line)
    }
}

fn number_in(extensions: &Extensions, oid: der::asn1::ObjectIdentifier) -> Result<Option<u64>, X509Error> {
    let Some(found) = extensions.iter().find(|it| it.extn_id == oid) else { return Ok(None) };
    let number = CrlNumber::from_der(found.extn_value.as_bytes()).map_err(|_| UNREADABLE)?;
    number_of(number.0.as_bytes()).map(Some).ok_or(UNREADABLE)
}

fn number_of(bytes: &[u8]) -> Option<u64> {
    let small = bytes.iter().skip_while(|it| **it == 0).copied().collect::<Vec<u8>>();
    (small.len() <= 8).then(|| small.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn line(revoked: &RevokedCert) -> Result<(Serial, Line), X509Error> {
    let serial = Serial::from_bytes(revoked.serial_number.as_bytes()).map_err(|_| UNREADABLE)?;
    let extensions = revoked.crl_entry_extensions.as_deref().unwrap_or_default();
    // Among them `certificateIssuer`: whose certificate it is would then not be the issuer's to say alone (section 5.3.3).
    if extensions.iter().any(|it| it.critical && it.extn_id != CrlReason::OID) {
        return Err(UNKNOWN_CRITICAL);
    }
    let reason = extensions.iter().find(|it| it.extn_id == CrlReason::OID);
    let reason = reason.map(|it| CrlReason::from_der(it.extn_value.as_bytes())).transpose().map_err(|_| UNREADABLE)?;
    let code = reason.map_or(Ok(0), |it| u8::try_from(it as u32)).map_err(|_| UNREADABLE)?;
    let reason = RevocationReason::from_code(code).ok_or(UNREADABLE)?;
    let says = match reason {
        RevocationReason::CertificateHold => Says::OnHold,
        RevocationReason::RemoveFromCrl => Says::Removed,
        _ => Says::Revoked,
    };
    Ok((serial, Line { since: from_asn1(revoked.revocation_date), says, reason }))
}
