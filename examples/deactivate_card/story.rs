//! How the story is printed: short, aligned lines.

use cardflow::cards::Cards;
use cardflow::domain::{Certificate, Dossier, End, Object, PlanItem, Relation};
use cardflow::engine::{Domain, Event, Outline, StepKind};
use cardflow::runtime::{Happened, Open, Standing};
use cardflow::values::ObjectRef;

/// A heading.
pub fn chapter(title: &str) {
    println!("\n{title}\n{}", "─".repeat(title.chars().count()));
}

/// A line with a label.
pub fn line(label: &str, text: impl std::fmt::Display) {
    println!("  {label:<13} {text}");
}

/// A line under the one before.
pub fn more(text: impl std::fmt::Display) {
    line("", text);
}

/// An object in a few words.
pub fn name(dossier: &Dossier, at: ObjectRef) -> String {
    match dossier.get(at) {
        Some(Object::Card(it)) => format!("card {}", it.number()),
        Some(Object::Certificate(it)) => format!("certificate {}", short(it)),
        Some(Object::Person(it)) => it.name().to_owned(),
        Some(Object::Relation(it)) => format!("relation {}", relation(dossier, it)),
        None => at.to_string(),
    }
}

fn short(certificate: &Certificate) -> String {
    let serial = certificate.serial().to_string();
    let uses: Vec<_> = certificate.uses().iter().map(|it| it.name()).collect();
    format!("{}… {}", serial.chars().take(8).collect::<String>(), uses.join("+"))
}

fn relation(dossier: &Dossier, relation: &Relation) -> String {
    let to = match relation.to() {
        End::Outside(name) => name.clone(),
        End::Object(at) => match dossier.get(*at) {
            Some(Object::Person(it)) => it.name().to_owned(),
            Some(Object::Certificate(it)) => short(it),
            _ => at.to_string(),
        },
    };
    format!("{} → {to}", relation.kind())
}

/// The object page: card, holder, certificates, relations, what may be started.
pub fn page(open: &Open<Cards>) {
    let dossier = &open.dossier;
    let Some(card) = dossier.subject_card() else { return };
    line("card", format!("{:<46} {}", format!("{}, {}", card.number(), card.kind()), card.state()));
    line(
        "holder",
        dossier.holder_of(card.at()).map_or("nobody".to_owned(), |it| format!("{:<46} {}", it.name(), it.state())),
    );
    for (n, it) in dossier.certificates_of(card.at()).enumerate() {
        let confirmed = it.confirmed().map_or("not yet asked", |it| it.name());
        let label = if n == 0 { "certificates" } else { "" };
        line(label, format!("{:<46} wanted {:<8} confirmed {confirmed}", short(it), it.wanted()));
    }
    for (n, it) in dossier.relations_of(card.at()).enumerate() {
        let label = if n == 0 { "relations" } else { "" };
        let state = it.state().map_or("lineage", |it| it.name());
        line(label, format!("{:<46} {state}", relation(dossier, it)));
    }
    let startable: Vec<_> = open.offers.iter().filter(|it| it.obstacle.is_none()).map(|it| it.title).collect();
    line("may start", startable.join(", "));
}

/// What the definition of a process says of it.
pub fn process(outline: &Outline<Cards>) {
    line("use case", outline.use_case);
    line("needs", format!("the card to be {}", outline.requires.join(" or ")));
    line("outcome", outline.outcome);
    for step in &outline.steps {
        if let StepKind::Form(form) = &step.kind {
            let asks: Vec<_> = form.fields().iter().map(|it| it.name).collect();
            line("form", format!("shows {}; asks {}; [Next] [Cancel]", form.parts().join(" and "), asks.join(", ")));
        }
    }
}

/// What was done, in one line.
pub fn summary(items: &[PlanItem]) -> String {
    let mut counts: Vec<(&str, String, usize)> = Vec::new();
    for item in items {
        let kind = Cards::schema().kind(item.object.kind()).map_or("object", |it| it.name);
        let what = item.what.to_string().replacen("becomes ", "", 1);
        match counts.iter_mut().find(|(it, same, _)| *it == kind && *same == what) {
            Some((.., count)) => *count += 1,
            None => counts.push((kind, what, 1)),
        }
    }
    let words = |(kind, what, count): &(&str, String, usize)| match count {
        1 => format!("{kind} {what}"),
        more => format!("{more} {kind}s {what}"),
    };
    counts.iter().map(words).collect::<Vec<_>>().join(", ")
}

/// What a plan would do, line by line.
pub fn plan(label: &str, dossier: &Dossier, items: &[PlanItem]) {
    for (n, item) in items.iter().enumerate() {
        line(if n == 0 { label } else { "" }, format!("{:<46} {}", name(dossier, item.object), item.what));
    }
}

/// How an instance stands.
pub fn standing(standing: &Standing<Cards>) {
    let asked = format!("{} of {} requests confirmed by the authority", standing.confirmed, standing.asked);
    line("standing", format!("{}; {asked}", standing.status));
    for trouble in &standing.troubles {
        more(format!("tried {} times: {}", trouble.attempts, trouble.what));
    }
    for incident in &standing.incidents {
        more(format!("incident: {}", incident.what));
    }
}

/// One record of a history.
pub fn happened(dossier: &Dossier, record: &Happened<Cards>) {
    let entry = &record.entry;
    let who = match (&entry.actor.person, &record.personal) {
        (Some(_), Some(personal)) => format!("{} as {}", personal.account, entry.actor.role),
        _ => "by itself".to_owned(),
    };
    let what = entry.run.as_ref().map_or("registered", |it| it.process.as_str());
    let hash: String = record.linked.hash.to_string().chars().take(8).collect();
    line(&format!("{:>2}  {hash}", record.linked.sequence), format!("{}  {what}, {who}", entry.at));
    for event in &entry.events {
        match event {
            Event::Changed { changes, .. } | Event::Confirmed { changes, .. } => {
                let moved = |it: &&cardflow::domain::Change| !matches!(it, cardflow::domain::Change::HoldOpened { .. });
                for change in changes.iter().filter(moved) {
                    let (object, words) = (Cards::object_of(change), Cards::in_words(change));
                    more(format!("  {:<44} {words}", name(dossier, object)));
                }
            }
            Event::Answered { answers, .. } => {
                for (field, value) in answers.iter() {
                    more(format!("  {field}: {value}"));
                }
            }
            Event::NoMail => more("  no mail, deliberately"),
            Event::Ended(outcome) => more(format!("  ended: {outcome}")),
            _ => {}
        }
    }
}
