//! The checks, clause by clause.

use super::super::Clause;
use super::{Resident, STRANGER, TENANT, Trial, olga, people, person};
use crate::engine::{HeldRole, StandsIn};
use crate::ports::{Contact, DirectoryError};
use crate::values::Timestamp;

pub(crate) mod resolved {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Resolved",
        says: "An account is resolved to its person, whether that person may act, and the roles as they were granted; an \
               unknown one is `NotFound`",
    };

    pub(crate) async fn an_account_is_its_person(it: Trial) {
        for resident in people().iter().filter(|it| it.tenant == TENANT) {
            assert_eq!(it.identity(&resident.accounts[0]).await.person, resident.person);
        }
    }

    pub(crate) async fn roles_come_with_their_units(it: Trial) {
        for resident in people().iter().filter(|it| it.tenant == TENANT) {
            let mut roles = resident.roles.clone();
            roles.sort();
            assert_eq!(it.identity(&resident.accounts[0]).await.roles, roles);
        }
    }

    pub(crate) async fn a_role_one_granted_oneself_is_told(it: Trial) {
        let roles = vec![HeldRole::everywhere("Approver").self_granted(), HeldRole::everywhere("Operator")];
        it.change(Resident { roles: roles.clone(), ..olga() }).await;
        assert_eq!(it.identity("olga").await.roles, roles);
    }

    pub(crate) async fn whom_one_stands_in_for_is_told(it: Trial) {
        let time = |millis| Timestamp::from_millis(millis);
        let past = StandsIn { of: person(2), from: time(1), until: time(5) };
        let stands_in = vec![past, StandsIn { of: person(3), from: time(4), until: time(9) }];
        it.change(Resident { stands_in: stands_in.clone(), ..olga() }).await;
        let mut told = it.identity("olga").await.stands_in;
        told.sort();
        assert_eq!(told, stands_in);
    }

    pub(crate) async fn whoever_has_no_roles_is_resolved_all_the_same(it: Trial) {
        let guest = it.identity("guest").await;
        assert_eq!((guest.person, guest.active, guest.roles), (person(3), true, vec![]));
    }

    pub(crate) async fn whoever_may_not_act_is_said_so(it: Trial) {
        let (otto, olga) = (it.identity("otto").await, it.identity("olga").await);
        assert_eq!((otto.person, otto.active, olga.active), (person(4), false, true));
        assert!(!otto.state.is_empty(), "in words, for the refusal");
        assert_eq!(otto.roles.len(), 1, "which is no reason to hide a role");
    }

    pub(crate) async fn an_unknown_account_is_not_found(it: Trial) {
        for account in ["nobody", "person1@example.org", "theirs", ""] {
            it.is_unknown(account).await;
        }
    }

    pub(crate) async fn an_account_is_no_pattern(it: Trial) {
        for account in
            ["ol", "olg%", "olg_", "*", "ol*", "olga' --", "olga)(uid=*", "olga\0", "olga\nuli", "' or '1'='1"]
        {
            it.is_unknown(account).await;
        }
    }
}

pub(crate) mod one_person {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "One person", says: "Two accounts of one person resolve to the same person" };

    pub(crate) async fn all_accounts_of_a_person_are_that_person(it: Trial) {
        let [one, other] = &olga().accounts[..] else { panic!("two accounts") };
        assert_eq!(it.identity(one).await, it.identity(other).await);
    }
}

pub(crate) mod current {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Current", says: "The answer is from current data: a role withdrawn a second ago is gone" };

    pub(crate) async fn a_role_that_is_withdrawn_is_gone_at_once(it: Trial) {
        assert_eq!(it.identity("olga").await.roles.len(), 1);
        it.change(Resident { roles: vec![], ..olga() }).await;
        assert_eq!(it.identity("olga").await.roles, []);
        assert_eq!(it.identity(&olga().accounts[1]).await.roles, []);
        assert_eq!(it.members(TENANT, "Operator").await, [2]);
    }

    pub(crate) async fn a_role_that_is_granted_is_there_at_once(it: Trial) {
        assert_eq!(it.members(TENANT, "Approver").await, [4]);
        let mut roles = olga().roles;
        roles.push(HeldRole::everywhere("Approver"));
        it.change(Resident { roles, ..olga() }).await;
        assert_eq!(it.identity("olga").await.roles.len(), 2);
        assert_eq!(it.members(TENANT, "Approver").await, [1, 4]);
    }

    pub(crate) async fn units_that_change_are_others_at_once(it: Trial) {
        it.identity("olga").await;
        let roles = vec![HeldRole::everywhere("Operator").in_unit("Bonn")];
        it.change(Resident { roles: roles.clone(), ..olga() }).await;
        assert_eq!(it.identity("olga").await.roles, roles);
    }

    pub(crate) async fn whoever_is_dismissed_is_so_at_once(it: Trial) {
        assert!(it.identity("olga").await.active);
        it.change(Resident { active: false, ..olga() }).await;
        assert!(!it.identity("olga").await.active);
        it.change(olga()).await;
        assert!(it.identity("olga").await.active);
    }

    pub(crate) async fn an_account_that_is_taken_away_is_unknown_at_once(it: Trial) {
        it.identity("olga").await;
        it.change(Resident { accounts: vec!["olga.new".to_owned()], ..olga() }).await;
        it.is_unknown("olga").await;
        assert_eq!(it.identity("olga.new").await.person, person(1));
    }

