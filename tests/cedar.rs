//! The table of rights as Cedar policies: equal to the rows that ship, an authorizer like any other, and strict with what it is
//! given.
#![cfg(feature = "cedar")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

#[path = "cedar/equal.rs"]
mod equal;
#[path = "cedar/faults.rs"]
mod faults;
#[path = "cedar/own.rs"]
mod own;

use std::sync::{Arc, LazyLock};

use cardflow::adapters::cedar::CedarAuthorizer;
use cardflow::cards::{ADMINISTRATOR, APPROVER, AUDITOR, OPERATOR, SELF_SERVICE};
use cardflow::engine::HeldRole;
use cardflow::ports::{Action, Authorizer, Identity};
use cardflow::testing::conformance::authorizer::AuthorizerFactory;
use cardflow::values::{Kind, PersonId};
use uuid::Uuid;

const ROLES: [&str; 5] = [OPERATOR, SELF_SERVICE, ADMINISTRATOR, APPROVER, AUDITOR];

/// What ships, read once.
static CEDAR: LazyLock<CedarAuthorizer> = LazyLock::new(|| CedarAuthorizer::shipped().unwrap());

fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn somebody(roles: Vec<HeldRole>) -> Identity {
    let person = PersonId::from_uuid(Uuid::from_u128(7));
    Identity { person, state: "active".to_owned(), active: true, roles, stands_in: Vec::new() }
}

/// Every action there is; a new one without a row here does not compile.
fn every_action() -> Vec<Action> {
    let mut all = vec![
        Action::Assign,
        Action::Incidents,
        Action::History,
        Action::Journal,
        Action::Audit,
        Action::Register,
        Action::Verify,
        Action::Erase,
        Action::Trim,
        Action::ReadOptions,
        Action::Options,
        Action::Grant,
    ];
    all.extend([16, 17, 18, 19, 99].map(|kind| Action::Read(Kind::new(kind))));
    let named = ["CardsProcDeactivate", "CardsProcLock", "*", "", "a \"name\"\n"];
    all.extend(named.map(|name| Action::Process(name.to_owned())));
    all.extend(named.map(|name| Action::Judge(name.to_owned())));
    for action in &all {
        match action {
            Action::Read(_)
            | Action::Process(_)
            | Action::Judge(_)
            | Action::Assign
            | Action::Incidents
            | Action::History => {}
            Action::Journal | Action::Audit | Action::Register | Action::Verify | Action::Erase => {}
            Action::Trim | Action::ReadOptions | Action::Options | Action::Grant => {}
        }
    }
    all
}

struct Shipped;

impl AuthorizerFactory for Shipped {
    type Guard = ();

    async fn authorizer(&self) -> ((), Arc<dyn Authorizer>) {
        ((), Arc::new(CEDAR.clone()))
    }

    fn roles(&self) -> Vec<String> {
        ROLES.map(str::to_owned).to_vec()
    }
}

mod shipped {
    cardflow::authorizer_conformance!(super::Shipped);
}
