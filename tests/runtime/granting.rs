//! Who may grant which roles: administrators of units within these, whoever registers people as whoever grants; and somebody
//! always may.

use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::{
    ADMINISTRATOR, APPROVER, AUDITOR, ActionPattern, Cards, OPERATOR, Reach, RoleRow, RoleTable, SCHEMA, SELF_SERVICE,
};
use cardflow::domain::{Change, Deputyship, Object, Person, PersonState, Refusal, RoleGrant};
use cardflow::engine::{Component, Domain};
use cardflow::ports::{Action, Principal};
use cardflow::runtime::Appointed;
use cardflow::values::{CommandId, Digest, Millis, PersonId};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, now, person_at, principal, rejection};

every_store![
    an_administrator_of_units_grants_within_them,
    an_administrator_of_units_takes_what_is_within_them,
    what_one_grants_oneself_in_a_unit_needs_another_who_reaches_it,
    the_last_who_may_grant_roles_keeps_the_right,
    who_else_may_grant_them_decides,
    the_last_of_a_unit_may_go_while_another_reaches_it,
    two_who_take_it_from_each_other_do_not_both,
    two_who_give_it_up_at_once_do_not_both,
    a_keeper_who_loses_it_in_between_keeps_nothing,
    who_may_not_grant_roles_registers_nobody_with_one,
    who_registers_people_has_granted_their_roles,
    who_registers_in_units_grants_within_them,
    the_same_registration_again_has_the_same_answer,
];

/// People and their roles, beside the office's own: adam is the only administrator of it.
struct Site {
    office: Office,
    adam: Principal,
}

async fn site(store: &Store) -> Site {
    let office = Office::on(store).await;
    let adam = office.administrator.clone();
    Site { office, adam }
}

fn grant(role: &str, units: &[&str]) -> RoleGrant {
    let grant = RoleGrant::new(role, None, now()).unwrap();
    units.iter().fold(grant, |grant, unit| grant.in_unit(unit).unwrap())
}

fn in_administration(account: &str) -> Principal {
    principal(account, Component::Administrator)
}

impl Site {
    fn cards(&self) -> &Cardflow {
        &self.office.cards
    }

    fn person(&self, account: &str, unit: &str) -> Person {
        let person = Person::new(TENANT, PersonId::from_uuid(self.office.fresh()), account).unwrap();
        let person = if unit.is_empty() { person } else { person.in_unit(unit).unwrap() };
        person.with_account(account).unwrap()
    }

    /// Takes on somebody of a unit, with these roles.
    async fn hire(&self, account: &str, unit: &str, grants: &[RoleGrant]) -> PersonId {
        let person = grants.iter().cloned().fold(self.person(account, unit), Person::with_role);
        let id = person.id();
        self.office.register(&[Object::Person(person)]).await;
        id
    }

    /// The roles of an account, with their units.
    async fn roles(&self, account: &str) -> Vec<String> {
        let held = self.cards().sign_in(&in_administration(account)).await.unwrap().roles;
        let shown =
            |units: Vec<String>| if units.is_empty() { String::new() } else { format!(" in {}", units.join(", ")) };
        held.into_iter().map(|it| format!("{}{}", it.role, shown(it.units.into_iter().collect()))).collect()
    }
}

fn beyond(units: &[&str]) -> Rejection {
    Rejection::Refused(Refusal::BeyondReach { units: units.iter().map(|it| (*it).to_owned()).collect() })
}

fn unseen() -> Rejection {
    Rejection::NotFound { what: "object" }
}

fn missing() -> Rejection {
    Rejection::NotEntitled { right: "grant roles".to_owned() }
}

fn last() -> Rejection {
    Rejection::LastAdministrator { role: ADMINISTRATOR.to_owned() }
}