    pub(crate) async fn an_address_that_changes_is_another_at_once(it: Trial) {
        it.contact(1).await.unwrap();
        for address in [Some("new@example.org".to_owned()), None] {
            let contact = Contact { address, ..olga().contact };
            it.change(Resident { contact: contact.clone(), ..olga() }).await;
            assert_eq!(it.contact(1).await.unwrap(), contact);
        }
    }

    pub(crate) async fn a_name_and_a_language_that_change_are_others_at_once(it: Trial) {
        it.contact(1).await.unwrap();
        for locale in [Some("fr".to_owned()), None] {
            let name = Some(format!("Olga {locale:?}"));
            let contact = Contact { name, locale, ..olga().contact };
            it.change(Resident { contact: contact.clone(), ..olga() }).await;
            assert_eq!(it.contact(1).await.unwrap(), contact);
        }
    }
}

pub(crate) mod members {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Members",
        says: "`members` gives everybody who has the role, wherever it is limited to, each once",
    };

    pub(crate) async fn everybody_with_a_role_is_a_member(it: Trial) {
        assert_eq!(it.members(TENANT, "Operator").await, [1, 2]);
        assert_eq!(it.members(TENANT, "Auditor").await, [2]);
    }

    pub(crate) async fn a_role_nobody_has_has_no_members(it: Trial) {
        for role in ["Administrator", "operator ", "Oper", "%", ""] {
            assert_eq!(it.members(TENANT, role).await, [0; 0], "{role:?}");
        }
    }
}

pub(crate) mod alike {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Alike",
        says: "A person is the same identity from `resolve`, `person` and `members`; an unknown person is `NotFound`",
    };

    pub(crate) async fn a_person_is_the_same_without_an_account(it: Trial) {
        for resident in people().iter().filter(|it| it.tenant == TENANT) {
            let mut told = it.directory.person(TENANT, resident.person).await.unwrap();
            told.roles.sort();
            assert_eq!(told, it.identity(&resident.accounts[0]).await);
        }
    }

    pub(crate) async fn a_member_is_the_same_as_by_the_account(it: Trial) {
        let mut members = it.directory.members(TENANT, "Operator").await.unwrap();
        members.sort_by_key(|it| it.person);
        members.iter_mut().for_each(|it| it.roles.sort());
        assert_eq!(members, [it.identity("olga").await, it.identity("uli").await]);
    }

    pub(crate) async fn an_unknown_person_is_nobody(it: Trial) {
        let answer = it.directory.person(TENANT, person(99)).await;
        assert!(matches!(answer, Err(DirectoryError::NotFound)), "{answer:?}");
    }
}

pub(crate) mod reached {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Reached",
        says: "`contact` gives name, address and language of the person, each none if there is none; an unknown person is \
               `NotFound`",
    };

    pub(crate) async fn an_address_is_that_of_the_person(it: Trial) {
        for n in [1, 2, 4] {
            assert_eq!(it.contact(n).await.unwrap().address, Some(format!("person{n}@example.org")));
        }
    }

    pub(crate) async fn whoever_has_no_address_is_known_all_the_same(it: Trial) {
        assert_eq!(it.contact(3).await.unwrap().address, None);
    }

    pub(crate) async fn a_name_and_a_language_are_those_of_the_person(it: Trial) {
        for n in [1, 2, 3, 4] {
            let contact = it.contact(n).await.unwrap();
            let locale = n.is_multiple_of(2).then(|| "de-AT".to_owned());
            assert_eq!((contact.name, contact.locale), (Some(format!("Person {n}")), locale));
        }
    }

    pub(crate) async fn an_unknown_person_is_not_found(it: Trial) {
        let answer = it.contact(99).await;
        assert!(matches!(answer, Err(DirectoryError::NotFound)), "{answer:?}");
    }
}

pub(crate) mod apart {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause { name: "Apart", says: "Nobody of one tenant is known to another" };

    pub(crate) async fn tenants_have_accounts_of_their_own(it: Trial) {
        assert_eq!(it.identity("olga").await.person, person(1));
        assert_eq!(it.resolve_of(STRANGER, "olga").await.unwrap().person, person(5));
        let answer = it.resolve_of(STRANGER, "uli").await;
        assert!(matches!(answer, Err(DirectoryError::NotFound)), "{answer:?}");
    }

    pub(crate) async fn tenants_have_members_of_their_own(it: Trial) {
        assert_eq!(it.members(STRANGER, "Operator").await, [5]);
        assert_eq!(it.members(STRANGER, "Auditor").await, [0; 0]);
    }

    pub(crate) async fn nobody_is_a_person_of_another_tenant(it: Trial) {
        for (tenant, n) in [(TENANT, 5), (STRANGER, 1)] {
            let answer = it.directory.person(tenant, person(n)).await;
            assert!(matches!(answer, Err(DirectoryError::NotFound)), "{answer:?}");
        }
    }

    pub(crate) async fn nobody_is_reached_in_another_tenant(it: Trial) {
        for (tenant, n) in [(TENANT, 5), (STRANGER, 1)] {
            let answer = it.directory.contact(tenant, person(n)).await;
            assert!(matches!(answer, Err(DirectoryError::NotFound)), "{answer:?}");
        }
        assert!(it.directory.contact(STRANGER, person(5)).await.unwrap().address.is_some());
    }
}
