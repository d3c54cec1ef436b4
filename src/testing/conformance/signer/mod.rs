//! Proves a [`Signer`] and a [`SignatureVerifier`].

mod checks;
mod known;

use std::sync::Arc;

use self::checks::{discreet, exact, one_key, total, truthful};
use super::check::{table, tried};
use super::{Check, block_on};
use crate::ports::{SignatureAlgorithm, SignatureVerifier, Signer};

/// Makes the signers that are tried.
pub trait SignerFactory: 'static {
    /// A signer.
    fn signer(&self) -> Arc<dyn Signer>;

    /// Whose word is taken on signatures. It is tried by itself first, with `verifier_conformance!`.
    fn verifier(&self) -> Arc<dyn SignatureVerifier>;

    /// Bytes of the private keys of its signers, as far as anybody knows them: what must not be shown.
    fn secrets(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// Makes the verifiers that are tried.
pub trait VerifierFactory: 'static {
    /// A verifier.
    fn verifier(&self) -> Arc<dyn SignatureVerifier>;

    /// The algorithms it knows; by any other, nothing verifies.
    fn algorithms(&self) -> Vec<SignatureAlgorithm> {
        SignatureAlgorithm::ALL.to_vec()
    }
}

/// A signer under test, and what the checks ask of it.
#[derive(Debug)]
pub struct SignerTrial {
    signer: Arc<dyn Signer>,
    verifier: Arc<dyn SignatureVerifier>,
    secrets: Vec<Vec<u8>>,
}

/// A verifier under test, and what the checks ask of it.
#[derive(Debug)]
pub struct VerifierTrial {
    verifier: Arc<dyn SignatureVerifier>,
    algorithms: Vec<SignatureAlgorithm>,
}

impl SignerTrial {
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.signer.sign(message).unwrap()
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verifies(self.signer.algorithm(), &self.signer.public_key(), message, signature)
    }
}

/// The names of the checks on signers.
#[doc(hidden)]
#[macro_export]
macro_rules! __signer_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            exact:
                what_it_signs_verifies
                it_signs_the_message_and_no_other
                messages_of_any_length_are_signed_to_their_end
                it_signs_by_the_algorithm_it_names
                threads_may_sign_at_once;
            one_key:
                key_and_algorithm_stay_what_they_are;
            discreet:
                debug_shows_nothing_of_the_key;
        }
    };
}

/// The names of the checks on verifiers.
#[doc(hidden)]
#[macro_export]
macro_rules! __verifier_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            truthful:
                good_signatures_verify
                no_other_message_verifies
                no_other_signature_verifies
                nothing_may_follow_a_signature
                no_other_key_verifies
                nothing_may_follow_a_key
                no_other_algorithm_verifies;
            total:
                what_does_not_read_does_not_verify
                what_is_cut_off_does_not_verify;
        }
    };
}

/// Every check on signers.
pub static SIGNER_CHECKS: &[Check<SignerTrial>] = crate::__signer_checks!([table] SignerTrial);

/// Every check on verifiers.
pub static VERIFIER_CHECKS: &[Check<VerifierTrial>] = crate::__verifier_checks!([table] VerifierTrial);

/// Tries one check on a signer.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check_signer(name: &str, factory: impl SignerFactory) {
    let made =
        async { SignerTrial { signer: factory.signer(), verifier: factory.verifier(), secrets: factory.secrets() } };
    block_on(tried(SIGNER_CHECKS, name, made));
}

/// Tries one check on a verifier.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check_verifier(name: &str, factory: impl VerifierFactory) {
    let made = async { VerifierTrial { verifier: factory.verifier(), algorithms: factory.algorithms() } };
    block_on(tried(VERIFIER_CHECKS, name, made));
}

/// Makes a `#[test]` of every check on the signers of a
/// [`SignerFactory`](crate::testing::conformance::signer::SignerFactory).
#[macro_export]
macro_rules! signer_conformance {
    ($factory:expr) => {
        $crate::__signer_checks!([$crate::__each_check_a_test] signer check_signer $factory);
    };
}

/// Makes a `#[test]` of every check on the verifiers of a
/// [`VerifierFactory`](crate::testing::conformance::signer::VerifierFactory).
#[macro_export]
macro_rules! verifier_conformance {
    ($factory:expr) => {
        $crate::__verifier_checks!([$crate::__each_check_a_test] signer check_verifier $factory);
    };
}
