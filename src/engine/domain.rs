use std::collections::BTreeSet;
use std::fmt::{Debug, Display};

use serde::{Serialize, de::DeserializeOwned};

use super::actor::Actor;
use super::alarm::{Due, Missed};
use super::appoint::{Appointer, Appointment};
use super::approval_request::ApprovalRequest;
use super::lane::Lane;
use super::notice::Notice;
use super::options::{FactSpec, Facts, OptionSpec};
use super::record::{Record, Schema};
use super::shared_record::SharedRecord;
use crate::values::{
    Answers, CodecError, HomeId, Ids, InstanceId, Kind, ObjectRef, PersonId, TaskId, TenantId, Timestamp,
};

/// What the engine must know of the objects that processes act on. It names no card (law 3).
///
/// Everything here is pure: no I/O, no clock, no chance.
pub trait Domain: Clone + Debug + Eq + Send + Sync + 'static {
    /// An object of any kind.
    type Object: Clone + Debug + PartialEq + Send + Sync + 'static;
    /// The subject of an instance with its neighbourhood.
    type Dossier: Clone + Debug + PartialEq + Send + Sync + 'static;
    /// One validated change of one object.
    type Change: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// One line of a plan, as the preview shows it. No times, no revisions, and no ids that come fresh but those of
    /// [`Ground::ids`].
    type Item: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// One request to the outside.
    type Request: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What the outside answered.
    type Answer: Clone + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// Why a plan cannot be.
    type Refusal: std::error::Error + Clone + PartialEq + Send + Sync + 'static;
    /// What the administrator decides.
    type Options: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What the host has plugged in, as far as plans depend on it.
    type World: Clone + Debug + Default + Send + Sync + 'static;

    /// What the history of a home tells of its objects.
    type Told: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;

    /// The name of the script that its options are set in.
    const OPTION_SCRIPT: &'static str;

    /// The kinds of its records and their keys.
    fn schema() -> &'static Schema;

    /// The object that a record holds.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it does not decode.
    fn object(record: &Record) -> Result<Self::Object, CodecError>;

    /// The reference of an object.
    fn at(object: &Self::Object) -> ObjectRef;

    /// An object of a dossier.
    fn look_up(dossier: &Self::Dossier, object: ObjectRef) -> Option<&Self::Object>;

    /// The times at which something may be due of an object by itself. It is looked at then.
    fn deadlines(object: &Self::Object) -> Vec<Timestamp>;

    /// The process that is due on the subject by itself, if one is. Once it has begun, it must not be due any more: else it
    /// begins again at the next deadline.
    fn due(dossier: &Self::Dossier, options: &Self::Options, now: Timestamp) -> Option<Due>;

    /// What should have come about by now for the subject, by rules. It is looked at when a [deadline](Self::deadlines) comes.
    fn missed(dossier: &Self::Dossier, now: Timestamp) -> Vec<Missed>;

    /// The homes that new objects belong to, and those of what they are related to.
    fn homes(objects: &[Self::Object]) -> Vec<HomeId>;

    /// The records of new objects among those that are there in some homes, and of those they change, and the changes to
    /// put on record; or the homes that are needed besides. A new object's record is its first revision, whatever is there.
    /// Salts come from `ids`: they hide what the history tells of personal data from whoever guesses it.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if a value has no stored form or a record does not decode.
    fn register(
        there: &[SharedRecord],
        homes: &[HomeId],
        objects: &[Self::Object],
        ids: &Ids,
    ) -> Result<Assembly<Registered<Self>>, CodecError>;

    /// A dossier about `subject` from the records of some homes, or the homes that are needed besides. A dossier that shares its
    /// objects takes them from [`SharedRecord::decoded`], and a record that is held in memory is decoded once.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if a record does not decode.
    fn assemble(
        subject: ObjectRef,
        homes: &[HomeId],
        records: &[SharedRecord],
    ) -> Result<Assembly<Self::Dossier>, CodecError>;

    /// The record of an object as the dossier has it now, at the revision after the one it was loaded with.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it has no stored form.
    fn record(dossier: &Self::Dossier, object: ObjectRef) -> Result<Option<Record>, CodecError>;

    /// Makes one change to a dossier.
    ///
    /// # Errors
    ///
    /// The refusal of the object's graph.
    fn apply(dossier: &mut Self::Dossier, change: &Self::Change) -> Result<(), Self::Refusal>;

    /// An object of the dossier was stored as it is there: it is at its next revision.
    fn stored(dossier: &mut Self::Dossier, object: ObjectRef);

    /// The object a change is about.
    fn object_of(change: &Self::Change) -> ObjectRef;

    /// In words, what a change does to its object.
    fn in_words(change: &Self::Change) -> String;

    /// Goes on with what the history of a home tells of its objects. Total: a change that cannot be is told as it stands.
    fn tell(told: &mut Self::Told, change: &Self::Change);

    /// Where the objects of a home are not as its history tells, in words; and those that do not decode.
    fn differences(told: &Self::Told, records: &[SharedRecord]) -> Vec<(ObjectRef, String)>;

    /// The changes that take the personal data out of a person and of what is named after the person. The objects stay, so
    /// that references hold.
    ///
    /// # Errors
    ///
    /// The refusal if the person may still come back.
    fn erase(dossier: &Self::Dossier) -> Result<Vec<Self::Change>, Self::Refusal>;

    /// The changes that give the subject, a person, a role or a deputyship or take it, and whether it counts from now on: what
    /// one does for oneself may have to wait until another person has done the same.
    ///
    /// # Errors
    ///
    /// The refusal if it is so already, waits for somebody else, reaches further than the right of whoever gives or takes it,
    /// or cannot be.
    fn appoint(dossier: &Self::Dossier, what: &Appointment, by: &Appointer) -> Result<Appoints<Self>, Self::Refusal>;

    /// Whether a new object comes with a role or a deputyship.
    fn comes_appointed(object: &Self::Object) -> bool;

    /// A new object as somebody brings it in: the roles and deputyships that it comes with are as if that person had given
    /// each of them.
    ///
    /// # Errors
    ///
    /// The refusal if one of them reaches further than the right of whoever gives it.
    fn appointed_by(object: Self::Object, by: &Appointer) -> Result<Self::Object, Self::Refusal>;

    /// The invariants that a dossier breaks.
    fn breaches(dossier: &Self::Dossier, now: Timestamp) -> Vec<Broken>;

    /// The invariants that the way from one dossier to another breaks.
    fn breaches_between(before: &Self::Dossier, after: &Self::Dossier) -> Vec<Broken>;

    /// The kind of effect that a request is, by which its handler is found.
    fn effect_kind(request: &Self::Request) -> &str;

    /// What a request is about: a request waits until those made earlier about the same are answered.
    fn target(request: &Self::Request) -> String;

    /// The system outside that a request goes to: while one does not answer, the others are asked all the same.
    fn system(request: &Self::Request) -> String;

    /// The object that a request is about, if it is one.
    fn about(request: &Self::Request) -> Option<ObjectRef>;

    /// The [targets](Self::target) about which nothing that was asked before need be done any more, once this is asked.
    fn overtakes(world: &Self::World, request: &Self::Request) -> Vec<String>;

    /// Those that it overtakes whatever a host has plugged in. A verification goes by it: it may run where less is plugged in
    /// than where the request was made.
    fn overtakes_anywhere(request: &Self::Request) -> Vec<String>;

    /// Whether what is wanted by now makes a request pointless that was not answered yet. So it is of every request that
    /// [another overtakes](Self::overtakes).
    fn is_overtaken(dossier: &Self::Dossier, request: &Self::Request) -> bool;

    /// How soon a request is given out.
    fn lane(request: &Self::Request) -> Lane;

    /// The request that tells a person something; none if the domain writes to nobody.
    fn notify(world: &Self::World, to: PersonId, notice: Notice) -> Option<Self::Request>;

    /// The request that hands a request for approval to the system outside that decides it; none if people decide here alone.
    /// `plan` is what was shown when it was asked; the domain puts it into words.
    fn submit(world: &Self::World, request: ApprovalRequest, plan: &[Self::Item]) -> Option<Self::Request>;

    /// The request that takes it back there: it is over, or asked anew under another task.
    fn withdraw(world: &Self::World, task: TaskId) -> Option<Self::Request>;

    /// The persons whom the subject belongs to: whoever holds a card does not approve what is done with it (law 11).
    fn holders(dossier: &Self::Dossier) -> BTreeSet<PersonId>;

    /// What an answer from outside brings about. It is always stored (law 9).
    fn answered(arrived: Arrived<'_, Self>) -> Answered<Self>;

    /// The kind of the subjects that are [compared](Self::to_compare) with the outside.
    fn compared_kind() -> Kind;

    /// What the outside is asked to find out whether a subject was changed there behind our back. Nothing that is on its way
    /// is asked about: that is told when it is answered.
    fn to_compare(dossier: &Self::Dossier, world: &Self::World, now: Timestamp) -> Vec<Self::Request>;

    /// Whether an answer to such a request is not what it should be. Then the [process](Self::reconciled_by) begins.
    fn has_drifted(dossier: &Self::Dossier, request: &Self::Request, answer: &Self::Answer) -> bool;

    /// The process that asks anew, stores what is answered and puts right what can be; it begins on the subject by itself.
    fn reconciled_by() -> &'static str;

    /// What stands open although the plan was done: an object that could not be followed up, and why.
    fn incidents(items: &[Self::Item]) -> Vec<(ObjectRef, String)>;

    /// Its options as they are declared.
    fn option_specs() -> &'static [OptionSpec<Self::Options>];

    /// The facts that the value of an option may be computed from: no names and no ids.
    fn fact_specs() -> &'static [FactSpec];

    /// Those facts for a run on a subject; without one, those that are known without. A fact that is not declared must not
    /// be among them.
    fn facts<'a>(dossier: Option<&'a Self::Dossier>, actor: &'a Actor) -> Facts<'a>;

    /// Whether it is put on record who reads personal data of others.
    fn records_reading(options: &Self::Options) -> bool;

    /// Whether whoever may decide is told once a day of all that waits for them, and not at each request.
    fn mails_daily(options: &Self::Options) -> bool;

    /// The role whose members are told that something is [missed](Self::missed); none if nobody is.
    fn overdue_role(options: &Self::Options) -> Option<&str>;

    /// Whether options that one administrator has proposed must be activated by another one, and what one gives oneself be
    /// given by another one as well.
    fn needs_second_administrator(options: &Self::Options) -> bool;

    /// What the outcome of a plan should add to "done": that the subject stays as it is, say.
    fn remark(subject: ObjectRef, items: &[Self::Item]) -> Option<String>;
}

