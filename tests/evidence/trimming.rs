//! What goes when its time to be kept is over, what stays, and what does not pass for a trim.

use cardflow::adapters::x509::{KeyAlgorithm, Signatures, SoftwareSigner};
use cardflow::cards::{Cards, record_of};
use cardflow::domain::{CardState, Change, Object, ObjectState, RelationKind};
use cardflow::engine::evidence::{Checkpoint, Finding, Retold, Seal, Trim, Trust, Verdict, Verifier};
use cardflow::engine::{Actor, Component, Entry, Event, Resolution};
use cardflow::ports::{Clock, Commit, SignatureVerifier, Signer, TrimTo};
use cardflow::runtime::{OutstandingPage, Trimmed};
use cardflow::values::{Answers, Digest, Ids, Millis, Seed, Timestamp};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, principal, rejection};
use crate::support::{busy, checkpoint, faults, sealing, signer, verify};

every_store![
    a_lawful_trim_is_signed_and_on_record,
    what_is_under_way_stays,
    what_an_open_incident_tells_stays,
    a_chain_keeps_its_last_word_and_is_not_trimmed_for_nothing,
    only_an_administrator_trims,
    a_limit_is_kept_and_said,
    what_was_set_of_the_options_stays,
];

const YEAR: Millis = Millis::days(365);

/// Of a year ago, and of now.
async fn aged(store: &Store) -> Office {
    let office = busy(store).await;
    let open = office.cards.mismatches(TENANT).await.unwrap();
    assert_eq!(open.len(), 0);
    office.wait(YEAR);
    office.cards.tick().await.unwrap();
    let answers = Answers::none().with("reason", "stolen").with("note", "seen on a market");
    office.cards.run(&office.operator, "CardsProcLock", office.card, answers).await.unwrap();
    office.settle().await;
    office
}

/// What is a month old or less stays.
fn last_month(office: &Office) -> Timestamp {
    office.clock.now().minus(Millis::days(30))
}

async fn trim(office: &Office, limit: usize) -> Trimmed {
    office.cards.trim(&office.administrator, last_month(office), &sealing(), limit).await.unwrap()
}

async fn entries(store: &Store, office: &Office) -> Vec<(u64, Entry<Cards>)> {
    let mut records = store.storage.history(TENANT, office.card.home(), None, 1000).await.unwrap();
    records.reverse();
    records.iter().map(|it| (it.sequence, Entry::read(it).unwrap())).collect()
}

async fn a_lawful_trim_is_signed_and_on_record(store: Store) {
    let office = aged(&store).await;
    let first = checkpoint(&office, None).await;
    let before = entries(&store, &office).await;
    let old = before.iter().filter(|(_, it)| it.at < last_month(&office)).count();
    let trimmed = trim(&office, 100).await;
    assert!(trimmed.chains >= 1 && trimmed.records >= old && trimmed.faulty.is_empty() && !trimmed.more, "{trimmed:?}");

    let after = entries(&store, &office).await;
    assert_eq!(after.len(), before.len() - old + 1);
    assert!(after.iter().all(|(_, it)| it.at >= last_month(&office)));
    let (place, said) = after.last().unwrap();
    let Event::Trimmed(it) = &said.events[0] else { panic!("{said:?}") };
    assert_eq!((it.upto, *place), (u64::try_from(old).unwrap(), u64::try_from(before.len()).unwrap() + 1));
    assert_eq!(
        (it.seal.public_key.clone(), said.actor.person),
        (signer().public_key(), Some(office.person("adam").await))
    );

    // People still see what is left, and that it holds together.
    let history = office.cards.history(&office.auditor, office.card).await.unwrap();
    assert_eq!((history.records.len(), history.verified.unwrap().length), (after.len(), *place));
    // So do auditors, with the checkpoint from before and with the next one.
    let lawful = |it: &Finding| matches!(it, Finding::Trimmed { chain, .. } if *chain == office.card.home());
    let report = verify(&office, std::slice::from_ref(&first)).await;
    assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::Anchored));
    assert!(report.findings.iter().any(lawful), "{report}");
    let second = checkpoint(&office, Some(&first)).await;
    let report = verify(&office, &[first, second]).await;
    assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::Anchored));
    // One that begins anew speaks of what there is.
    let fresh = checkpoint(&office, None).await;
    assert_eq!(verify(&office, &[fresh]).await.verdict(), Verdict::Anchored);
    // And work goes on.
    let (_, other) = office.employ("Carl Example", "Berlin", "4900", 90).await;
    office.cards.run(&office.operator, "CardsProcDeactivate", other, Answers::none()).await.unwrap();
    assert_eq!(office.card_state().await, CardState::Locked);
}

