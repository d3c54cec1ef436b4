use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::{Password, SmtpError};

/// How the mail server is reached, and in whose name mail is sent.
///
/// ```
/// use cardflow::adapters::smtp::{Password, SmtpSettings};
///
/// let settings = SmtpSettings::starttls("mail.example.org", "Cards <cards@example.org>")?
///     .credentials("cards", Password::new("correct horse".to_owned())?);
/// assert!(!format!("{settings:?}").contains("correct horse"));
/// # Ok::<(), cardflow::adapters::smtp::SmtpError>(())
/// ```
pub struct SmtpSettings {
    pub(super) server: String,
    pub(super) port: u16,
    pub(super) from: Mailbox,
    pub(super) timeout: Duration,
    pub(super) connections: usize,
    pub(super) idle: Duration,
    pub(super) hello: ClientId,
    security: Security,
    credentials: Option<(String, Password)>,
    root: Option<Certificate>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Security {
    Starttls,
    Tls,
    Unencrypted,
}

/// What protects a connection.
#[derive(Clone)]
pub(super) enum Protection {
    Starttls(TlsParameters),
    Tls(TlsParameters),
    None,
}

impl SmtpSettings {
    /// Port 587, encrypted by STARTTLS before anything is told; a server that does not offer it is sent nothing.
    ///
    /// # Errors
    ///
    /// [`SmtpError::Server`], [`SmtpError::From`].
    pub fn starttls(server: &str, from: &str) -> Result<Self, SmtpError> {
        Self::of(server, 587, from, Security::Starttls)
    }

    /// Port 465, encrypted from the beginning.
    ///
    /// # Errors
    ///
    /// [`SmtpError::Server`], [`SmtpError::From`].
    pub fn tls(server: &str, from: &str) -> Result<Self, SmtpError> {
        Self::of(server, 465, from, Security::Tls)
    }

    /// Port 25, where anybody on the way can read along: for a relay on the same machine, and for tests.
    ///
    /// # Errors
    ///
    /// [`SmtpError::Server`], [`SmtpError::From`].
    pub fn unencrypted(server: &str, from: &str) -> Result<Self, SmtpError> {
        Self::of(server, 25, from, Security::Unencrypted)
    }

    fn of(server: &str, port: u16, from: &str, security: Security) -> Result<Self, SmtpError> {
        let name = server.trim();
        let of_a_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.');
        let is_name = !name.is_empty() && name.chars().all(of_a_name);
        if !is_name && name.parse::<std::net::IpAddr>().is_err() {
            return Err(SmtpError::server(server));
        }
        Ok(SmtpSettings {
            server: name.to_owned(),
            port,
            from: from.parse().map_err(|_| SmtpError::from(from))?,
            timeout: Duration::from_secs(10),
            connections: 2,
            idle: Duration::from_secs(60),
            hello: ClientId::default(),
            security,
            credentials: None,
            root: None,
        })
    }

    /// Another port than the usual one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Signs in with a name and a password.
    #[must_use]
    pub fn credentials(mut self, name: &str, password: Password) -> Self {
        self.credentials = Some((name.to_owned(), password));
        self
    }

    /// Trusts a server whose certificate leads to this one (PEM), instead of those that the machine trusts.
    ///
    /// # Errors
    ///
    /// [`SmtpError::Root`].
    pub fn trusting(mut self, pem: &str) -> Result<Self, SmtpError> {
        // What has no certificate in it would read as an empty list, and trust nobody.
        let root = pem.contains("-----BEGIN CERTIFICATE-----").then(|| Certificate::from_pem(pem.as_bytes()).ok());
        self.root = Some(root.flatten().ok_or(SmtpError::Root)?);
        Ok(self)
    }

    /// How long the server may take for each step: to be reached, to answer a command. 10 seconds unless it is said.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.max(Duration::from_millis(1));
        self
    }

    /// How many connections there are at most, each on a thread of its own. 2 unless it is said.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How long a connection is kept for the next mail. 60 seconds unless it is said.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// The name under which this machine greets the server, where the server wants a real one.
    #[must_use]
    pub fn greeting_as(mut self, host: &str) -> Self {
        self.hello = ClientId::Domain(host.to_owned());
        self
    }

    pub(super) fn protection(&self) -> Result<Protection, SmtpError> {
        let tls = || {
            let builder = TlsParameters::builder(self.server.clone());
            let builder = match &self.root {
                Some(root) => builder.certificate_store(CertificateStore::None).add_root_certificate(root.clone()),
                None => builder,
            };
            builder.build_rustls().map_err(|error| SmtpError::Tls(Box::new(error)))
        };
        Ok(match self.security {
            Security::Starttls => Protection::Starttls(tls()?),
            Security::Tls => Protection::Tls(tls()?),
            Security::Unencrypted if self.credentials.is_some() => return Err(SmtpError::PasswordUnencrypted),
            Security::Unencrypted => Protection::None,
        })
    }

    /// Made anew for each connection, so that the password is in memory once between them.
    pub(super) fn sign_in(&self) -> Option<Credentials> {
        let (name, password) = self.credentials.as_ref()?;
        Some(Credentials::new(name.clone(), password.expose().to_owned()))
    }
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSettings")
            .field("server", &self.server)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("signs_in", &self.credentials.is_some())
            .finish_non_exhaustive()
    }
}
