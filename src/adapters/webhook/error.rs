use thiserror::Error;

/// Why a gateway, its keys or its settings cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The address is not one that can be posted to. It is not repeated: a path may hold a secret.
    #[error("the address of the approval system {what}")]
    Address {
        /// What is wrong with it, and what to write.
        what: &'static str,
    },
    /// A key id is not one that fits a header.
    #[error("a key id has 1 to 64 letters, digits, `.`, `_` and `-`")]
    KeyId,
    /// A secret is too easily guessed.
    #[error("a secret has {least} random bytes at least")]
    ShortSecret {
        /// So many are needed.
        least: usize,
    },
    /// The two keys cannot be told apart.
    #[error("both keys have the id `{id}`; give the new one another")]
    SameKeyId {
        /// The id.
        id: String,
    },
    /// A root certificate does not read.
    #[error("a root certificate for the approval system does not read; give PEM with one certificate at least")]
    Root,
    /// The machine trusts nobody that could be found out.
    #[error("the machine has no root certificates; install them, or give those of the approval system")]
    NoRoots,
    /// The system begins no thread.
    #[error("the system begins no thread to reach the approval system on")]
    Thread(#[source] std::io::Error),
}
