//! What bodies hold, in JSON.

use std::collections::BTreeMap;

use cardflow::cards::Cards;
use cardflow::domain::{Object, PlanItem};
use cardflow::engine::{Judgement, Preview, Verdict};
use cardflow::runtime::{Happened, Open, Standing};
use cardflow::values::{Answers, Digest, ObjectRef, PersonId, TaskId, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

/// What to search for; nothing lists all cards.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    pub text: Option<String>,
    pub number: Option<String>,
}

/// In whose name something is started, by a deputy.
#[derive(Debug, Deserialize)]
pub struct InNameOf {
    pub on_behalf_of: Option<PersonId>,
}

/// Whose tasks are asked for.
#[derive(Debug, Deserialize)]
pub struct Whose {
    #[serde(default)]
    pub whose: List,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum List {
    #[default]
    Groups,
    Mine,
    All,
}

/// Answers to a form, and the digest of the preview that was shown with it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    #[serde(default)]
    answers: BTreeMap<String, String>,
    seen: Option<Digest>,
}

impl From<Answered> for Answers {
    fn from(Answered { answers, seen }: Answered) -> Self {
        let none = seen.map_or_else(Answers::none, |it| Answers::none().seen(it));
        answers.into_iter().fold(none, |all, (field, answer)| all.with(&field, answer))
    }
}

/// A decision about a request for approval.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    task: TaskId,
    verdict: Verb,
    /// What was shown: needed to approve.
    seen: Option<Digest>,
    /// Why: needed to reject and to ask.
    #[serde(default)]
    note: String,
    until: Option<Timestamp>,
    on_behalf_of: Option<PersonId>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verb {
    Approve,
    Reject,
    Postpone,
    Ask,
    TakeBack,
}

impl From<Judged> for Judgement {
    fn from(Judged { task, verdict, seen, note, until, on_behalf_of: on_behalf }: Judged) -> Self {
        let verdict = match verdict {
            Verb::Approve => Verdict::Approve,
            Verb::Reject => Verdict::Reject,
            Verb::Postpone => Verdict::Postpone(until),
            Verb::Ask => Verdict::Ask,
            Verb::TakeBack => Verdict::TakeBack,
        };
        Judgement { task, verdict, note: note.trim().to_owned(), seen, on_behalf }
    }
}

/// An object in a few words.
pub fn object(at: ObjectRef, object: &Object) -> Value {
    match object {
        Object::Card(it) => json!({
            "id": at, "card": it.number().to_string(), "kind": it.kind().to_string(), "state": it.state().name(),
        }),
        Object::Person(it) => json!({ "id": at, "person": it.name(), "state": it.state().name() }),
        Object::Certificate(it) => json!({
            "id": at, "certificate": it.serial().to_string(), "wanted": it.wanted().name(),
            "confirmed": it.confirmed().map(|it| it.name()),
        }),
        Object::Relation(it) => {
            json!({ "id": at, "relation": it.kind().to_string(), "state": it.state().map(|it| it.name()) })
        }
    }
}

/// An object, its neighbourhood, and what may be started on it.
pub fn open(open: &Open<Cards>) -> Value {
    let offers = open.offers.iter().map(|it| {
        json!({ "process": it.process, "title": it.title, "obstacle": it.obstacle.as_ref().map(ToString::to_string) })
    });
    json!({
        "id": open.id(),
        "objects": open.dossier.objects().map(|it| object(it.at(), it)).collect::<Vec<_>>(),
        "offers": offers.collect::<Vec<_>>(),
    })
}

/// How an instance stands.
pub fn standing(standing: &Standing<Cards>) -> Value {
    let approval = standing.approval.as_ref();
    json!({
        "instance": standing.instance,
        "process": standing.process,
        "subject": standing.subject,
        "status": standing.status.to_string(),
        "ended": standing.outcome().is_some(),
        "task": standing.task(),
        "preview": standing.preview.as_ref().map(preview),
        "approval": approval.map(|it| json!({ "covers": it.covers, "needs": it.policy.to_string(), "plan": lines(&it.plan) })),
        "done": lines(&standing.items),
        "asked": standing.asked,
        "confirmed": standing.confirmed,
        "incidents": standing.incidents,
    })
}

fn preview(preview: &Preview<Cards>) -> Value {
    let refusal = preview.refusal.as_ref().map(ToString::to_string);
    json!({ "digest": preview.digest, "plan": lines(&preview.items), "refusal": refusal })
}

fn lines(items: &[PlanItem]) -> Vec<Value> {
    items.iter().map(|it| json!({ "object": it.object, "what": it.what.to_string() })).collect()
}

/// One record of a history. The personal part is there as far as the caller may see it and nobody has erased it.
pub fn happened(record: &Happened<Cards>) -> Value {
    let linked = &record.linked;
    json!({ "sequence": linked.sequence, "hash": linked.hash, "entry": record.entry, "personal": record.personal })
}
