//! What values refuse, word for word, and what they keep through their stored form.

use cardflow::cards::{object_of, record_of};
use cardflow::domain::{
    Card, CardId, CardKind, CardNumber, CardState, CauseKind, Certificate, CertificateContent, CertificateId,
    CertificateState, Change, Deputyship, Dossier, Exemption, ExemptionPolicy, Head, Invalid, IssuerName, KeyUse,
    Object, Person, PersonState, Relation, RelationId, RelationKind, RelationState, RevocationReason, RoleGrant,
    Serial, Validity,
};
use cardflow::values::{ObjectRef, PersonId, Timestamp};
use uuid::Uuid;

use crate::support::{TENANT, day, days, hold, ours};

fn person() -> Person {
    Person::new(TENANT, PersonId::from_uuid(Uuid::from_u128(1)), "Ada Example").unwrap()
}

fn card() -> Card {
    Card::new(TENANT, CardId::from_uuid(Uuid::from_u128(2)), CardKind::Employee, number("4711").unwrap(), days(0, 1))
}

fn number(text: &str) -> Result<CardNumber, Invalid> {
    text.parse()
}

/// The refusal in words.
fn words<T>(came: Result<T, impl ToString>) -> String {
    came.err().map_or_else(|| "accepted".to_owned(), |it| it.to_string())
}

#[test]
fn bad_values_are_refused_with_what_is_expected() {
    let long = |length: usize| "x".repeat(length);
    let cut = &*long(60);
    let line = |most: u32| format!("one line of 1 to {most} characters");
    let person_named = |name: &str| words(Person::new(TENANT, PersonId::from_uuid(Uuid::nil()), name));
    let relation = |kind| Relation::to_object(RelationId::from_uuid(Uuid::nil()), kind, &card(), card().at());
    let door = |name: &str| Relation::to_outside(RelationId::from_uuid(Uuid::nil()), RelationKind::Door, &card(), name);
    let role = |role: &str| RoleGrant::new(role, None, day(0));
    let serial = |text: &str| words(text.parse::<Serial>());
    let bytes = |bytes: &[u8]| words(Serial::from_bytes(bytes));
    let mail = |text: &str| words(person().with_mail(text));
    let locale = |text: &str| words(person().with_locale(text));
    let tag = || "a language tag such as de or de-AT".to_owned();
    let number = |text: &str| words(number(text));
    let characters = || "letters and digits, with spaces, `-`, `.` or `/` between".to_owned();
    let octets = || "a positive number of at most 20 octets, in hexadecimal".to_owned();
    let address = || "an address of the form name@example.org".to_owned();
    let table = [
        (number(""), "card number", "", line(64)),
        (number(" \t "), "card number", " � ", line(64)),
        (number(&long(65)), "card number", cut, line(64)),
        (number("47\u{0}11"), "card number", "47�11", line(64)),
        (number("47;11"), "card number", "47;11", characters()),
        (number("４７"), "card number", "４７", characters()),
        (person_named(""), "person name", "", line(200)),
        (person_named("Ada\nExample"), "person name", "Ada�Example", line(200)),
        (person_named(&long(201)), "person name", cut, line(200)),
        (words(person().in_unit(&long(129))), "unit", cut, line(128)),
        (words(card().in_unit(" ")), "unit", " ", line(128)),
        (words(role("Operator").unwrap().in_unit("")), "unit", "", line(128)),
        (words(role(&long(65))), "role", cut, line(64)),
        (words(person().with_account("a\u{7}da")), "account", "a�da", line(254)),
        (words(card().with_attribute("", "x")), "attribute name", "", line(64)),
        (words(card().with_attribute("x", &long(1001))), "attribute value", cut, line(1000)),
        (words("".parse::<CardKind>()), "card kind", "", line(64)),
        (words("".parse::<IssuerName>()), "issuer name", "", line(1000)),
        (words(door("\u{85}")), "name at the far end of a relation", "�", line(200)),
        (mail("ada"), "mail address", "ada", address()),
        (mail("@example.org"), "mail address", "@example.org", address()),
        (mail("ada@"), "mail address", "ada@", address()),
        (mail("ada @example.org"), "mail address", "ada @example.org", address()),
        (mail("ada@example.org@example.net"), "mail address", "ada@example.org@example.net", address()),
        (mail("ada@example.org\r\nBcc: all"), "mail address", "ada@example.org��Bcc: all", line(254)),
        (locale(""), "locale", "", line(35)),
        (locale("d"), "locale", "d", tag()),
        (locale("de_AT"), "locale", "de_AT", tag()),
        (locale("de-"), "locale", "de-", tag()),
        (locale("-de"), "locale", "-de", tag()),
        (locale("d3"), "locale", "d3", tag()),
        (locale("de-Österreich"), "locale", "de-Österreich", tag()),
        (locale("deutsches"), "locale", "deutsches", tag()),
        (locale("de-ninechars"), "locale", "de-ninechars", tag()),
        (locale("../en"), "locale", "../en", tag()),
        // Zero, negative, no number, 21 octets, and 20 whose top bit needs one more.
        (serial("0"), "serial number", "0", octets()),
        (serial("-01"), "serial number", "-01", octets()),
        (serial(""), "serial number", "", octets()),
        (serial("0x01"), "serial number", "0x01", octets()),
        (serial(&"1".repeat(42)), "serial number", &*"1".repeat(42), octets()),
        (bytes(&[]), "serial number", "", octets()),
        (bytes(&[0, 0]), "serial number", "0000", octets()),
        (bytes(&[1; 21]), "serial number", &*"01".repeat(21), octets()),
        (bytes(&[0xff; 20]), "serial number", &*"FF".repeat(20), octets()),
        (
            words(Validity::new(day(1), day(0))),
            "validity",
            "2026-11-24T12:00:00Z",
            "an end not before its beginning, 2026-11-25T12:00:00Z".to_owned(),
        ),
        (words(certificate([])), "key uses", "", "at least one of authentication, signature, encryption".to_owned()),
        (
            words(card().in_state(CardState::Assigned)),
            "card state",
            "assigned",
            "registered, requested, approved, rejected, aborted, issued, failed, active, inactive, locked, expired"
                .to_owned(),
        ),
        (
            words(relation(RelationKind::Replaces).in_state(RelationState::Active)),
            "relation state",
            "active",
            "none: `replaces` is lineage".to_owned(),
        ),
    ];
    for (found, field, given, expected) in table {
        assert_eq!(found, format!("{field}: `{given}` is not accepted; expected {expected}"));
    }
}

