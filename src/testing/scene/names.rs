use crate::domain::{CauseKind, Dossier, End, Object, Relation};
use crate::values::ObjectRef;

/// What people call an object of a dossier: `card` for the one it is about, else `card 4711 0002`; `certificate 01`;
/// `Ada Example`; `door Main entrance`, `holder relation`.
///
/// ```
/// use cardflow::domain::Certificate;
/// use cardflow::testing::scene::{an_active_card, name_of};
///
/// let dossier = an_active_card().with_certificates(1).dossier();
/// let certificate = dossier.certificates().next().map(Certificate::at).unwrap();
/// assert_eq!(name_of(&dossier, dossier.subject()), "card");
/// assert_eq!(name_of(&dossier, certificate), "certificate 01");
/// ```
#[must_use]
pub fn name_of(dossier: &Dossier, at: ObjectRef) -> String {
    match dossier.get(at) {
        None => format!("object {at}"),
        Some(Object::Person(it)) => it.name().to_owned(),
        Some(Object::Card(_)) if at == dossier.subject() => "card".to_owned(),
        Some(Object::Card(it)) => format!("card {}", it.number()),
        Some(Object::Certificate(it)) => format!("certificate {}", it.serial()),
        Some(Object::Relation(it)) => name_of_relation(dossier, it),
    }
}

fn name_of_relation(dossier: &Dossier, relation: &Relation) -> String {
    let of = match relation.from() {
        card if card == dossier.subject() || dossier.get(card).is_none() => String::new(),
        card => format!(" of {}", name_of(dossier, card)),
    };
    match relation.to() {
        End::Outside(name) => format!("{} {name}{of}", relation.kind()),
        End::Object(to) => match dossier.get(*to) {
            Some(Object::Certificate(it)) => format!("{} {}{of}", relation.kind(), it.serial()),
            Some(Object::Card(_)) => format!("{} {}{of}", relation.kind(), name_of(dossier, *to)),
            Some(Object::Person(_) | Object::Relation(_)) | None => format!("{} relation{of}", relation.kind()),
        },
    }
}

/// How an object stands, in a line: its name, its state, what holds it, and whether the authority has still to confirm it.
///
/// None for what has no state. `card is inactive, held by card deactivation`; `certificate 01 is on hold, held by card
/// deactivation, not yet confirmed`.
#[must_use]
pub fn state_of(dossier: &Dossier, at: ObjectRef) -> Option<String> {
    let object = dossier.get(at)?;
    let mut line = format!("{} is {}", name_of(dossier, at), object.state()?);
    let mut causes: Vec<CauseKind> = object.holds().iter().map(|it| it.cause().kind).collect();
    causes.sort();
    if !causes.is_empty() {
        let causes: Vec<_> = causes.iter().map(|it| it.name()).collect();
        line.push_str(&format!(", held by {}", causes.join(" and ")));
    }
    if let Object::Certificate(it) = object {
        if let Some(exemption) = it.exemptions().first() {
            line.push_str(&format!(", left alone: {}", exemption.policy));
        }
        if it.is_unconfirmed() {
            line.push_str(", not yet confirmed");
        }
    }
    Some(line)
}
