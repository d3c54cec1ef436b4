//! Bytes as hexadecimal digits where people read them (JSON), and as bytes where they are stored.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The lower-case digits of `bytes`, two for each.
pub(crate) fn digits(bytes: &[u8]) -> impl Iterator<Item = char> + '_ {
    let nibbles = bytes.iter().flat_map(|it| [it >> 4, it & 0x0F]);
    nibbles.map(|it| char::from_digit(u32::from(it), 16).unwrap_or_default())
}

/// The lower-case digits of `bytes`.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    digits(bytes).collect()
}

/// The bytes behind digits; `None` for anything else.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let nibble = |digit: &u8| char::from(*digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(nibble(high)? << 4 | nibble(low)?)).collect()
}

/// For `#[serde(with = "hex")]`.
pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() { serializer.serialize_str(&to_hex(bytes)) } else { bytes.serialize(serializer) }
}

/// For `#[serde(with = "hex")]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    if deserializer.is_human_readable() {
        let text = String::deserialize(deserializer)?;
        from_hex(&text).ok_or_else(|| D::Error::custom("expected hexadecimal digits, two for each byte"))
    } else {
        Vec::deserialize(deserializer)
    }
}
