use der_0_7::Decode;
use der_0_7::asn1::ObjectIdentifier;
use x509_cert_0_2::ext::{Extension, Extensions};
use x509_ocsp::{CertId, OcspRequest};

/// Longer requests are refused before they are read.
const LONGEST: usize = 64 * 1024;
/// So many certificates may be asked after at once.
const MOST: usize = 64;
/// RFC 9654, section 2.1.
pub(in super::super) const LONGEST_NONCE: usize = 128;

/// `id-pkix-ocsp-nonce`.
pub(in super::super) const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");

/// What is asked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) ids: Vec<CertId>,
    /// To be given back as it is.
    pub(super) nonce: Option<Extension>,
}

impl Asked {
    /// Reads a request; none if it is malformed, too long, or demands what is not known here.
    ///
    /// Who signed it does not matter: everybody may ask (RFC 6960, section 4.1.2).
    pub(super) fn read(der: &[u8]) -> Option<Asked> {
        if der.len() > LONGEST {
            return None;
        }
        let asked = OcspRequest::from_der(der).ok()?.tbs_request;
        let of_each = asked.request_list.iter().map(|it| &it.single_request_extensions);
        let demands = |it: &Extension| it.critical && it.extn_id != NONCE;
        let demanding = |it: &Option<Extensions>| it.iter().flatten().any(demands);
        let count = asked.request_list.len();
        if count == 0 || count > MOST || of_each.chain([&asked.request_extensions]).any(demanding) {
            return None;
        }
        let mut nonces = asked.request_extensions.into_iter().flatten().filter(|it| it.extn_id == NONCE);
        let nonce = nonces.next();
        if nonces.next().is_some() || nonce.as_ref().is_some_and(|it| !is_sound(it)) {
            return None;
        }
        Some(Asked { ids: asked.request_list.into_iter().map(|it| it.req_cert).collect(), nonce })
    }
}

fn is_sound(nonce: &Extension) -> bool {
    let value = der_0_7::asn1::OctetStringRef::from_der(nonce.extn_value.as_bytes());
    value.is_ok_and(|it| (1..=LONGEST_NONCE).contains(&it.as_bytes().len()))
}
