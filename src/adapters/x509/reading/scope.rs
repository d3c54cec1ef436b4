//! What a list is about, and who has signed it (RFC 5280, sections 5.2 and 6.3.3).

use der::Decode;
use der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

use super::super::ca_certificate::CaCertificate;
use super::super::distribution::ISSUING_DISTRIBUTION_POINT;
use super::super::published_list::{List, Says, UNKNOWN_CRITICAL};
use super::super::signed;
use super::trouble::Trouble;

/// Extensions of lists that are known: `cRLNumber`, `deltaCRLIndicator`, `issuingDistributionPoint`, `authorityKeyIdentifier`.
const KNOWN: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("2.5.29.20"),
    ObjectIdentifier::new_unwrap("2.5.29.27"),
    ISSUING_DISTRIBUTION_POINT,
    ObjectIdentifier::new_unwrap("2.5.29.35"),
];

/// Reads a list of this issuer, of which only the signature and the scope are checked.
pub(super) fn checked(der: Vec<u8>, ca: &CaCertificate, address: Option<&str>) -> Result<List, Trouble> {
    let mut list = List::from_der(der)?;
    if list.issuer != ca.subject {
        return Err(Trouble::NotTrusted("it names another issuer; look where the lists of this one are"));
    }
    // The one copy of a long list is let go before its lines are looked at.
    let der = std::mem::take(&mut list.der);
    let parts = signed::parts(&der).ok_or(Trouble::Unreadable("its signature does not read"))?;
    // Section 5.1.1.2: what is signed names the algorithm of the signature.
    if list.signature != parts.algorithm || !ca.key.verifies_by(&parts.algorithm, &parts.content, parts.signature) {
        return Err(Trouble::NotTrusted("it names this issuer, but another key signed it, or by an unknown algorithm"));
    }
    for (at, it) in list.extensions.iter().enumerate() {
        if it.critical && !KNOWN.contains(&it.extn_id) {
            return Err(UNKNOWN_CRITICAL.into());
        }
        if list.extensions.iter().skip(at + 1).any(|other| other.extn_id == it.extn_id) {
            return Err(Trouble::Unreadable("it has an extension twice"));
        }
    }
    if list.base.is_none() && list.lines().any(|(_, it)| it.says == Says::Removed) {
        return Err(Trouble::Unreadable("it is complete, and has a line for removeFromCRL, as delta CRLs alone may"));
    }
    check_scope(&list, address)?;
    Ok(list)
}

/// The bytes of what says which certificates and reasons a list is about; lists of one scope have the same.
pub(super) fn scope(list: &List) -> Option<&[u8]> {
    list.extensions.iter().find(|it| it.extn_id == ISSUING_DISTRIBUTION_POINT).map(|it| it.extn_value.as_bytes())
}

/// Refuses a list that is not about every certificate of holders, for every reason, at this address.
fn check_scope(list: &List, address: Option<&str>) -> Result<(), Trouble> {
    let Some(scope) = scope(list) else { return Ok(()) };
    let point = IssuingDistributionPoint::from_der(scope);
    let point = point.map_err(|_| Trouble::Unreadable("its issuingDistributionPoint does not read"))?;
    if point.only_contains_ca_certs || point.only_contains_attribute_certs {
        return Err(Trouble::NotTrusted("it is not about certificates of holders; look where the list of those is"));
    }
    if point.only_some_reasons.is_some() {
        return Err(Trouble::NotTrusted("it is about some reasons alone; look where a list for all is"));
    }
    if point.indirect_crl {
        return Err(Trouble::NotTrusted("it is about certificates of several issuers, which is not read here"));
    }
    let Some(name) = point.distribution_point else { return Ok(()) };
    let named = match (&name, address) {
        (DistributionPointName::FullName(names), Some(address)) => {
            names.iter().any(|it| matches!(it, GeneralName::UniformResourceIdentifier(its) if its.as_str() == address))
        }
        (DistributionPointName::FullName(_) | DistributionPointName::NameRelativeToCRLIssuer(_), _) => false,
    };
    if named { Ok(()) } else { Err(Trouble::NotTrusted("it is bound to another address; say which certificates name")) }
}
