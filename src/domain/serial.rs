use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text::{Invalid, line};
use crate::values::hex::digits;

/// The serial number of a certificate: positive, at most 20 octets (RFC 5280, section 4.1.2.2).
///
/// Kept without leading zeros, shown in hexadecimal as OpenSSL does.
///
/// ```
/// use cardflow::domain::Serial;
///
/// let serial: Serial = "00:0A:ff".parse()?;
/// assert_eq!(serial.to_string(), "0AFF");
/// assert!("0".parse::<Serial>().is_err());
/// # Ok::<(), cardflow::domain::Invalid>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Serial(#[serde(with = "crate::values::hex")] Vec<u8>);

const EXPECTED: &str = "a positive number of at most 20 octets, in hexadecimal";

impl Serial {
    /// From the big-endian octets of a positive number; leading zeros are dropped.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for zero, for more than 20 octets of an encoded integer, and so for negative ones of that length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Invalid> {
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
        let number = bytes.get(start..).unwrap_or_default();
        // Twenty octets with the top bit set need a twenty-first in DER to stay positive.
        let encoded = number.len() + usize::from(number.first().is_some_and(|byte| *byte >= 0x80));
        if number.is_empty() || encoded > 20 {
            let shown: String = digits(bytes).take(48).map(|it| it.to_ascii_uppercase()).collect();
            return Err(Invalid::new("serial number", &shown, EXPECTED));
        }
        Ok(Serial(number.to_vec()))
    }

    /// Its octets, big-endian, without leading zeros.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        digits(&self.0).try_for_each(|it| f.write_char(it.to_ascii_uppercase()))
    }
}

impl FromStr for Serial {
    type Err = Invalid;

    /// Hexadecimal digits; colons and spaces between are dropped.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || Invalid::new("serial number", text, EXPECTED);
        let nibbles: Option<Vec<u8>> = text
            .chars()
            .filter(|c| !matches!(c, ':' | ' '))
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let mut nibbles = nibbles.filter(|it| !it.is_empty() && it.len() <= 128).ok_or_else(invalid)?;
        if nibbles.len() % 2 == 1 {
            nibbles.insert(0, 0);
        }
        let bytes: Vec<u8> =
            nibbles.chunks_exact(2).map(|pair| pair.iter().fold(0, |acc, digit| acc << 4 | digit)).collect();
        Serial::from_bytes(&bytes).map_err(|_| invalid())
    }
}

/// The name of an issuer, as RFC 4514 writes it: `CN=Example CA,O=Example`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IssuerName(String);

impl fmt::Display for IssuerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl IssuerName {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IssuerName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(IssuerName(line("issuer name", text, 1000)?))
    }
}
