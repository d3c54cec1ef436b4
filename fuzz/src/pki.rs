//! An authority with a key that everybody can read, and DER written by hand.

use std::sync::{Arc, LazyLock};

use cardflow::adapters::memory::MemoryLedger;
use cardflow::adapters::x509::{NewAuthority, SoftwareSigner, X509Authority};
use cardflow::domain::{RevocationReason, Serial, Validity};
use cardflow::ports::{AuthorityLedger, CertificateAuthority, LedgerEntry, LedgerStatus, Signer};
use cardflow::values::{Millis, Revision, Timestamp};
use der::pem::LineEnding;

use super::law;
use super::office::now;

/// A key of Ed25519 whose secret is this byte 32 times (RFC 8410, section 7).
pub(crate) fn key(secret: u8) -> Arc<SoftwareSigner> {
    let front = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let der = [&front[..], &[secret; 32]].concat();
    let pem = der::pem::encode_string("PRIVATE KEY", LineEnding::LF, &der).expect("PEM");
    Arc::new(SoftwareSigner::from_unencrypted_pem(&pem).expect("a key"))
}

pub(crate) fn serial(number: u8) -> Serial {
    Serial::from_bytes(&[number]).expect("a serial number")
}

pub(crate) fn validity() -> Validity {
    Validity::new(now().minus(Millis::days(10)), now().plus(Millis::days(3650))).expect("in order")
}

/// Of its certificates 1 is good, 2 on hold, 3 revoked; no other was issued.
pub(crate) static AUTHORITY: LazyLock<Arc<X509Authority>> = LazyLock::new(|| {
    let ledger = Arc::new(MemoryLedger::new());
    let new =
        NewAuthority { common_name: "Fuzz CA".to_owned(), organisation: "Example".to_owned(), validity: validity() };
    let authority = X509Authority::create(&new, key(7), ledger.clone()).expect("an authority");
    let since: Timestamp = now().minus(Millis::days(1));
    let issuer = authority.issuer();
    law::now(async {
        for (number, status) in [
            (1, LedgerStatus::Good),
            (2, LedgerStatus::OnHold { since }),
            (3, LedgerStatus::Revoked { reason: RevocationReason::KeyCompromise, since }),
        ] {
            let entry = LedgerEntry {
                serial: serial(number),
                not_after: validity().until(),
                status,
                invalid_since: None,
                revision: Revision::NONE,
            };
            ledger.issued(&issuer, &entry).await.expect("a new one");
            ledger.record(&issuer, &entry).await.expect("one that is there");
        }
    });
    Arc::new(authority)
});

/// A value in DER.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut der = vec![tag];
    match content.len() {
        short @ 0..0x80 => der.push(short as u8),
        long => {
            let length = long.to_be_bytes();
            let used = &length[length.iter().position(|it| *it != 0).unwrap_or(0)..];
            der.push(0x80 | used.len() as u8);
            der.extend_from_slice(used);
        }
    }
    der.extend(content);
    der
}

/// What is signed, with the algorithm and the signature of this key: a CRL, or the inside of an answer by OCSP.
pub(crate) fn signed(content: &[u8], by: &dyn Signer) -> Vec<u8> {
    let algorithm = tlv(0x30, &[&[0x06, 0x03, 0x2b, 0x65, 0x70]]);
    let signature = by.sign(content).expect("a signature");
    tlv(0x30, &[content, &algorithm, &tlv(0x03, &[&[0], &signature])])
}

/// The first value inside a sequence, whole.
pub(crate) fn first_inside(der: &[u8]) -> &[u8] {
    let inside = content(der);
    &inside[..whole(inside)]
}

/// What is inside a value.
pub(crate) fn content(der: &[u8]) -> &[u8] {
    let (head, length) = lengths(der);
    &der[head..head + length]
}

/// How long the first value is, with its head.
pub(crate) fn whole(der: &[u8]) -> usize {
    let (head, length) = lengths(der);
    head + length
}

fn lengths(der: &[u8]) -> (usize, usize) {
    match usize::from(der[1]) {
        short @ 0..0x80 => (2, short),
        long => {
            let count = long & 0x7f;
            (2 + count, der[2..2 + count].iter().fold(0, |length, it| length << 8 | usize::from(*it)))
        }
    }
}
