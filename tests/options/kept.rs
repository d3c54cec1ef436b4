//! Options in the store: proposed, activated, rolled back, compared, tried; and what runs under them.

use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::rhai::RhaiOptions;
use cardflow::adapters::toml::TomlOptions;
use cardflow::cards::{ADMINISTRATOR, AUDITOR, Cards, CardsOptions};
use cardflow::domain::{CardState, Object, Person, RoleGrant};
use cardflow::engine::options::{OPTIONS_HOME, OptionFaultKind, OptionValue};
use cardflow::engine::{Component, Entry, Event};
use cardflow::ports::{Given, Principal};
use cardflow::runtime::{Error, OptionDifference};
use cardflow::testing::fakes::{Fate, WatchedStorage};
use cardflow::values::{Answers, CommandId, InstanceId, Millis, ObjectRef, PersonId};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, now, principal, rejection, staff};

every_store![
    what_one_proposes_another_puts_in_force,
    nobody_activates_what_they_proposed_under_whatever_account,
    the_second_administrator_is_an_option_that_the_options_before_decide,
    a_text_with_faults_changes_nothing,
    an_earlier_version_comes_back_as_a_new_one,
    versions_are_listed_from_the_newest,
    two_versions_are_compared_option_by_option,
    a_text_is_tried_without_being_stored,
    what_runs_keeps_the_version_it_was_started_with,
    hosts_of_one_store_see_each_other,
    values_are_those_of_the_run_and_what_fails_is_on_record,
    the_same_command_again_has_the_same_answer,
    a_lost_answer_is_asked_for_again,
    proposals_at_the_same_time_all_become_versions,
    two_who_activate_at_once_do_it_once,
    only_an_administrator_of_everything_sets_options,
    an_auditor_sees_versions_and_changes_none,
    a_host_with_options_of_its_own_keeps_none,
    another_language_reads_none_and_can_take_over,
    the_options_of_one_tenant_are_not_those_of_another,
];

const APPROVED: &str = "let CardsDeactivationApproval = true;";

/// An office whose host keeps options in the store, with a second administrator.
struct House {
    office: Office,
    adam: Principal,
    otto: Principal,
}

async fn house(store: &Store) -> House {
    let office = Office::over(store.builder().option_language(Arc::new(RhaiOptions))).await;
    let grant = RoleGrant::new(ADMINISTRATOR, None, now()).unwrap();
    let otto = Person::new(TENANT, PersonId::from_uuid(office.fresh()), "Otto Operator").unwrap();
    let otto = otto.with_account("otto-1").unwrap().with_account("otto-2").unwrap().with_role(grant);
    office.register(&[Object::Person(otto)]).await;
    let (adam, otto) = (office.administrator.clone(), principal("otto-1", Component::Administrator));
    House { office, adam, otto }
}

impl House {
    fn cards(&self) -> &Cardflow {
        &self.office.cards
    }

    /// Adam proposes, Otto activates; the number of the version.
    async fn set(&self, text: &str) -> u64 {
        let proposed = self.cards().propose_options(&self.adam, text).await.unwrap();
        self.cards().activate_options(&self.otto, proposed.version).await.unwrap().version
    }

    async fn in_force(&self) -> u64 {
        self.cards().options_versions(&self.adam, None, 1).await.unwrap().in_force
    }

    /// The version and the names that fell back, of an instance that is under way.
    async fn bound(&self, store: &Store, instance: InstanceId) -> (u64, Vec<String>) {
        let records = store.storage.instance(TENANT, instance).await.unwrap().unwrap();
        let stored = cardflow::engine::Instance::<Cards>::from_bytes(
            instance,
            records.instance.revision,
            &records.instance.body,
        );
        let stored = stored.unwrap();
        let bound = stored.bound().unwrap();
        (bound.version, bound.fell_back.clone())
    }
}

/// What is on record of the options.
async fn recorded(store: &Store) -> Vec<Entry<Cards>> {
    let records = store.storage.history(TENANT, OPTIONS_HOME, None, 100).await.unwrap();
    records.iter().rev().map(|it| Entry::read(it).unwrap()).collect()
}

