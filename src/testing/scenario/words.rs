//! What the engine says, in the words that people read.

use crate::cards::{Cards, Request};
use crate::domain::{Answer, AuthorityAction, Dossier, Object};
use crate::engine::{Event, Preview};
use crate::testing::scene::{name_of, state_of};

/// What came of some moves, in lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    pub(super) plan: Vec<String>,
    pub(super) preview: Option<Vec<String>>,
    pub(super) asked: Vec<String>,
    pub(super) events: Vec<String>,
    pub(super) incidents: Vec<String>,
}

/// What a scenario begins with: how cards, certificates and persons stand.
pub(super) fn given(dossier: &Dossier) -> String {
    let named = dossier.objects().filter(|it| !matches!(it, Object::Relation(_)));
    named.filter_map(|it| state_of(dossier, it.at())).collect::<Vec<_>>().join("; ")
}

/// What Next would do, or why it would be refused.
pub(super) fn preview(preview: &Preview<Cards>, dossier: &Dossier) -> Vec<String> {
    let items = preview.items.iter().map(|it| format!("{} {}", name_of(dossier, it.object), it.what));
    items.chain(preview.refusal.iter().map(|it| format!("refused: {it}"))).collect()
}

/// `authority: certificate 01 to be on hold`.
pub(super) fn request(request: &Request, dossier: &Dossier) -> String {
    match request {
        Request::Authority(it) => {
            let why = match it.action {
                AuthorityAction::Revoke(reason) => format!(" ({reason})"),
                AuthorityAction::Hold | AuthorityAction::Release => String::new(),
            };
            format!("authority: {} to be {}{why}", name_of(dossier, it.certificate), it.action.asks_for())
        }
        Request::Status(it) => format!("authority: asked for {}", name_of(dossier, it.certificate)),
        Request::ReadBack(it) => format!("read back: {} to be seen {}", name_of(dossier, it.certificate), it.state),
        Request::Approval(it) => format!("approval: {} submitted", it.process),
        Request::Withdrawal(_) => "approval: withdrawn".to_owned(),
        Request::Mail(it) => format!("mail: {}", it.notice.kind),
        Request::CardState(it) => format!("{}: {} is {}", it.listener, name_of(dossier, it.card), it.state),
    }
}

/// An event in a line.
pub(super) fn event(event: &Event<Cards>, dossier: &Dossier) -> String {
    match event {
        Event::Started { .. } => "started".to_owned(),
        Event::Waits { step, .. } => format!("waits at {step}"),
        Event::Bound { version, fell_back, .. } if fell_back.is_empty() => format!("options of version {version}"),
        Event::Bound { version, fell_back, .. } => {
            format!("options of version {version}, with the safe value of {}", fell_back.join(", "))
        }
        Event::Answered { step, answers } => {
            let given: Vec<_> = answers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            if given.is_empty() { format!("{step} answered") } else { format!("{step} answered, {}", given.join(", ")) }
        }
        Event::Changed { step, leaves, .. } => format!("{step}: {leaves}"),
        Event::Requested { request: asked, awaited, .. } => {
            let waits = if *awaited { ", and waits for the answer" } else { "" };
            format!("asks {}{waits}", request(asked, dossier))
        }
        Event::Confirmed { answer: Answer::Authority { state, .. }, .. } => format!("answered: {state}"),
        Event::Late { answer: Answer::Authority { state, .. }, .. } => format!("answered late: {state}"),
        Event::Confirmed { answer: Answer::Published { state, .. }, .. } => format!("seen: {state}"),
        Event::Late { answer: Answer::Published { state, .. }, .. } => format!("seen late: {state}"),
        Event::Confirmed { answer: Answer::Told, .. } => "answered".to_owned(),
        Event::Confirmed { answer: Answer::NotKnown, .. } => "answered: not known".to_owned(),
        Event::Late { answer: Answer::NotKnown, .. } => "answered late: not known".to_owned(),
        Event::Late { answer: Answer::Told, .. } => "answered late".to_owned(),
        Event::Overtaken { .. } => "overtaken".to_owned(),
        Event::Resolved { how, .. } => format!("incident resolved: {how}"),
        Event::Incident { object, what, .. } => format!("incident, {}: {what}", name_of(dossier, *object)),
        Event::NoMail => "no mail".to_owned(),
        Event::Confirming { end, .. } => format!("{end}, waiting for confirmation"),
        Event::Ended(outcome) => format!("ends: {outcome}"),
        Event::Erased(_) => "personal data erased".to_owned(),
        Event::Trimmed(_) => "history trimmed".to_owned(),
        Event::ApprovalAsked { policy, limit: None, .. } => format!("asks {policy} to approve"),
        Event::ApprovalAsked { policy, limit: Some(limit), .. } => {
            format!("asks {policy} to approve, because of {limit}")
        }
        Event::Judged { step, verdict, .. } => format!("{step}: {verdict}"),
        Event::NextStage { step, stage } => format!("{step}: stage {}", stage.saturating_add(1)),
        Event::Reminded { step } => format!("{step}: reminded"),
        Event::Escalated { step, to } => format!("{step}: escalated to {to}"),
        Event::Approved { step, automatic: false } => format!("{step}: agreed"),
        Event::Approved { step, automatic: true } => format!("{step}: agreed, automatic"),
        Event::Differed { step, gone, come } => {
            format!("{step}: {} lines of the plan gone, {} new", gone.len(), come.len())
        }
        Event::Resubmitted { step, .. } => format!("{step}: asked again"),
        Event::Notified { request: asked, .. } => format!("tells {}", request(asked, dossier)),
        Event::OptionsProposed { version, .. } => format!("options proposed, as version {version}"),
        Event::OptionsActivated { version } => format!("options of version {version} put in force"),
        Event::Appointed { what, in_force: true, .. } => what.to_string(),
        Event::Appointed { what, in_force: false, .. } => format!("proposed: {what}"),
        Event::Read { how, .. } => format!("read: {how}"),
        Event::Handled { step, command, .. } => format!("{step}: {}", command.name()),
    }
}
