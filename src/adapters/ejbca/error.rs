use thiserror::Error;

/// Why the settings of an authority in EJBCA are not accepted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EjbcaError {
    /// The address is not that of a REST API.
    #[error("the address of EJBCA {what}")]
    Address {
        /// What is wrong with it, and what to write.
        what: &'static str,
    },
    /// The certificate of the authority cannot be gone by.
    #[error("the certificate of the authority {what}")]
    AuthorityCertificate {
        /// What is wrong with it, and what to give.
        what: &'static str,
    },
    /// The name that EJBCA has for the authority is none.
    #[error("the name of the authority in EJBCA is empty or too long; write it as its pages show it")]
    IssuerDn,
    /// A root certificate does not read.
    #[error("a root certificate for EJBCA does not read; give PEM with one certificate at least")]
    Root,
    /// The machine trusts nobody that could be found out.
    #[error("the machine has no root certificates; install them, or give those of EJBCA")]
    NoRoots,
    /// The client certificate or its key cannot be used.
    #[error("the client certificate for EJBCA {what}")]
    ClientCertificate {
        /// What is wrong with it, and what to give.
        what: &'static str,
    },
    /// A bearer token has characters that no header can have. It is not repeated.
    #[error("a bearer token has letters, digits and `-._~+/=` alone, and is not empty")]
    Token,
    /// The client would be nobody.
    #[error("EJBCA lets nobody in without a name; give a client certificate or a source of tokens")]
    NoCredential,
    /// The system begins no thread.
    #[error("the system begins no thread to reach EJBCA on")]
    Thread(#[source] std::io::Error),
}