async fn what_one_proposes_another_puts_in_force(store: Store) {
    let house = house(&store).await;
    assert_eq!(house.in_force().await, 0, "the defaults");
    let adam = house.office.person("adam").await;
    let otto = house.office.person("otto-1").await;
    let proposed = house.cards().propose_options(&house.adam, APPROVED).await.unwrap();
    assert_eq!((proposed.version, proposed.language.as_str(), proposed.text.as_str()), (1, "rhai", APPROVED));
    assert_eq!((proposed.proposed.by, proposed.activated.as_ref(), proposed.of), (Some(adam), None, None));
    assert_eq!(house.in_force().await, 0, "proposed only");
    let task = house.office.start("CardsProcDeactivate").await;
    assert_eq!(house.bound(&store, task.id()).await, (0, Vec::new()));

    house.office.wait(Millis::seconds(60));
    let activated = house.cards().activate_options(&house.otto, 1).await.unwrap();
    let mark = activated.activated.clone().unwrap();
    assert_eq!((mark.by, mark.at), (Some(otto), now().plus(Millis::seconds(60))));
    assert_eq!(mark.rule, "Administrator of everything");
    assert_eq!((activated.proposed, house.in_force().await), (proposed.proposed, 1));
    let waits = house.office.run("CardsProcDeactivate").await;
    assert_eq!(waits.status.to_string(), "waiting at approval");

    let entries = recorded(&store).await;
    let events: Vec<_> = entries.iter().flat_map(|it| &it.events).collect();
    let text = cardflow::values::Digest::of(APPROVED.as_bytes());
    let language = "rhai".to_owned();
    let told = Event::OptionsProposed { version: 1, language, text, of: None };
    assert_eq!(events, [&told, &Event::OptionsActivated { version: 1 }]);
    assert_eq!(entries.iter().map(|it| it.actor.person).collect::<Vec<_>>(), [Some(adam), Some(otto)]);
}

async fn nobody_activates_what_they_proposed_under_whatever_account(store: Store) {
    let house = house(&store).await;
    let other_account = principal("otto-2", Component::Administrator);
    house.cards().propose_options(&house.otto, APPROVED).await.unwrap();
    for account in [&house.otto, &other_account] {
        let alone = rejection(house.cards().activate_options(account, 1).await);
        assert_eq!(alone, Rejection::SecondAdministrator { version: 1 });
        assert!(alone.to_string().contains("another administrator"), "{alone}");
    }
    assert_eq!(house.in_force().await, 0);
    let refused = house.cards().refusals(&house.adam, 10).await.unwrap();
    assert!(refused.iter().any(|it| it.code == "SecondAdministrator" && it.attempt == "change options"), "{refused:?}");
    house.cards().activate_options(&house.adam, 1).await.unwrap();
    // Whoever goes back to a version proposes it anew: the same holds.
    house.cards().propose_options(&house.adam, "").await.unwrap();
    house.cards().activate_options(&house.otto, 2).await.unwrap();
    house.cards().roll_back_options(&other_account, 1).await.unwrap();
    let alone = rejection(house.cards().activate_options(&house.otto, 3).await);
    assert_eq!(alone, Rejection::SecondAdministrator { version: 3 });
}

