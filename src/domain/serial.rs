use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::{Invalid, line};
use crate::values::hex::{self, digits};

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
// In place, since every request to an authority carries a copy: the length, and the octets with zeros after them.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Serial(u8, [u8; MOST]);

const MOST: usize = 20;
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
            return Err(Invalid::new("serial number", &shown(bytes), EXPECTED));
        }
        Serial::of_octets(number).ok_or_else(|| Invalid::new("serial number", &shown(bytes), EXPECTED))
    }

    /// Its octets, big-endian, without leading zeros.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.1.get(..usize::from(self.0)).unwrap_or_default()
    }

    fn of_octets(octets: &[u8]) -> Option<Serial> {
        let mut kept = [0; MOST];
        kept.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(Serial(u8::try_from(octets.len()).ok()?, kept))
    }
}

/// The octets as an error shows them.
fn shown(bytes: &[u8]) -> String {
    digits(bytes).take(48).map(|it| it.to_ascii_uppercase()).collect()
}

impl Ord for Serial {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Serial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({self})")
    }
}

impl Serialize for Serial {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        hex::serialize(self.as_bytes(), serializer)
    }
}

impl<'de> Deserialize<'de> for Serial {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Serial::of_octets(&hex::deserialize(deserializer)?).ok_or_else(|| D::Error::custom(EXPECTED))
        } else {
            deserializer.deserialize_seq(Octets)
        }
    }
}

struct Octets;

impl<'de> Visitor<'de> for Octets {
    type Value = Serial;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut octets: A) -> Result<Serial, A::Error> {
        let (mut length, mut kept) = (0, [0; MOST]);
        while let Some(octet) = octets.next_element()? {
            *kept.get_mut(usize::from(length)).ok_or_else(|| A::Error::custom(EXPECTED))? = octet;
            length += 1;
        }
        Ok(Serial(length, kept))
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 2 * MOST];
        for (place, digit) in text.iter_mut().zip(digits(self.as_bytes())) {
            *place = u8::try_from(digit.to_ascii_uppercase()).unwrap_or_default();
        }
        let text = text.get(..2 * usize::from(self.0)).unwrap_or_default();
        f.write_str(std::str::from_utf8(text).unwrap_or_default())
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
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct IssuerName(Arc<str>);

impl<'de> Deserialize<'de> for IssuerName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Name)
    }
}

struct Name;

impl Visitor<'_> for Name {
    type Value = IssuerName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an issuer")
    }

    fn visit_str<E>(self, name: &str) -> Result<IssuerName, E> {
        Ok(IssuerName(name.into()))
    }
}

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
        Ok(IssuerName(line("issuer name", text, 1000)?.into()))
    }
}
