//! Cards as a domain of the engine, and the package of processes that comes with them.
//!
//! This is the only place that knows both [`domain`](crate::domain) and [`engine`](crate::engine).

mod appoint;
mod approval;
mod authority;
mod card_subject;
mod deadlines;
mod directory;
mod facts;
mod fields;
mod gateway;
mod limit;
mod mail;
mod options;
mod person_subject;
mod planned;
pub mod processes;
mod read_back;
mod reconcile;
mod register;
mod request;
mod rights;
mod schema;
mod search;
mod stored;

pub use self::approval::{approvers, as_the_options_say, is_urgent, reviewed_as_the_options_say, reviewers};
pub use self::authority::{AUTHORITY_EFFECT, AuthorityEffects};
pub use self::card_subject::{CardSubject, Leaves, leaves, on_card};
pub use self::directory::StoreDirectory;
pub use self::fields::{card_and_holder, lost_since, note, notified_at, reason};
pub use self::gateway::{APPROVAL_EFFECT, ApprovalEffects};
pub use self::limit::deactivation_limit;
pub use self::mail::{MAIL_EFFECT, MailEffects};
pub use self::options::{ApprovalMail, CardsOptions};
pub use self::person_subject::{PersonLeaves, PersonSubject, leaves_person, on_person};
pub use self::processes::package;
pub use self::read_back::{READ_BACK_EFFECT, ReadBackEffects};
pub use self::request::{CardStateRequest, MailRequest, Request};
use self::request::{authority_target, read_back_target};
pub use self::rights::{
    ADMINISTRATOR, APPROVER, AUDITOR, ActionPattern, InvalidPattern, InvalidRow, OPERATOR, Reach, RoleRow, RoleTable,
    SELF_SERVICE,
};
pub use self::schema::{ACCOUNT_KEY, SCHEMA};
pub use self::stored::{object_of, record_of};

use std::collections::BTreeSet;

use crate::domain::{
    Answer, Authorities, AuthorityAction, Breach, CARD_KIND, Certificate, CertificateState, Change, Dossier,
    IssuerName, Neighbours, Object, Person, PlanItem, Refusal, Told, What,
};
use crate::engine::options::{FactSpec, Facts, OptionSpec};
use crate::engine::{
    Actor, Answered, Appointer, Appointment, Appoints, ApprovalRequest, Arrived, Assembly, Broken, Domain, Due, Lane,
    Missed, Notice, PlanLine, Record, Registered, Schema, SharedRecord,
};
use crate::values::{CodecError, HomeId, Ids, Kind, Millis, ObjectRef, PersonId, TaskId, Timestamp};

/// The domain of cards, for the engine.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cards;

/// What the host has plugged in, as far as plans depend on it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CardsWorld {
    /// The registered authorities.
    pub authorities: Authorities,
    /// The kinds of effects that want to be told of card states: a door system, say.
    pub listeners: BTreeSet<String>,
    /// The issuers of which it is read back what they publish.
    pub read_back: BTreeSet<IssuerName>,
    /// Whether there is a notifier that sends mail; without one, nobody is written to.
    pub sends_mail: bool,
    /// Whether there is a gateway to a system outside that decides requests for approval; without one, they wait here alone.
    pub submits_approvals: bool,
}

/// By how much the clock of an authority may differ from ours: what it dates so much later than our request came after it
/// for sure, and what it dates so much earlier came before it.
const CLOCKS_DIFFER: Millis = Millis::seconds(300);

impl Domain for Cards {
    type Object = Object;
    type Dossier = Dossier;
    type Change = Change;
    type Item = PlanItem;
    type Request = Request;
    type Answer = Answer;
    type Refusal = Refusal;
    type Options = CardsOptions;
    type World = CardsWorld;
    type Told = Told;

    const OPTION_SCRIPT: &'static str = "CardsScriptOptions";

