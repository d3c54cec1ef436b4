//! Judge: rustls-webpki.

use std::time::Duration;

use cardflow::adapters::x509::{CompleteCrl, X509Authority};
use cardflow::domain::AuthorityAction::{Hold, Release, Revoke};
use cardflow::domain::RevocationReason;
use cardflow::values::Timestamp;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage,
    RevocationCheckDepth, RevocationOptionsBuilder,
};

use crate::support::{KEYS, authority, change, hour, leaf, memory};

pub(crate) fn judge(authority: &X509Authority, leaf: &[u8], crl: &CompleteCrl, now: Timestamp) -> Result<(), Error> {
    let (root, leaf) = (CertificateDer::from(authority.certificate_der()), CertificateDer::from(leaf));
    let anchor = webpki::anchor_from_trusted_cert(&root)?;
    let crl = CertRevocationList::from(BorrowedCertRevocationList::from_der(&crl.der)?);
    let lists = [&crl];
    let revocation = RevocationOptionsBuilder::new(&lists)
        .unwrap()
        .with_depth(RevocationCheckDepth::EndEntity)
        .with_expiration_policy(ExpirationPolicy::Enforce)
        .build();
    let now = UnixTime::since_unix_epoch(Duration::from_millis(now.millis().try_into().unwrap()));
    EndEntityCert::try_from(&leaf)?
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &[anchor],
            &[],
            now,
            KeyUsage::client_auth(),
            Some(revocation),
            None,
        )
        .map(|_| ())
}

#[tokio::test]
async fn a_holder_is_accepted_except_while_held_or_revoked() {
    for algorithm in KEYS {
        let authority = authority(algorithm, memory());
        let leaf = leaf(&authority).await;
        let steps = [
            (None, Ok(())),
            (Some(Hold), Err(Error::CertRevoked)),
            (Some(Release), Ok(())),
            (Some(Hold), Err(Error::CertRevoked)),
            (Some(Revoke(RevocationReason::Unspecified)), Err(Error::CertRevoked)),
        ];
        for (step, (action, expected)) in (1..).zip(steps) {
            if let Some(action) = action {
                change(&authority, &leaf.serial, action, hour(step)).await.unwrap();
            }
            let crl = authority.crl(hour(step)).await.unwrap();
            assert_eq!(judge(&authority, &leaf.der, &crl, hour(step)), expected, "{algorithm} {action:?}");
        }
        let old = authority.crl(hour(10)).await.unwrap();
        let late = judge(&authority, &leaf.der, &old, hour(10 + 25));
        assert!(matches!(late, Err(Error::CrlExpired { .. })), "{late:?}");
    }
}