async fn the_second_administrator_is_an_option_that_the_options_before_decide(store: Store) {
    let house = house(&store).await;
    let (cards, adam) = (house.cards(), &house.adam);
    let off = "let CardsSecondAdministrator = false;";
    cards.propose_options(adam, off).await.unwrap();
    assert!(matches!(rejection(cards.activate_options(adam, 1).await), Rejection::SecondAdministrator { .. }));
    cards.activate_options(&house.otto, 1).await.unwrap();
    // Now one is enough; also to switch it on again, since the options before say so.
    cards.propose_options(adam, "").await.unwrap();
    cards.activate_options(adam, 2).await.unwrap();
    cards.propose_options(adam, off).await.unwrap();
    assert!(matches!(rejection(cards.activate_options(adam, 3).await), Rejection::SecondAdministrator { .. }));
    // Where it depends on who acts, and cannot be computed, it is needed.
    let by_role = "let CardsSecondAdministrator = !(\"Administrator\" in actor.roles);";
    assert_eq!(house.set(by_role).await, 4);
    cards.propose_options(adam, "let CardsSecondAdministrator = card.kind.len() > 0;").await.unwrap();
    cards.activate_options(adam, 5).await.unwrap();
    cards.propose_options(adam, "").await.unwrap();
    assert!(matches!(rejection(cards.activate_options(adam, 6).await), Rejection::SecondAdministrator { .. }));
}

async fn a_text_with_faults_changes_nothing(store: Store) {
    let house = house(&store).await;
    house.set(APPROVED).await;
    let before = recorded(&store).await.len();
    let wrong = "let CardsUnholdable = \"refse\";\nlet CardsX = 1;\nlet CardsRecordReading = 1;";
    let refused = rejection(house.cards().propose_options(&house.adam, wrong).await);
    let Rejection::InvalidOptions(faults) = &refused else { panic!("{refused:?}") };
    let found: Vec<_> = faults.0.iter().map(|it| (it.at.line, it.at.column, it.variable.as_deref())).collect();
    assert_eq!(found, [(1, 23, Some("CardsUnholdable")), (2, 5, Some("CardsX")), (3, 26, Some("CardsRecordReading"))]);
    assert!(matches!(faults.0[0].what, OptionFaultKind::NotAllowed { .. }));
    assert_eq!(refused.to_string().lines().count(), 4, "{refused}");
    let page = house.cards().options_versions(&house.adam, None, 10).await.unwrap();
    assert_eq!((page.versions.len(), page.in_force, recorded(&store).await.len()), (1, 1, before));
    let waits = house.office.run("CardsProcDeactivate").await;
    assert_eq!(waits.status.to_string(), "waiting at approval", "those in force stay");
    let refusals = house.cards().refusals(&house.adam, 10).await.unwrap();
    assert!(refusals.iter().any(|it| it.code == "InvalidOptions"), "{refusals:?}");
}

async fn an_earlier_version_comes_back_as_a_new_one(store: Store) {
    let house = house(&store).await;
    let cards = house.cards();
    house.set(APPROVED).await;
    house.set("let CardsDeactivationApproval = false;").await;
    let older = rejection(cards.activate_options(&house.otto, 1).await);
    assert_eq!(older, Rejection::OptionsOutdated { version: 1, in_force: 2 });
    let already = rejection(cards.activate_options(&house.otto, 2).await);
    assert_eq!(already, Rejection::OptionsInForce { version: 2 });
    for missing in [0, 3, u64::MAX] {
        let missing = rejection(cards.activate_options(&house.otto, missing).await);
        assert!(matches!(missing, Rejection::NotFound { .. }), "{missing}");
    }
    assert!(matches!(rejection(cards.roll_back_options(&house.adam, 9).await), Rejection::NotFound { .. }));

    let back = cards.roll_back_options(&house.adam, 1).await.unwrap();
    assert_eq!((back.version, back.of, back.text.as_str(), back.activated), (3, Some(1), APPROVED, None));
    assert_eq!(house.in_force().await, 2, "proposed only");
    cards.activate_options(&house.otto, 3).await.unwrap();
    assert_eq!(house.office.run("CardsProcDeactivate").await.status.to_string(), "waiting at approval");

    // To what is shipped, too.
    let shipped = cards.roll_back_options(&house.adam, 0).await.unwrap();
    assert_eq!((shipped.version, shipped.of), (4, Some(0)));
    assert!(shipped.text.contains("let CardsDeactivationApproval = false;"), "{}", shipped.text);
    cards.activate_options(&house.otto, 4).await.unwrap();
    assert_eq!(cards.compare_options(&house.adam, 0, 4).await.unwrap(), []);
}

