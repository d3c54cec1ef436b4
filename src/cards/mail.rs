use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::authority::encoded;
use super::{Cards, Request};
use crate::domain::{Answer, Dossier, PERSON_KIND};
use crate::engine::{Assembly, Domain, Entry, Event, Notice, NoticeKind, PersonalEntry, Process, Waiting};
use crate::ports::{
    Contact, Directory, DirectoryError, EffectCall, EffectError, EffectHandler, EffectState, Fact, Home, Message,
    MessageFacts, Notifier, Seen, Setback, Storage,
};
use crate::values::{ObjectRef, PersonId, TenantId};

/// The kind of the effects that send mail.
pub const MAIL_EFFECT: &str = "mail";

/// How many records of a home are looked through for what was said with a decision: first a few, since it was made lately.
const LOOKED_THROUGH: [usize; 2] = [10, 200];

/// Performs requests to write to people: finds out what there is to tell, and hands the message to the notifier.
///
/// A request has ids only. Names, addresses and card numbers are looked up when it is delivered, so that what was erased
/// meanwhile is not told, and what changed is told as it is now.
#[derive(Clone, Debug)]
pub struct MailEffects {
    notifier: Arc<dyn Notifier>,
    directory: Arc<dyn Directory>,
    storage: Arc<dyn Storage>,
    titles: BTreeMap<String, String>,
}

impl MailEffects {
    /// With this notifier, people from this directory, and cards from this store.
    #[must_use]
    pub fn new(notifier: Arc<dyn Notifier>, directory: Arc<dyn Directory>, storage: Arc<dyn Storage>) -> Self {
        MailEffects { notifier, directory, storage, titles: BTreeMap::new() }
    }

    /// With the titles of these processes; of others, the symbolic name is told. The title is that of the last given.
    #[must_use]
    pub fn titles<'a>(mut self, processes: impl IntoIterator<Item = &'a Arc<dyn Process<Cards>>>) -> Self {
        let outlines = processes.into_iter().map(|it| it.outline());
        self.titles.extend(outlines.map(|it| (it.name.to_owned(), it.title.to_owned())));
        self
    }

    /// The person, unless nobody knows them any more.
    async fn person(&self, tenant: TenantId, person: PersonId) -> Result<Option<Contact>, EffectError> {
        match self.directory.contact(tenant, person).await {
            Ok(contact) => Ok(Some(contact)),
            Err(DirectoryError::NotFound) => Ok(None),
            Err(error) => Err(failed(setback_of(error.is_retryable()), error)),
        }
    }

    async fn name(&self, tenant: TenantId, person: PersonId) -> Result<Fact, EffectError> {
        Ok(told(self.person(tenant, person).await?.and_then(|it| it.name)))
    }

    /// The subject and its neighbourhood, loaded home by home; none if it is gone.
    async fn dossier(&self, tenant: TenantId, subject: ObjectRef) -> Result<Option<Dossier>, EffectError> {
        let mut ids = vec![subject.home()];
        let mut homes = Vec::new();
        loop {
            let asked = self.storage.homes(tenant, ids.get(homes.len()..).unwrap_or_default()).await;
            homes.extend(asked.map_err(|error| failed(setback_of(error.is_retryable()), error))?);
            let records: Vec<_> = Home::records_of(&homes).cloned().collect();
            match Cards::assemble(subject, &ids, &records).map_err(|error| failed(Setback::Permanent, error))? {
                Assembly::Complete(dossier) => return Ok(Some(dossier)),
                Assembly::NoSubject => return Ok(None),
                Assembly::Needs(more) => ids.extend(more),
            }
        }
    }

    async fn row(&self, tenant: TenantId, waiting: &Waiting) -> Result<MessageFacts, EffectError> {
        let title = self.titles.get(&waiting.process).unwrap_or(&waiting.process);
        let mut facts = MessageFacts::from([
            ("process", Fact::Text(title.clone())),
            ("instance", Fact::Text(waiting.instance.to_string())),
        ]);
        let dossier = self.dossier(tenant, waiting.subject).await?;
        about(&mut facts, waiting.subject, dossier.as_ref());
        if let Some(task) = waiting.task {
            facts.insert("task", Fact::Text(task.to_string()));
        }
        if let Some(until) = waiting.until {
            facts.insert("until", Fact::Time(until));
        }
        if let Some(requester) = waiting.requester {
            facts.insert("requester", self.name(tenant, requester).await?);
        }
        Ok(facts)
    }

    async fn facts(&self, tenant: TenantId, notice: &Notice) -> Result<MessageFacts, EffectError> {
        let mut rows = Vec::new();
        for waiting in notice.waiting() {
            rows.push(self.row(tenant, &waiting).await?);
        }
        if notice.kind == NoticeKind::Digest {
            return Ok(MessageFacts::from([("waiting", Fact::Rows(rows))]));
        }
        let mut facts = rows.into_iter().next().unwrap_or_default();
        if let Some(by) = notice.by {
            facts.insert("by", self.name(tenant, by).await?);
        }
        if let Some(outcome) = &notice.outcome {
            facts.insert("outcome", Fact::Text(outcome.clone()));
        }
        if matches!(notice.kind, NoticeKind::ApprovalDecided | NoticeKind::InformationAsked)
            && let Some(said) = self.said(tenant, notice).await?
        {
            facts.insert("note", Fact::Text(said));
        }
        Ok(facts)
    }

    /// What was said with the decision that the notice tells of: it stands in the personal part of its record, and nowhere
    /// once that is erased.
    async fn said(&self, tenant: TenantId, notice: &Notice) -> Result<Option<String>, EffectError> {
        if notice.by.is_none() {
            return Ok(None);
        }
        for limit in LOOKED_THROUGH {
            let records = self.storage.history(tenant, notice.subject.home(), None, limit).await;
            let records = records.map_err(|error| failed(setback_of(error.is_retryable()), error))?;
            for record in &records {
                let entry = Entry::<Cards>::read(record).map_err(|error| failed(Setback::Permanent, error))?;
                if entry.run.is_none_or(|it| it.instance != notice.instance) {
                    continue;
                }
                let is = |what: fn(&Event<Cards>) -> bool| entry.events.iter().any(what);
                if entry.actor.person == notice.by && is(|it| matches!(it, Event::Judged { .. })) {
                    let personal = PersonalEntry::read(record).map_err(|error| failed(Setback::Permanent, error))?;
                    return Ok(personal.map(|it| it.said).filter(|it| !it.is_empty()));
                }
                if is(|it| matches!(it, Event::Started { .. })) {
                    return Ok(None);
                }
            }
            if records.len() < limit {
                break;
            }
        }
        Ok(None)
    }
}

