use std::error::Error as StdError;
use std::fmt;

use rustls::AlertDescription;
use ureq::{Error, Timeout};

type Source = Box<dyn StdError + Send + Sync>;

/// What went wrong on the way to EJBCA, or what it said.
#[derive(Debug)]
pub(super) struct Fault {
    what: String,
    source: Option<Source>,
}

impl Fault {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Fault { what: what.into(), source: None }
    }

    pub(super) fn by(what: &str, source: Source) -> Self {
        Fault { what: what.to_owned(), source: Some(source) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for Fault {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|it| it as _)
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// The request was not sent.
    Before(Fault),
    /// It may have been.
    After(Fault),
}

impl Unanswered {
    pub(super) fn fault(self) -> Fault {
        match self {
            Unanswered::Before(fault) | Unanswered::After(fault) => fault,
        }
    }
}

/// Where the client failed. What it says is not repeated where it could name the address.
pub(super) fn unanswered(error: Error) -> Unanswered {
    use std::io::ErrorKind::{AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkUnreachable};
    let before = |what: &str| Unanswered::Before(Fault::new(what));
    match error {
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => before("EJBCA cannot be reached in time"),
        Error::Timeout(_) => Unanswered::After(Fault::new("EJBCA did not answer in time")),
        Error::HostNotFound | Error::ConnectionFailed => before("EJBCA cannot be reached"),
        Error::Rustls(source) => insecure(&source.clone(), source.into()),
        Error::Tls(_) | Error::Pem(_) | Error::TlsRequired => before("there is no safe connection to EJBCA"),
        Error::Io(source) => match source.get_ref().and_then(|it| it.downcast_ref::<rustls::Error>()).cloned() {
            Some(tls) => insecure(&tls, source.into()),
            None if matches!(
                source.kind(),
                AddrNotAvailable | ConnectionRefused | HostUnreachable | NetworkUnreachable
            ) =>
            {
                Unanswered::Before(Fault::by("EJBCA cannot be reached", source.into()))
            }
            None => Unanswered::After(Fault::by("the connection to EJBCA broke", source.into())),
        },
        _ => Unanswered::After(Fault::new("what EJBCA answers is no HTTP, or more than is read")),
    }
}

/// A connection that was never made says so in its handshake; nothing was asked over it.
fn insecure(error: &rustls::Error, source: Source) -> Unanswered {
    use AlertDescription as Alert;
    match error {
        rustls::Error::InvalidCertificate(_) => {
            Unanswered::Before(Fault::by("EJBCA shows no certificate that is trusted here", source))
        }
        rustls::Error::AlertReceived(
            Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::CertificateRequired,
        ) => Unanswered::Before(Fault::by(
            "EJBCA does not accept the client certificate; give one that it trusts",
            source,
        )),
        rustls::Error::AlertReceived(
            Alert::HandshakeFailure | Alert::ProtocolVersion | Alert::InsufficientSecurity,
        ) => Unanswered::Before(Fault::by("EJBCA speaks no TLS that is spoken here", source)),
        _ => Unanswered::After(Fault::by("the safe connection to EJBCA broke", source)),
    }
}