async fn an_administrator_of_units_grants_within_them(store: Store) {
    let site = site(&store).await;
    site.hire("sam", "Berlin", &[grant(ADMINISTRATOR, &["Berlin"])]).await;
    site.hire("uma", "Berlin", &[grant(ADMINISTRATOR, &["Berlin"]), grant(ADMINISTRATOR, &["Graz"])]).await;
    let mut people = Vec::new();
    for unit in ["Berlin", "Graz", "Wien", ""] {
        people.push((unit, person_at(site.hire(&format!("of-{unit}"), unit, &[]).await)));
    }
    let table: &[(&str, &[&str])] = &[("sam", &["Berlin"]), ("uma", &["Berlin", "Graz"])];
    let roles = [OPERATOR, APPROVER, ADMINISTRATOR, "Helpdesk"];
    let wanted: [&[&str]; 7] =
        [&[], &["Berlin"], &["Graz"], &["Wien"], &["Berlin", "Graz"], &["Berlin", "Wien"], &["Berlin "]];
    let mut cases = 0;
    for (account, reach) in table {
        let who = in_administration(account);
        for (unit, person) in &people {
            for (nth, units) in wanted.iter().enumerate() {
                let role = roles[nth % roles.len()];
                let came = site.cards().grant_role(&who, *person, role, units.iter().copied()).await;
                // As it is stored: without spaces around it.
                let within = !units.is_empty() && units.iter().all(|it| reach.contains(&it.trim()));
                let known = reach.contains(unit);
                match (known, within) {
                    (false, _) => assert_eq!(rejection(came), unseen(), "{account}: {unit} {units:?}"),
                    (true, false) => assert_eq!(rejection(came), beyond(reach), "{account}: {unit} {units:?}"),
                    (true, true) => {
                        assert_eq!(came.unwrap(), Appointed::InForce, "{account}: {unit} {units:?}");
                        site.cards().withdraw_role(&who, *person, role).await.unwrap();
                    }
                }
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 2 * 4 * 7);
    for (unit, _) in people {
        assert!(site.roles(&format!("of-{unit}")).await.is_empty(), "{unit}");
    }
    let said = beyond(&["Berlin", "Graz"]).to_string();
    assert!(said.contains("limited to Berlin, Graz; keep within it, or ask an administrator"), "{said}");
    let noted = site.cards().refusals(&site.office.auditor, 500).await.unwrap();
    assert!(noted.iter().any(|it| it.attempt == "grant the role Operator" && it.code == "Refused"));
}

async fn an_administrator_of_units_takes_what_is_within_them(store: Store) {
    let site = site(&store).await;
    site.hire("sam", "Berlin", &[grant(ADMINISTRATOR, &["Berlin"])]).await;
    let sam = in_administration("sam");
    // What somebody of Berlin has, and what is left after sam has taken the role.
    type Units = &'static [&'static [&'static str]];
    let table: &[(Units, Result<Units, Rejection>)] = &[
        (&[], Err(Rejection::Refused(Refusal::HasNot("this role")))),
        (&[&["Berlin"]], Ok(&[])),
        (&[&["Berlin"], &["Graz"]], Ok(&[&["Graz"]])),
        (&[&["Berlin"], &[]], Ok(&[&[]])),
        (&[&[]], Err(beyond(&["Berlin"]))),
        (&[&["Graz"]], Err(beyond(&["Berlin"]))),
        (&[&["Berlin", "Graz"]], Err(beyond(&["Berlin"]))),
        (&[&["Berlin"], &["Berlin", "Graz"]], Ok(&[&["Berlin", "Graz"]])),
    ];
    for role in [OPERATOR, ADMINISTRATOR] {
        for (nth, (has, left)) in table.iter().enumerate() {
            let account = format!("{role} {nth}");
            let grants: Vec<_> = has.iter().map(|units| grant(role, units)).collect();
            let person = person_at(site.hire(&account, "Berlin", &grants).await);
            let came = site.cards().withdraw_role(&sam, person, role).await;
            let shown = |units: &&[&str]| match units {
                [] => role.to_owned(),
                units => format!("{role} in {}", units.join(", ")),
            };
            match left {
                Ok(left) => {
                    assert_eq!(came.unwrap(), Appointed::InForce, "{has:?}");
                    assert_eq!(site.roles(&account).await, left.iter().map(shown).collect::<Vec<_>>(), "{has:?}");
                }
                Err(refused) => {
                    assert_eq!(rejection(came), *refused, "{has:?}");
                    assert_eq!(site.roles(&account).await, has.iter().map(shown).collect::<Vec<_>>(), "{has:?}");
                }
            }
            // Of another unit: nobody is there.
            let other = person_at(site.hire(&format!("{account} in Graz"), "Graz", &grants).await);
            assert_eq!(rejection(site.cards().withdraw_role(&sam, other, role).await), unseen());
        }
    }
}

async fn what_one_grants_oneself_in_a_unit_needs_another_who_reaches_it(store: Store) {
    let site = site(&store).await;
    let cards = site.cards();
    let sam = person_at(site.hire("sam", "Berlin", &[grant(ADMINISTRATOR, &["Berlin"])]).await);
    site.hire("gus", "Graz", &[grant(ADMINISTRATOR, &["Graz"])]).await;
    site.hire("bea", "Berlin", &[grant(ADMINISTRATOR, &["Berlin"])]).await;
    let (as_sam, gus, bea) = (in_administration("sam"), in_administration("gus"), in_administration("bea"));
    assert_eq!(rejection(cards.grant_role(&as_sam, sam, APPROVER, []).await), beyond(&["Berlin"]), "nor for oneself");
    assert_eq!(cards.grant_role(&as_sam, sam, APPROVER, ["Berlin"]).await.unwrap(), Appointed::Proposed);
    assert_eq!(rejection(cards.grant_role(&gus, sam, APPROVER, ["Berlin"]).await), unseen());
    assert_eq!(site.roles("sam").await, ["Administrator in Berlin"]);
    assert_eq!(cards.grant_role(&bea, sam, APPROVER, ["Berlin"]).await.unwrap(), Appointed::InForce);
    assert_eq!(site.roles("sam").await, ["Administrator in Berlin", "Approver in Berlin"]);
    // What an administrator of everything proposed for himself beyond the unit, one of the unit cannot agree to.
    let adam = person_at(site.office.person("adam").await);
    assert_eq!(cards.grant_role(&site.adam, adam, APPROVER, []).await.unwrap(), Appointed::Proposed);
    assert_eq!(rejection(cards.grant_role(&bea, adam, APPROVER, []).await), unseen());
}

async fn the_last_who_may_grant_roles_keeps_the_right(store: Store) {
    let site = site(&store).await;
    let (cards, adam) = (site.cards(), person_at(site.office.person("adam").await));
    // Nobody of these may grant roles as far as adam.
    site.hire("sam", "Berlin", &[grant(ADMINISTRATOR, &["Berlin"])]).await;
    let gone = site.person("lea", "").in_state(PersonState::Inactive).with_role(grant(ADMINISTRATOR, &[]));
    site.office.register(&[Object::Person(gone)]).await;
    assert_eq!(rejection(cards.withdraw_role(&site.adam, adam, ADMINISTRATOR).await), last());
    assert_eq!(site.roles("adam").await, [ADMINISTRATOR]);
    let said = last().to_string();
    assert!(said.contains("grant the role to another person first"), "{said}");
    let noted = cards.refusals(&site.office.auditor, 1).await.unwrap();
    assert_eq!(
        (noted[0].attempt.as_str(), noted[0].code.as_str()),
        ("withdraw the role Administrator", "LastAdministrator")
    );
    // Another role of his is taken as ever, also what is proposed only.
    cards.grant_role(&site.adam, adam, AUDITOR, []).await.unwrap();
    cards.withdraw_role(&site.adam, adam, AUDITOR).await.unwrap();
    // He does what the answer says, and then goes.
    let otto = person_at(site.office.person("otto").await);
    cards.grant_role(&site.adam, otto, ADMINISTRATOR, []).await.unwrap();
    cards.withdraw_role(&site.adam, adam, ADMINISTRATOR).await.unwrap();
    assert!(site.roles("adam").await.is_empty());
    let otto = in_administration("otto");
    assert_eq!(cards.grant_role(&otto, adam, ADMINISTRATOR, []).await.unwrap(), Appointed::InForce);
}

async fn who_else_may_grant_them_decides(store: Store) {
    // Two roles may grant roles, one of them from another component.
    let row =
        |role, component| RoleRow::new(role, [component], [ActionPattern::Only(Action::Grant)], Reach::Units).unwrap();
    let table = RoleTable::default().with(row("Security officer", Component::Operator));
    let office = Office::over(store.builder().authorizer(Arc::new(table))).await;
    let site = Site { adam: office.administrator.clone(), office };
    let (cards, adam) = (site.cards(), person_at(site.office.person("adam").await));
    let sina = person_at(site.office.person("sina").await);
    let as_sina = principal("sina", Component::Operator);
    // Who takes it is there, with whatever role.
    cards.withdraw_role(&as_sina, adam, ADMINISTRATOR).await.unwrap();
    cards.grant_role(&as_sina, adam, ADMINISTRATOR, []).await.unwrap();
    // Of oneself: another one must have the same role.
    let refused = rejection(cards.withdraw_role(&as_sina, sina, "Security officer").await);
    assert_eq!(refused, Rejection::LastAdministrator { role: "Security officer".to_owned() });
    // Two roles of one person that both give it: either may go, not both.
    cards.grant_role(&site.adam, sina, ADMINISTRATOR, []).await.unwrap();
    cards.withdraw_role(&as_sina, sina, "Security officer").await.unwrap();
    assert_eq!(site.roles("sina").await, [ADMINISTRATOR]);
}

async fn the_last_of_a_unit_may_go_while_another_reaches_it(store: Store) {
    let site = site(&store).await;
    let sam = person_at(site.hire("sam", "Berlin", &[grant(ADMINISTRATOR, &["Berlin"])]).await);
    let gus = person_at(site.hire("gus", "Graz", &[grant(ADMINISTRATOR, &["Graz"])]).await);
    let cards = site.cards();
    cards.withdraw_role(&in_administration("sam"), sam, ADMINISTRATOR).await.unwrap();
    cards.withdraw_role(&site.adam, gus, ADMINISTRATOR).await.unwrap();
    assert!(site.roles("sam").await.is_empty() && site.roles("gus").await.is_empty());
    // A tenant that has administrators of units alone: the two of them together reach as far as the third.
    let other = Store::of(MemoryStorage::new(&SCHEMA));
    let cards = other.builder().processes(cardflow::cards::package().unwrap()).build().unwrap();
    let staff = [("ann", &["Berlin"][..]), ("bob", &["Graz"]), ("cem", &["Berlin", "Graz"])];
    let staff = staff.map(|(account, units)| site.person(account, units[0]).with_role(grant(ADMINISTRATOR, units)));
    let [ann, bob, cem] = staff.each_ref().map(Person::at);
    cards.install(TENANT, &staff.map(Object::Person)).await.unwrap();
    cards.withdraw_role(&in_administration("cem"), cem, ADMINISTRATOR).await.unwrap();
    for (account, person) in [("ann", ann), ("bob", bob)] {
        assert_eq!(rejection(cards.withdraw_role(&in_administration(account), person, ADMINISTRATOR).await), last());
    }
}

async fn two_who_take_it_from_each_other_do_not_both(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let site = Site { adam: office.administrator.clone(), office };
    let nina = person_at(site.hire("nina", "", &[grant(ADMINISTRATOR, &[])]).await);
    let adam = person_at(site.office.person("adam").await);
    let other = site.office.host(&store);
    spy.before_commit(async move {
        other.withdraw_role(&in_administration("nina"), adam, ADMINISTRATOR).await.unwrap();
    });
    let late = site.cards().withdraw_role(&site.adam, nina, ADMINISTRATOR).await;
    assert_eq!(rejection(late), missing(), "adam has lost the right that he began with");
    assert_eq!(site.roles("nina").await, [ADMINISTRATOR]);
    assert!(site.roles("adam").await.is_empty());
}

async fn two_who_give_it_up_at_once_do_not_both(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let site = Site { adam: office.administrator.clone(), office };
    let nina = person_at(site.hire("nina", "", &[grant(ADMINISTRATOR, &[])]).await);
    let adam = person_at(site.office.person("adam").await);
    let other = site.office.host(&store);
    spy.before_commit(async move {
        other.withdraw_role(&in_administration("nina"), nina, ADMINISTRATOR).await.unwrap();
    });
    let late = site.cards().withdraw_role(&site.adam, adam, ADMINISTRATOR).await;
    assert_eq!(rejection(late), last());
    assert_eq!(site.roles("adam").await, [ADMINISTRATOR]);
    assert!(site.roles("nina").await.is_empty());
}

async fn a_keeper_who_loses_it_in_between_keeps_nothing(store: Store) {
    let (office, spy) = Office::watched(&store).await;
    let site = Site { adam: office.administrator.clone(), office };
    let nina = person_at(site.hire("nina", "", &[grant(ADMINISTRATOR, &[])]).await);
    site.hire("lea", "", &[grant(ADMINISTRATOR, &[])]).await;
    let adam = person_at(site.office.person("adam").await);
    let other = site.office.host(&store);
    spy.before_commit(async move {
        other.withdraw_role(&in_administration("lea"), nina, ADMINISTRATOR).await.unwrap();
    });
    // Whichever of the two was looked at, one is left.
    site.cards().withdraw_role(&site.adam, adam, ADMINISTRATOR).await.unwrap();
    assert_eq!(site.roles("lea").await, [ADMINISTRATOR]);
    let lea = person_at(site.office.person("lea").await);
    assert_eq!(rejection(site.cards().withdraw_role(&in_administration("lea"), lea, ADMINISTRATOR).await), last());
}

/// A table in which those who look after people register them, and only administrators grant roles.
fn with_personnel() -> Arc<RoleTable> {
    let registers = [ActionPattern::Only(Action::Register), ActionPattern::Read(None)];
    let row = RoleRow::new("Personnel", [Component::Administrator], registers, Reach::Units).unwrap();
    Arc::new(RoleTable::default().with(row))
}

async fn who_may_not_grant_roles_registers_nobody_with_one(store: Store) {
    let office = Office::over(store.builder().authorizer(with_personnel())).await;
    let site = Site { adam: office.administrator.clone(), office };
    site.hire("pia", "", &[grant("Personnel", &[])]).await;
    let (cards, pia) = (site.cards(), in_administration("pia"));
    let before = cards.refusals(&site.office.auditor, 100).await.unwrap().len();
    let ada = site.office.holder;
    let deputyship = Deputyship::new(ada, now(), now().plus(Millis::days(1)), None);
    let roles = [OPERATOR, SELF_SERVICE, ADMINISTRATOR, "no role of any table"];
    let with_one = roles.map(|role| site.person(role, "Berlin").with_role(grant(role, &[])));
    let proposed = site.person("proposed", "").with_role(grant(APPROVER, &[]).awaiting());
    for person in with_one.into_iter().chain([proposed, site.person("deputy", "").standing_in(deputyship)]) {
        let plain = site.person("plain", "");
        let came = cards.register(&pia, &[Object::Person(plain), Object::Person(person.clone())]).await;
        assert_eq!(rejection(came), missing(), "{}", person.name());
    }
    let noted = cards.refusals(&site.office.auditor, 100).await.unwrap();
    assert_eq!(noted.len(), before + 1, "alike within an hour, so one entry");
    assert_eq!((noted[0].attempt.as_str(), noted[0].times), ("register objects", 6));
    // All or nothing; and without roles it goes on as ever.
    assert!(cards.sign_in(&in_administration("plain")).await.is_err());
    assert_eq!(cards.register(&pia, &[Object::Person(site.person("plain", ""))]).await.unwrap(), 1);
    assert!(site.roles("plain").await.is_empty());
}

async fn who_registers_people_has_granted_their_roles(store: Store) {
    let site = site(&store).await;
    let cards = site.cards();
    let (adam, ada) = (site.office.person("adam").await, site.office.holder);
    let later = now().plus(Millis::days(1));
    site.office.wait(Millis::days(3));
    let forged = RoleGrant::new(APPROVER, Some(ada), now()).unwrap().awaiting().seconded(ada);
    let person = site.person("new", "Berlin").with_role(forged).with_role(grant(OPERATOR, &["Berlin"]));
    let person = person.standing_in(Deputyship::new(ada, now(), later, Some(ada)));
    // As whose deputy somebody stands in, the administrator himself: what he does for himself waits for another one.
    let person = person.standing_in(Deputyship::new(adam, now(), later, None));
    let at = person.at();
    cards.register(&site.adam, &[Object::Person(person)]).await.unwrap();
    let stored = cards.open(&site.office.operator, at).await.unwrap().dossier;
    let stored = stored.person(at).unwrap().clone();
    assert!(stored.roles().iter().all(|it| it.by() == Some(adam) && !it.awaits()), "{:?}", stored.roles());
    let seconded = stored.roles().iter().map(|it| it.is_self_granted(adam)).collect::<Vec<_>>();
    assert_eq!(seconded, [true, true], "nobody has seconded anything, whatever the object said");
    assert_eq!(site.roles("new").await, ["Approver", "Operator in Berlin"]);
    let counts = stored.deputyships().iter().map(|it| (it.of(), it.by(), it.counts())).collect::<Vec<_>>();
    assert_eq!(counts, [(ada, Some(adam), true), (adam, Some(adam), false)]);
    // Another administrator agrees to it.
    site.hire("nina", "", &[grant(ADMINISTRATOR, &[])]).await;
    let both = cards.name_deputy(&in_administration("nina"), at, adam, now(), later).await.unwrap();
    assert_eq!(both, Appointed::InForce);
    // What the installation brings in, nobody has granted.
    let office = cards.open(&site.office.operator, person_at(adam)).await.unwrap().dossier;
    assert_eq!(office.person(person_at(adam)).unwrap().roles()[0].by(), None);
}

async fn who_registers_in_units_grants_within_them(store: Store) {
    let office = Office::over(store.builder().authorizer(with_personnel())).await;
    let site = Site { adam: office.administrator.clone(), office };
    site.hire("sam", "Berlin", &[grant(ADMINISTRATOR, &["Berlin"]), grant("Personnel", &["Berlin"])]).await;
    let (cards, sam) = (site.cards(), in_administration("sam"));
    let deputyship = Deputyship::new(site.office.holder, now(), now().plus(Millis::days(1)), None);
    let table = [
        ("Berlin", Some(grant(OPERATOR, &["Berlin"])), true),
        ("Berlin", Some(grant(OPERATOR, &[])), false),
        ("Berlin", Some(grant(OPERATOR, &["Berlin", "Graz"])), false),
        ("Graz", Some(grant(OPERATOR, &["Berlin"])), false),
        ("", Some(grant(OPERATOR, &["Berlin"])), false),
        ("Berlin", None, false),
    ];
    for (nth, (unit, role, may)) in table.into_iter().enumerate() {
        let person = site.person(&format!("new {nth}"), unit);
        let person = match &role {
            Some(role) => person.with_role(role.clone()),
            None => person.standing_in(deputyship),
        };
        let came = cards.register(&sam, &[Object::Person(person)]).await;
        if may {
            assert_eq!(came.unwrap(), 1, "{nth}");
        } else {
            assert_eq!(rejection(came), beyond(&["Berlin"]), "{nth}");
        }
    }
}

async fn the_same_registration_again_has_the_same_answer(store: Store) {
    let site = site(&store).await;
    let id = CommandId::from_uuid(site.office.fresh());
    let person = site.person("new", "").with_role(grant(OPERATOR, &[]));
    for _ in 0..2 {
        let objects = [Object::Person(person.clone())];
        assert_eq!(site.cards().register(site.adam.command(id), &objects).await.unwrap(), 1);
        // The role would be granted at another time by now.
        site.office.wait(Millis::days(1));
    }
    let other = [Object::Person(person.with_role(grant(APPROVER, &[])))];
    let reused = site.cards().register(site.adam.command(id), &other).await;
    assert_eq!(rejection(reused), Rejection::CommandIdReused { id });
}

#[test]
fn what_waits_for_a_second_person_is_said_to_be_proposed() {
    let by = PersonId::from_uuid(uuid::Uuid::from_u128(2));
    let (person, facts) = (person_at(by), Digest::ZERO);
    let words = |change: Change| <Cards as Domain>::in_words(&change);
    let granted = |awaits| {
        let grant = RoleGrant::new(APPROVER, Some(by), now()).unwrap();
        let grant = if awaits { grant.awaiting() } else { grant };
        words(Change::RoleGranted { person, grant, facts })
    };
    assert_eq!([true, false].map(granted), ["role proposed: Approver", "role granted: Approver"]);
    let named = |awaits| {
        let deputyship = Deputyship::new(by, now(), now().plus(Millis::days(1)), None).awaiting(awaits);
        words(Change::DeputyNamed { person, deputyship, facts })
    };
    assert_eq!([true, false].map(named), ["deputy proposed", "deputy named"]);
}
