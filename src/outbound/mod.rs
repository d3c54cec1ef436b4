//! What adapters share that ask systems outside over a network. None of it shows in a signature of theirs.

#[cfg(any(feature = "cmp", feature = "ejbca", feature = "webhook"))]
mod client;
mod desk;

#[cfg(any(feature = "cmp", feature = "ejbca", feature = "webhook"))]
pub(crate) use self::client::{Client, NoRoots};
pub(crate) use self::desk::Desk;
#[cfg(feature = "ejbca")]
pub(crate) use self::desk::Gone;
