use der::Encode;
use der::asn1::{Ia5String, ObjectIdentifier};
use der::oid::AssociatedOid;
use rcgen::{CertificateParams, CrlDistributionPoint, CustomExtension};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AccessDescription, AuthorityInfoAccessSyntax, FreshestCrl, IssuingDistributionPoint};

use super::X509Error;
use super::crl::{encoding, extension};

/// Where relying parties fetch the lists of an authority.
///
/// Certificates that are issued from then on name the addresses (`cRLDistributionPoints`, `freshestCRL`), and complete CRLs name
/// that of the delta CRLs (RFC 5280, sections 4.2.1.13, 4.2.1.15 and 5.2.6).
///
/// ```
/// use cardflow::adapters::x509::Distribution;
///
/// let distribution = Distribution::at("http://crl.example/cards.crl")?.with_deltas_at("http://crl.example/cards-delta.crl")?;
/// assert!(Distribution::at("https://crl.example/cards.crl").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Distribution {
    crl: Ia5String,
    delta: Option<Ia5String>,
    ocsp: Option<Ia5String>,
    bound: bool,
}

/// X.509 and RFC 5280, section 5.2.5; the library gives the type another number.
pub(super) const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");

impl Distribution {
    /// Complete CRLs are at this address.
    ///
    /// # Errors
    ///
    /// [`X509Error::Unacceptable`] for an address that is not `http` or `ldap`: whoever fetches a list must not need one first
    /// (section 8).
    pub fn at(crl: &str) -> Result<Self, X509Error> {
        Ok(Distribution { crl: address(crl)?, delta: None, ocsp: None, bound: false })
    }

    /// Delta CRLs are at this address.
    ///
    /// # Errors
    ///
    /// As of [`at`](Self::at).
    pub fn with_deltas_at(mut self, delta: &str) -> Result<Self, X509Error> {
        self.delta = Some(address(delta)?);
        Ok(self)
    }

    /// A responder answers by OCSP at this address (`authorityInfoAccess`, section 4.2.2.1).
    ///
    /// # Errors
    ///
    /// As of [`at`](Self::at).
    pub fn with_ocsp_at(mut self, ocsp: &str) -> Result<Self, X509Error> {
        self.ocsp = Some(address(ocsp)?);
        Ok(self)
    }

    /// Binds each list to the address of the complete one (`issuingDistributionPoint`, section 5.2.5, critical).
    ///
    /// Needed where one authority has several lists, of which none may be taken for another. Certificates that name no address,
    /// or another one, are not judged by such a list.
    #[must_use]
    pub fn with_lists_bound_to_it(mut self) -> Self {
        self.bound = true;
        self
    }

    /// Whether there are delta CRLs.
    pub(super) fn has_deltas(&self) -> bool {
        self.delta.is_some()
    }

    /// Whether somebody answers by OCSP.
    pub(super) fn has_ocsp(&self) -> bool {
        self.ocsp.is_some()
    }

    /// What stands on complete CRLs and on delta CRLs alike.
    pub(super) fn in_every_list(&self) -> Result<Option<Extension>, X509Error> {
        if !self.bound {
            return Ok(None);
        }
        let point = IssuingDistributionPoint {
            distribution_point: Some(full_name(&self.crl)),
            only_contains_user_certs: false,
            only_contains_ca_certs: false,
            only_some_reasons: None,
            indirect_crl: false,
            only_contains_attribute_certs: false,
        };
        Ok(Some(Extension { extn_id: ISSUING_DISTRIBUTION_POINT, critical: true, ..extension(&point)? }))
    }

    /// What points from a complete CRL to the delta CRLs.
    pub(super) fn in_complete_lists(&self) -> Result<Option<Extension>, X509Error> {
        self.delta.as_ref().map(|it| extension(&freshest(it))).transpose()
    }

    /// Names the addresses in a certificate.
    pub(super) fn name_in(&self, params: &mut CertificateParams) -> Result<(), X509Error> {
        params.crl_distribution_points = vec![CrlDistributionPoint { uris: vec![self.crl.to_string()] }];
        if let Some(delta) = &self.delta {
            params.custom_extensions.push(custom(&freshest(delta))?);
        }
        if let Some(ocsp) = &self.ocsp {
            let access_location = GeneralName::UniformResourceIdentifier(ocsp.clone());
            let access = AccessDescription { access_method: OCSP, access_location };
            params.custom_extensions.push(custom(&AuthorityInfoAccessSyntax(vec![access]))?);
        }
        Ok(())
    }
}

/// `id-ad-ocsp`.
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");

fn custom<T: AssociatedOid + Encode>(value: &T) -> Result<CustomExtension, X509Error> {
    let oid: Vec<u64> = T::OID.arcs().map(u64::from).collect();
    Ok(CustomExtension::from_oid_content(&oid, value.to_der().map_err(encoding)?))
}

fn full_name(address: &Ia5String) -> DistributionPointName {
    DistributionPointName::FullName(vec![GeneralName::UniformResourceIdentifier(address.clone())])
}

fn freshest(address: &Ia5String) -> FreshestCrl {
    let distribution_point = Some(full_name(address));
    FreshestCrl(vec![DistributionPoint { distribution_point, reasons: None, crl_issuer: None }])
}

fn address(text: &str) -> Result<Ia5String, X509Error> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("ldap://"));
    let good =
        rest.is_some_and(|it| !it.is_empty()) && text.len() <= 1024 && text.bytes().all(|it| it.is_ascii_graphic());
    Ia5String::new(text).ok().filter(|_| good).ok_or(X509Error::Unacceptable {
        what: "the address",
        why: "give a URI that begins with http:// or ldap://, of printable ASCII, of at most 1024 characters",
    })
}
