//! An authorizer that does one thing wrong: beside it, a table of three roles.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use cardflow::engine::{Component, HeldRole, Scope};
use cardflow::ports::{Action, Authorizer, Identity, Permit};
use cardflow::testing::conformance::authorizer::AuthorizerFactory;
use cardflow::values::PersonId;
use uuid::Uuid;

faults! {
    /// nothing is wrong
    None,
    /// every seventh answer is no
    ForgetsAtTimes,
    /// the first role alone counts
    TakesFirstRole,
    /// the last role alone counts
    TakesLastRole,
    /// person 2 may do everything
    FavoursPerson,
    /// nobody may do anything
    PermitsNothing,
    /// whoever has no role may read
    LetsAllRead,
    /// an unknown role gives what the first gives
    TakesUnknownRoles,
    /// a role is known by its beginning
    FindsByBeginning,
    /// the role that is named is the first of the identity
    NamesFirstRole,
    /// one's own is person 1's
    TakesOwnForFirst,
    /// units of two roles do not add up
    TakesFirstUnits,
    /// a unit narrows a role everywhere
    PrefersUnits,
    /// units are ignored
    IgnoresUnits,
    /// units of one role are those of all
    AddsUnits,
}

#[derive(Debug)]
struct WrongAuthorizer {
    fault: Fault,
    asked: AtomicU32,
}

const ROLES: [&str; 3] = ["Operator", "Reader", "Owner"];

impl WrongAuthorizer {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn gives(&self, role: &str, units: &BTreeSet<String>, identity: &Identity, action: &Action) -> Scope {
        let known = match self.fault {
            Fault::TakesUnknownRoles if !ROLES.contains(&role) => ROLES[0],
            Fault::FindsByBeginning if !role.is_empty() => {
                ROLES.into_iter().find(|it| it.starts_with(role)).unwrap_or(role)
            }
            _ => role,
        };
        let reach = || match units.is_empty() || self.is(Fault::IgnoresUnits) {
            true => Scope::All,
            false if self.is(Fault::AddsUnits) => Scope::Units(["Berlin", "Bonn", "Hamburg"].map(str::to_owned).into()),
            false => Scope::Units(units.clone()),
        };
        let own =
            if self.is(Fault::TakesOwnForFirst) { PersonId::from_uuid(Uuid::from_u128(1)) } else { identity.person };
        match (known, action) {
            ("Operator", Action::Read(_) | Action::Process(_)) | ("Reader", Action::Read(_) | Action::History) => {
                reach()
            }
            ("Owner", Action::Read(_)) => Scope::Own(own),
            _ => Scope::None,
        }
    }

    fn wider(&self, one: Scope, other: Scope) -> Scope {
        match (one, other) {
            (Scope::Units(it), Scope::All) | (Scope::All, Scope::Units(it)) if self.is(Fault::PrefersUnits) => {
                Scope::Units(it)
            }
            (Scope::All, _) | (_, Scope::All) => Scope::All,
            (Scope::Units(it), Scope::Units(_)) if self.is(Fault::TakesFirstUnits) => Scope::Units(it),
            (Scope::Units(one), Scope::Units(other)) => Scope::Units(&one | &other),
            (Scope::Units(it), _) | (_, Scope::Units(it)) => Scope::Units(it),
            (Scope::Own(it), _) | (_, Scope::Own(it)) => Scope::Own(it),
            (Scope::None, Scope::None) => Scope::None,
        }
    }
}

#[async_trait]
impl Authorizer for WrongAuthorizer {
    async fn permit(&self, identity: &Identity, _: Component, action: &Action) -> Permit {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let roles = identity.roles.as_slice();
        let roles = match self.fault {
            Fault::TakesFirstRole => roles.get(..1).unwrap_or_default(),
            Fault::TakesLastRole => &roles[roles.len().saturating_sub(1)..],
            _ => roles,
        };
        let mut permit = Permit { role: String::new(), scope: Scope::None };
        for HeldRole { role, units, .. } in roles {
            let scope = self.gives(role, units, identity, action);
            if scope != Scope::None && permit.role.is_empty() {
                permit.role.clone_from(role);
            }
            permit.scope = self.wider(permit.scope, scope);
        }
        match self.fault {
            Fault::ForgetsAtTimes if asked.is_multiple_of(7) => permit.scope = Scope::None,
            Fault::FavoursPerson if identity.person.uuid().as_u128() == 2 => permit.scope = Scope::All,
            Fault::PermitsNothing => permit.scope = Scope::None,
            Fault::LetsAllRead if matches!(action, Action::Read(_)) => permit.scope = Scope::All,
            Fault::NamesFirstRole if permit.scope != Scope::None => permit.role.clone_from(&identity.roles[0].role),
            _ => {}
        }
        permit
    }
}

/// Makes authorizers with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl AuthorizerFactory for Wrong {
    type Guard = ();

    async fn authorizer(&self) -> ((), Arc<dyn Authorizer>) {
        ((), Arc::new(WrongAuthorizer { fault: self.0, asked: AtomicU32::new(0) }))
    }

    fn roles(&self) -> Vec<String> {
        ROLES.map(str::to_owned).to_vec()
    }
}