/// What [`Domain::register`] comes to: records to write, and changes to put on record.
pub type Registered<D> = (Vec<Record>, Vec<<D as Domain>::Change>);

/// What [`Domain::appoint`] comes to: the changes, and whether it counts from now on.
pub type Appoints<D> = (Vec<<D as Domain>::Change>, bool);

/// What [`Domain::assemble`] and [`Domain::register`] come to.
#[derive(Debug)]
pub enum Assembly<T> {
    /// Everything is there.
    Complete(T),
    /// These homes must be loaded too.
    Needs(Vec<HomeId>),
    /// There is no such subject.
    NoSubject,
}

/// An answer from outside, and what it comes to.
#[derive(Debug)]
pub struct Arrived<'a, D: Domain> {
    /// The subject and its neighbourhood.
    pub dossier: &'a D::Dossier,
    /// What the host has plugged in.
    pub world: &'a D::World,
    /// The instance that has asked.
    pub instance: InstanceId,
    /// What it asked.
    pub request: &'a D::Request,
    /// The answer.
    pub answer: &'a D::Answer,
    /// The time.
    pub now: Timestamp,
    /// Fresh ids.
    pub ids: &'a mut Ids,
}

/// What an answer from outside comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered<D: Domain> {
    /// What it changes here.
    pub changes: Vec<D::Change>,
    /// What a person should look at: the answer is not what was asked for, say.
    pub incident: Option<(ObjectRef, String)>,
    /// What is asked of the outside because of it.
    pub requests: Vec<D::Request>,
    /// The [targets](Domain::target) about which what was asked before is looked at again: by now it may be
    /// [pointless](Domain::is_overtaken).
    pub overtakes: Vec<String>,
}

