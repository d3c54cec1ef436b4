use der::asn1::{ContextSpecific, OctetString};
use der::oid::AssociatedOid;
use der::{Encode, TagMode, TagNumber};
use x509_cert::Version;
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BaseCrlNumber, CrlNumber};
use x509_cert::ext::{Extension, Extensions};

use super::authority::Issuing;
use super::time::{to_asn1, whole_seconds};
use super::{X509Error, signed};
use crate::values::{Millis, Timestamp};

/// A complete CRL of version 2 (RFC 5280, section 5): every certificate that is on hold or revoked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CompleteCrl {
    /// Its number, above that of every list before.
    pub number: u64,
    /// Its DER bytes.
    pub der: Vec<u8>,
    /// When it was made, in whole seconds.
    pub this_update: Timestamp,
    /// Until when the next one will be there, in whole seconds.
    pub next_update: Timestamp,
}

/// A delta CRL (RFC 5280, section 5.2.4): what has changed since a complete one.
///
/// A certificate that was on hold and is good again stands there for `removeFromCRL`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeltaCrl {
    /// Its number, from the same sequence as that of complete CRLs.
    pub number: u64,
    /// The number of the complete CRL that it adds to: it may be added to any from that one on.
    pub base: u64,
    /// Its DER bytes.
    pub der: Vec<u8>,
    /// When it was made, in whole seconds.
    pub this_update: Timestamp,
    /// Until when the next one will be there, in whole seconds.
    pub next_update: Timestamp,
}

impl CompleteCrl {
    /// The list as PEM.
    ///
    /// # Errors
    ///
    /// [`X509Error`] if it is too long for a text.
    pub fn pem(&self) -> Result<String, X509Error> {
        signed::to_pem(LABEL, &self.der).map_err(encoding)
    }
}

impl DeltaCrl {
    /// The list as PEM.
    ///
    /// # Errors
    ///
    /// [`X509Error`] if it is too long for a text.
    pub fn pem(&self) -> Result<String, X509Error> {
        signed::to_pem(LABEL, &self.der).map_err(encoding)
    }
}

const LABEL: &str = "X509 CRL";

/// Signs a complete list of these lines.
pub(super) fn complete(
    issuing: &Issuing,
    lines: Vec<u8>,
    number: u64,
    now: Timestamp,
) -> Result<CompleteCrl, X509Error> {
    let freshest = issuing.distribution.as_ref().map(|it| it.in_complete_lists()).transpose()?.flatten();
    let when = Period::from(now, issuing.crl_period);
    let der = list(issuing, lines, number, when, freshest)?;
    Ok(CompleteCrl { number, der, this_update: when.this_update, next_update: when.next_update })
}

/// Signs a list of these changes since the complete list of number `base`.
pub(super) fn delta(
    issuing: &Issuing,
    lines: Vec<u8>,
    (number, base): (u64, u64),
    now: Timestamp,
) -> Result<DeltaCrl, X509Error> {
    let indicator = extension(&BaseCrlNumber(CrlNumber::try_from(base).map_err(encoding)?.0))?;
    let when = Period::from(now, issuing.delta_period);
    // Section 5.2.4: critical, or it would be taken for a complete list.
    let der = list(issuing, lines, number, when, Some(Extension { critical: true, ..indicator }))?;
    Ok(DeltaCrl { number, base, der, this_update: when.this_update, next_update: when.next_update })
}

#[derive(Clone, Copy)]
struct Period {
    this_update: Timestamp,
    next_update: Timestamp,
}

impl Period {
    fn from(now: Timestamp, period: Millis) -> Self {
        Period { this_update: whole_seconds(now), next_update: whole_seconds(now.plus(period)) }
    }
}

fn list(
    issuing: &Issuing,
    lines: Vec<u8>,
    number: u64,
    when: Period,
    own: Option<Extension>,
) -> Result<Vec<u8>, X509Error> {
    let (ca, signer) = (&issuing.certificate, issuing.signer.as_ref());
    let key_id = AuthorityKeyIdentifier {
        key_identifier: Some(ca.key_id.0.clone()),
        authority_cert_issuer: None,
        authority_cert_serial_number: None,
    };
    let mut extensions = vec![extension(&key_id)?, extension(&CrlNumber::try_from(number).map_err(encoding)?)?];
    extensions.extend(issuing.distribution.as_ref().map(|it| it.in_every_list()).transpose()?.flatten());
    extensions.extend(own);
    // Section 5.1: the parts of TBSCertList before and after its lines.
    let mut before = Vec::new();
    Version::V2.encode_to_vec(&mut before).map_err(encoding)?;
    signed::identifier(signer.algorithm()).encode_to_vec(&mut before).map_err(encoding)?;
    ca.subject.encode_to_vec(&mut before).map_err(encoding)?;
    to_asn1(when.this_update)?.encode_to_vec(&mut before).map_err(encoding)?;
    to_asn1(when.next_update)?.encode_to_vec(&mut before).map_err(encoding)?;
    let after = explicit_0(extensions).to_der().map_err(encoding)?;
    // Section 5.1.2.6: an empty list is left out.
    let lines = if lines.is_empty() { lines } else { signed::sequence(&[], lines, &[]).map_err(encoding)? };
    let content = signed::sequence(&before, lines, &after).map_err(encoding)?;
    signed::sign(content, WHAT, signer)
}

fn explicit_0(value: Extensions) -> ContextSpecific<Extensions> {
    ContextSpecific { tag_number: TagNumber(0), tag_mode: TagMode::Explicit, value }
}

const WHAT: &str = "the CRL";

pub(super) fn encoding(source: der::Error) -> X509Error {
    X509Error::Encoding { what: WHAT, source: source.into() }
}

pub(super) fn extension<T: AssociatedOid + Encode>(value: &T) -> Result<Extension, X509Error> {
    let extn_value = value.to_der().and_then(OctetString::new).map_err(encoding)?;
    Ok(Extension { extn_id: T::OID, critical: false, extn_value })
}
