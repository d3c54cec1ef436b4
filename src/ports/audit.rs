use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::StorageError;
use crate::engine::{AuditOutcome, AuditRow, Keys, Scope};
use crate::values::{HomeId, InstanceId, ObjectRef, PersonId, TenantId, Timestamp};

/// What an auditor asks for; every condition must be met. Without any, everything, newest first, fifty a page.
///
/// ```
/// use cardflow::engine::AuditOutcome;
/// use cardflow::ports::AuditQuery;
/// use cardflow::values::{Millis, PersonId, Timestamp};
/// # use uuid::Uuid;
/// # let (olga, today) = (PersonId::from_uuid(Uuid::from_u128(1)), Timestamp::from_millis(0));
///
/// let yesterday = AuditQuery::by(olga).between(today.minus(Millis::days(1)), today);
/// let in_vain = AuditQuery::all().process("CardsProcDeactivate").outcome(AuditOutcome::Superseded);
/// let alone = AuditQuery::without_approval("CardsProcDeactivate");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditQuery {
    /// Done by this person.
    pub actor: Option<PersonId>,
    /// Done on behalf of this person.
    pub on_behalf: Option<PersonId>,
    /// Naming this object.
    pub object: Option<ObjectRef>,
    /// Of this run.
    pub instance: Option<InstanceId>,
    /// Of runs of this process.
    pub process: Option<String>,
    /// That came to this.
    pub outcome: Option<AuditOutcome>,
    /// Of runs with this reason.
    pub reason: Option<String>,
    /// Only what changed objects without other persons having been asked to agree.
    pub unapproved: bool,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Go on after this place.
    pub after: Option<AuditPlace>,
    /// At most so many a page, from 1 to 1000.
    pub limit: usize,
}

/// A place in the order of audit rows: by time, then by the order of commits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct AuditPlace {
    /// The time.
    pub at: Timestamp,
    /// The position.
    pub position: u64,
}

impl AuditPlace {
    /// The place of a row.
    #[must_use]
    pub fn of(row: &AuditRow) -> Self {
        AuditPlace { at: row.at, position: row.position }
    }
}

impl AuditQuery {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        AuditQuery {
            actor: None,
            on_behalf: None,
            object: None,
            instance: None,
            process: None,
            outcome: None,
            reason: None,
            unapproved: false,
            from: None,
            until: None,
            after: None,
            limit: 50,
        }
    }

    /// Everything a person did.
    #[must_use]
    pub fn by(person: PersonId) -> Self {
        AuditQuery { actor: Some(person), ..AuditQuery::all() }
    }

    /// Everything that was done without approval by a process that changes objects.
    #[must_use]
    pub fn without_approval(process: &str) -> Self {
        AuditQuery { unapproved: true, ..AuditQuery::all().process(process) }
    }

    /// Everyone who read personal data of others that stands with this object.
    #[must_use]
    pub fn readers_of(object: ObjectRef) -> Self {
        AuditQuery::all().object(object).outcome(AuditOutcome::Read)
    }

    /// Done on behalf of this person.
    #[must_use]
    pub fn on_behalf(self, person: PersonId) -> Self {
        AuditQuery { on_behalf: Some(person), ..self }
    }

    /// Naming this object.
    #[must_use]
    pub fn object(self, object: ObjectRef) -> Self {
        AuditQuery { object: Some(object), ..self }
    }

    /// Of this run: from its beginning to its last confirmation.
    #[must_use]
    pub fn instance(self, instance: InstanceId) -> Self {
        AuditQuery { instance: Some(instance), ..self }
    }

    /// Of runs of this process.
    #[must_use]
    pub fn process(self, process: &str) -> Self {
        AuditQuery { process: Some(process.to_owned()), ..self }
    }

    /// That came to this.
    #[must_use]
    pub fn outcome(self, outcome: AuditOutcome) -> Self {
        AuditQuery { outcome: Some(outcome), ..self }
    }

    /// Of runs with this reason in their form.
    #[must_use]
    pub fn reason(self, reason: &str) -> Self {
        AuditQuery { reason: Some(reason.to_owned()), ..self }
    }

    /// From one time on, and before another.
    #[must_use]
    pub fn between(self, from: Timestamp, until: Timestamp) -> Self {
        AuditQuery { from: Some(from), until: Some(until), ..self }
    }

    /// The page after this place: the `next` of the page before.
    #[must_use]
    pub fn after(self, place: AuditPlace) -> Self {
        AuditQuery { after: Some(place), ..self }
    }

    /// At most so many a page, from 1 to 1000.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        AuditQuery { limit, ..self }
    }

    /// Whether a row belongs to what is asked for.
    #[must_use]
    pub fn wants(&self, row: &AuditRow) -> bool {
        let run = row.run.as_ref();
        meets(self.actor.as_ref(), row.actor.as_ref())
            && meets(self.on_behalf.as_ref(), row.on_behalf.as_ref())
            && meets(self.instance.as_ref(), run.map(|it| &it.instance))
            && meets(self.process.as_ref(), run.map(|it| &it.process))
            && meets(self.reason.as_ref(), run.and_then(|it| it.reason.as_ref()))
            && meets(self.outcome.as_ref(), Some(&row.outcome))
            && self.object.is_none_or(|it| row.objects.contains(&it))
            && (!self.unapproved || row.is_unapproved())
            && self.from.is_none_or(|it| row.at >= it)
            && self.until.is_none_or(|it| row.at < it)
            && self.after.is_none_or(|it| AuditPlace::of(row) < it)
    }
}

