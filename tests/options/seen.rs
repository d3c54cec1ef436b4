//! Options in the store as a source: its contract, and what it costs.

use std::sync::Arc;

use cardflow::adapters::memory::MemoryStorage;
use cardflow::adapters::rhai::RhaiOptions;
use cardflow::cards::{ADMINISTRATOR, Cards, SCHEMA};
use cardflow::engine::chain::{ChainHead, Draft, link};
use cardflow::engine::options::{Facts, OPTIONS_HOME, OptionsMark, OptionsVersion};
use cardflow::engine::{Component, Entry, Event};
use cardflow::ports::{Home, MockStorage, OptionSource};
use cardflow::runtime::StoredOptions;
use cardflow::testing::conformance::options::OptionsFactory;
use cardflow::values::{CommandId, Ids, Revision, Seed};
use uuid::Uuid;

use crate::common::{Office, Store, TENANT, now, principal, staff};

/// A host that changes options as administrators do.
struct Kept(fn() -> Store);

impl OptionsFactory for Kept {
    type Guard = (Office, Store);
    type Domain = Cards;

    async fn options(&self) -> (Self::Guard, Arc<dyn OptionSource<Cards>>) {
        let store = (self.0)();
        let office = Office::over(store.builder().option_language(Arc::new(RhaiOptions))).await;
        let mut ids = Ids::new(now(), Seed::from_number(5));
        office.register(&[staff(&mut ids, "Otto Operator", "otto-1", ADMINISTRATOR)]).await;
        // Another one than the host's: it sees what the host does.
        let source = StoredOptions::<Cards>::new(store.storage.clone(), Arc::new(RhaiOptions));
        ((office, store), Arc::new(source))
    }

    async fn change(&self, guard: &Self::Guard) -> bool {
        let number = guard.0.cards.options_versions(&guard.0.administrator, None, 1).await.unwrap().in_force + 100;
        set(guard, &format!("let CardsDeactivationLimit = {number};")).await;
        true
    }

    async fn make_fail(&self, guard: &Self::Guard) -> Option<&'static str> {
        set(guard, "let CardsDeactivationApproval = card.kind.starts_with(\"c\");").await;
        Some("CardsDeactivationApproval")
    }
}

async fn set((office, _): &(Office, Store), text: &str) {
    let proposed = office.cards.propose_options(&office.administrator, text).await.unwrap();
    let otto = principal("otto-1", Component::Administrator);
    office.cards.activate_options(&otto, proposed.version).await.unwrap();
}

mod memory {
    cardflow::options_conformance!(super::Kept(crate::common::Store::memory));
}

#[cfg(feature = "sqlite")]
mod sqlite {
    cardflow::options_conformance!(super::Kept(crate::common::Store::sqlite));
}

fn version(number: u64, text: &str) -> OptionsVersion {
    let mark = OptionsMark { by: None, at: now(), rule: "test".to_owned() };
    let (language, text) = ("rhai".to_owned(), text.to_owned());
    OptionsVersion { version: number, language, text, of: None, proposed: mark.clone(), activated: Some(mark) }
}

/// A start costs one small read more; the texts are read when another version is in force than before.
#[tokio::test]
async fn the_newest_record_is_read_and_the_texts_only_when_it_is_another() {
    let entry = |version| Entry::<Cards> {
        at: now(),
        command: CommandId::from_uuid(Uuid::from_u128(1)),
        actor: cardflow::engine::Actor::worker(now()).mark(),
        run: None,
        rule: String::new(),
        events: vec![Event::OptionsActivated { version }],
        changes: Vec::new(),
    };
    let draft = |version| -> Draft {
        let ids = Ids::new(now(), Seed::from_number(1));
        entry(version).draft(OPTIONS_HOME, &cardflow::engine::Actor::worker(now()), &ids).unwrap()
    };
    let first = link(TENANT, ChainHead::EMPTY, draft(1));
    let head = |it: &cardflow::engine::chain::Linked| ChainHead { length: it.sequence, hash: it.hash };
    let second = link(TENANT, head(&first), draft(2));
    let home = |head, versions: &[OptionsVersion]| Home {
        id: OPTIONS_HOME,
        revision: Revision::new(1),
        head,
        records: versions.iter().map(|it| it.record(TENANT, Revision::new(1)).unwrap().into()).collect(),
    };
    let versions = [version(1, "let CardsDeactivationLimit = 1;"), version(2, "let CardsDeactivationLimit = 2;")];

    let mut storage = MockStorage::new();
    let newest = std::sync::Mutex::new(vec![second.clone(), first.clone(), first.clone(), first.clone()]);
    storage.expect_history().times(4).returning(move |tenant, chain, before, limit| {
        assert_eq!((tenant, chain, before, limit), (TENANT, OPTIONS_HOME, None, 1));
        Ok(newest.lock().unwrap().pop().into_iter().collect())
    });
    let homes = std::sync::Mutex::new(vec![home(head(&second), &versions), home(head(&first), &versions[..1])]);
    storage.expect_homes().times(2).returning(move |_, asked| {
        assert_eq!(asked, [OPTIONS_HOME]);
        Ok(homes.lock().unwrap().pop().into_iter().collect())
    });
    let source = StoredOptions::<Cards>::new(Arc::new(storage), Arc::new(RhaiOptions));
    for expected in [1, 1, 1, 2] {
        let bound = source.in_force(TENANT, &Facts::none()).await.unwrap();
        assert_eq!((bound.version, bound.options.deactivation_limit), (u64::from(expected), expected));
    }
}

/// Nothing is kept of a tenant without options, and nothing is read but that there are none.
#[tokio::test]
async fn without_a_version_the_defaults_are_in_force() {
    let mut storage = MockStorage::new();
    storage.expect_history().times(2).returning(|_, _, _, _| Ok(Vec::new()));
    let source = StoredOptions::<Cards>::new(Arc::new(storage), Arc::new(RhaiOptions));
    for _ in 0..2 {
        assert_eq!(source.in_force(TENANT, &Facts::none()).await.unwrap(), cardflow::engine::Bound::default());
    }
    let storage = MemoryStorage::new(&SCHEMA);
    let source = StoredOptions::<Cards>::new(Arc::new(storage), Arc::new(RhaiOptions));
    assert_eq!(source.in_force(TENANT, &Facts::none()).await.unwrap().version, 0);
    assert!(format!("{source:?}").contains("RhaiOptions"));
}
