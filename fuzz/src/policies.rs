//! Rights: Cedar policies, and tables of rows.

use std::collections::BTreeSet;

use cardflow::adapters::cedar::{CedarAuthorizer, POLICIES};
use cardflow::cards::{OPERATOR, RoleTable};
use cardflow::domain::CARD_KIND;
use cardflow::engine::{Component, HeldRole, Scope};
use cardflow::ports::{Action, Authorizer, Identity};
use cardflow::values::PersonId;
use uuid::Uuid;

use super::law::{choice, now, one_line};

/// By the first byte policies, policies behind those that ship, or a table in JSON.
pub fn policies(data: &[u8]) {
    let (which, rest) = choice(data);
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match which % 3 {
        0 => cedar(text),
        1 => cedar(&format!("{POLICIES}{text}")),
        _ => match serde_json::from_str::<RoleTable>(text) {
            // What JSON says of a text is its own matter.
            Err(_) => {}
            Ok(table) => {
                let written = serde_json::to_string(&table).expect("a table has JSON");
                assert_eq!(serde_json::from_str::<RoleTable>(&written).expect("what is written is read"), table);
                assert_eq!(table.in_words().lines().count(), table.rows().len() + 2, "a line a row: {written}");
                reaches(&table);
            }
        },
    }
}

fn cedar(text: &str) {
    match CedarAuthorizer::from_policies(text) {
        Ok(authorizer) => reaches(&authorizer),
        Err(faults) => {
            assert!(!faults.0.is_empty());
            assert!(faults.0.windows(2).all(|it| it[0].at <= it[1].at), "in the order of the text");
            let lines = text.matches('\n').count() + 1;
            for fault in &faults.0 {
                one_line(&fault.to_string());
                assert!((1..=lines).contains(&fault.at.line), "{fault}");
            }
        }
    }
}

/// No right reaches further than the role was granted, and the same question has the same answer.
fn reaches(authorizer: &dyn Authorizer) {
    let person = PersonId::from_uuid(Uuid::from_u128(7));
    let units = BTreeSet::from(["Berlin".to_owned()]);
    let held = |roles: Vec<HeldRole>| Identity {
        person,
        state: "active".to_owned(),
        active: true,
        roles,
        stands_in: Vec::new(),
    };
    let actions = [
        Action::Read(CARD_KIND),
        Action::Process("CardsProcDeactivate".to_owned()),
        Action::Judge("CardsProcLock".to_owned()),
        Action::Grant,
        Action::Verify,
    ];
    let of = |role: &str| held(vec![HeldRole::everywhere(role).in_unit("Berlin")]);
    let (limited, clerk, nobody) = (of(OPERATOR), of("Clerk"), held(Vec::new()));
    for action in &actions {
        for component in [Component::Operator, Component::SelfService] {
            let ask = |of: &Identity| now(authorizer.permit(of, component, action)).scope;
            for of in [&limited, &clerk] {
                let scope = ask(of);
                let within = match &scope {
                    Scope::None => true,
                    Scope::All => false,
                    Scope::Units(reached) => reached.is_subset(&units),
                    Scope::Own(own) => *own == person,
                };
                assert!(within, "{action} reaches {scope:?}");
                assert_eq!(ask(of), scope);
            }
            assert_eq!(ask(&nobody), Scope::None, "{action} without a role");
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let own = r#"@id("helpdesk")
permit (principal == Role::"Helpdesk", action == Action::"start", resource)
when { context.component == Component::"operator" && context.process == "CardsProcDeactivate" };
forbid (principal, action == Action::"grant roles", resource == Reach::"all") unless { false };"#;
    let template = r#"permit (principal == ?principal, action, resource);"#;
    let wrong = "permit (\n  principal, action == Action::\"lock\", resource);";
    let table = serde_json::to_vec(&RoleTable::default()).expect("a table has JSON");
    let mut seeds = vec![[b"\0", POLICIES.as_bytes()].concat(), [b"\x02", table.as_slice()].concat()];
    for text in [own, template, wrong] {
        seeds.push([b"\0", text.as_bytes()].concat());
        seeds.push([b"\x01", text.as_bytes()].concat());
    }
    let row = r#"{"row":[{"role":"Helpdesk","components":["operator"],"actions":["read objects of kind *","start CardsProcDeactivate"],"reach":"units"},{"role":"*","except":["Auditor"],"components":["self-service"],"actions":["decide requests for *"],"reach":"own"}]}"#;
    seeds.push([b"\x02", row.as_bytes()].concat());
    seeds
}