    fn schema() -> &'static Schema {
        &SCHEMA
    }

    fn object(record: &Record) -> Result<Object, CodecError> {
        object_of(record)
    }

    fn at(object: &Object) -> ObjectRef {
        object.at()
    }

    fn look_up(dossier: &Dossier, object: ObjectRef) -> Option<&Object> {
        dossier.get(object)
    }

    fn deadlines(object: &Object) -> Vec<Timestamp> {
        deadlines::of(object)
    }

    fn due(dossier: &Dossier, options: &CardsOptions, now: Timestamp) -> Option<Due> {
        deadlines::due(dossier, options, now)
    }

    fn missed(dossier: &Dossier, now: Timestamp) -> Vec<Missed> {
        deadlines::missed(dossier, now)
    }

    fn homes(objects: &[Object]) -> Vec<HomeId> {
        register::homes(objects)
    }

    fn register(
        there: &[SharedRecord],
        homes: &[HomeId],
        objects: &[Object],
        ids: &Ids,
    ) -> Result<Assembly<Registered<Cards>>, CodecError> {
        register::records(there, homes, objects, ids)
    }

    fn assemble(
        subject: ObjectRef,
        homes: &[HomeId],
        records: &[SharedRecord],
    ) -> Result<Assembly<Dossier>, CodecError> {
        let mut objects = Vec::with_capacity(records.len());
        for record in records {
            objects.push(record.decoded(object_of)?);
        }
        let dossier = Dossier::new(subject, objects);
        if dossier.get(subject).is_none() {
            return Ok(Assembly::NoSubject);
        }
        Ok(match dossier.neighbours(homes) {
            Neighbours::Complete => Assembly::Complete(dossier),
            Neighbours::Missing(homes) => Assembly::Needs(homes),
        })
    }

    fn record(dossier: &Dossier, object: ObjectRef) -> Result<Option<Record>, CodecError> {
        dossier.get(object).map(|it| record_of(it, dossier)).transpose()
    }

    fn apply(dossier: &mut Dossier, change: &Change) -> Result<(), Refusal> {
        Ok(dossier.apply(change)?)
    }

    fn stored(dossier: &mut Dossier, object: ObjectRef) {
        dossier.stored(object);
    }

    fn object_of(change: &Change) -> ObjectRef {
        change.object()
    }

    fn in_words(change: &Change) -> String {
        match change {
            Change::Moved { from, to, reason: Some(reason), .. } => format!("{from} → {to} ({reason})"),
            Change::Moved { from, to, .. } => format!("{from} → {to}"),
            Change::HoldOpened { hold, .. } => format!("hold opened: {}", hold.cause().kind),
            Change::HoldLimited { until: Some(until), .. } => format!("hold limited until {until}"),
            Change::HoldLimited { until: None, .. } => "hold no longer limited".to_owned(),
            Change::HoldClosed { cause, .. } => format!("hold closed: {}", cause.kind),
            Change::Exempted { exemption, .. } => format!("left alone: {}", exemption.policy),
            Change::ExemptionLifted { .. } => "exemption lifted".to_owned(),
            Change::Confirmed { state, .. } => format!("confirmed by the authority: {state}"),
            Change::Seen { state, since, .. } => format!("seen by relying parties since {since}: {state}"),
            Change::Registered { state: Some(state), .. } => format!("registered, {state}"),
            Change::Registered { .. } => "registered".to_owned(),
            Change::Related { .. } => "related to a card of another home".to_owned(),
            Change::Erased { .. } => "personal data erased".to_owned(),
            Change::RoleGranted { grant, .. } if grant.awaits() => format!("role proposed: {}", grant.role()),
            Change::RoleGranted { grant, .. } => format!("role granted: {}", grant.role()),
            Change::RoleWithdrawn { grant, .. } => format!("role withdrawn: {}", grant.role()),
            Change::DeputyNamed { deputyship, .. } if deputyship.counts() => "deputy named".to_owned(),
            Change::DeputyNamed { .. } => "deputy proposed".to_owned(),
            Change::DeputyEnded { .. } => "deputyship ended".to_owned(),
            Change::DeadlineSet { deadline, .. } => {
                format!("to be met by {} ({}, notified at {})", deadline.by, deadline.rule, deadline.notified)
            }
            Change::DeadlineEnded { rule, how, at, .. } => format!("deadline {how} at {at} ({rule})"),
            Change::Restated { .. } => "told anew, without the salt that was erased".to_owned(),
        }
    }

    fn tell(told: &mut Told, change: &Change) {
        told.tell(change);
    }

    fn differences(told: &Told, records: &[SharedRecord]) -> Vec<(ObjectRef, String)> {
        let (mut objects, mut found) = (Vec::new(), Vec::new());
        for record in records {
            match object_of(record) {
                Ok(object) if object.at() == record.at => objects.push(object),
                Ok(_) => found.push((record.at, "it says that it is another object".to_owned())),
                Err(error) => found.push((record.at, error.to_string())),
            }
        }
        let unread: Vec<_> = found.iter().map(|(at, _)| *at).collect();
        found.extend(told.differences(&objects).into_iter().filter(|(at, _)| !unread.contains(at)));
        found
    }

    fn erase(dossier: &Dossier) -> Result<Vec<Change>, Refusal> {
        dossier.erasure()
    }

    fn appoint(dossier: &Dossier, what: &Appointment, by: &Appointer) -> Result<Appoints<Cards>, Refusal> {
        appoint::changes(dossier, what, by)
    }

    fn comes_appointed(object: &Object) -> bool {
        appoint::is_appointed(object)
    }

    fn appointed_by(object: Object, by: &Appointer) -> Result<Object, Refusal> {
        appoint::brought_in(object, by)
    }

    fn breaches(dossier: &Dossier, now: Timestamp) -> Vec<Broken> {
        let broken = |it: Breach| Broken { invariant: it.invariant, object: it.object };
        Breach::all(dossier, now).into_iter().map(broken).collect()
    }

    fn breaches_between(before: &Dossier, after: &Dossier) -> Vec<Broken> {
        let broken = |it: Breach| Broken { invariant: it.invariant, object: it.object };
        Breach::between(before, after).into_iter().map(broken).collect()
    }

    fn effect_kind(request: &Request) -> &str {
        request.effect_kind()
    }

    fn target(request: &Request) -> String {
        request.target()
    }

    fn system(request: &Request) -> String {
        request.system()
    }

    fn about(request: &Request) -> Option<ObjectRef> {
        request.about()
    }

    fn overtakes(world: &CardsWorld, request: &Request) -> Vec<String> {
        let Request::Authority(it) = request else { return Vec::new() };
        authority::overtakes(it, world.read_back.contains(&it.issuer))
    }

    fn overtakes_anywhere(request: &Request) -> Vec<String> {
        let Request::Authority(it) = request else { return Vec::new() };
        authority::overtakes(it, true)
    }

    fn is_overtaken(dossier: &Dossier, request: &Request) -> bool {
        let wanted = |certificate| dossier.certificate(certificate).map(Certificate::wanted);
        match request {
            Request::Authority(it)
                if it.action == AuthorityAction::Release && authority::holds(dossier, it.certificate) =>
            {
                true
            }
            Request::Authority(it) if it.action.asks_for() != CertificateState::Revoked => {
                wanted(it.certificate) == Some(CertificateState::Revoked)
            }
            Request::Status(it) => wanted(it.certificate) == Some(CertificateState::Revoked),
            Request::ReadBack(it) => wanted(it.certificate).is_some_and(|wanted| wanted != it.state),
            _ => false,
        }
    }

    fn lane(request: &Request) -> Lane {
        request.lane()
    }

    fn notify(world: &CardsWorld, to: PersonId, notice: Notice) -> Option<Request> {
        world.sends_mail.then_some(Request::Mail(MailRequest { to, notice }))
    }

    fn submit(world: &CardsWorld, request: ApprovalRequest, plan: &[PlanItem]) -> Option<Request> {
        let line = |it: &PlanItem| PlanLine { object: it.object, what: it.what.to_string() };
        let plan = plan.iter().map(line).collect();
        world.submits_approvals.then(|| Request::Approval(Box::new(ApprovalRequest { plan, ..request })))
    }

    fn withdraw(world: &CardsWorld, task: TaskId) -> Option<Request> {
        world.submits_approvals.then_some(Request::Withdrawal(task))
    }

    fn holders(dossier: &Dossier) -> BTreeSet<PersonId> {
        let subject = dossier.subject();
        let person = dossier.person(subject).or_else(|| dossier.holder_of(subject));
        person.map(Person::id).into_iter().collect()
    }

    fn answered(arrived: Arrived<'_, Cards>) -> Answered<Cards> {
        let Arrived { dossier, world, request, answer, now, .. } = arrived;
        let answered = match (request, answer) {
            (Request::Authority(asked), Answer::Authority { state, reason, held_before, .. }) => {
                authority::answered(arrived, asked, *state, *reason, *held_before)
            }
            (Request::Status(asked), Answer::Authority { .. } | Answer::NotKnown) => {
                reconcile::answered(arrived, asked)
            }
            (Request::ReadBack(asked), Answer::Published { state, since, as_of }) => {
                read_back::answered(dossier, asked, *state, *since, *as_of)
            }
            (
                Request::Authority(_)
                | Request::Status(_)
                | Request::ReadBack(_)
                | Request::Mail(_)
                | Request::CardState(_)
                | Request::Approval(_)
                | Request::Withdrawal(_),
                _,
            ) => Answered::default(),
        };
        deadlines::met(dossier, world, answered, now)
    }

    fn compared_kind() -> Kind {
        CARD_KIND
    }

    fn to_compare(dossier: &Dossier, world: &CardsWorld, now: Timestamp) -> Vec<Request> {
        reconcile::to_compare(dossier, &world.authorities, now)
    }

    fn has_drifted(dossier: &Dossier, request: &Request, answer: &Answer) -> bool {
        reconcile::has_drifted(dossier, request, answer)
    }

    fn reconciled_by() -> &'static str {
        "CardsProcReconcile"
    }

    fn incidents(items: &[PlanItem]) -> Vec<(ObjectRef, String)> {
        let left_alone = |it: &PlanItem| match &it.what {
            What::Exempt { policy } if policy.is_incident() => Some((it.object, it.what.to_string())),
            _ => None,
        };
        items.iter().filter_map(left_alone).collect()
    }

    fn option_specs() -> &'static [OptionSpec<CardsOptions>] {
        CardsOptions::SPECS
    }

    fn fact_specs() -> &'static [FactSpec] {
        facts::SPECS
    }

    fn facts<'a>(dossier: Option<&'a Dossier>, actor: &'a Actor) -> Facts<'a> {
        facts::of(dossier, actor)
    }

    fn overdue_role(options: &CardsOptions) -> Option<&str> {
        options.overdue_role.as_deref()
    }

    fn needs_second_administrator(options: &CardsOptions) -> bool {
        options.second_administrator
    }

    fn records_reading(options: &CardsOptions) -> bool {
        options.record_reading
    }

    fn mails_daily(options: &CardsOptions) -> bool {
        options.approval_mail == ApprovalMail::Daily
    }

    fn remark(subject: ObjectRef, items: &[PlanItem]) -> Option<String> {
        let about = |it: &&PlanItem| it.object == subject && matches!(it.what, What::StillHeld { .. });
        items.iter().find(about).map(|it| it.what.to_string())
    }
}
