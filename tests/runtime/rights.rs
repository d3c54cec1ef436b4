//! The table of rights as data: equal to the table as code, whole through every serde source, and replaced by a host.

use std::collections::BTreeSet;

use cardflow::cards::{
    ADMINISTRATOR, APPROVER, AUDITOR, ActionPattern, InvalidRow, OPERATOR, Reach, RoleRow, RoleTable, SELF_SERVICE,
};
use cardflow::domain::{CARD_KIND, PERSON_KIND};
use cardflow::engine::{Component, HeldRole, Scope};
use cardflow::ports::{Action, Authorizer, Identity, Search};
use cardflow::values::{Kind, PersonId};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use crate::common::{Office, Rejection, Store, principal, rejection};

/// The table written as code, apart from its rows.
fn as_code(role: &str, component: Component, action: &Action, units: &BTreeSet<String>, person: PersonId) -> Scope {
    let reach = || if units.is_empty() { Scope::All } else { Scope::Units(units.clone()) };
    match (role, component, action) {
        (OPERATOR, Component::Operator, Action::Read(_) | Action::Process(_) | Action::History) => reach(),
        (SELF_SERVICE, Component::SelfService, Action::Read(_) | Action::Process(_) | Action::History) => {
            Scope::Own(person)
        }
        (
            ADMINISTRATOR,
            Component::Administrator,
            Action::Read(_) | Action::Assign | Action::Incidents | Action::History | Action::Audit | Action::Grant,
        ) => reach(),
        (
            ADMINISTRATOR,
            Component::Administrator,
            Action::Journal | Action::Register | Action::Erase | Action::Trim | Action::ReadOptions | Action::Options,
        ) if units.is_empty() => Scope::All,
        (APPROVER, Component::Operator, Action::Read(_) | Action::History) => reach(),
        (SELF_SERVICE | AUDITOR, _, Action::Judge(_)) => Scope::None,
        (_, Component::Operator | Component::Administrator, Action::Judge(_)) => reach(),
        (AUDITOR, _, Action::Read(_) | Action::History | Action::Audit) => reach(),
        (AUDITOR, _, Action::Journal | Action::Verify | Action::ReadOptions) if units.is_empty() => Scope::All,
        _ => Scope::None,
    }
}

fn every_action() -> Vec<Action> {
    let process = |name: &str| [Action::Process(name.to_owned()), Action::Judge(name.to_owned())];
    let mut all = vec![
        Action::History,
        Action::Journal,
        Action::Audit,
        Action::Register,
        Action::Verify,
        Action::Erase,
        Action::Trim,
        Action::ReadOptions,
        Action::Options,
        Action::Assign,
        Action::Incidents,
        Action::Grant,
    ];
    all.extend([16, 17, 18, 99].map(|kind| Action::Read(Kind::new(kind))));
    all.extend(["CardsProcDeactivate", "CardsProcLock", "*", ""].iter().flat_map(|it| process(it)));
    all
}

fn roles() -> impl Strategy<Value = HeldRole> {
    let names = [OPERATOR, SELF_SERVICE, ADMINISTRATOR, APPROVER, AUDITOR, "Security officer", "*", ""];
    let units = prop::collection::btree_set(select(vec!["Berlin", "Graz", "Wien"]), 0..3);
    (select(names.to_vec()), units)
        .prop_map(|(role, units)| units.into_iter().fold(HeldRole::everywhere(role), |role, unit| role.in_unit(unit)))
}

fn somebody(roles: Vec<HeldRole>) -> Identity {
    let person = PersonId::from_uuid(Uuid::from_u128(7));
    Identity { person, state: "active".to_owned(), active: true, roles, stands_in: Vec::new() }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rows_give_what_the_table_as_code_gives(
        roles in prop::collection::vec(roles(), 0..4),
        component in select(Component::ALL),
        action in select(every_action()),
    ) {
        let who = somebody(roles);
        let expected = who.permit(|role, units| as_code(role, component, &action, units, who.person));
        prop_assert_eq!(now(RoleTable::default().permit(&who, component, &action)), expected);
    }
}

