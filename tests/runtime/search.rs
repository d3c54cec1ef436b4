//! What a search finds, in which order, and page by page.

use cardflow::domain::{Card, CardId, CardKind, CardState, Object, PersonState, Serial, Validity};
use cardflow::ports::Search;
use cardflow::values::{ObjectRef, Timestamp};

use crate::common::store::every_store;
use crate::common::{Office, Store, TENANT};

every_store![
    cards_are_found_by_all_that_is_known_of_them,
    persons_and_certificates_are_found_too,
    what_changes_is_found_anew,
    the_order_is_that_of_the_leading_key,
    pages_neither_skip_nor_repeat_while_cards_come_in,
    pages_of_a_word_show_each_card_once,
    counts_come_only_when_asked_and_stay_in_scope,
];

/// The numbers, names or serial numbers of what is found, in order.
async fn found(office: &Office, search: Search) -> Vec<String> {
    let page = office.cards.search(&office.operator, search).await.unwrap();
    page.items.iter().map(|it| name(&it.object)).collect()
}

fn name(object: &Object) -> String {
    match object {
        Object::Card(it) => it.number().to_string(),
        Object::Person(it) => it.name().to_owned(),
        Object::Certificate(it) => it.serial().to_string(),
        Object::Relation(_) => panic!("nobody searches for relations"),
    }
}

