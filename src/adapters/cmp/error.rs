use thiserror::Error;

use crate::ports::SignerError;

/// Why an authority, its protection or its settings cannot be made, or a request cannot.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CmpError {
    /// The address is not one that can be posted to.
    #[error("the address of the authority {what}")]
    Address {
        /// What is wrong with it, and what to write.
        what: &'static str,
    },
    /// A root certificate does not read.
    #[error("a root certificate for the authority does not read; give PEM with one certificate at least")]
    Root,
    /// The machine trusts nobody that could be found out.
    #[error("the machine has no root certificates; install them, or give those of the authority")]
    NoRoots,
    /// The reference does not fit the names of a message.
    #[error("a reference has 1 to 64 letters, digits, `.`, `_` and `-`")]
    Reference,
    /// The secret is too easily guessed.
    #[error("a secret has {least} bytes at least")]
    ShortSecret {
        /// So many are needed.
        least: usize,
    },
    /// A certificate does not read.
    #[error("{what} does not read; give the DER of one X.509 certificate")]
    Certificate {
        /// Which certificate.
        what: &'static str,
    },
    /// What is published is not of the authority that is asked.
    #[error("what is published is of another issuer than the certificate of the authority")]
    OtherIssuer,
    /// The key that signs is not that of the certificate.
    #[error("the certificate that goes with the requests is of another key than the signer's")]
    OtherKey,
    /// The number of a certificate does not fit a request.
    #[error("a number of more than 20 bytes fits no certificate")]
    Serial,
    /// The clock says a time that no message can have.
    #[error("the clock is before 1970 or after 9999; set it")]
    Time,
    /// The machine gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandomness,
    /// A message cannot be encoded.
    #[error("the request cannot be encoded")]
    Encoding(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The key cannot sign.
    #[error("the request cannot be signed")]
    Signer(#[source] SignerError),
    /// The system begins no thread.
    #[error("the system begins no thread to reach the authority on")]
    Thread(#[source] std::io::Error),
}

/// Why an answer does not count, so that it is not known what has become of the order.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CmpMistrust {
    /// It is no message of the protocol.
    #[error("the answer is no PKIMessage; check the address")]
    Unreadable,
    /// The HTTP server answers with another status than 200.
    #[error("the server answers with HTTP status {0}; check the address")]
    Http(u16),
    /// It belongs to another request.
    #[error("the answer does not quote the transaction and the nonce of the request")]
    OtherRequest,
    /// It is protected in no way, or in another than agreed.
    #[error("the answer is not protected as agreed: {why}")]
    Unprotected {
        /// What is wrong with it, and what to do.
        why: &'static str,
    },
    /// Its protection does not hold.
    #[error("the protection of the answer does not hold; check the secret, or the certificate of the sender")]
    Forged,
    /// Another than the agreed one sends it.
    #[error("the answer names another sender than agreed")]
    OtherSender,
    /// It answers with something else than a revocation response.
    #[error("the answer is no revocation response")]
    OtherAnswer,
    /// The order may be done otherwise than asked, or later.
    #[error("the authority answers `{0}`, which does not say that it is done; what is published tells")]
    NotFinal(&'static str),
    /// It says the certificate is revoked, which is not published yet.
    #[error("the authority says that it is revoked or on hold already, and what is published does not say which yet")]
    AlreadyRevoked,
}
