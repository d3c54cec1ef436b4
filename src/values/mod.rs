//! Plain values that every layer knows: ids, times, digests, codes.
//!
//! [`domain`](crate::domain) and [`engine`](crate::engine) do not know each other; what both
//! must name (a tenant, a home, an instance that caused a hold) lives here. Nothing in this
//! module knows a clock, a random source or a store.

mod answers;
pub(crate) mod by_name;
mod code;
mod codec;
mod digest;
pub(crate) mod hex;
mod id;
mod ids;
mod object_ref;
mod shown;
mod signature;
mod time;

pub use self::answers::{Answers, Value};
pub use self::code::UnknownName;
pub use self::codec::{CodecError, decode, encode};
pub use self::digest::Digest;
pub use self::id::{
    CommandId, EffectId, HomeId, HostId, InstanceId, ParseIdError, PersonId, Revision, TaskId, TenantId,
};
pub use self::ids::{Ids, Seed};
pub use self::object_ref::{Kind, ObjectRef};
pub use self::signature::SignatureAlgorithm;
pub use self::time::{Millis, ParseTimeError, Timestamp};

pub(crate) use self::code::codes;
pub(crate) use self::id::uuid_id;
pub(crate) use self::shown::{is_unprintable, on_one_line, shown};
