use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512, digest};
use der_0_7::asn1::{Null, ObjectIdentifier, OctetString};
use x509_cert_0_2::serial_number::SerialNumber;
use x509_cert_0_2::spki::AlgorithmIdentifierOwned;
use x509_ocsp::CertId;

use super::super::X509Error;
use super::super::ca_certificate::CaCertificate;
use super::response::encoding;
use crate::domain::Serial;

/// How requests name the issuer: the hash of its name and that of its key (RFC 6960, section 4.1.1).
#[derive(Debug)]
pub(in super::super) struct IssuerHashes(Vec<IssuerHash>);

#[derive(Debug)]
struct IssuerHash {
    algorithm: ObjectIdentifier,
    name: Vec<u8>,
    key: Vec<u8>,
}

/// What requests may use. SHA-1 is what most ask with: it finds the issuer here, and protects nothing.
const HASHES: [(ObjectIdentifier, &Algorithm); 4] = [
    (ObjectIdentifier::new_unwrap("1.3.14.3.2.26"), &SHA1_FOR_LEGACY_USE_ONLY),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"), &SHA256),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"), &SHA384),
    (ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"), &SHA512),
];

impl IssuerHashes {
    pub(in super::super) fn of(ca: &CaCertificate) -> Result<Self, X509Error> {
        let name = der::Encode::to_der(&ca.subject)
            .map_err(|source| X509Error::Encoding { what: "the name", source: source.into() })?;
        let hash = |(algorithm, by): (ObjectIdentifier, &'static Algorithm)| IssuerHash {
            algorithm,
            name: digest(by, &name).as_ref().to_vec(),
            key: digest(by, &ca.key.bits).as_ref().to_vec(),
        };
        Ok(IssuerHashes(HASHES.map(hash).into()))
    }

    /// The number that is asked after, if it is one of this issuer.
    pub(in super::super) fn serial_of(&self, id: &CertId) -> Option<Serial> {
        let ours = self.0.iter().find(|it| it.algorithm == id.hash_algorithm.oid)?;
        let is_ours = id.issuer_name_hash.as_bytes() == ours.name && id.issuer_key_hash.as_bytes() == ours.key;
        is_ours.then(|| Serial::from_bytes(id.serial_number.as_bytes()).ok()).flatten()
    }

    /// How most ask after a certificate of this issuer: by SHA-1.
    pub(in super::super) fn id_of(&self, serial: &Serial) -> Result<CertId, X509Error> {
        let Some(ours) = self.0.first() else { return Err(encoding(der_0_7::ErrorKind::Failed.into())) };
        Ok(CertId {
            hash_algorithm: AlgorithmIdentifierOwned { oid: ours.algorithm, parameters: Some(Null.into()) },
            issuer_name_hash: OctetString::new(ours.name.as_slice()).map_err(encoding)?,
            issuer_key_hash: OctetString::new(ours.key.as_slice()).map_err(encoding)?,
            serial_number: SerialNumber::new(serial.as_bytes()).map_err(encoding)?,
        })
    }
}

/// The name of a responder by the SHA-1 of its key (section 4.2.1, `KeyHash`).
pub(in super::super) fn key_hash(bits: &[u8]) -> Result<OctetString, X509Error> {
    OctetString::new(digest(&SHA1_FOR_LEGACY_USE_ONLY, bits).as_ref()).map_err(encoding)
}
