//! The checks, clause by clause.

use super::super::Clause;
use super::known::{KNOWN, Known};
use super::{SignerTrial, VerifierTrial};
use crate::ports::SignatureAlgorithm;

/// The same bytes with one of them changed.
fn changed(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[at] ^= 1;
    changed
}

/// The same bytes with one more.
fn longer(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0]].concat()
}

pub(crate) mod exact {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Exact",
        says: "A signer signs exactly the message, with the key behind its public key, by the algorithm it names",
    };

    pub(crate) async fn what_it_signs_verifies(it: SignerTrial) {
        for message in [b"".as_slice(), b"a", b"cardflow checkpoint", &[0; 40], &[0xff; 64]] {
            for _ in 0..3 {
                assert!(it.verifies(message, &it.sign(message)), "{message:?}");
            }
        }
    }

    pub(crate) async fn it_signs_the_message_and_no_other(it: SignerTrial) {
        let messages = [b"".as_slice(), b"lost", b"LOST", b" lost", b"lost ", b"lost\n", b"lost\0", b"\0lost", b"los"];
        for signed in messages {
            let signature = it.sign(signed);
            for message in messages {
                assert_eq!(it.verifies(message, &signature), message == signed, "{message:?} for {signed:?}");
            }
        }
    }

    pub(crate) async fn messages_of_any_length_are_signed_to_their_end(it: SignerTrial) {
        for length in [31, 32, 33, 55, 64, 65, 128, 255, 256, 4096, 100_000] {
            let message = vec![b'x'; length];
            let signature = it.sign(&message);
            assert!(it.verifies(&message, &signature), "{length} bytes");
            assert!(!it.verifies(&changed(&message, length - 1), &signature), "{length} bytes");
            assert!(!it.verifies(&message[..length - 1], &signature), "{length} bytes");
        }
    }

    pub(crate) async fn it_signs_by_the_algorithm_it_names(it: SignerTrial) {
        let signature = it.sign(b"lost");
        for algorithm in SignatureAlgorithm::ALL.iter().copied() {
            let verifies = it.verifier.verifies(algorithm, &it.signer.public_key(), b"lost", &signature);
            assert_eq!(verifies, algorithm == it.signer.algorithm(), "{algorithm:?}");
        }
    }

    pub(crate) async fn threads_may_sign_at_once(it: SignerTrial) {
        let it = &it;
        let sign = |thread: u8| (0..10).map(|n| ([thread, n], it.sign(&[thread, n]))).collect::<Vec<_>>();
        let signed = std::thread::scope(|scope| {
            let threads = [0, 1, 2, 3].map(|thread| scope.spawn(move || sign(thread)));
            threads.map(|it| it.join().unwrap())
        });
        for (message, signature) in signed.iter().flatten() {
            assert!(it.verifies(message, signature), "{message:?}");
        }
    }
}

pub(crate) mod one_key {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "One key", says: "The algorithm and the public key of a signer stay what they are" };

    pub(crate) async fn key_and_algorithm_stay_what_they_are(it: SignerTrial) {
        let shown = || (it.signer.algorithm(), it.signer.public_key());
        let before = shown();
        for n in 0..20 {
            assert_eq!(shown(), before);
            it.sign(&[n]);
        }
    }
}

pub(crate) mod discreet {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Discreet", says: "The debug form of a signer shows nothing of its key" };

    pub(crate) async fn debug_shows_nothing_of_the_key(it: SignerTrial) {
        // So few bytes that no part of a key hides, so many that they do not stand there by chance.
        const PART: usize = 6;
        // Broken into lines or not.
        let shown = [format!("{:?}", it.signer), format!("{:#?}", it.signer)];
        let shown = shown.map(|it| it.split_whitespace().collect::<String>().to_lowercase());
        for part in it.secrets.iter().flat_map(|it| it.windows(PART)) {
            let text = str::from_utf8(part).unwrap_or("a key that is no text").to_lowercase();
            let digits: String = part.iter().map(|it| format!("{it:02x}")).collect();
            let (listed, hex_listed) = (format!("{part:?}"), format!("{part:02x?}"));
            for form in [text, digits, listed, hex_listed] {
                let form = form.trim_matches(['[', ']']).replace(' ', "");
                assert!(shown.iter().all(|it| !it.contains(&form)), "a part of the key");
            }
        }
    }
}

