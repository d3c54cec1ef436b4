use crate::engine::chain::{ChainFault, ChainHead, Linked, reaches, verify_after};
use crate::engine::{
    Assembly, Bound, DefinitionMismatch, Domain, Entry, Event, INSTANCE_KIND, Instance, KindSpec, PersonalEntry,
    Reading, Rejection, Scope, SharedRecord, startable,
};
use crate::ports::{Action, Call, Home, Identity, Place, Principal, Query, Search};
use crate::values::{HomeId, InstanceId, ObjectRef, TenantId};

use super::access::Admitted;
use super::audit::root_of;
use super::load::Loaded;
use super::reading::of_others;
use super::{Error, Runtime};

/// A page of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<D: Domain> {
    /// What was found, in a stable order.
    pub items: Vec<Hit<D>>,
    /// Where the next page begins; none if this was the last.
    pub next: Option<Place>,
    /// How many there are in all, if that was asked.
    pub total: Option<u64>,
}

/// One object that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit<D: Domain> {
    /// Where it is: to [open](Runtime::open) it.
    pub id: ObjectRef,
    /// The object.
    pub object: D::Object,
}

/// An object with its neighbourhood, and what may be started on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Open<D: Domain> {
    /// The object and its neighbourhood, as far as it is in scope.
    pub dossier: D::Dossier,
    /// The processes that the component offers and the actor has the right to.
    pub offers: Vec<Offer<D>>,
    id: ObjectRef,
}

impl<D: Domain> Open<D> {
    /// The object.
    #[must_use]
    pub fn id(&self) -> ObjectRef {
        self.id
    }
}

/// A process that may be started, or why it may not.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer<D: Domain> {
    /// The symbolic name.
    pub process: &'static str,
    /// The title.
    pub title: &'static str,
    /// Why it cannot be started now; none if it can.
    pub obstacle: Option<Rejection<D>>,
}

/// The history of a home.
#[derive(Clone, Debug)]
pub struct History<D: Domain> {
    /// What happened, oldest first.
    pub records: Vec<Happened<D>>,
    /// The head that the records lead to, or what is wrong with the chain. Without a checkpoint kept elsewhere: consistent,
    /// not anchored.
    pub verified: Result<ChainHead, ChainFault>,
}

/// One record of a history, read.
#[derive(Clone, Debug)]
pub struct Happened<D: Domain> {
    /// The record in its place.
    pub linked: Linked,
    /// Its open part.
    pub entry: Entry<D>,
    /// Its personal part, unless it has none or it was erased.
    pub personal: Option<PersonalEntry>,
}

