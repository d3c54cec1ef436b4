//! What a host gives, and what is wrong with it.

use std::sync::Arc;

use cardflow::adapters::cmp::{CmpAuthority, CmpError, CmpProtection, CmpSettings};
use cardflow::adapters::memory::SystemClock;
use cardflow::adapters::x509::Signatures;
use cardflow::testing::fakes::ScriptedStatus;

use crate::server::{OFFICE, REFERENCE, SECRET, adapter, by_secret, by_signature};

#[test]
fn what_cannot_be_used_is_refused_with_what_to_do() {
    for address in ["", "ca.example.org", "ftp://ca.example.org/", "http://olga:pw@ca.example.org/", "http://"] {
        assert!(matches!(CmpSettings::new(address), Err(CmpError::Address { .. })), "{address}");
    }
    let settings = CmpSettings::new("https://ca.example.org/cmp").unwrap();
    assert!(matches!(settings.clone().roots(b"no PEM"), Err(CmpError::Root)));
    for reference in ["", "a b", "a,CN=b", "ä", &"x".repeat(65)] {
        let refused = CmpProtection::secret(reference, SECRET.into()).unwrap_err();
        assert!(matches!(refused, CmpError::Reference), "{reference}");
    }
    assert!(matches!(CmpProtection::secret("a", vec![7; 15]), Err(CmpError::ShortSecret { least: 16 })));
    let (signer, certificate) = &OFFICE.client;
    let signed = |certificate: &[u8], peer: &[u8]| {
        CmpProtection::signed(signer.clone(), certificate, peer, Arc::new(Signatures)).unwrap_err()
    };
    assert!(matches!(signed(&OFFICE.card.der, &OFFICE.card.der), CmpError::OtherKey));
    assert!(matches!(signed(b"none", &OFFICE.card.der), CmpError::Certificate { .. }));
    assert!(matches!(signed(&certificate.der, b"none"), CmpError::Certificate { .. }));
    let another = Arc::new(ScriptedStatus::default());
    let (verifier, clock) = (Arc::new(Signatures), Arc::new(SystemClock));
    let ca = OFFICE.authority.certificate_der();
    let made = CmpAuthority::new(ca, &settings, by_secret(REFERENCE, SECRET), another, verifier, clock);
    assert!(matches!(made, Err(CmpError::OtherIssuer)), "{made:?}");
}

#[test]
fn no_secret_is_shown() {
    let (authority, _) = adapter(1, by_secret(REFERENCE, SECRET));
    let shown = format!("{authority:?} {authority:#?} {:?}", by_secret(REFERENCE, SECRET));
    assert!(shown.contains(REFERENCE), "{shown}");
    let bytes = format!("{:?}", SECRET.as_bytes());
    assert!(!shown.contains(SECRET) && !shown.contains(bytes.trim_matches(['[', ']'])), "{shown}");
    let signed = format!("{:?}", by_signature(&OFFICE.server.1.der));
    assert!(signed.starts_with("CmpProtection::signed("), "{signed}");
}
