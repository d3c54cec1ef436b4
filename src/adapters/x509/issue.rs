use std::cell::RefCell;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, PublicKeyData, SerialNumber, SigningKey, SubjectPublicKeyInfo, date_time_ymd,
};

use super::X509Error;
use super::authority::{Issuing, NewAuthority};
use super::ca_certificate::parse;
use super::public_key::{PublicKey, PublicKeyKind};
use super::time::{since_1970, whole_seconds};
use crate::domain::{KeyUse, Serial, Validity};
use crate::ports::{IssueRequest, SignatureAlgorithm, Signer, SignerError};

const WHAT: &str = "the certificate";

/// The self-signed certificate of a new authority (RFC 5280, sections 4.2.1.2, 4.2.1.3 and 4.2.1.9).
pub(super) fn root(new: &NewAuthority, signer: &dyn Signer) -> Result<Vec<u8>, X509Error> {
    let mut params = params(&new.common_name, new.validity)?;
    // Organisation first, as directories order names from the top.
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, text("the organisation", &new.organisation)?);
    name.push(DnType::CommonName, text("the common name", &new.common_name)?);
    params.distinguished_name = name;
    // It issues to cards, never to another authority.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.serial_number = Some(SerialNumber::from_slice(random_serial()?.as_bytes()));
    let key = BorrowedKey::new(signer)?;
    let certificate = params.self_signed(&key).map_err(|error| key.failure(error))?;
    Ok(certificate.der().to_vec())
}

/// The certificate of a holder.
pub(super) fn end_entity(issuing: &Issuing, request: &IssueRequest, serial: &Serial) -> Result<Vec<u8>, X509Error> {
    let kind = PublicKey::from_spki(&request.public_key)?.kind;
    let mut params = params(&request.common_name, request.validity)?;
    (params.key_usages, params.extended_key_usages) = purposes(&request.uses, kind)?;
    if let Some(distribution) = &issuing.distribution {
        distribution.name_in(&mut params)?;
    }
    signed(issuing, params, request, serial)
}

/// The certificate of a responder that answers for the authority (RFC 6960, section 4.2.2.2). It is not asked after in its turn
/// (`id-pkix-ocsp-nocheck`), so it should be short-lived.
#[cfg(feature = "ocsp")]
pub(super) fn responder(issuing: &Issuing, request: &IssueRequest, serial: &Serial) -> Result<Vec<u8>, X509Error> {
    let mut params = params(&request.common_name, request.validity)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    let null = der::Encode::to_der(&der::asn1::Null);
    let content = null.map_err(|source| X509Error::Encoding { what: WHAT, source: source.into() })?;
    params.custom_extensions = vec![rcgen::CustomExtension::from_oid_content(NO_CHECK, content)];
    signed(issuing, params, request, serial)
}

/// `id-pkix-ocsp-nocheck`.
#[cfg(feature = "ocsp")]
const NO_CHECK: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 1, 5];

/// What all certificates that are not of an authority have in common; and the signature.
fn signed(
    issuing: &Issuing,
    mut params: CertificateParams,
    request: &IssueRequest,
    serial: &Serial,
) -> Result<Vec<u8>, X509Error> {
    let (ca, signer) = (&issuing.certificate, issuing.signer.as_ref());
    let until = whole_seconds(request.validity.until());
    if until > ca.validity.until() {
        return Err(X509Error::PastOwnEnd { asked: until, end: ca.validity.until() });
    }
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(SerialNumber::from_slice(serial.as_bytes()));
    let encoding = |source: rcgen::Error| X509Error::Encoding { what: WHAT, source: source.into() };
    let key = BorrowedKey::new(signer)?;
    let issuer = Issuer::from_ca_cert_der(&ca.der.as_slice().into(), &key).map_err(encoding)?;
    let holder = SubjectPublicKeyInfo::from_der(&request.public_key).map_err(encoding)?;
    let certificate = params.signed_by(&holder, &issuer).map_err(|error| key.failure(error))?;
    let der = certificate.der().to_vec();
    // INVARIANT: the issuer field is our subject, octet for octet. A name with two parts of one kind (two DC, say) does
    // not come through the library that writes certificates; relying parties would find no issuer.
    if parse(&der, WHAT)?.tbs_certificate().issuer() != &ca.subject {
        return Err(X509Error::Name { why: "this release cannot issue under a name with repeated parts".to_owned() });
    }
    Ok(der)
}