impl<D: Domain> Runtime<D> {
    /// The kinds of objects that can be searched for: the drop-down of a search.
    pub fn kinds(&self) -> impl Iterator<Item = &'static KindSpec> {
        D::schema().kinds.iter().filter(|it| it.searchable)
    }

    /// Searches; an empty search lists the kind. Only what is in the actor's scope is found and counted.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if the right is missing, or the kind is none of [`kinds`](Runtime::kinds).
    pub async fn search(&self, call: impl Into<Call<'_>>, search: Search) -> Result<Page<D>, Error<D>> {
        let principal = call.into().principal;
        let identity = self.identify(principal).await?;
        let action = Action::Read(search.kind);
        let admitted = async {
            let admitted = self.permit(principal, &identity, &action).await?;
            let known = self.kinds().any(|it| it.kind == search.kind);
            if known { Ok(admitted) } else { Err(Rejection::NotFound { what: "kind of object" }.into()) }
        };
        let admitted = self.noted(principal, &identity, &action, None, admitted.await).await?;
        let found = self.storage.find(&Query::of(principal.tenant(), admitted.scope.clone(), search)).await?;
        let hit = |record: &SharedRecord| Ok(Hit { id: record.at, object: D::object(record)? });
        let items = found.records.iter().map(hit).collect::<Result<_, Error<D>>>()?;
        self.record_reading(principal, &admitted, Reading::Found, of_others(&admitted, &found.records)).await?;
        Ok(Page { items, next: found.next, total: found.total })
    }

    /// Opens an object: itself, its neighbourhood, and what may be started on it.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotFound`] if there is none, or it is out of scope.
    pub async fn open(&self, call: impl Into<Call<'_>>, id: ObjectRef) -> Result<Open<D>, Error<D>> {
        let principal = call.into().principal;
        let identity = self.identify(principal).await?;
        let (admitted, loaded) = self.reach(principal, &identity, &Action::Read(id.kind()), id).await?;
        let component = principal.component();
        let about = || self.registry.all().filter(|it| it.outline().subject == id.kind());
        let options = match about().any(|it| it.outline().is_switched(component)) {
            true => {
                self.options.in_force(principal.tenant(), &D::facts(Some(&loaded.dossier), &admitted.actor)).await?
            }
            false => Bound::default(),
        };
        let mut offers = Vec::new();
        for process in about().filter(|it| it.outline().is_offered(component, &options.options)) {
            let outline = process.outline();
            let action = Action::Process(outline.name.to_owned());
            let permit = self.authorizer.permit(&identity, component, &action).await;
            if permit.scope != Scope::None {
                let obstacle = startable(process.as_ref(), &loaded.dossier).err();
                offers.push(Offer { process: outline.name, title: outline.title, obstacle });
            }
        }
        let opened = Home::records_of(&loaded.homes).filter(|it| it.at == id);
        let opened = of_others(&admitted, opened);
        let dossier = shown(loaded, id, &admitted.scope)?;
        self.record_reading(principal, &admitted, Reading::Opened, opened).await?;
        Ok(Open { dossier, offers, id })
    }

    /// An object, for whoever has the right to do this with it.
    async fn reach(
        &self,
        principal: &Principal,
        identity: &Identity,
        action: &Action,
        id: ObjectRef,
    ) -> Result<(Admitted, Loaded<D>), Error<D>> {
        let reached = async {
            let admitted = self.permit(principal, identity, action).await?;
            let loaded = self.load(principal.tenant(), id, &admitted.scope).await?;
            Ok((admitted, loaded))
        };
        self.noted(principal, identity, action, Some(id), reached.await).await
    }

    /// What happened to an object and everything at home with it, with the chain verified.
    ///
    /// A home has one history, so it is shown to whom the object at its root is in scope: the person whose home it is, or
    /// the card that is at home in itself. Whoever sees only their own objects sees no personal parts but their own.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotFound`] if there is no such object, or it is out of scope.
    pub async fn history(&self, call: impl Into<Call<'_>>, id: ObjectRef) -> Result<History<D>, Error<D>> {
        let principal = call.into().principal;
        let identity = self.identify(principal).await?;
        let (admitted, loaded) = self.reach(principal, &identity, &Action::History, id).await?;
        let home = loaded.homes.iter().find(|it| it.id == id.home());
        let root = home.and_then(root_of);
        if root.is_some_and(|it| !admitted.scope.reaches(&it.keys)) {
            let hidden = Rejection::NotFound { what: "object" };
            return self.noted(principal, &identity, &Action::History, Some(id), Err(hidden.into())).await;
        }
        let object = home.into_iter().flat_map(|it| &it.records).filter(|it| it.at == id && root != Some(*it));
        let opened = of_others(&admitted, root.into_iter().chain(object));
        self.record_reading(principal, &admitted, Reading::History, opened).await?;
        let own_only = matches!(admitted.scope, Scope::Own(_));
        let (records, verified) = self.chain(principal.tenant(), id.home()).await?;
        let read = |linked: Linked| {
            let (entry, personal) = (Entry::<D>::read(&linked)?, PersonalEntry::read(&linked)?);
            let personal = personal.filter(|_| !own_only || entry.actor.person == Some(identity.person));
            let personal_part = linked.personal.filter(|_| personal.is_some());
            Ok(Happened { linked: Linked { personal: personal_part, ..linked }, entry, personal })
        };
        Ok(History { records: records.into_iter().map(read).collect::<Result<_, Error<D>>>()?, verified })
    }

    /// The records of a chain, oldest first, checked against each other and against the head the store keeps.
    pub(super) async fn chain(
        &self,
        tenant: TenantId,
        chain: HomeId,
    ) -> Result<(Vec<Linked>, Result<ChainHead, ChainFault>), Error<D>> {
        // INVARIANT: the head is read first. Records that come in meanwhile stand past it, which is no fault; read the other
        // way round, they would be missing at the end.
        let head = self.storage.homes(tenant, &[chain]).await?.first().map_or(ChainHead::EMPTY, |it| it.head);
        let records = self.records_of(tenant, chain).await?;
        let verified = verify_after(trimmed_to::<D>(&records), &records);
        let verified = verified.and_then(|found| reaches(chain, head, found));
        Ok((records, verified))
    }

    /// The records of a chain that are found from its end, oldest first.
    pub(super) async fn records_of(&self, tenant: TenantId, chain: HomeId) -> Result<Vec<Linked>, Error<D>> {
        let mut records: Vec<Linked> = Vec::new();
        loop {
            let before = records.last().map(|it| it.sequence);
            let page = self.storage.history(tenant, chain, before, 1000).await?;
            if page.is_empty() {
                break;
            }
            records.extend(page);
        }
        records.reverse();
        Ok(records)
    }

    /// Open instances of a tenant whose definition is missing here or was changed under the same version. To be asked at
    /// start-up; everything else goes on.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn mismatches(&self, tenant: TenantId) -> Result<Vec<(InstanceId, DefinitionMismatch)>, Error<D>> {
        self.not_closed()?;
        let mut query = Query::of(tenant, Scope::All, Search::of(INSTANCE_KIND).limit(1000));
        let mut found = Vec::new();
        loop {
            let page = self.storage.find(&query).await?;
            for record in &page.records {
                let id = InstanceId::from_uuid(record.at.id());
                let instance = Instance::<D>::of(record)?;
                let (name, version) = (instance.process(), instance.version());
                if let Err(mismatch) = self.registry.exact(name, version, instance.fingerprint()) {
                    found.push((id, mismatch));
                }
            }
            match page.next {
                Some(place) => query.after = Some(place),
                None => return Ok(found),
            }
        }
    }
}