pub(crate) mod truthful {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "True",
        says: "A signature verifies if the key made exactly it on exactly the message by the algorithm, and only then",
    };

    impl VerifierTrial {
        pub(super) fn known(&self) -> impl Iterator<Item = &'static Known> {
            KNOWN.iter().filter(|it| self.algorithms.contains(&it.algorithm))
        }

        pub(super) fn verifies(&self, of: &Known, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
            self.verifier.verifies(of.algorithm, key, message, signature)
        }
    }

    pub(crate) async fn good_signatures_verify(it: VerifierTrial) {
        for known in it.known() {
            assert!(it.verifies(known, &known.key(), known.message, &known.signature()), "{:?}", known.algorithm);
        }
    }

    pub(crate) async fn no_other_message_verifies(it: VerifierTrial) {
        for known in it.known() {
            let (key, signature, message) = (known.key(), known.signature(), known.message);
            let others = (0..message.len()).flat_map(|at| [changed(message, at), message[..at].to_vec()]);
            for other in others.chain([longer(message), message.to_ascii_uppercase(), b" sample".to_vec()]) {
                assert!(!it.verifies(known, &key, &other, &signature), "{other:?} for {message:?}");
            }
        }
    }

    pub(crate) async fn no_other_signature_verifies(it: VerifierTrial) {
        for known in it.known() {
            let (key, signature) = (known.key(), known.signature());
            for at in 0..signature.len() {
                assert!(!it.verifies(known, &key, known.message, &changed(&signature, at)), "byte {at} is changed");
            }
            for other in KNOWN.iter().map(Known::signature).filter(|it| *it != signature) {
                assert!(!it.verifies(known, &key, known.message, &other), "a signature of another key or message");
            }
        }
    }

    pub(crate) async fn nothing_may_follow_a_signature(it: VerifierTrial) {
        for known in it.known() {
            let signature = longer(&known.signature());
            assert!(!it.verifies(known, &known.key(), known.message, &signature), "{:?}", known.algorithm);
        }
    }

    pub(crate) async fn no_other_key_verifies(it: VerifierTrial) {
        for known in it.known() {
            let (key, signature) = (known.key(), known.signature());
            // The modulus, or the point; of a short key, all but its end.
            let number = key.len().saturating_sub(64)..key.len() - 8;
            for at in number {
                assert!(!it.verifies(known, &changed(&key, at), known.message, &signature), "byte {at} is changed");
            }
            for other in KNOWN.iter().map(Known::key).filter(|it| *it != key) {
                assert!(!it.verifies(known, &other, known.message, &signature), "another key");
            }
        }
    }

    pub(crate) async fn nothing_may_follow_a_key(it: VerifierTrial) {
        for known in it.known() {
            let key = longer(&known.key());
            assert!(!it.verifies(known, &key, known.message, &known.signature()), "{:?}", known.algorithm);
        }
    }

    pub(crate) async fn no_other_algorithm_verifies(it: VerifierTrial) {
        for known in &KNOWN {
            for algorithm in SignatureAlgorithm::ALL.iter().copied() {
                let fits = algorithm == known.algorithm && it.algorithms.contains(&algorithm);
                let verifies = it.verifier.verifies(algorithm, &known.key(), known.message, &known.signature());
                assert_eq!(verifies, fits, "{algorithm:?} for {:?}", known.algorithm);
            }
        }
    }
}

pub(crate) mod total {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Total", says: "A key or signature that does not read is no panic: it does not verify" };

    /// Bytes that are neither, some of them made to look like one.
    fn hostile() -> Vec<Vec<u8>> {
        let looks = [
            b"".as_slice(),
            &[0],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00],
            &[0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01],
            &[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            b"-----BEGIN PUBLIC KEY-----",
            &[0xff; 256],
            &[0; 256],
            &[0; 64],
            &[0x30; 100_000],
        ];
        looks.map(<[u8]>::to_vec).to_vec()
    }

    pub(crate) async fn what_does_not_read_does_not_verify(it: VerifierTrial) {
        for known in it.known() {
            let (key, signature) = (known.key(), known.signature());
            for bytes in hostile() {
                assert!(!it.verifies(known, &bytes, known.message, &signature), "as a key: {bytes:02x?}");
                assert!(!it.verifies(known, &key, known.message, &bytes), "as a signature: {bytes:02x?}");
                assert!(!it.verifies(known, &bytes, known.message, &bytes), "as both: {bytes:02x?}");
            }
            assert!(!it.verifies(known, &signature, known.message, &key), "one in place of the other");
        }
    }

    pub(crate) async fn what_is_cut_off_does_not_verify(it: VerifierTrial) {
        for known in it.known() {
            let (key, signature) = (known.key(), known.signature());
            for end in 0..key.len() {
                assert!(!it.verifies(known, &key[..end], known.message, &signature), "{end} bytes of the key");
            }
            for end in 0..signature.len() {
                assert!(!it.verifies(known, &key, known.message, &signature[..end]), "{end} bytes of the signature");
            }
        }
    }
}