async fn versions_are_listed_from_the_newest(store: Store) {
    let house = house(&store).await;
    let cards = house.cards();
    let page = cards.options_versions(&house.adam, None, 10).await.unwrap();
    assert_eq!((page.versions, page.in_force, page.next), (Vec::new(), 0, None));
    for number in 1..=5 {
        cards.propose_options(&house.adam, &format!("let CardsDeactivationLimit = {number};")).await.unwrap();
    }
    cards.activate_options(&house.otto, 3).await.unwrap();
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = cards.options_versions(&house.adam, before, 2).await.unwrap();
        assert_eq!(page.in_force, 3);
        assert!(page.versions.len() <= 2);
        seen.extend(page.versions.iter().map(|it| (it.version, it.activated.is_some())));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, [(5, false), (4, false), (3, true), (2, false), (1, false)]);
}

async fn two_versions_are_compared_option_by_option(store: Store) {
    let house = house(&store).await;
    let cards = house.cards();
    house.set("let CardsDeactivationLimit = 5;\nlet CardsRecordReading = false;").await;
    house.set("let CardsDeactivationApproval = card.kind == \"visitor\";\nlet CardsDeactivationLimit = 7;").await;
    let number = |it| Given::Value(OptionValue::Number(it));
    let off = || Given::Value(OptionValue::Switch(false));
    let computed = || Given::Computed("card.kind == \"visitor\"".to_owned());
    let difference = |option, before, after| OptionDifference { option, before, after };
    let limit = |before, after| difference("CardsDeactivationLimit", number(before), number(after));
    let compared = cards.compare_options(&house.adam, 1, 2).await.unwrap();
    assert_eq!(compared, [difference("CardsDeactivationApproval", off(), computed()), limit(5, 7)]);
    let compared = cards.compare_options(&house.adam, 2, 1).await.unwrap();
    assert_eq!(compared, [difference("CardsDeactivationApproval", computed(), off()), limit(7, 5)]);
    // What is set to its default is no difference.
    assert_eq!(cards.compare_options(&house.adam, 0, 1).await.unwrap(), [limit(50, 5)]);
    assert_eq!(cards.compare_options(&house.adam, 2, 2).await.unwrap(), []);
    assert!(matches!(rejection(cards.compare_options(&house.adam, 1, 3).await), Rejection::NotFound { .. }));
}

async fn a_text_is_tried_without_being_stored(store: Store) {
    let house = house(&store).await;
    let cards = house.cards();
    let text = "let CardsDeactivationApproval = card.kind == \"contractor\";\n\
                let CardsDeactivationLimit = if \"Administrator\" in actor.roles { 3 } else { 4 };\n\
                let CardsUnholdable = if holder.department.starts_with(\"Ber\") { \"refuse\" } else { \"revoke\" };\n\
                let CardsMultipleActive = true;";
    let stock = house.office.stock_card("6000");
    let stock = (Object::Card(stock.clone()), stock.at());
    house.office.register(&[stock.0]).await;
    let tried = async |subject: ObjectRef| {
        let tried = cards.try_options(&house.adam, text, subject).await.unwrap();
        let names: Vec<_> = tried.iter().map(|it| it.option).collect();
        assert_eq!(names, CardsOptions::SPECS.iter().map(|it| it.name).collect::<Vec<_>>());
        let changed = tried.into_iter().filter(|it| it.fell_back || Some(&it.value) != it.in_force.as_ref());
        changed
            .map(|it| format!("{} {}{}", it.option, it.value, if it.fell_back { " (safe)" } else { "" }))
            .collect::<Vec<_>>()
    };
    let employee = tried(house.office.card).await;
    assert_eq!(employee, ["CardsDeactivationLimit 3", "CardsUnholdable \"refuse\"", "CardsMultipleActive true"]);
    // Nobody holds it: what asks for a department falls back.
    let nobodys = tried(stock.1).await;
    assert_eq!(nobodys, ["CardsDeactivationLimit 3", "CardsUnholdable \"proceed\" (safe)", "CardsMultipleActive true"]);
    assert_eq!((recorded(&store).await.len(), house.in_force().await), (0, 0));

    let wrong = cards.try_options(&house.adam, "let CardsX = 1;", house.office.card).await;
    assert!(matches!(rejection(wrong), Rejection::InvalidOptions(_)));
    let nothing = ObjectRef::new(house.office.card.home(), house.office.card.kind(), house.office.fresh());
    let nobody = cards.try_options(&house.adam, text, nothing).await;
    assert!(matches!(rejection(nobody), Rejection::NotFound { .. }));
}

