use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Keys, Record};
use crate::values::{
    CodecError, Digest, HomeId, Kind, ObjectRef, PersonId, Revision, TenantId, Timestamp, decode, encode,
};

/// The version of the stored form.
const FORMAT: u8 = 1;
const WHAT: &str = "a version of the options";

/// The kind of records of versions of options. Engine's own, and objects all the same: they live in a home and count there.
pub const OPTIONS_KIND: Kind = Kind::new(15);
/// The home of a tenant's options: the same for every tenant, since homes are apart by tenant anyway.
pub const OPTIONS_HOME: HomeId = HomeId::from_uuid(Uuid::from_u128(0x6361_7264_666c_8000_8000_6f70_7469_6f6e));

/// One version of a tenant's options, as it is kept: the text, who proposed it and who activated it.
///
/// The text never changes. The version in force is the highest that was activated.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OptionsVersion {
    /// Its number: 1 or more, without gaps.
    pub version: u64,
    /// The language of the text.
    pub language: String,
    /// The text.
    pub text: String,
    /// The earlier version with the same text that this one goes back to.
    pub of: Option<u64>,
    /// Who proposed it.
    pub proposed: OptionsMark,
    /// Who activated it; none while it is a proposal.
    pub activated: Option<OptionsMark>,
}

/// Who did something to a version of the options, when, and by which rule.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OptionsMark {
    /// Who.
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// The rule that allowed it.
    pub rule: String,
}

/// A version of the options as its records tell it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ToldOptions {
    /// The language of the text.
    pub language: String,
    /// A digest of the text.
    pub text: Digest,
    /// The earlier version that it goes back to.
    pub of: Option<u64>,
    /// Who proposed it.
    pub proposed: OptionsMark,
    /// Who activated it.
    pub activated: Option<OptionsMark>,
}

impl OptionsVersion {
    /// Where the record of a version is.
    #[must_use]
    pub fn at(version: u64) -> ObjectRef {
        ObjectRef::new(OPTIONS_HOME, OPTIONS_KIND, Uuid::from_u128(u128::from(version)))
    }

    /// Its record.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it has no stored form.
    pub fn record(&self, tenant: TenantId, revision: Revision) -> Result<Record, CodecError> {
        let body = encode(WHAT, FORMAT, self)?;
        Ok(Record { tenant, at: Self::at(self.version), revision, keys: Keys::default(), body })
    }

    /// The version in a record.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn read(record: &Record) -> Result<Self, CodecError> {
        decode(WHAT, FORMAT, &record.body)
    }

    /// What the history must tell of it.
    #[must_use]
    pub fn told(&self) -> ToldOptions {
        ToldOptions {
            language: self.language.clone(),
            text: Digest::of(self.text.as_bytes()),
            of: self.of,
            proposed: self.proposed.clone(),
            activated: self.activated.clone(),
        }
    }
}
