use std::error::Error;

use thiserror::Error;

use super::{Column, Place};
use crate::domain::{IssuerName, Serial};
use crate::ports::AuthorityError;

/// Why a file is refused, as a whole: nothing of it has come in.
///
/// No variant holds a byte of a private key: a file with one is refused before anything else of it is looked at.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// More than [`Limits::bytes`](super::Limits::bytes).
    #[error("the file has {given} bytes and the limit is {limit}; split it, or raise the limit")]
    TooManyBytes {
        /// How many it has.
        given: usize,
        /// How many are read.
        limit: usize,
    },
    /// More than [`Limits::rows`](super::Limits::rows).
    #[error("{place}: the file has more than {limit} rows; split it, or raise the limit")]
    TooManyRows {
        /// The first row too many.
        place: Place,
        /// How many are read.
        limit: usize,
    },
    /// More than [`Limits::field`](super::Limits::field).
    #[error("{place}: the field has {given} bytes and the limit is {limit}; check that every quote is closed")]
    FieldTooLong {
        /// Where it stands.
        place: Place,
        /// How many it has.
        given: usize,
        /// How many are read.
        limit: usize,
    },
    /// More than [`Limits::certificates`](super::Limits::certificates).
    #[error("{place}: the file has more than {limit} certificates; give those of one card only, or raise the limit")]
    TooManyCertificates {
        /// The first one too many.
        place: Place,
        /// How many are read.
        limit: usize,
    },
    /// More than [`Limits::der_bytes`](super::Limits::der_bytes).
    #[error("{place}: the certificate has {given} bytes and the limit is {limit}; check that it is one")]
    DerTooLong {
        /// Where it begins.
        place: Place,
        /// How many it has.
        given: usize,
        /// How many are read.
        limit: usize,
    },
    /// More than [`Limits::der_depth`](super::Limits::der_depth).
    #[error("{place}: values of the certificate lie more than {limit} deep in one another; check that it is one")]
    DerTooDeep {
        /// Where it begins.
        place: Place,
        /// How deep they may lie.
        limit: usize,
    },
    /// The file is not text.
    #[error("line {line}, character {character}: expected text in UTF-8; save the file as UTF-8, a certificate as PEM")]
    NotUtf8 {
        /// The line.
        line: usize,
        /// The first character that is none.
        character: usize,
    },
    /// The file holds a private key, which belongs on the card alone.
    #[error("line {line}: the file holds a private key and is not read; take the key out, and keep it secret")]
    PrivateKey {
        /// Where it begins.
        line: usize,
    },
    /// The file breaks the rules of its format.
    #[error("{place}: expected {expected}")]
    Syntax {
        /// Where.
        place: Place,
        /// What should stand there.
        expected: String,
    },
    /// The header names a column that is none.
    #[error("{place}: unknown column `{given}`; columns are separated by `,` and known are: {}", names(Column::ALL))]
    UnknownColumn {
        /// Where.
        place: Place,
        /// The name.
        given: String,
    },
    /// The header names a column twice.
    #[error("{place}: the column is field {first} already; keep one of the two")]
    DoubledColumn {
        /// Where it is named again.
        place: Place,
        /// The field that it was first.
        first: usize,
    },
    /// The header lacks a column.
    #[error("line 1: the column `{column}` is missing; every file needs: {}", names(&Column::REQUIRED))]
    MissingColumn {
        /// The column.
        column: Column,
    },
    /// A field does not hold what its column is for.
    #[error("{place}: {why}")]
    Value {
        /// Where.
        place: Place,
        /// What is wrong with it, and what was expected.
        why: String,
    },
    /// Two rows say different things of one person.
    #[error("{place}: person `{person}` has `{given}` here and `{other}` in line {line}; make them the same")]
    Contradiction {
        /// Where the second stands.
        place: Place,
        /// The key of the person.
        person: String,
        /// What the second row says.
        given: String,
        /// What the first row says.
        other: String,
        /// The line of the first row.
        line: usize,
    },
    /// A card number, or an account of one person, stands in two places.
    #[error("{place}: `{given}` stands in line {line} already; give it once")]
    Twice {
        /// Where it stands again.
        place: Place,
        /// What.
        given: String,
        /// Where it stood first.
        line: usize,
    },
    /// A PEM block is not a certificate.
    #[error("{place}: a block of `{label}` is not read; give blocks of `CERTIFICATE` only")]
    Label {
        /// Where it begins.
        place: Place,
        /// What it calls itself.
        label: String,
    },
    /// A block of certificate holds something else.
    #[error("{place}: expected a certificate in DER, as RFC 5280 defines it")]
    NotACertificate {
        /// Where it begins.
        place: Place,
        /// What the decoder said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A certificate names an issuer of ours, who did not sign it.
    #[error("{place}: the certificate names our issuer `{issuer}` and does not verify; find out where it comes from")]
    NotVerified {
        /// Where it begins.
        place: Place,
        /// The issuer that it names.
        issuer: IssuerName,
        /// What the authority said.
        #[source]
        source: AuthorityError,
    },
    /// Another certificate has the number already; numbers are unique at their issuer (RFC 5280, section 4.1.2.2).
    #[error("{place}: `{issuer}` has another certificate {serial}; find out which of the two is true")]
    SerialTaken {
        /// Where it begins.
        place: Place,
        /// The issuer.
        issuer: IssuerName,
        /// The number.
        serial: Serial,
    },
    /// The certificate is stored in the home of another holder, which an import does not change.
    #[error(
        "{place}: certificate {serial} of `{issuer}` is stored with a card of another holder; import both together"
    )]
    StoredElsewhere {
        /// Where it begins.
        place: Place,
        /// The issuer.
        issuer: IssuerName,
        /// The number.
        serial: Serial,
    },
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
}