async fn what_runs_keeps_the_version_it_was_started_with(store: Store) {
    let house = house(&store).await;
    house.set("let CardsReasons = [\"lost\"];").await;
    let task = house.office.start("CardsProcDeactivate").await;
    house.set("let CardsReasons = [\"stolen\"];\nlet CardsDeactivationApproval = true;").await;
    assert_eq!(house.bound(&store, task.id()).await, (1, Vec::new()));
    let (cards, operator) = (house.cards(), &house.office.operator);
    let refused = cards.next(operator, task.id(), Answers::none().with("reason", "stolen")).await;
    assert!(matches!(rejection(refused), Rejection::InvalidAnswer(_)));
    let done = cards.next(operator, task.id(), Answers::none().with("reason", "lost")).await.unwrap();
    assert_eq!(done.status.to_string(), "deactivated, waiting for confirmation");
}

async fn hosts_of_one_store_see_each_other(store: Store) {
    let house = house(&store).await;
    let other = || house.office.equip(store.builder()).option_language(Arc::new(RhaiOptions)).build().unwrap();
    let (mut other, operator) = (other(), &house.office.operator);
    let bound = async |host: &Cardflow| {
        let task = host.start(operator, "CardsProcLock", house.office.card).await.unwrap();
        let version = house.bound(&store, task.id()).await.0;
        host.cancel(operator, task.id()).await.unwrap();
        version
    };
    assert_eq!((bound(&other).await, bound(house.cards()).await), (0, 0));
    for (number, text) in [(1, APPROVED), (2, ""), (3, "let CardsDeactivationLimit = 9;")] {
        let proposed = other.propose_options(&house.adam, text).await.unwrap();
        assert_eq!((bound(&other).await, bound(house.cards()).await), (number - 1, number - 1), "proposed only");
        house.cards().activate_options(&house.otto, proposed.version).await.unwrap();
        assert_eq!((bound(&other).await, bound(house.cards()).await), (number, number));
    }
    // One that begins later, too.
    other = house.office.equip(store.builder()).option_language(Arc::new(RhaiOptions)).build().unwrap();
    assert_eq!(bound(&other).await, 3);
}

async fn values_are_those_of_the_run_and_what_fails_is_on_record(store: Store) {
    let house = house(&store).await;
    let office = &house.office;
    house.set("let CardsDeactivationApproval = holder.department.ends_with(\"/contractors\");").await;
    let (_, theirs) = office.employ("Ben Beispiel", "Bonn/contractors", "4800", 20).await;
    let stock = office.stock_card("6000");
    let nobodys = stock.at();
    office.register(&[Object::Card(stock.in_state(CardState::Active).unwrap())]).await;
    let table = [
        (office.card, "deactivated, waiting for confirmation", vec![]),
        (theirs, "waiting at approval", vec![]),
        // Nothing ends with anything while nobody holds the card: so the approval is on, and that is on record.
        (nobodys, "waiting at approval", vec!["CardsDeactivationApproval".to_owned()]),
    ];
    for (card, expected, fell_back) in table {
        let done = house.cards().run(&office.operator, "CardsProcDeactivate", card, Answers::none()).await.unwrap();
        assert_eq!(done.status.to_string(), expected);
        let history = house.cards().history(&office.operator, card).await.unwrap();
        let bound = history.records.iter().flat_map(|it| &it.entry.events).find_map(|it| match it {
            Event::Bound { version, fell_back, .. } => Some((*version, fell_back.clone())),
            _ => None,
        });
        assert_eq!(bound, Some((1, fell_back)));
    }
}