impl<D: Domain> Default for Answered<D> {
    fn default() -> Self {
        Answered { changes: Vec::new(), incident: None, requests: Vec::new(), overtakes: Vec::new() }
    }
}

/// An object that breaks an invariant.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Broken {
    /// The name of the rule.
    pub invariant: &'static str,
    /// The object.
    pub object: ObjectRef,
}

/// A kind of object that processes can act on.
pub trait Subject<D: Domain>: Debug + Send + Sync + 'static {
    /// The kind of its records.
    const KIND: Kind;
    /// Its states.
    type State: Copy + Debug + Display + Eq + Send + Sync;
    /// What tells its sorts apart, for [`Builder::kinds`](super::Builder::kinds).
    type Sort: Clone + Debug + Display + Eq + Send + Sync;
    /// What a change step declares to leave behind.
    type Leaves: Clone + Debug + Display + Send + Sync;
    /// A change function: `fn(&mut CardPlan<'_>) -> Result<(), Refusal>`, say.
    type Change: Copy + Debug + Send + Sync;

    /// The state the subject is in.
    fn state(dossier: &D::Dossier) -> Option<Self::State>;

    /// The sort the subject is of.
    fn sort(dossier: &D::Dossier) -> Option<Self::Sort>;

    /// Whether a change step that leaves this can follow `state` in the subject's graph.
    fn can_follow(state: Self::State, leaves: &Self::Leaves) -> bool;

    /// The state that a change step leaves.
    fn left(leaves: &Self::Leaves) -> Self::State;

    /// Runs a change function over a dossier.
    ///
    /// # Errors
    ///
    /// The refusal, with nothing done.
    fn plan(change: Self::Change, leaves: &Self::Leaves, ground: Ground<'_, D>) -> Result<Planned<D>, D::Refusal>;
}

/// What a change function is run with, and the function that builds the request of an effect step.
#[derive(Clone, Debug)]
pub struct Ground<'a, D: Domain> {
    /// The subject and its neighbourhood.
    pub dossier: &'a D::Dossier,
    /// The time.
    pub now: Timestamp,
    /// The tenant.
    pub tenant: TenantId,
    /// The instance.
    pub instance: InstanceId,
    /// Who asks.
    pub actor: Option<PersonId>,
    /// What the administrator decided.
    pub options: &'a D::Options,
    /// What was answered in the forms so far.
    pub answers: &'a Answers,
    /// What the outside answered in the effect steps so far, by step.
    pub outside: &'a [(String, D::Answer)],
    /// What the host has plugged in.
    pub world: &'a D::World,
    /// Fresh ids: for a change, the same whenever it is looked at ahead.
    pub ids: Ids,
}

/// What a change function came to.
#[derive(Clone, Debug)]
pub struct Planned<D: Domain> {
    /// In words, for people.
    pub items: Vec<D::Item>,
    /// What is changed.
    pub changes: Vec<D::Change>,
    /// What is asked of the outside.
    pub requests: Vec<D::Request>,
    /// The dossier after it.
    pub dossier: D::Dossier,
}