async fn what_is_under_way_stays(store: Store) {
    let office = Office::on(&store).await;
    let closed = office.start("CardsProcDeactivate").await;
    office.cards.cancel(&office.operator, closed.id()).await.unwrap();
    office.start("CardsProcLock").await;
    let closed = office.start("CardsProcDeactivate").await;
    office.cards.cancel(&office.operator, closed.id()).await.unwrap();
    office.wait(YEAR);
    // Registered, started, cancelled; from the start of what is open on, all stays.
    let trimmed = trim(&office, 100).await;
    let left: Vec<_> = entries(&store, &office).await.iter().map(|(place, _)| *place).collect();
    assert_eq!((trimmed.records, left), (3, vec![4, 5, 6, 7]));
    // Once it is over, it goes.
    office.cards.tick().await.unwrap();
    office.wait(YEAR);
    assert_eq!(trim(&office, 100).await.records, 4, "but the end of the form, which is the last word");
}

async fn what_an_open_incident_tells_stays(store: Store) {
    let office = Office::on(&store).await;
    let card = office.card_at(office.card).await;
    let foreign = office.certificate(&card, "CN=Somebody Else".parse().unwrap(), "0777");
    let carries = office.relation(RelationKind::Carries, &card, foreign.at());
    office.register(&[Object::Certificate(foreign), carries]).await;
    let held = office.run("CardsProcDeactivate").await;
    office.settle().await;
    let standing = office.standing(held.id()).await;
    assert!(standing.outcome().is_some() && standing.incidents[0].is_open(), "{standing:?}");
    let of_it = async || {
        let entries = entries(&store, &office).await;
        let of_it = |(_, it): &(u64, Entry<Cards>)| it.run.as_ref().is_some_and(|it| it.instance == held.id());
        (entries[0].0, entries.iter().find(|it| of_it(it)).map(|it| it.0))
    };
    let last_word = async || {
        office.wait(YEAR);
        let closed = office.start("CardsProcLock").await;
        office.cards.cancel(&office.operator, closed.id()).await.unwrap();
    };
    last_word().await;
    assert!(trim(&office, 100).await.records > 0, "what came before it");
    let (first, its_first) = of_it().await;
    assert_eq!(Some(first), its_first, "from its first record on, all stays, though it is over");
    let report = verify(&office, &[]).await;
    assert_eq!(faults(&report), Vec::<String>::new());
    let listed = office.cards.incidents(&office.administrator, OutstandingPage::first()).await.unwrap();
    assert_eq!(listed.items.len(), 1);

    let by_hand = Resolution::ByHand;
    office.cards.resolve_incident(&office.administrator, held.id(), 0, by_hand, "asked them in writing").await.unwrap();
    last_word().await;
    assert!(trim(&office, 100).await.records > 0);
    assert_eq!(of_it().await.1, None, "once it is closed, it goes");
    let report = verify(&office, &[]).await;
    assert_eq!(faults(&report), Vec::<String>::new());
}

async fn a_chain_keeps_its_last_word_and_is_not_trimmed_for_nothing(store: Store) {
    let office = aged(&store).await;
    office.wait(YEAR);
    let once = trim(&office, 100).await;
    assert!(once.records > 0);
    let left = entries(&store, &office).await;
    let words: Vec<_> = left.iter().map(|(_, it)| matches!(it.events.as_slice(), [Event::Trimmed(_)])).collect();
    assert_eq!(words, [false, true], "its last word, and the trim");
    for _ in 0..3 {
        office.wait(YEAR);
        assert_eq!(trim(&office, 100).await, Trimmed::default(), "a trim for its own sake");
    }
    let homes = store.storage.homes(TENANT, &[office.card.home()]).await.unwrap();
    assert!(homes[0].head.length > 2);
}

async fn only_an_administrator_trims(store: Store) {
    let office = aged(&store).await;
    for who in [&office.operator, &office.auditor, &principal("adam", Component::Operator)] {
        let refused = office.cards.trim(who, last_month(&office), &sealing(), 10).await;
        assert_eq!(rejection(refused), Rejection::NotEntitled { right: "trim the history".to_owned() });
    }
}