async fn the_same_command_again_has_the_same_answer(store: Store) {
    let house = house(&store).await;
    let (cards, adam, otto) = (house.cards(), &house.adam, &house.otto);
    let id = || CommandId::from_uuid(house.office.fresh());
    let (propose, activate, back) = (id(), id(), id());
    let proposed = cards.propose_options(adam.command(propose), APPROVED).await.unwrap();
    let activated = cards.activate_options(otto.command(activate), 1).await.unwrap();
    let rolled = cards.roll_back_options(adam.command(back), 1).await.unwrap();
    assert_eq!(cards.propose_options(adam.command(propose), APPROVED).await.unwrap(), proposed);
    assert_eq!(cards.activate_options(otto.command(activate), 1).await.unwrap(), activated);
    assert_eq!(cards.roll_back_options(adam.command(back), 1).await.unwrap(), rolled);
    assert_eq!(recorded(&store).await.len(), 3, "nothing was done twice");
    let reused = |id| Rejection::CommandIdReused { id };
    assert_eq!(rejection(cards.propose_options(adam.command(propose), "").await), reused(propose));
    assert_eq!(rejection(cards.activate_options(otto.command(activate), 2).await), reused(activate));
    assert_eq!(rejection(cards.roll_back_options(adam.command(propose), 1).await), reused(propose));
}

async fn a_lost_answer_is_asked_for_again(store: Store) {
    let house = house(&store).await;
    let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
    let host = house.office.equip(store.through(spy.clone()).builder());
    let host = host.option_language(Arc::new(RhaiOptions)).build().unwrap();
    let id = CommandId::from_uuid(house.office.fresh());
    spy.next_commit(Fate::AnswerLost);
    let lost = host.propose_options(house.adam.command(id), APPROVED).await.unwrap_err();
    assert!(lost.is_retryable(), "{lost}");
    let again = host.propose_options(house.adam.command(id), APPROVED).await.unwrap();
    assert_eq!((again.version, recorded(&store).await.len()), (1, 1));
    spy.is_down(true);
    let down = host.propose_options(&house.adam, "").await.unwrap_err();
    assert!(down.is_retryable(), "{down}");
}

async fn proposals_at_the_same_time_all_become_versions(store: Store) {
    let house = house(&store).await;
    let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
    let host = house.office.equip(store.through(spy.clone()).builder());
    let host = host.option_language(Arc::new(RhaiOptions)).build().unwrap();
    // Somebody else is quicker, just before the commit.
    let quicker = house.office.equip(store.builder()).option_language(Arc::new(RhaiOptions)).build().unwrap();
    let otto = house.otto.clone();
    spy.before_commit(async move {
        quicker.propose_options(&otto, "let CardsDeactivationLimit = 1;").await.unwrap();
    });
    let mine = host.propose_options(&house.adam, "let CardsDeactivationLimit = 2;").await.unwrap();
    assert_eq!(mine.version, 2);
    let page = host.options_versions(&house.adam, None, 10).await.unwrap();
    let texts: Vec<_> = page.versions.iter().map(|it| (it.version, it.text.as_str())).collect();
    assert_eq!(texts, [(2, "let CardsDeactivationLimit = 2;"), (1, "let CardsDeactivationLimit = 1;")]);
}

async fn two_who_activate_at_once_do_it_once(store: Store) {
    let house = house(&store).await;
    house.cards().propose_options(&house.adam, APPROVED).await.unwrap();
    let berta = staff_of(&house, "ben-admin").await;
    let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
    let host = house.office.equip(store.through(spy.clone()).builder());
    let host = host.option_language(Arc::new(RhaiOptions)).build().unwrap();
    let quicker = house.office.equip(store.builder()).option_language(Arc::new(RhaiOptions)).build().unwrap();
    let otto = house.otto.clone();
    spy.before_commit(async move {
        quicker.activate_options(&otto, 1).await.unwrap();
    });
    let late = rejection(host.activate_options(&berta, 1).await);
    assert_eq!(late, Rejection::OptionsInForce { version: 1 });
    assert_eq!(recorded(&store).await.len(), 2);
}

