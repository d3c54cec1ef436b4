//! People who act.
//!
//! ```
//! use cardflow::testing::strategies::actors;
//! use proptest::prelude::*;
//!
//! proptest! {
//!     fn whoever_acts_is_somebody(actor in actors::actor()) {
//!         prop_assert!(actor.person.is_some());
//!     }
//! }
//! # whoever_acts_is_somebody();
//! ```

use proptest::prelude::*;
use proptest::sample::select;

use super::{id, texts};
use crate::engine::{Actor, Component};
use crate::ports::Principal;
use crate::testing::scene::{TENANT, day};
use crate::testing::stage::{ada, olga, otto};
use crate::values::{PersonId, TenantId, Timestamp};

/// Somebody who may act; shrinks to [`olga`].
pub fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![4 => Just(olga()), 2 => Just(otto()), 1 => Just(ada())]
}

/// Anybody at all: of any person or none, with texts that disturb, from any component.
pub fn hostile() -> impl Strategy<Value = Actor> {
    let person = prop::option::of(id().prop_map(PersonId::from_uuid));
    let on_behalf = prop::option::of(id().prop_map(PersonId::from_uuid));
    let texts = (texts::hostile(), texts::hostile(), texts::hostile(), texts::hostile());
    (person, on_behalf, select(Component::ALL), any::<i64>(), texts).prop_map(
        |(person, on_behalf, component, at, (role, method, account, origin))| Actor {
            person,
            roles: vec![role.clone()],
            role,
            on_behalf,
            component,
            method,
            authenticated: Timestamp::from_millis(at),
            account,
            origin,
        },
    )
}

/// Whoever a host says is calling: with an account that disturbs, from any component, of any tenant.
pub fn hostile_principal() -> impl Strategy<Value = Principal> {
    let tenant = prop_oneof![3 => Just(TENANT), 1 => any::<u32>().prop_map(TenantId::new)];
    let account = prop_oneof![1 => texts::account(), 2 => texts::hostile()];
    (account, select(Component::ALL), texts::hostile(), texts::hostile(), tenant).prop_map(
        |(account, component, method, origin, tenant)| {
            Principal::new(&account, component, &method, day(0)).of_tenant(tenant).from_origin(&origin)
        },
    )
}
