use thiserror::Error;

use super::TemplateError;
use crate::values::shown;

/// Why a notifier over SMTP cannot be put together.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SmtpError {
    /// The name of the server is none.
    #[error("`{given}` is not the name of a mail server; give a host name such as mail.example.org, without port")]
    Server {
        /// What was given.
        given: String,
    },
    /// The sender is no address.
    #[error("`{given}` is not a sender; give an address such as cards@example.org or `Cards <cards@example.org>`")]
    From {
        /// What was given.
        given: String,
    },
    /// There is no password in it.
    #[error("the password is empty; leave name and password out if the server asks for none")]
    EmptyPassword,
    /// A password would be sent where anybody on the way can read it.
    #[error("name and password are not sent unencrypted; take `starttls` or `tls`, or leave them out")]
    PasswordUnencrypted,
    /// What is to be trusted is no certificate.
    #[error("what the server's certificate is to lead to is no certificate in PEM (`-----BEGIN CERTIFICATE-----`)")]
    Root,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no connection to send on.
    #[error("there must be at least one connection")]
    NoConnection,
    /// The system begins no thread.
    #[error("the system begins no thread to send mail on")]
    Thread(#[source] std::io::Error),
    /// A template is wrong.
    #[error("a template cannot be used")]
    Template(#[from] TemplateError),
}

impl SmtpError {
    pub(super) fn server(given: &str) -> Self {
        SmtpError::Server { given: shown(given) }
    }

    pub(super) fn from(given: &str) -> Self {
        SmtpError::From { given: shown(given) }
    }
}