async fn a_limit_is_kept_and_said(store: Store) {
    let office = aged(&store).await;
    for (n, name) in ["Dora Example", "Emil Example"].into_iter().enumerate() {
        let serial = 100 + u8::try_from(n).unwrap();
        let (_, card) = office.employ(name, "Berlin", &format!("49{serial}"), serial).await;
        office.cards.run(&office.operator, "CardsProcDeactivate", card, Answers::none()).await.unwrap();
        office.settle().await;
    }
    office.wait(YEAR);
    let (mut calls, mut chains, mut more) = (0, 0, true);
    while more {
        let once = trim(&office, 1).await;
        assert!(once.chains <= 1);
        (calls, chains, more) = (calls + 1, chains + once.chains, once.more);
    }
    assert!(calls >= 4 && chains >= 4, "{calls} calls, {chains} chains");
}

/// Somebody edits a card and has a trim of their own tell that it was so.
#[tokio::test]
async fn a_forged_trim_hides_no_edit_and_is_not_signed_over() {
    let store = Store::memory();
    let office = aged(&store).await;
    let checkpoints = [checkpoint(&office, None).await];
    let dossier = office.dossier().await;
    let card = dossier.subject_card().unwrap().clone().in_state(CardState::Active).unwrap();
    let record = record_of(&Object::Card(card), &dossier).unwrap();
    let home = store.storage.homes(TENANT, &[record.home()]).await.unwrap().pop().unwrap();
    let mut commit =
        Commit { expects: vec![(home.id, home.revision)], puts: vec![record.into()], ..Commit::of(TENANT) };

    // A fold of the chain, with the card as it has been edited.
    let mut retold = Retold::<Cards>::new(home.id);
    let mut records = store.storage.history(TENANT, home.id, None, 1000).await.unwrap();
    records.reverse();
    records.iter().for_each(|it| retold.tell(it, &Entry::read(it).unwrap()).unwrap());
    let mut told = retold.objects().clone();
    let state = ObjectState::Card;
    let (from, to) = (state(CardState::Locked), state(CardState::Active));
    told.tell(&Change::Moved { object: office.card, from, to, reason: None });
    let stranger = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap();
    let (_, like) = entries(&store, &office).await.pop().unwrap();
    let mut forged =
        Trim::draw_up((0, Digest::ZERO), (told, Vec::new()), (stranger.algorithm(), stranger.public_key()));
    let message = forged.message((TENANT, home.id), (like.at, like.actor.person)).unwrap();
    forged.seal.signature = stranger.sign(&message).unwrap();
    let forged = Entry { run: None, events: vec![Event::Trimmed(Box::new(forged))], changes: Vec::new(), ..like };
    let ids = Ids::new(forged.at, Seed::from_number(9));
    let nobody = Actor::worker(forged.at);
    commit.history.push(forged.draft(home.id, &nobody, &ids).unwrap());
    store.storage.commit(commit).await.unwrap();

    let report = verify(&office, &checkpoints).await;
    let why = "it is signed by another key";
    let named = Finding::UnlawfulTrim { chain: home.id, upto: 0, why };
    assert!(report.findings.contains(&named), "{report}");
    office.wait(YEAR);
    assert_eq!(trim(&office, 100).await.faulty, [home.id]);
}

/// A page is read before the trim, the next one after it.
#[tokio::test]
async fn a_trim_between_two_pages_is_no_gap() {
    let store = Store::memory();
    let office = aged(&store).await;
    let before = store.log.records_after(TENANT, 0, 1000).await.unwrap();
    trim(&office, 100).await;
    let after = store.log.records_after(TENANT, 0, 1000).await.unwrap();
    let judge =
        |seal: &Seal, message: &[u8]| Signatures.verifies(seal.algorithm, &seal.public_key, message, &seal.signature);
    for page in 0..before.len() {
        let end = before[..page].last().map_or(0, |it| it.position);
        let mut verifier = Verifier::<Cards>::new(TENANT, &[], Trust { keys: &[], judge: &judge });
        for it in before[..page].iter().chain(after.iter().filter(|it| it.position > end)) {
            verifier.take(it.position, &it.record);
        }
        let (report, _) = verifier.finish();
        assert_eq!(faults(&report), [""; 0], "after {page} records");
    }
}