#[test]
fn no_error_shows_characters_that_disturb_the_text_around_them() {
    let given = "\u{1b}[2J\u{202e}x\n";
    let refused = [
        words(given.parse::<CardState>()),
        words(given.parse::<PersonId>()),
        words(given.parse::<ObjectRef>()),
        words(given.parse::<Timestamp>()),
        words(person().in_unit(given)),
    ];
    for text in refused {
        assert!(text.contains("`�[2J�x�`") || text.contains("`�[2J�x`"), "{text:?}");
    }
}

#[test]
fn every_character_that_reorders_text_is_refused_and_never_shown() {
    for c in "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".chars() {
        let refused = words(person().in_unit(&format!("Ber{c}lin")));
        assert_eq!(refused, "unit: `Ber�lin` is not accepted; expected one line of 1 to 128 characters", "{c:?}");
    }
}

#[test]
fn values_at_the_edge_are_accepted_and_trimmed() {
    assert_eq!(number(&"x".repeat(64)).unwrap().plain(), "X".repeat(64));
    assert_eq!(number(" 47 11/0815-ab. ").unwrap().to_string(), "47 11/0815-ab.");
    assert_eq!(person().in_unit(" Berlin ").unwrap().unit(), Some("Berlin"));
    assert_eq!(person().with_mail("ada@example.org").unwrap().mail(), Some("ada@example.org"));
    for tag in ["de", "de-AT", "zh-Hant-TW", "sl-rozaj-biske-1994"] {
        assert_eq!(person().with_locale(&format!(" {tag}")).unwrap().locale(), Some(tag));
    }
    assert_eq!(Serial::from_bytes(&[0x7f; 20]).unwrap().as_bytes(), [0x7f; 20]);
    assert_eq!(Serial::from_bytes(&[0, 0, 0x80]).unwrap().to_string(), "80");
    assert_eq!("0a:FF 1".parse::<Serial>().unwrap(), "0AFF1".parse().unwrap());
    let in_order = ["01", "0102", "02", "FF"].map(|it| it.parse::<Serial>().unwrap());
    assert!(in_order.is_sorted(), "in the order of their octets");
    let told = |count| serde_json::from_value::<Serial>(serde_json::json!("7f".repeat(count)));
    assert_eq!(told(20).unwrap().as_bytes(), [0x7f; 20]);
    assert!(told(21).unwrap_err().to_string().contains("at most 20 octets"));
    let stored = |count: u8| postcard::from_bytes::<Serial>(&[vec![count], vec![0x7f; count.into()]].concat());
    assert_eq!(stored(20).unwrap().as_bytes(), [0x7f; 20]);
    assert!(stored(21).is_err());
    assert_eq!(days(0, 0).until(), day(0));
    assert_eq!("Employee".parse(), Ok(CardKind::Employee));
    assert_eq!("Dog tag".parse(), Ok(CardKind::Site("dog tag".to_owned())));
    for kind in ["employee", "contractor", "visitor", "temporary", "virtual", "mobile", "dog tag"] {
        assert_eq!(kind.parse::<CardKind>().unwrap().to_string(), kind);
    }
}

