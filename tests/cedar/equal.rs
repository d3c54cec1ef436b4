//! The policies that ship give what the rows of the table give: the same scope, by a role that gives it.

use cardflow::adapters::cedar::{POLICIES, SCHEMA};
use cardflow::cards::RoleTable;
use cardflow::engine::{Component, HeldRole};
use cardflow::ports::{Action, Authorizer, Identity};
use cardflow::values::PersonId;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::{CEDAR, ROLES, every_action, now, somebody};

fn roles() -> impl Strategy<Value = HeldRole> {
    // Roles that ship, one of a process alone, and names that would mean something if they were not quoted.
    let strange = ["Security officer", "*", "", "Role::\"Auditor\"", "\"", "auditor", "Auditor "];
    let names: Vec<_> = ROLES.into_iter().chain(strange).collect();
    let units = prop::collection::btree_set(select(vec!["Berlin", "Graz", "Wien", "all", "own", "\"", ""]), 0..4);
    (select(names), units)
        .prop_map(|(role, units)| units.into_iter().fold(HeldRole::everywhere(role), |role, unit| role.in_unit(unit)))
}

fn identities() -> impl Strategy<Value = Identity> {
    let person = any::<u128>().prop_map(|it| PersonId::from_uuid(Uuid::from_u128(it)));
    (person, prop::collection::vec(roles(), 0..5), any::<bool>()).prop_map(|(person, roles, active)| Identity {
        person,
        active,
        ..somebody(roles)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_policies_give_what_the_rows_give(
        who in identities(),
        component in select(Component::ALL),
        action in select(every_action()),
    ) {
        let table = now(RoleTable::default().permit(&who, component, &action));
        prop_assert_eq!(now(CEDAR.permit(&who, component, &action)), table);
    }
}

#[test]
fn each_role_alone_with_each_action_from_each_component_is_as_in_the_rows() {
    let (table, mut cases) = (RoleTable::default(), 0);
    for role in ROLES.into_iter().chain(["Security officer"]) {
        for role in [HeldRole::everywhere(role), HeldRole::everywhere(role).in_unit("Berlin")] {
            for component in Component::ALL {
                for action in every_action() {
                    let who = somebody(vec![role.clone()]);
                    let expected = now(table.permit(&who, *component, &action));
                    assert_eq!(now(CEDAR.permit(&who, *component, &action)), expected, "{role:?} {component} {action}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 6 * 2 * 4 * 27);
}

#[test]
fn there_is_a_policy_for_every_row() {
    let policies = POLICIES.matches("permit (").count();
    assert_eq!(policies, RoleTable::default().rows().len());
}

#[test]
fn the_schema_knows_every_action_component_and_kind() {
    for action in every_action() {
        let name = match action {
            Action::Read(_) | Action::Process(_) | Action::Judge(_) => continue,
            plain => plain.to_string(),
        };
        assert!(SCHEMA.contains(&format!("\"{name}\"")), "{name}");
    }
    let searchable = cardflow::cards::SCHEMA.kinds.iter().filter(|it| it.searchable).map(|it| it.name);
    for name in searchable.chain(Component::ALL.iter().map(|it| it.name())) {
        assert!(SCHEMA.contains(&format!("\"{name}\"")), "{name}");
    }
}