/// What of a dossier is in scope. Decisions look at all neighbours; who opens an object sees their own.
fn shown<D: Domain>(loaded: Loaded<D>, id: ObjectRef, scope: &Scope) -> Result<D::Dossier, Error<D>> {
    if *scope == Scope::All {
        return Ok(loaded.dossier);
    }
    let homes: Vec<_> = loaded.homes.iter().map(|it| it.id).collect();
    let records = Home::records_of(&loaded.homes);
    let records: Vec<_> = records.filter(|it| scope.reaches(&it.keys)).cloned().collect();
    match D::assemble(id, &homes, &records)? {
        Assembly::Complete(dossier) => Ok(dossier),
        Assembly::Needs(_) | Assembly::NoSubject => Err(Rejection::NotFound { what: "object" }.into()),
    }
}

/// Where the chain of these records begins: at its first one, unless a trim among them says that what was before is gone.
/// Whether the trim is signed is for a verifier to say.
pub(super) fn trimmed_to<D: Domain>(records: &[Linked]) -> ChainHead {
    let Some(first) = records.first().filter(|it| it.sequence > 1) else { return ChainHead::EMPTY };
    let start = ChainHead { length: first.sequence - 1, hash: first.previous };
    let says_so = |event: &Event<D>| match event {
        Event::Trimmed(trim) => (trim.upto, trim.head) == (start.length, start.hash),
        _ => false,
    };
    let entries = records.iter().filter_map(|it| Entry::<D>::read(it).ok());
    if entries.flat_map(|it| it.events).any(|it| says_so(&it)) { start } else { ChainHead::EMPTY }
}
