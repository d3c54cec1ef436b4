use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::record::{Index, KeySpec, KindSpec};
use crate::values::{CodecError, Timestamp, hex::digits};

/// The version of the stored form.
const FORMAT: u8 = 1;
const WHAT: &str = "the keys of a record";

/// The value of a key.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum KeyValue {
    /// Of [`KeyType::Text`](super::KeyType::Text) and [`KeyType::Word`](super::KeyType::Word).
    Text(String),
    /// Of [`KeyType::Id`](super::KeyType::Id).
    Id(Uuid),
    /// Of [`KeyType::Time`](super::KeyType::Time).
    Time(Timestamp),
    /// Of [`KeyType::Bytes`](super::KeyType::Bytes).
    Bytes(Vec<u8>),
}

/// The value of a key, as it stands among [`Keys`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum KeyRef<'a> {
    /// Text or a word.
    Text(&'a str),
    /// An id.
    Id(Uuid),
    /// A time.
    Time(Timestamp),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// A key, and a value of it.
type Entry<'a> = (&'static KeySpec, KeyRef<'a>);

impl KeyValue {
    /// The same value, borrowed.
    #[must_use]
    pub fn borrowed(&self) -> KeyRef<'_> {
        match self {
            KeyValue::Text(it) => KeyRef::Text(it),
            KeyValue::Id(it) => KeyRef::Id(*it),
            KeyValue::Time(it) => KeyRef::Time(*it),
            KeyValue::Bytes(it) => KeyRef::Bytes(it),
        }
    }
}

impl KeyRef<'_> {
    /// For people.
    #[must_use]
    pub fn in_words(self) -> String {
        match self {
            KeyRef::Text(it) => it.to_owned(),
            KeyRef::Id(it) => it.to_string(),
            KeyRef::Time(it) => it.to_string(),
            KeyRef::Bytes(it) => digits(it).map(|it| it.to_ascii_uppercase()).collect(),
        }
    }

    /// Bytes that sort as the values do.
    #[must_use]
    pub fn sort_bytes(self) -> Vec<u8> {
        match self {
            KeyRef::Text(it) => it.as_bytes().to_vec(),
            KeyRef::Id(it) => it.as_bytes().to_vec(),
            KeyRef::Time(it) => (it.millis() ^ i64::MIN).to_be_bytes().to_vec(),
            KeyRef::Bytes(it) => it.to_vec(),
        }
    }
}

/// The keys of one record, by code; a code may stand several times.
///
/// They are kept as they are stored, since most records are read for their bodies and not for their keys.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Keys(Vec<u8>);

impl Keys {
    /// With one more that is not there yet.
    #[must_use]
    pub fn with(mut self, key: &KeySpec, value: KeyRef<'_>) -> Self {
        self.push(key, value);
        self
    }

    /// Adds one that is not there yet.
    pub fn push(&mut self, key: &KeySpec, value: KeyRef<'_>) {
        let mut bytes = std::mem::take(&mut self.0);
        if bytes.is_empty() {
            // A card has some 150 bytes of keys.
            bytes.reserve(192);
            bytes.push(FORMAT);
        }
        // INVARIANT: a value of these types always has a stored form, and memory takes it.
        self.0 = postcard::to_extend(&(key.code, value), bytes).unwrap_or_default();
    }

    /// The stored form; empty if there are none.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// From the stored form; every entry is checked.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for another version, and for bytes that do not decode.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut rest = match bytes.split_first() {
            None => bytes,
            Some((&FORMAT, rest)) => rest,
            Some((&found, _)) if found > FORMAT => {
                return Err(CodecError::Newer { what: WHAT, found, known: FORMAT });
            }
            Some(_) => return Err(CodecError::Damaged { what: WHAT, source: None }),
        };
        while !rest.is_empty() {
            let damaged = |source| CodecError::Damaged { what: WHAT, source: Some(source) };
            (_, rest) = postcard::take_from_bytes::<(u8, KeyRef<'_>)>(rest).map_err(damaged)?;
        }
        Ok(Keys(bytes.to_vec()))
    }

    /// Every entry.
    pub fn iter(&self) -> impl Iterator<Item = (u8, KeyRef<'_>)> + Clone {
        let mut rest = self.entries();
        std::iter::from_fn(move || {
            let (entry, after) = first_of(rest)?;
            rest = after;
            Some(entry)
        })
    }

    fn entries(&self) -> &[u8] {
        self.0.get(1..).unwrap_or_default()
    }

    /// The values of the key with this code.
    pub fn of(&self, code: u8) -> impl Iterator<Item = KeyRef<'_>> + Clone {
        self.iter().filter(move |(it, _)| *it == code).map(|(_, value)| value)
    }

    /// The entries that adapters take out of an index when these keys are followed by others, and those they put in.
    #[must_use]
    pub fn reindexed<'a, 'b>(&'a self, new: &'b Keys, spec: &'static KindSpec) -> (Vec<Entry<'a>>, Vec<Entry<'b>>) {
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        let (mut old, mut new) = (self.entries(), new.entries());
        while old != new {
            let was = first_of(old);
            // Most entries stay as they are and where they are; those are not looked at twice.
            let same = was.and_then(|(_, after)| new.strip_prefix(old.get(..old.len() - after.len())?));
            if let (Some((_, after)), Some(rest)) = (was, same) {
                (old, new) = (after, rest);
                continue;
            }
            let is = first_of(new);
            if was.is_none() && is.is_none() {
                break;
            }
            if let Some((entry, after)) = was {
                gone.extend(in_index(spec, entry));
                old = after;
            }
            if let Some((entry, after)) = is {
                come.extend(in_index(spec, entry));
                new = after;
            }
        }
        let among = |all: &[Entry<'_>], (key, value): &Entry<'_>| {
            all.iter().any(|(other, it)| other.code == key.code && it == value)
        };
        let moved: Vec<Entry<'a>> = gone.iter().filter(|it| among(&come, it)).copied().collect();
        if !moved.is_empty() {
            gone.retain(|it| !among(&moved, it));
            come.retain(|it| !among(&moved, it));
        }
        (gone, come)
    }

    /// The entries that adapters put into an index.
    pub fn indexed(&self, spec: &'static KindSpec) -> impl Iterator<Item = Entry<'_>> {
        self.iter().filter_map(move |it| in_index(spec, it))
    }
}

/// The first of the entries in their stored form, and the rest.
fn first_of(entries: &[u8]) -> Option<((u8, KeyRef<'_>), &[u8])> {
    // INVARIANT: the bytes were made by `push` or checked by `from_bytes`, so that none is left only at the end.
    postcard::take_from_bytes(entries).ok()
}

/// An entry as it stands in an index, if it does.
fn in_index<'a>(spec: &'static KindSpec, (code, value): (u8, KeyRef<'a>)) -> Option<Entry<'a>> {
    let key = spec.key_of(code)?;
    let wanted = match key.index {
        Index::None => false,
        Index::All | Index::Unique => true,
        Index::Except(common) => value != KeyRef::Text(common),
    };
    wanted.then_some((key, value))
}
