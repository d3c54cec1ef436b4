use std::sync::Arc;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::SmtpConnection;

use super::fault::{Stage, fault};
use super::settings::Protection;
use super::{SmtpError, SmtpSettings};
use crate::ports::EffectError;

/// One connection to the server, opened when there is something to send and kept for the next mail.
pub(super) struct Line {
    settings: Arc<SmtpSettings>,
    protection: Protection,
    open: Option<SmtpConnection>,
}

impl Line {
    pub(super) fn new(settings: Arc<SmtpSettings>) -> Result<Self, SmtpError> {
        let protection = settings.protection()?;
        Ok(Line { settings, protection, open: None })
    }

    /// Hands a mail over; the connection is kept if it is still good.
    pub(super) fn send(&mut self, envelope: &Envelope, mail: &[u8]) -> Result<(), EffectError> {
        // A server ends a connection that was silent for long; then there is a new one.
        let kept = self.open.take().and_then(|mut it| if it.test_connected() { Some(it) } else { None });
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let sent = connection.send(envelope, mail);
        if !connection.has_broken() {
            self.open = Some(connection);
        }
        sent.map(drop).map_err(|error| fault(Stage::Hand, &error))
    }

    /// Says goodbye.
    pub(super) fn close(&mut self) {
        if let Some(mut connection) = self.open.take() {
            connection.abort();
        }
    }

    fn connect(&self) -> Result<SmtpConnection, EffectError> {
        let SmtpSettings { server, port, timeout, hello, .. } = &*self.settings;
        let from_the_beginning = match &self.protection {
            Protection::Tls(tls) => Some(tls),
            Protection::Starttls(_) | Protection::None => None,
        };
        let address = (server.as_str(), *port);
        let failed = |error| fault(Stage::Connect, &error);
        let connected = SmtpConnection::connect(address, Some(*timeout), hello, from_the_beginning, None);
        let mut connection = connected.map_err(failed)?;
        if let Protection::Starttls(tls) = &self.protection {
            if !connection.can_starttls() {
                connection.abort();
                return Err(super::fault::no_encryption());
            }
            connection.starttls(tls, hello).map_err(failed)?;
        }
        if let Some(credentials) = self.settings.sign_in() {
            let signed_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
            if let Err(error) = signed_in {
                connection.abort();
                return Err(fault(Stage::SignIn, &error));
            }
        }
        Ok(connection)
    }
}
