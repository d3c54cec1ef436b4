use std::{error::Error, path::PathBuf};

use thiserror::Error;

use crate::domain::Serial;
use crate::ports::{AuthorityError, LedgerError, SignerError};
use crate::values::Timestamp;

/// Why the own certificate authority, or the handling of its key, did not do what was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum X509Error {
    /// The passphrase is empty.
    #[error("the passphrase is empty; give one, or use the unencrypted form by its name")]
    EmptyPassphrase,
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the key; check the passphrase, and that the key is the one it belongs to")]
    WrongPassphrase,
    /// An encrypted key was expected.
    #[error("the key is not encrypted; encrypt it with a passphrase, or open it as an unencrypted one")]
    NotEncrypted,
    /// An unencrypted key was expected.
    #[error("the key is encrypted; open it with its passphrase")]
    Encrypted,
    /// The key is not what this library reads.
    #[error("the key does not read: {why}")]
    UnreadableKey {
        /// What is wrong with it, and what to do.
        why: &'static str,
    },
    /// The cryptographic library could not make or encode a key.
    #[error("no key could be made; check that the system has a source of randomness")]
    KeyGeneration,
    /// A key file is there already; keys are never overwritten.
    #[error("`{}` is there already and is not overwritten; name another file, or move it away", path.display())]
    KeyFileExists {
        /// The file.
        path: PathBuf,
    },
    /// A key file cannot be read or written.
    #[error("the key file `{}` cannot be used; check that it is there, and who may read it", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A certificate is not one.
    #[error("{what} does not read; give one certificate, in PEM or DER as asked for, of at most 64 KiB")]
    UnreadableCertificate {
        /// Which certificate.
        what: &'static str,
    },
    /// The name of the authority is missing or cannot be shown.
    #[error("the subject of the certificate of the authority cannot be its name: {why}")]
    Name {
        /// What is wrong with it.
        why: String,
    },
    /// The key is not that of the certificate.
    #[error("the key does not belong to the certificate of the authority; open the key that was made with it")]
    KeyMismatch,
    /// The certificate may not issue others.
    #[error(
        "the certificate is not one of an authority ({missing}); give one with basicConstraints CA and keyUsage keyCertSign, cRLSign"
    )]
    NotAnAuthority {
        /// What it lacks.
        missing: &'static str,
    },
    /// The certificate of the authority is not good yet.
    #[error("the certificate of the authority is good from {from} only, and it is {now}; check the clock")]
    NotYetValid {
        /// Its beginning.
        from: Timestamp,
        /// The time given.
        now: Timestamp,
    },
    /// The certificate of the authority is past its end.
    #[error("the certificate of the authority ended at {until}, and it is {now}; renew it, with the same name and key")]
    Expired {
        /// Its end.
        until: Timestamp,
        /// The time given.
        now: Timestamp,
    },
    /// A certificate may not outlive its authority.
    #[error("a certificate until {asked} would outlive its authority, which ends at {end}; ask for an earlier end")]
    PastOwnEnd {
        /// The end asked for.
        asked: Timestamp,
        /// The end of the authority.
        end: Timestamp,
    },
    /// A request for a certificate, or an option, is not acceptable.
    #[error("{what} is not accepted: {why}")]
    Unacceptable {
        /// What was given.
        what: &'static str,
        /// What is wrong with it, and what to do.
        why: &'static str,
    },
    /// A certificate is not of this authority.
    #[error("the certificate is not of this authority: {why}")]
    NotOurs {
        /// What is different.
        why: &'static str,
    },
    /// The CRL that is said to be published is none to go by.
    #[error("the published CRL is not usable: {why}")]
    PublishedCrl {
        /// What is wrong with it, and what to do.
        why: &'static str,
    },
    /// A published list cannot be read or written.
    #[error("the CRL `{}` cannot be read or written; check that its folder is there, and who may write to it", path.display())]
    CrlFile {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// There is no complete CRL that a delta CRL could add to.
    #[error("no complete CRL was published that a delta CRL could add to; publish one, and say that it is published")]
    NoBase,
    /// The published complete CRL is not the one that the ledger counts changes from.
    #[error(
        "the ledger counts changes from CRL {known}, and CRL {published} is published; make and publish a complete CRL first"
    )]
    OtherBase {
        /// The number in the ledger.
        known: u64,
        /// The number of the published one.
        published: u64,
    },
    /// A certificate is not that of a responder.
    #[cfg(feature = "ocsp")]
    #[error("the certificate is not one of an OCSP responder of this authority: {why}")]
    NotAResponder {
        /// What is wrong with it, and what to do.
        why: &'static str,
    },
    /// The next CRL would let certificates through that the published one stops.
    #[error(
        "the next CRL would not stop certificates that the published one stops: {}; restore a newer ledger, hold or revoke them again, or confirm each by its number",
        serials.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    WouldVanish {
        /// Their numbers.
        serials: Vec<Serial>,
    },
    /// The system begins no thread to read what is published on.
    #[error("the system begins no thread to read what is published on")]
    Thread(#[source] std::io::Error),
    /// The time has no form in a certificate.
    #[error("{0} cannot stand in a certificate; give a time from 1970 to 9999")]
    Time(Timestamp),
    /// The key did not sign.
    #[error("the authority cannot sign")]
    Signer(#[source] SignerError),
    /// The ledger failed.
    #[error("the authority cannot use its ledger")]
    Ledger(#[from] LedgerError),
    /// A structure could not be encoded.
    #[error("{what} could not be encoded")]
    Encoding {
        /// Which.
        what: &'static str,
        /// What the encoder said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl From<X509Error> for AuthorityError {
    fn from(error: X509Error) -> Self {
        let what = match &error {
            X509Error::PastOwnEnd { .. } | X509Error::Time(_) => "the validity",
            X509Error::UnreadableCertificate { .. } | X509Error::NotOurs { .. } => "the certificate",
            X509Error::Unacceptable { what, why } => {
                return AuthorityError::Invalid { what, why: (*why).to_owned() };
            }
            // Nothing is written before the signature is made, and a ledger that is away has written nothing.
            X509Error::Signer(_) | X509Error::Ledger(LedgerError::Unavailable(_)) => {
                return AuthorityError::Unavailable(error.into());
            }
            _ => return AuthorityError::Other(error.into()),
        };
        AuthorityError::Invalid { what, why: error.to_string() }
    }
}