/// One more administrator.
async fn staff_of(house: &House, account: &str) -> Principal {
    let mut ids = cardflow::values::Ids::new(now(), cardflow::values::Seed::from_number(77));
    house.office.register(&[staff(&mut ids, "Ben Beispiel", account, ADMINISTRATOR)]).await;
    principal(account, Component::Administrator)
}

async fn only_an_administrator_of_everything_sets_options(store: Store) {
    let house = house(&store).await;
    house.set(APPROVED).await;
    let (cards, office) = (house.cards(), &house.office);
    let grant = RoleGrant::new(ADMINISTRATOR, None, now()).unwrap().in_unit("Berlin").unwrap();
    let local = Person::new(TENANT, PersonId::from_uuid(office.fresh()), "Ben Beispiel").unwrap();
    office.register(&[Object::Person(local.with_account("ben").unwrap().with_role(grant))]).await;
    let others = [
        office.operator.clone(),
        office.self_service.clone(),
        principal("ben", Component::Administrator),
        principal("adam", Component::Operator),
    ];
    for who in &others {
        let came = [
            cards.propose_options(who, "").await.map(|_| ()),
            cards.activate_options(who, 1).await.map(|_| ()),
            cards.roll_back_options(who, 1).await.map(|_| ()),
            cards.options_versions(who, None, 9).await.map(|_| ()),
            cards.compare_options(who, 0, 1).await.map(|_| ()),
            cards.try_options(who, "", office.card).await.map(|_| ()),
        ];
        for it in came {
            assert!(matches!(rejection(it), Rejection::NotEntitled { .. }), "{who:?}");
        }
    }
    let stranger = cards.propose_options(&principal("nobody", Component::Administrator), "").await;
    assert_eq!(rejection(stranger), Rejection::UnknownAccount);
    assert_eq!(recorded(&store).await.len(), 2);
}

async fn an_auditor_sees_versions_and_changes_none(store: Store) {
    let house = house(&store).await;
    let version = house.set(APPROVED).await;
    let (cards, office) = (house.cards(), &house.office);
    let grant = RoleGrant::new(AUDITOR, None, now()).unwrap().in_unit("Berlin").unwrap();
    let local = Person::new(TENANT, PersonId::from_uuid(office.fresh()), "Ben Beispiel").unwrap();
    office.register(&[Object::Person(local.with_account("ben").unwrap().with_role(grant))]).await;
    // From whatever component, as everything that an auditor reads.
    for component in Component::ALL {
        let (auditor, local) = (principal("aude", *component), principal("ben", *component));
        let page = cards.options_versions(&auditor, None, 9).await.unwrap();
        assert_eq!((page.in_force, page.versions.len()), (version, 1));
        let differ = cards.compare_options(&auditor, 0, version).await.unwrap();
        assert_eq!(differ.iter().map(|it| it.option).collect::<Vec<_>>(), ["CardsDeactivationApproval"]);
        let sees = [
            cards.options_versions(&local, None, 9).await.map(|_| ()),
            cards.compare_options(&local, 0, 1).await.map(|_| ()),
        ];
        for it in sees {
            let missing = Rejection::NotEntitled { right: "see options".to_owned() };
            assert_eq!(rejection(it), missing, "options are those of the whole tenant");
        }
        let changes = [
            cards.propose_options(&auditor, APPROVED).await.map(|_| ()),
            cards.activate_options(&auditor, version).await.map(|_| ()),
            cards.roll_back_options(&auditor, 0).await.map(|_| ()),
            cards.try_options(&auditor, "", office.card).await.map(|_| ()),
        ];
        for it in changes {
            assert_eq!(rejection(it), Rejection::NotEntitled { right: "change options".to_owned() });
        }
    }
    let missing = rejection(cards.compare_options(&office.auditor, 0, 9).await);
    assert_eq!(missing, Rejection::NotFound { what: "version of the options" });
    let noted = cards.refusals(&office.auditor, 1).await.unwrap();
    assert_eq!((noted[0].attempt.as_str(), noted[0].code.as_str()), ("see options", "NotFound"));
    assert_eq!(recorded(&store).await.len(), 2, "what is read of the tenant's own is not put on record");
}