fn told(text: Option<String>) -> Fact {
    text.map_or(Fact::Gone, Fact::Text)
}

/// What the process runs on: a card, or else a person.
fn about(facts: &mut MessageFacts, subject: ObjectRef, dossier: Option<&Dossier>) {
    let name = |person: &crate::domain::Person| told((!person.is_erased()).then(|| person.name().to_owned()));
    if subject.kind() == PERSON_KIND {
        let person = dossier.and_then(|it| it.person(subject));
        facts.insert("person", person.map_or(Fact::Gone, name));
        return;
    }
    let card = dossier.and_then(|it| it.card(subject));
    facts.insert("card", told(card.map(|it| it.number().to_string())));
    facts.insert("card_kind", told(card.map(|it| it.kind().to_string())));
    if let Some(holder) = dossier.and_then(|it| it.holder_of(subject)) {
        facts.insert("holder", name(holder));
    }
}

fn wrong(what: &str) -> EffectError {
    EffectError { what: what.to_owned(), setback: Setback::Permanent, source: None }
}

fn failed(setback: Setback, source: impl std::error::Error + Send + Sync + 'static) -> EffectError {
    let what = "what the mail is to tell cannot be read".to_owned();
    EffectError { what, setback, source: Some(Box::new(source)) }
}

#[async_trait]
impl EffectHandler for MailEffects {
    fn kind(&self) -> String {
        MAIL_EFFECT.to_owned()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        let Ok(Request::Mail(request)) = Request::from_bytes(&call.body) else {
            return Err(wrong("this is no request to send mail"));
        };
        let contact = self.person(call.tenant, request.to).await?;
        let contact = contact.ok_or_else(|| wrong("the directory does not know the person to write to; add it"))?;
        let Contact { address, name, locale } = contact;
        let address = address.ok_or_else(|| wrong("the directory knows no mail address of the person; add one"))?;
        let mut facts = self.facts(call.tenant, &request.notice).await?;
        facts.insert("recipient", told(name));
        let (effect, to, kind) = (call.id, request.to, request.notice.kind);
        self.notifier.notify(&Message { effect, to, address, locale, kind, facts }).await?;
        encoded(&Answer::Told)
    }

    /// A mail whose fate is not known is sent again: its header has the effect's id, so that a receiver can drop doubles.
    async fn status(&self, _: &EffectCall) -> Result<EffectState, EffectError> {
        Ok(EffectState::NotDone(Seen::default()))
    }
}

fn setback_of(retryable: bool) -> Setback {
    if retryable { Setback::Unavailable } else { Setback::Permanent }
}
