use std::collections::BTreeSet;

use super::schema::{
    ACCOUNT_KEY, CARD_KIND_KEY, CARD_STATE_KEY, CERTIFICATE_STATE_KEY, HOLDER_KEY, IDENTITY_KEY, NAME_KEY, NUMBER_KEY,
    PERSON_STATE_KEY, ROLE_KEY, SERIAL_KEY, UNCONFIRMED_KEY, UNTIL_KEY, WORD_KEY,
};
use crate::domain::{
    CARD_KIND, CERTIFICATE_KIND, Card, Certificate, Dossier, Head, Object, PERSON_KIND, Person, RELATION_KIND,
    RoleGrant, words,
};
use crate::engine::{KeyRef, Keys, OWNER_KEY, Record, UNIT_KEY};
use crate::values::{CodecError, ObjectRef, decode, encode};

/// The version of the stored form of objects.
const FORMAT: u8 = 1;

/// The object that a record holds.
///
/// # Errors
///
/// [`CodecError`] for bytes of another version, damaged ones, and a kind that is not an object of cards.
pub fn object_of(record: &Record) -> Result<Object, CodecError> {
    let body = &record.body;
    let mut object = match record.at.kind() {
        PERSON_KIND => Object::Person(decode("a person", FORMAT, body)?),
        CARD_KIND => Object::Card(decode("a card", FORMAT, body)?),
        CERTIFICATE_KIND => Object::Certificate(decode("a certificate", FORMAT, body)?),
        RELATION_KIND => Object::Relation(decode("a relation", FORMAT, body)?),
        _ => return Err(CodecError::Damaged { what: "an object of unknown kind", source: None }),
    };
    object.set_head(Head::new(record.tenant, record.home(), record.revision));
    Ok(object)
}

/// The record of an object, at the revision after its own; the dossier says who holds what, for the keys.
///
/// # Errors
///
/// [`CodecError`] if a value has no stored form.
pub fn record_of(object: &Object, dossier: &Dossier) -> Result<Record, CodecError> {
    let (body, keys) = match object {
        Object::Person(it) => (encode("a person", FORMAT, it)?, person_keys(it)),
        Object::Card(it) => (encode("a card", FORMAT, it)?, card_keys(it, dossier)),
        Object::Certificate(it) => (encode("a certificate", FORMAT, it)?, certificate_keys(it, dossier)),
        Object::Relation(it) => (encode("a relation", FORMAT, it)?, of_card(it.from(), dossier)),
    };
    Ok(Record { tenant: object.tenant(), at: object.at(), revision: object.revision().next(), keys, body })
}

/// Every word of the texts, once.
fn with_words(keys: &mut Keys, texts: &[&str]) {
    let mut all = Vec::with_capacity(8);
    all.extend(texts.iter().flat_map(|it| words(it)));
    all.sort_unstable();
    all.dedup();
    all.into_iter().for_each(|it| keys.push(&WORD_KEY, KeyRef::Text(&it)));
}

/// The unit and owner of whatever hangs on a card.
fn of_card(card: ObjectRef, dossier: &Dossier) -> Keys {
    let mut keys = Keys::default();
    let holder = dossier.holder_of(card);
    let own = dossier.card(card).and_then(Card::unit);
    if let Some(unit) = own.or_else(|| holder.and_then(Person::unit)) {
        keys.push(&UNIT_KEY, KeyRef::Text(unit));
    }
    if let Some(holder) = holder {
        keys.push(&OWNER_KEY, KeyRef::Id(holder.id().uuid()));
    }
    keys
}

fn person_keys(person: &Person) -> Keys {
    let mut keys = Keys::default().with(&OWNER_KEY, KeyRef::Id(person.id().uuid()));
    if let Some(unit) = person.unit() {
        keys.push(&UNIT_KEY, KeyRef::Text(unit));
    }
    keys.push(&NAME_KEY, KeyRef::Text(&person.name().to_lowercase()));
    with_words(&mut keys, &[person.name()]);
    person.accounts().for_each(|it| keys.push(&ACCOUNT_KEY, KeyRef::Text(it)));
    let roles: BTreeSet<_> = person.roles().iter().filter(|it| !it.awaits()).map(RoleGrant::role).collect();
    roles.into_iter().for_each(|it| keys.push(&ROLE_KEY, KeyRef::Text(it)));
    keys.with(&PERSON_STATE_KEY, KeyRef::Text(person.state().name()))
}

fn card_keys(card: &Card, dossier: &Dossier) -> Keys {
    let (shown, plain) = (card.number().to_string(), card.number().plain());
    let holder = dossier.holder_of(card.at());
    let mut keys = of_card(card.at(), dossier);
    with_words(&mut keys, &[&shown, &plain, holder.map_or("", Person::name)]);
    keys.push(&NUMBER_KEY, KeyRef::Text(&plain));
    if let Some(holder) = holder {
        keys.push(&HOLDER_KEY, KeyRef::Id(holder.id().uuid()));
    }
    keys.with(&CARD_STATE_KEY, KeyRef::Text(card.state().name()))
        .with(&CARD_KIND_KEY, KeyRef::Text(&card.kind().to_string()))
        .with(&UNTIL_KEY, KeyRef::Time(card.validity().until()))
}

fn certificate_keys(certificate: &Certificate, dossier: &Dossier) -> Keys {
    // The card it was first issued to, if it is still there: keys must not depend on which other cards are in sight.
    let carriers: Vec<_> = dossier.carriers(certificate.at()).map(Card::at).collect();
    let at_home = carriers.iter().find(|it| it.home() == certificate.home());
    let carrier = at_home.or_else(|| carriers.iter().min()).copied();
    let mut keys = carrier.map(|card| of_card(card, dossier)).unwrap_or_default();
    let serial = certificate.serial().to_string();
    keys.push(&IDENTITY_KEY, KeyRef::Text(&[certificate.issuer().as_str(), " ", &serial].concat()));
    let holder = carrier.and_then(|card| dossier.holder_of(card));
    with_words(&mut keys, &[&serial, holder.map_or("", Person::name)]);
    let confirmed = if certificate.is_unconfirmed() { "no" } else { "yes" };
    keys.with(&SERIAL_KEY, KeyRef::Text(&serial))
        .with(&CERTIFICATE_STATE_KEY, KeyRef::Text(certificate.wanted().name()))
        .with(&UNCONFIRMED_KEY, KeyRef::Text(confirmed))
        .with(&UNTIL_KEY, KeyRef::Time(certificate.validity().until()))
}