fn day(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A card in stock.
async fn stock(office: &Office, kind: CardKind, number: &str, until: &str) -> ObjectRef {
    let validity = Validity::new(day("2026-01-01"), day(until)).unwrap();
    let card = Card::new(TENANT, CardId::from_uuid(office.fresh()), kind, number.parse().unwrap(), validity);
    let at = card.at();
    office.register(&[Object::Card(card)]).await;
    at
}

async fn cards_are_found_by_all_that_is_known_of_them(store: Store) {
    let office = Office::on(&store).await;
    let (ben, _) = office.employ("Ben Beispiel-Ortiz", "Hamburg", "4800 1234", 20).await;
    stock(&office, CardKind::Visitor, "V-17", "2026-12-31").await;
    stock(&office, CardKind::Site("pool".to_owned()), "p 18", "2027-06-30").await;
    office.run("CardsProcDeactivate").await;
    let all = || Search::cards();
    let ada = "4711 0815";
    for (search, expected) in [
        (all(), vec![ada, "4800 1234", "p 18", "V-17"]),
        (all().text(""), vec![ada, "4800 1234", "p 18", "V-17"]),
        (all().text("4711"), vec![ada]),
        (all().text("4711 0815"), vec![ada]),
        (all().text("47110815"), vec![ada]),
        (all().text("471108"), vec![ada]),
        (all().text("0815"), vec![ada]),
        (all().text("711"), vec![]),
        (all().text("ada"), vec![ada]),
        (all().text("EXAMPLE 0815"), vec![ada]),
        (all().text("ada 4800"), vec![]),
        (all().text("ortiz"), vec!["4800 1234"]),
        (all().text("P18"), vec!["p 18"]),
        (all().text("v 17"), vec!["V-17"]),
        (all().number("47110815"), vec![ada]),
        (all().number(" 4711 0815 "), vec![ada]),
        (all().number("4711"), vec![]),
        (all().number("P18"), vec!["p 18"]),
        (all().card_state(CardState::Inactive), vec![ada]),
        (all().card_state(CardState::Active), vec!["4800 1234", "p 18", "V-17"]),
        (all().card_state(CardState::Locked), vec![]),
        (all().holder(ben), vec!["4800 1234"]),
        (all().holder(office.holder).card_state(CardState::Active), vec![]),
        (all().card_kind(&CardKind::Visitor), vec!["V-17"]),
        (all().card_kind(&CardKind::Site("pool".to_owned())), vec!["p 18"]),
        (all().ends_between(day("2026-12-31"), day("2027-06-30")), vec!["p 18", "V-17"]),
        (all().ends_between(day("2027-01-01"), day("2027-06-29")), vec![]),
        (all().text("4").card_state(CardState::Inactive), vec![ada]),
        (all().text("4").card_state(CardState::Active), vec!["4800 1234"]),
    ] {
        let asked = format!("{search:?}");
        assert_eq!(found(&office, search).await, expected, "{asked}");
    }
}

async fn persons_and_certificates_are_found_too(store: Store) {
    let office = Office::on(&store).await;
    office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
    let first: Serial = "0A01".parse().unwrap();
    for (search, expected) in [
        (Search::persons().text("ope"), vec!["Olga Operator", "Otto Operator"]),
        (Search::persons().account("ada"), vec!["Ada Example"]),
        (Search::persons().person_state(PersonState::Active).text("b"), vec!["Ben Beispiel"]),
        (Search::persons().person_state(PersonState::Locked), vec![]),
        (Search::certificates(), vec!["0A01", "0A02", "1401", "1402"]),
        (Search::certificates().serial(&first), vec!["0A01"]),
        (Search::certificates().text("0a02"), vec!["0A02"]),
        (Search::certificates().text("beispiel"), vec!["1401", "1402"]),
        (Search::certificates().ends_between(day("2028-01-01"), day("2028-01-01")).text("ada"), vec!["0A01", "0A02"]),
    ] {
        let asked = format!("{search:?}");
        assert_eq!(found(&office, search).await, expected, "{asked}");
    }
}

async fn what_changes_is_found_anew(store: Store) {
    let office = Office::on(&store).await;
    use cardflow::domain::CertificateState::{OnHold, Valid};
    let on_hold = || Search::certificates().certificate_state(OnHold);
    let unconfirmed = || Search::certificates().unconfirmed();
    office.run("CardsProcDeactivate").await;
    assert_eq!(found(&office, on_hold()).await, ["0A01", "0A02"]);
    assert_eq!(found(&office, unconfirmed()).await, ["0A01", "0A02"]);
    assert_eq!(found(&office, Search::certificates().certificate_state(Valid)).await, [""; 0]);
    office.cards.deliver(1).await.unwrap();
    assert_eq!(found(&office, unconfirmed()).await.len(), 1);
    office.settle().await;
    assert_eq!(found(&office, unconfirmed()).await, [""; 0]);
    office.run("CardsProcReactivate").await;
    assert_eq!(found(&office, on_hold()).await, [""; 0]);
    assert_eq!(found(&office, Search::cards().card_state(CardState::Inactive)).await, [""; 0]);
}

async fn the_order_is_that_of_the_leading_key(store: Store) {
    let office = Office::on(&store).await;
    for number in ["30", "1 0", "200", "9", "10 5"] {
        stock(&office, CardKind::Visitor, number, "2027-01-01").await;
    }
    assert_eq!(found(&office, Search::cards()).await, ["1 0", "10 5", "200", "30", "4711 0815", "9"]);
    let persons = found(&office, Search::persons()).await;
    assert!(persons.is_sorted(), "{persons:?}");
}

async fn pages_neither_skip_nor_repeat_while_cards_come_in(store: Store) {
    let office = Office::on(&store).await;
    for number in [1000, 1010, 1020, 1030, 1040, 1050, 1060] {
        stock(&office, CardKind::Visitor, &number.to_string(), "2027-01-01").await;
    }
    let visitors = Search::cards().card_kind(&CardKind::Visitor).limit(2);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let search = after.clone().into_iter().fold(visitors.clone(), Search::after);
        let page = office.cards.search(&office.operator, search).await.unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.iter().map(|it| name(&it.object)));
        // One comes in before the place, one after it.
        let last: u32 = seen.last().unwrap().parse().unwrap();
        if last < 1060 {
            stock(&office, CardKind::Visitor, &(last - 1).to_string(), "2027-01-01").await;
            stock(&office, CardKind::Visitor, &(last + 5).to_string(), "2027-01-01").await;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(seen.is_sorted(), "{seen:?}");
    let mut once = seen.clone();
    once.dedup();
    assert_eq!(seen, once, "none twice");
    assert!([1000, 1010, 1020, 1030, 1040, 1050, 1060].iter().all(|it| seen.contains(&it.to_string())), "{seen:?}");
    assert!(seen.len() > 7, "what comes in ahead is found");
}

async fn pages_of_a_word_show_each_card_once(store: Store) {
    let office = Office::on(&store).await;
    // Several words of each card begin alike: it is found at the first of them only.
    for number in ["77 771", "77 772", "77 773", "77 774"] {
        stock(&office, CardKind::Visitor, number, "2027-01-01").await;
    }
    let search = Search::cards().text("77").limit(1);
    let (mut seen, mut place) = (Vec::new(), None);
    loop {
        let page = place.into_iter().fold(search.clone().counted(), Search::after);
        let page = office.cards.search(&office.operator, page).await.unwrap();
        assert_eq!(page.total, Some(4));
        seen.extend(page.items.iter().map(|it| name(&it.object)));
        place = page.next;
        if place.is_none() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, ["77 771", "77 772", "77 773", "77 774"]);
}

async fn counts_come_only_when_asked_and_stay_in_scope(store: Store) {
    let office = Office::on(&store).await;
    office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
    office.employ("Cem Beispiel", "Berlin", "4801", 30).await;
    let search = async |who, search| office.cards.search(who, search).await.unwrap();
    let one = Search::cards().limit(1);
    let page = search(&office.operator, one.clone()).await;
    assert_eq!((page.total, page.items.len()), (None, 1));
    assert_eq!(search(&office.operator, one.clone().counted()).await.total, Some(3), "of all pages");
    let own = search(&office.self_service, one.counted()).await;
    assert_eq!((own.total, own.next), (Some(1), None));
    let others = search(&office.self_service, Search::cards().text("beispiel").counted()).await;
    assert_eq!((others.total, others.items.len()), (Some(0), 0));
}