/// Takes the beginning of the card's chain away behind the library's back, with or without a record that says so.
async fn cut(store: &Store, office: &Office, said: Option<Event<Cards>>) {
    let records = store.storage.history(TENANT, office.card.home(), Some(3), 1).await.unwrap();
    let to = TrimTo { chain: office.card.home(), upto: 2, head: records[0].hash };
    let mut commit = Commit { trims: vec![to], ..Commit::of(TENANT) };
    if let Some(event) = said {
        let (_, like) = entries(store, office).await.pop().unwrap();
        let entry = Entry { run: None, events: vec![event], changes: Vec::new(), ..like };
        let ids = Ids::new(entry.at, Seed::from_number(9));
        let nobody = Actor::worker(entry.at);
        commit.history.push(entry.draft(to.chain, &nobody, &ids).unwrap());
    }
    store.storage.commit(commit).await.unwrap();
}

/// A trim that the library made, of as much as [`cut`] takes.
async fn real_trim(upto: u64) -> Box<Trim<Cards>> {
    let store = Store::memory();
    let office = aged(&store).await;
    trim(&office, 100).await;
    let (_, said) = entries(&store, &office).await.pop().unwrap();
    let Event::Trimmed(trim) = said.events.into_iter().next().unwrap() else { panic!() };
    Box::new(Trim { upto, ..*trim })
}

#[tokio::test]
async fn a_beginning_that_is_gone_otherwise_is_named() {
    let checked = async |said: Option<Event<Cards>>| {
        let store = Store::memory();
        let office = aged(&store).await;
        let before = checkpoint(&office, None).await;
        cut(&store, &office, said).await;
        let report = verify(&office, &[before]).await;
        let own = |it: &&Finding| !matches!(it, Finding::Trimmed { .. });
        (office.card.home(), report.findings.iter().filter(own).cloned().collect::<Vec<_>>())
    };
    let (chain, found) = checked(None).await;
    assert_eq!(found[0], Finding::Gap { chain, from: 1, to: 2 });
    // Another chain's trim, with a signature that is good for that one.
    let (chain, found) = checked(Some(Event::Trimmed(real_trim(2).await))).await;
    let why = "it names another end of what was removed";
    assert_eq!(found[0], Finding::UnlawfulTrim { chain, upto: 2, why });
    // One that names the right end, with a signature from elsewhere, and with a stranger's.
    let store = Store::memory();
    let office = aged(&store).await;
    let end = store.storage.history(TENANT, office.card.home(), Some(3), 1).await.unwrap()[0].hash;
    let stranger = SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap();
    for (key, why) in [(None, "its signature does not verify"), (Some(&stranger), "it is signed by another key")] {
        let mut trim = real_trim(2).await;
        trim.head = end;
        if let Some(key) = key {
            trim.seal.public_key = key.public_key();
        }
        let (chain, found) = checked(Some(Event::Trimmed(trim))).await;
        assert_eq!(found[0], Finding::UnlawfulTrim { chain, upto: 2, why });
    }
}

#[tokio::test]
async fn what_was_trimmed_before_a_checkpoint_was_made_stays_anchored_by_the_older_ones() {
    let store = Store::memory();
    let office = aged(&store).await;
    let mut checkpoints: Vec<Checkpoint> = vec![checkpoint(&office, None).await];
    for _ in 0..3 {
        office.wait(YEAR);
        let number = format!("77 {}", &office.fresh().simple().to_string()[8..20]);
        let card = office.give_card(office.holder, &number, CardState::Active).await;
        office.cards.run(&office.operator, "CardsProcDeactivate", card, Answers::none()).await.unwrap();
        office.settle().await;
        trim(&office, 100).await;
        checkpoints.push(checkpoint(&office, checkpoints.last()).await);
        let report = verify(&office, &checkpoints).await;
        assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::Anchored));
    }
}

/// Which options were in force when is asked for as long as anything that ran under them is kept.
async fn what_was_set_of_the_options_stays(store: Store) {
    use cardflow::adapters::toml::TomlOptions;
    use cardflow::engine::options::OPTIONS_HOME;

    let mut office = aged(&store).await;
    office.cards = office.equip(store.builder()).option_language(std::sync::Arc::new(TomlOptions)).build().unwrap();
    for number in 1..4 {
        let text = format!("CardsDeactivationLimit = {number}");
        office.cards.propose_options(&office.administrator, &text).await.unwrap();
    }
    office.wait(YEAR);
    office.cards.run(&office.operator, "CardsProcLock", office.card, Answers::none()).await.unwrap_err();
    let trimmed = trim(&office, 100).await;
    assert!(trimmed.chains >= 1 && trimmed.faulty.is_empty(), "{trimmed:?}");
    assert_eq!(store.storage.history(TENANT, OPTIONS_HOME, None, 10).await.unwrap().len(), 3);
}