async fn a_host_with_options_of_its_own_keeps_none(store: Store) {
    let office = Office::over(store.builder().options(4, CardsOptions::default())).await;
    let (cards, adam) = (&office.cards, &office.administrator);
    let came = [
        cards.propose_options(adam, "").await.map(|_| ()),
        cards.activate_options(adam, 1).await.map(|_| ()),
        cards.roll_back_options(adam, 1).await.map(|_| ()),
        cards.options_versions(adam, None, 9).await.map(|_| ()),
        cards.compare_options(adam, 0, 1).await.map(|_| ()),
        cards.try_options(adam, "", office.card).await.map(|_| ()),
    ];
    for it in came {
        let Err(Error::Options(error)) = it else { panic!("{it:?}") };
        assert!(error.to_string().contains("register an option language"), "{error}");
    }
}

/// As after a release that no longer knows an option: what is in force does not read, and a new text mends it.
async fn another_language_reads_none_and_can_take_over(store: Store) {
    let house = house(&store).await;
    house.set("let CardsSecondAdministrator = false;").await;
    let host = house.office.equip(store.builder()).option_language(Arc::new(TomlOptions)).build().unwrap();
    let start = host.start(&house.office.operator, "CardsProcLock", house.office.card).await.unwrap_err();
    let expected = "the options cannot be read: version 1 of the options: it is written in rhai, this host reads toml; \
                    propose a new one";
    assert_eq!(start.to_string(), expected);
    assert!(!start.is_retryable());
    let compared = host.compare_options(&house.adam, 0, 1).await.unwrap_err();
    assert_eq!(compared.to_string(), expected);
    let tried = host.try_options(&house.adam, "CardsMultipleActive = true", house.office.card).await.unwrap();
    assert!(tried.iter().all(|it| it.in_force.is_none()));

    let new = host.propose_options(&house.adam, "CardsMultipleActive = true").await.unwrap();
    assert_eq!((new.version, new.language.as_str()), (2, "toml"));
    // The options that would say that one is enough do not read: so one is not.
    let alone = rejection(host.activate_options(&house.adam, 2).await);
    assert_eq!(alone, Rejection::SecondAdministrator { version: 2 });
    host.activate_options(&house.otto, 2).await.unwrap();
    let started = host.start(&house.office.operator, "CardsProcLock", house.office.card).await.unwrap();
    assert_eq!(house.bound(&store, started.id()).await, (2, Vec::new()));
    let back = host.roll_back_options(&house.adam, 1).await;
    assert!(matches!(rejection(back), Rejection::InvalidOptions(_)), "a text of another language is none");
}

async fn the_options_of_one_tenant_are_not_those_of_another(store: Store) {
    let house = house(&store).await;
    house.set(APPROVED).await;
    let elsewhere = cardflow::values::TenantId::new(8);
    let grant = RoleGrant::new(ADMINISTRATOR, None, now()).unwrap();
    let adam = Person::new(elsewhere, PersonId::from_uuid(house.office.fresh()), "Adam Admin").unwrap();
    let adam = adam.with_account("adam").unwrap().with_role(grant);
    house.cards().install(elsewhere, &[Object::Person(adam)]).await.unwrap();
    let adam = Principal::new("adam", Component::Administrator, "password", now()).of_tenant(elsewhere);
    let page = house.cards().options_versions(&adam, None, 10).await.unwrap();
    assert_eq!((page.versions, page.in_force), (Vec::new(), 0));
    assert_eq!(house.cards().propose_options(&adam, "").await.unwrap().version, 1);
}
