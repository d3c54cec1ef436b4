//! Rights as [Cedar](https://docs.cedarpolicy.com) policies.
//!
//! [`CedarAuthorizer`] is the [`Authorizer`](crate::ports::Authorizer) for hosts whose rights are kept and checked as policies.
//! The [table that ships](crate::cards::RoleTable) stands in [`POLICIES`], rule for rule, and what a policy can speak of in
//! [`SCHEMA`]. The chapter [rights](crate::manual::rights) has an example.
//!
//! # How a scope comes out of it
//!
//! Cedar answers a question with yes or no. A right has a [scope](crate::engine::Scope), which storage applies inside searches
//! and counts, so asking about each object is too late, and too slow. Therefore the *reach* is what is asked about: for each
//! role that the person holds, one question whether it gives the right as far as it was granted, and if not, one whether it
//! gives it on what belongs to the person.
//!
//! | the role was granted for | asked, in this order | yes gives |
//! | --- | --- | --- |
//! | no unit, so everywhere | `Reach::"all"`, `Reach::"own"` | `Scope::All`, `Scope::Own` |
//! | some units | `Reach::"units"`, `Reach::"own"` | `Scope::Units` of these, `Scope::Own` |
//!
//! The widest that any role gives counts. Two things follow that no policy can break: a role limited to units is never asked
//! about the whole tenant, and a `forbid` limits roles, never one person's other roles. The person is not part of the question:
//! rights are those of the roles. A rest of a condition that Cedar could leave to be evaluated on each object (partial
//! evaluation) is not used: storage could not apply it, and it is not stable there.
//!
//! A policy whose evaluation fails refuses, whatever the others say.

mod authorizer;
mod fault;
mod reading;

pub use self::authorizer::CedarAuthorizer;
pub use self::fault::{PolicyFault, PolicyFaultKind, PolicyFaults};

/// The table of rights that ships, as policies. A text of one's own may begin with it.
pub const POLICIES: &str = include_str!("rights.cedar");
/// What a policy can speak of: roles, reaches, components, kinds of objects, actions.
pub const SCHEMA: &str = include_str!("rights.cedarschema");
