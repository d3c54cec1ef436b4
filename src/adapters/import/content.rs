use std::collections::BTreeSet;

use der::Decode;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::time::Time;

use super::blocks::Block;
use super::depth::depth;
use super::key_uses::key_uses;
use super::records::syntax;
use super::{ImportError, Limits};
use crate::domain::{Invalid, IssuerName, KeyUse, Serial, Validity};
use crate::values::{Millis, Timestamp};

/// What a certificate says of itself, as far as it is ours to know.
pub(super) struct Content {
    pub(super) issuer: IssuerName,
    pub(super) serial: Serial,
    pub(super) validity: Validity,
    pub(super) uses: BTreeSet<KeyUse>,
}

impl Block {
    /// What its certificate says.
    pub(super) fn content(&self, limits: &Limits) -> Result<Content, ImportError> {
        let place = self.place;
        let unreadable = |source: der::Error| ImportError::NotACertificate { place, source: source.into() };
        if depth(&self.der).map_err(unreadable)? > limits.der_depth {
            return Err(ImportError::DerTooDeep { place, limit: limits.der_depth });
        }
        let certificate = Certificate::from_der(&self.der).map_err(unreadable)?;
        let tbs = certificate.tbs_certificate();
        let constraints = tbs.get_extension::<BasicConstraints>().map_err(unreadable)?;
        if constraints.is_some_and(|(_, it)| it.ca) {
            return Err(syntax(place, "a certificate of a card; this is one of an authority, leave it out"));
        }
        let serial = tbs.serial_number().as_bytes();
        if serial.first().is_some_and(|it| *it >= 0x80) {
            return Err(syntax(place, "a positive serial number (RFC 5280, section 4.1.2.2)"));
        }
        let usage = tbs.get_extension::<KeyUsage>().map_err(unreadable)?;
        let purposes = tbs.get_extension::<ExtendedKeyUsage>().map_err(unreadable)?;
        let (from, until) = (time(tbs.validity().not_before), time(tbs.validity().not_after));
        Ok(Content {
            // INVARIANT: the text of a name is that under which authorities are registered.
            issuer: self.check(tbs.issuer().to_string().parse())?,
            serial: self.check(Serial::from_bytes(serial))?,
            validity: self.check(Validity::new(from, until))?,
            uses: key_uses(usage.map(|it| it.1), purposes.map(|it| it.1)),
        })
    }

    /// What was made of the certificate, or why not, with its place.
    pub(super) fn check<T>(&self, made: Result<T, Invalid>) -> Result<T, ImportError> {
        made.map_err(|why| ImportError::Value { place: self.place, why: why.to_string() })
    }
}

fn time(time: Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_millis(0).plus(Millis::seconds(seconds))
}