/// A fresh number with 126 random bits (RFC 5280, section 4.1.2.2).
pub(super) fn random_serial() -> Result<Serial, X509Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| X509Error::KeyGeneration)?;
    // Positive, and always sixteen octets: numbers of one length are easier to compare by eye and by program.
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    Serial::from_bytes(&bytes).map_err(|_| X509Error::KeyGeneration)
}

fn params(common_name: &str, validity: Validity) -> Result<CertificateParams, X509Error> {
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text("the common name", common_name)?);
    params.distinguished_name = name;
    params.not_before = date_time_ymd(1970, 1, 1) + since_1970(validity.from())?;
    params.not_after = date_time_ymd(1970, 1, 1) + since_1970(validity.until())?;
    Ok(params)
}

/// One line of at most 64 characters, the limit of X.520 (`ub-common-name`, `ub-organization-name`).
fn text<'a>(what: &'static str, text: &'a str) -> Result<&'a str, X509Error> {
    let text = text.trim();
    let good = !text.is_empty() && text.chars().count() <= 64 && !text.chars().any(char::is_control);
    if good { Ok(text) } else { Err(X509Error::Unacceptable { what, why: "give one line of 1 to 64 characters" }) }
}

type Purposes = (Vec<KeyUsagePurpose>, Vec<ExtendedKeyUsagePurpose>);

/// What the key may be used for (RFC 5280, sections 4.2.1.3 and 4.2.1.12).
fn purposes(uses: &[KeyUse], kind: PublicKeyKind) -> Result<Purposes, X509Error> {
    let (mut plain, mut extended) = (Vec::new(), Vec::new());
    if uses.contains(&KeyUse::Authentication) {
        plain.push(KeyUsagePurpose::DigitalSignature);
        extended.push(ExtendedKeyUsagePurpose::ClientAuth);
    }
    if uses.contains(&KeyUse::Signature) {
        plain.extend([KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment]);
        extended.push(ExtendedKeyUsagePurpose::EmailProtection);
    }
    if uses.contains(&KeyUse::Encryption) {
        plain.push(match kind {
            PublicKeyKind::Rsa => KeyUsagePurpose::KeyEncipherment,
            PublicKeyKind::P256 | PublicKeyKind::P384 => KeyUsagePurpose::KeyAgreement,
            // RFC 8410, section 5.
            PublicKeyKind::Ed25519 => {
                let why = "a key on Ed25519 only signs; give another key for encryption";
                return Err(X509Error::Unacceptable { what: "the list of key uses", why });
            }
        });
        // Alone, encryption is not bound to a purpose; beside others it must be named, or it would be excluded.
        if !extended.is_empty() && !extended.contains(&ExtendedKeyUsagePurpose::EmailProtection) {
            extended.push(ExtendedKeyUsagePurpose::EmailProtection);
        }
    }
    if plain.is_empty() {
        return Err(X509Error::Unacceptable { what: "the list of key uses", why: "name at least one" });
    }
    Ok((plain, extended))
}

/// Our signer as the library that writes certificates wants it; keeps why a signature failed.
struct BorrowedKey<'a> {
    signer: &'a dyn Signer,
    public: PublicKey,
    failed: RefCell<Option<SignerError>>,
}

impl<'a> BorrowedKey<'a> {
    fn new(signer: &'a dyn Signer) -> Result<Self, X509Error> {
        let public = PublicKey::from_spki(&signer.public_key())?;
        Ok(BorrowedKey { signer, public, failed: RefCell::new(None) })
    }

    fn failure(&self, error: rcgen::Error) -> X509Error {
        match self.failed.take() {
            Some(source) => X509Error::Signer(source),
            None => X509Error::Encoding { what: WHAT, source: error.into() },
        }
    }
}

impl PublicKeyData for BorrowedKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public.bits
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self.signer.algorithm() {
            SignatureAlgorithm::EcdsaP256Sha256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            SignatureAlgorithm::RsaPkcs1Sha256 => &rcgen::PKCS_RSA_SHA256,
            SignatureAlgorithm::EcdsaP384Sha384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            SignatureAlgorithm::Ed25519 => &rcgen::PKCS_ED25519,
        }
    }
}

impl SigningKey for BorrowedKey<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.signer.sign(message).map_err(|error| {
            self.failed.replace(Some(error));
            rcgen::Error::RemoteKeyError
        })
    }
}