#[test]
fn each_role_alone_with_each_action_from_each_component_is_as_code() {
    let (table, mut cases) = (RoleTable::default(), 0);
    for role in [OPERATOR, SELF_SERVICE, ADMINISTRATOR, APPROVER, AUDITOR, "Security officer"] {
        for role in [HeldRole::everywhere(role), HeldRole::everywhere(role).in_unit("Berlin")] {
            for (component, action) in
                Component::ALL.iter().flat_map(|it| every_action().into_iter().map(move |a| (*it, a)))
            {
                let who = somebody(vec![role.clone()]);
                let expected = as_code(&role.role, component, &action, &role.units, who.person);
                assert_eq!(
                    now(table.permit(&who, component, &action)).scope,
                    expected,
                    "{role:?} {component} {action}"
                );
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 6 * 2 * 4 * 24);
}

#[test]
fn a_table_comes_back_from_json_as_it_went() {
    let table = RoleTable::default();
    let text = serde_json::to_string_pretty(&table).unwrap();
    assert_eq!(serde_json::from_str::<RoleTable>(&text).unwrap(), table);
    assert!(text.contains("\"start *\""), "{text}");
}

#[test]
fn every_pattern_is_read_as_it_is_written() {
    let mut patterns: Vec<_> = every_action()
        .into_iter()
        .filter_map(|it| match it {
            Action::Read(kind) if kind == CARD_KIND || kind == PERSON_KIND => Some(ActionPattern::Read(Some(kind))),
            Action::Process(name) if name.len() > 1 => Some(ActionPattern::Process(Some(name))),
            Action::Judge(name) if name.len() > 1 => Some(ActionPattern::Judge(Some(name))),
            Action::Read(_) | Action::Process(_) | Action::Judge(_) => None,
            plain => Some(ActionPattern::Only(plain)),
        })
        .collect();
    patterns.extend([ActionPattern::Read(None), ActionPattern::Process(None), ActionPattern::Judge(None)]);
    for pattern in patterns {
        assert_eq!(pattern.to_string().parse(), Ok(pattern.clone()), "{pattern}");
    }
}

#[test]
fn a_row_that_cannot_be_is_named() {
    let row = |role: &str, component: &str, action: &str, reach: &str| {
        let row = serde_json::json!({ "role": role, "components": [component], "actions": [action], "reach": reach });
        serde_json::from_value::<RoleRow>(row).unwrap_err().to_string()
    };
    for (came, part) in [
        (row("Helpdesk", "backoffice", "start *", "all"), "the row for `Helpdesk` does not read"),
        (row("Helpdesk", "operator", "start everything now", "all"), "the row for `Helpdesk` does not read"),
        (row("Helpdesk", "operator", "start *", "galaxy"), "the row for `Helpdesk` does not read"),
        (row(" ", "operator", "start *", "all"), "names a role"),
    ] {
        assert!(came.contains(part), "{came}");
    }
    let reads = || RoleRow::new("Helpdesk", [Component::Operator], [ActionPattern::Read(None)], Reach::Units);
    assert_eq!(reads().unwrap().except(AUDITOR), Err(InvalidRow::Except { role: "Helpdesk".to_owned() }));
    let nothing = RoleRow::new("Helpdesk", [Component::Operator], [], Reach::Units);
    assert_eq!(nothing, Err(InvalidRow::Empty { role: "Helpdesk".to_owned() }));
    let more = serde_json::json!({ "row": [], "rows": [] });
    assert!(serde_json::from_value::<RoleTable>(more).is_err(), "an unknown name is refused");
    let unknown = "fly".parse::<ActionPattern>().unwrap_err().to_string();
    for known in ["read objects of kind card", "start *", "decide requests for <a process>", "deal with incidents"] {
        assert!(unknown.starts_with("`fly` is no action; known: ") && unknown.contains(known), "{unknown}");
    }
}

#[tokio::test]
async fn a_host_replaces_the_rows() {
    let text = r#"{ "row": [
        { "role": "Operator", "components": ["operator"], "reach": "units",
          "actions": ["read objects of kind card", "start CardsProcLock"] },
        { "role": "Administrator", "components": ["administrator"], "reach": "all", "actions": ["register objects"] }
    ] }"#;
    let table: RoleTable = serde_json::from_str(text).unwrap();
    let store = Store::memory();
    let office = Office::over(store.builder().authorizer(std::sync::Arc::new(table))).await;
    let (cards, olga) = (&office.cards, &office.operator);
    assert!(cards.search(olga, Search::cards()).await.is_ok());
    assert!(matches!(rejection(cards.search(olga, Search::persons()).await), Rejection::NotEntitled { .. }));
    let offers = cards.open(olga, office.card).await.unwrap().offers;
    assert_eq!(offers.iter().map(|it| it.process).collect::<Vec<_>>(), ["CardsProcLock"]);
    let refused = rejection(cards.start(olga, "CardsProcDeactivate", office.card).await);
    assert_eq!(refused, Rejection::NotEntitled { right: "start CardsProcDeactivate".to_owned() });
    assert!(cards.start(olga, "CardsProcLock", office.card).await.is_ok());
    let auditor = principal("aude", Component::Administrator);
    assert!(matches!(rejection(cards.search(&auditor, Search::cards()).await), Rejection::NotEntitled { .. }));
}
