//! Certificates.
//!
//! ```
//! use cardflow::domain::Serial;
//! use cardflow::testing::strategies::certificates;
//! use proptest::prelude::*;
//!
//! proptest! {
//!     fn a_number_is_printed_and_read_again(serial in certificates::serial()) {
//!         prop_assert_eq!(serial.to_string().parse::<Serial>(), Ok(serial));
//!     }
//! }
//! # a_number_is_printed_and_read_again();
//! ```

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::{cards, id, texts};
use crate::domain::{
    CauseKind, Certificate, CertificateContent, CertificateId, CertificateState, Invalid, KeyUse, RevocationReason,
    Serial,
};
use crate::testing::scene::{TENANT, foreign, hold, on_hold, ours};
use crate::values::Digest;

/// A number; shrinks to `01`.
pub fn serial() -> impl Strategy<Value = Serial> {
    let bytes = prop_oneof![3 => (1..=u8::MAX).prop_map(|it| vec![it]), 1 => vec(any::<u8>(), 1..=20)];
    bytes.prop_filter_map("a positive number", |it| Serial::from_bytes(&it).ok())
}

/// A certificate in any state, of ours or of a foreign issuer; shrinks to a valid one of ours for signing in.
///
/// One on hold has its hold, a revoked one its reason.
pub fn certificate() -> impl Strategy<Value = Certificate> {
    use CertificateState::{Expired, Issued, OnHold, Revoked, Valid};
    let state = select(vec![Valid, Issued, OnHold, Revoked, Expired]);
    let content = prop_oneof![Just(None), vec(any::<u8>(), 1..40).prop_map(Some)];
    let uses = btree_set(select(KeyUse::ALL), 1..=3);
    let confirmed = prop::option::of(select(vec![Valid, OnHold, Revoked]));
    (id(), select(vec![ours(), foreign()]), serial(), cards::validity(), uses, (state, confirmed), content).prop_map(
        |(id, issuer, serial, validity, uses, (state, confirmed), der)| {
            let content = match der {
                Some(der) => CertificateContent::Der(der),
                None => CertificateContent::Sha256(Digest::of(serial.as_bytes())),
            };
            let made =
                Certificate::new(TENANT, CertificateId::from_uuid(id), (issuer, serial), validity, uses, content);
            let made = made.expect("it has a use");
            let made = confirmed.into_iter().fold(made, Certificate::confirmed_as);
            match state {
                OnHold => {
                    let at = made.at();
                    on_hold(made, hold(1, CauseKind::Manual, at))
                }
                Revoked => made.in_state(state, Some(RevocationReason::KeyCompromise)),
                Issued | Valid | Expired => made.in_state(state, None),
            }
        },
    )
}

/// What a certificate is made from, before anybody has looked at it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateDraft {
    /// The id.
    pub id: Uuid,
    /// The issuer.
    pub issuer: String,
    /// The number, in hexadecimal.
    pub serial: String,
    /// What its key is for.
    pub uses: Vec<KeyUse>,
    /// Its bytes.
    pub der: Vec<u8>,
}

impl CertificateDraft {
    /// The certificate, at home in itself and good for a year.
    ///
    /// # Errors
    ///
    /// [`Invalid`] names the first field that cannot be.
    pub fn build(&self) -> Result<Certificate, Invalid> {
        let name = (self.issuer.parse()?, self.serial.parse()?);
        let validity = crate::testing::scene::days(-1, 365);
        let content = CertificateContent::Der(self.der.clone());
        Certificate::new(TENANT, CertificateId::from_uuid(self.id), name, validity, self.uses.clone(), content)
    }
}

/// A draft whose every text disturbs, with bytes that are no certificate.
pub fn hostile() -> impl Strategy<Value = CertificateDraft> {
    let serial = prop_oneof![
        2 => serial().prop_map(|it| it.to_string()),
        2 => "[0-9A-Fa-f: ]{0,60}",
        1 => texts::hostile(),
    ];
    let issuer = prop_oneof![1 => Just(ours().to_string()), 2 => texts::hostile()];
    (id(), issuer, serial, vec(select(KeyUse::ALL), 0..4), vec(any::<u8>(), 0..100))
        .prop_map(|(id, issuer, serial, uses, der)| CertificateDraft { id, issuer, serial, uses, der })
}