fn meets<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
    wanted.is_none() || wanted == found
}

/// How far a projection has come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Applied {
    /// The position of the last record in it; 0 if it is empty.
    pub position: u64,
    /// When that record was decided.
    pub at: Option<Timestamp>,
}

/// Rows to add to a projection: those of all records of a tenant after one position, up to another.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditBatch {
    /// Whose.
    pub tenant: TenantId,
    /// The position after which the rows begin.
    pub after: u64,
    /// The rows, in the order of their positions; the last one is where the projection will have come to.
    pub rows: Vec<AuditRow>,
    /// Of each home that the rows belong to, the keys by which scopes reach it: those of the object at its root.
    pub homes: Vec<(HomeId, Keys)>,
}

/// What was found in a projection.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AuditFound {
    /// The rows, newest first.
    pub rows: Vec<AuditRow>,
    /// Where the next page begins; none if this was the last.
    pub next: Option<AuditPlace>,
}

/// Keeps audit rows: a projection of the history that is filled after the commits and can be thrown away at any time.
///
/// It belongs into a place of its own, apart from [`Storage`](super::Storage), so that no command ever waits for it.
///
/// # Contract
///
/// - **Once.** `apply` stores a batch as a whole or not at all. Rows at or before the position that was applied already
///   are in it and are not added again; of a batch that ends there, nothing is stored. Two hosts that project at once, or
///   one that dies between reading and applying, then double nothing.
/// - **No gap.** A batch that begins after the applied position is a [`StorageError::Conflict`]. A row that is left out
///   would be missing until somebody rebuilds.
/// - **Faithful.** `query` gives every row that was applied and meets all conditions, as it was applied, and no other. What
///   an auditor is not shown has not happened for them.
/// - **In scope.** `query` gives only rows of homes whose keys, as applied last, the scope reaches; a home without keys is
///   reached by [`Scope::All`] alone. The scope is applied before paging, so that pages leak nothing.
/// - **In order.** Newest first by [`AuditPlace`]; a page is full unless it is the last, and says where the next begins. A row
///   that comes in while somebody turns pages moves no other.
/// - **Cleared.** `clear` forgets rows, keys and position of a tenant, so that it is filled anew from the beginning. What
///   stays would be doubled, or reach what it may not.
/// - **Apart.** Nothing of one tenant is shown, counted or cleared for another.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait AuditLog: Debug + Send + Sync + 'static {
    /// How far the projection of a tenant has come.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn applied(&self, tenant: TenantId) -> Result<Applied, StorageError>;

    /// Adds rows.
    ///
    /// # Errors
    ///
    /// [`StorageError::Conflict`] if rows before them are missing.
    async fn apply(&self, batch: &AuditBatch) -> Result<(), StorageError>;

    /// A page of rows.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn query(&self, tenant: TenantId, scope: &Scope, query: &AuditQuery) -> Result<AuditFound, StorageError>;

    /// Forgets everything of a tenant, so that it is filled anew.
    ///
    /// # Errors
    ///
    /// [`StorageError`].
    async fn clear(&self, tenant: TenantId) -> Result<(), StorageError>;
}