#[test]
fn a_validity_includes_both_its_ends() {
    for (at, within, over) in [(-1, false, false), (0, true, false), (1, true, false), (2, false, true)] {
        assert_eq!((days(0, 1).contains(day(at)), days(0, 1).is_over(day(at))), (within, over), "day {at}");
    }
}

fn certificate(uses: impl IntoIterator<Item = KeyUse>) -> Result<Certificate, Invalid> {
    let id = CertificateId::from_uuid(Uuid::from_u128(3));
    let content = CertificateContent::Der(vec![0x30, 0x00]);
    Certificate::new(TENANT, id, (ours(), "0AFF".parse().unwrap()), days(0, 1), uses, content)
}

#[test]
fn every_object_is_the_same_after_its_stored_form() {
    let other_card = card().at();
    let grant = RoleGrant::new("Operator", Some(PersonId::from_uuid(Uuid::from_u128(9))), day(0)).unwrap();
    let person = person().with_mail("ada@example.org").unwrap().in_unit("Berlin").unwrap().with_account("ada").unwrap();
    let person = person.with_locale("de-AT").unwrap();
    let person = person.with_role(grant.in_unit("Berlin").unwrap()).in_state(PersonState::Inactive);

    let kind = CardKind::Site("dog tag".to_owned());
    let card = Card::new(TENANT, CardId::from_uuid(Uuid::from_u128(4)), kind, number("4711 ab").unwrap(), days(0, 1));
    let at = card.at();
    let card = card.in_state(CardState::Inactive).unwrap().in_unit("Berlin").unwrap();
    let card = card.with_hold(hold(1, CauseKind::Imported, at)).with_attribute("badge", "7").unwrap();

    let certificate = certificate(KeyUse::ALL.iter().copied()).unwrap().first_issued_to(&card);
    let certificate = certificate.in_state(CertificateState::Revoked, Some(RevocationReason::Superseded));
    let certificate = certificate.confirmed_as(CertificateState::OnHold).with_hold(hold(2, CauseKind::Manual, at));
    let exemption = Exemption { card: at, policy: ExemptionPolicy::CannotHold, at: day(0) };
    let mut exempt = Dossier::new(at, [Object::Certificate(certificate.clone())]);
    exempt.apply(&Change::Exempted { certificate: certificate.at(), exemption }).unwrap();

    let [id, other_id] = [5, 6].map(|it| RelationId::from_uuid(Uuid::from_u128(it)));
    let door = Relation::to_outside(id, RelationKind::Door, &card, "Gate").unwrap();
    let door = door.in_state(RelationState::Inactive).unwrap().with_hold(hold(3, CauseKind::Manual, at));
    let replaces = Relation::to_object(other_id, RelationKind::Replaces, &card, other_card);

    let objects = [
        Object::Person(person).known_to(other_card),
        Object::Card(card),
        exempt.get(certificate.at()).unwrap().clone().known_to(other_card),
        Object::Relation(door),
        Object::Relation(replaces),
    ];
    let dossier = Dossier::new(at, objects.iter().cloned());
    for object in objects {
        let record = record_of(&object, &dossier).unwrap();
        let head = Head::new(TENANT, object.home(), object.revision().next());
        assert_eq!(object_of(&record).unwrap(), object.with_head(head));
    }
}

#[test]
fn who_arranges_a_deputy_has_the_agreement_of_nobody_else() {
    let [ada, ben, cleo] = [1, 2, 3].map(|it| PersonId::from_uuid(Uuid::from_u128(it)));
    let forged = Deputyship::new(ada, day(1), day(2), None).seconded(cleo);
    let arranged = Deputyship::new(ada, day(1), day(2), Some(ben));
    assert_eq!(forged.arranged(ben, false), arranged);
    assert_eq!(forged.arranged(ben, true), arranged.awaiting(true));
    assert!(!forged.arranged(ben, true).counts());
}
