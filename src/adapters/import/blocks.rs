use der::pem::Base64Decoder;

use super::records::syntax;
use super::{ImportError, Limits, Place};
use crate::values::shown;

const BEGIN: &str = "`-----BEGIN CERTIFICATE-----`";
const END: &str = "`-----END CERTIFICATE-----`";

/// A certificate in a PEM file.
pub(super) struct Block {
    pub(super) place: Place,
    pub(super) der: Vec<u8>,
}

/// The certificates of a PEM file, as RFC 7468 defines it; text between the blocks is passed over.
pub(super) fn blocks(text: &str, limits: &Limits) -> Result<Vec<Block>, ImportError> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<(Place, String)> = None;
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        let place = Place::Block { block: blocks.len() + 1, line: n + 1 };
        match (open.take(), boundary(line)) {
            (None, None) if line.starts_with("-----") => {
                return Err(syntax(place, format!("{BEGIN} as the whole line")));
            }
            (None, None) => {}
            (None, Some(("BEGIN", "CERTIFICATE"))) if blocks.len() == limits.certificates => {
                return Err(ImportError::TooManyCertificates { place, limit: limits.certificates });
            }
            (None, Some(("BEGIN", "CERTIFICATE"))) => open = Some((place, String::new())),
            (None, Some(("BEGIN", label))) => return Err(ImportError::Label { place, label: shown(label) }),
            (None, Some(_)) => return Err(syntax(place, format!("{BEGIN} before this line"))),
            (Some((place, base64)), Some(("END", "CERTIFICATE"))) => blocks.push(block(place, &base64, limits)?),
            (Some(_), Some(_)) => return Err(syntax(place, format!("{END}, since a block is open"))),
            (Some((begin, mut base64)), None) => {
                if !line.bytes().all(|it| it.is_ascii_alphanumeric() || b"+/=".contains(&it)) {
                    return Err(syntax(place, format!("only letters of base64 until {END}")));
                }
                base64.push_str(line);
                open = Some((begin, base64));
            }
        }
    }
    match open {
        Some((place, _)) => Err(syntax(place, format!("{END} after this line, before the end of the file"))),
        None if blocks.is_empty() => {
            Err(syntax(Place::Block { block: 1, line: 1 }, format!("{BEGIN} somewhere in the file")))
        }
        None => Ok(blocks),
    }
}

/// `BEGIN` or `END`, and the label, of a line that is a boundary.
fn boundary(line: &str) -> Option<(&str, &str)> {
    let inner = line.strip_prefix("-----")?.strip_suffix("-----")?;
    inner.split_once(' ').filter(|(word, _)| matches!(*word, "BEGIN" | "END"))
}

fn block(place: Place, base64: &str, limits: &Limits) -> Result<Block, ImportError> {
    let mut der = Vec::new();
    let decoded = Base64Decoder::new(base64.as_bytes()).and_then(|mut it| it.decode_to_end(&mut der).map(<[u8]>::len));
    let given = decoded.map_err(|_| syntax(place, "base64 that is whole, with `=` at its end alone"))?;
    if given > limits.der_bytes {
        return Err(ImportError::DerTooLong { place, given, limit: limits.der_bytes });
    }
    Ok(Block { place, der })
}
