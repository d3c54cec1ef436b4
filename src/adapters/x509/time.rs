//! Times as certificates write them: whole seconds of the years 1970 to 9999.

use std::time::Duration;

use der::DateTime;
use x509_cert::time::Time;

use super::X509Error;
use crate::values::{Millis, Timestamp};

/// Since 1970; parts of a second are cut off, as certificates have none (RFC 5280, section 4.1.2.5).
pub(super) fn since_1970(at: Timestamp) -> Result<Duration, X509Error> {
    let seconds = u64::try_from(at.millis().div_euclid(1000)).map_err(|_| X509Error::Time(at))?;
    let duration = Duration::from_secs(seconds);
    DateTime::from_unix_duration(duration).map_err(|_| X509Error::Time(at))?;
    Ok(duration)
}

/// `UTCTime` until 2049, `GeneralizedTime` from 2050 on (RFC 5280, sections 4.1.2.5 and 5.1.2.4).
pub(super) fn to_asn1(at: Timestamp) -> Result<Time, X509Error> {
    DateTime::from_unix_duration(since_1970(at)?).map(Time::from).map_err(|_| X509Error::Time(at))
}

/// A time of a certificate.
pub(super) fn from_asn1(time: Time) -> Timestamp {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_millis(0).plus(Millis::seconds(seconds))
}

/// As certificates write it.
pub(super) fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millis(at.millis().div_euclid(1000).saturating_mul(1000))
}
