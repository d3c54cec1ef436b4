use std::fmt;
use std::sync::Arc;

use super::property::Property;
use super::state::State;
use super::{Bounds, Outside};
use crate::cards::{ADMINISTRATOR, APPROVER, Cards, CardsOptions, CardsWorld, SELF_SERVICE, package};
use crate::domain::{
    Authorities, Capabilities, CardState, Certificate, CertificateState, Dossier, ExpiryCertificates, KeyUse,
    PersonState, RelationKind,
};
use crate::engine::options::OptionValue;
use crate::engine::{Actor, Bound, Colleague, Component, HeldRole, Inquiry, People, Process};
use crate::testing::proof::filling::{Filling, Given};
use crate::testing::scene::{GivenCard, Scene, day, days, ours, state_of};
use crate::testing::stage::{ada, ann, olga};
use crate::values::{ObjectRef, Timestamp, Value};

/// A small world: some cards with certificates, a few persons, processes, an outside; what can happen in it, and what must hold.
///
/// No store and no clock: the pure engine and the domain of cards. Whatever can happen next in a state is tried, so that
/// several instances run on one card at once, commands come when a step no longer takes them, and people try what they may not.
#[derive(Clone)]
pub struct World {
    pub(super) processes: Vec<Arc<dyn Process<Cards>>>,
    pub(super) dossier: Dossier,
    pub(super) actors: Vec<Actor>,
    pub(super) colleagues: Vec<Colleague>,
    pub(super) settings: Vec<Bound<Cards>>,
    pub(super) plugged: CardsWorld,
    pub(super) outside: Outside,
    pub(super) at_once: usize,
    pub(super) given: Given,
    pub(super) properties: Vec<Property>,
    pub(super) bounds: Bounds,
    /// The ways in which forms are filled in: what they must have, and with each value that was given for a field.
    pub(super) fillings: Vec<Filling>,
    /// What is known of the persons, as far as it can be asked.
    pub(super) people: People,
    /// Whether everything must be reached.
    pub(super) all: bool,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words().join("\n"))
    }
}

impl World {
    /// One active card with a door and a certificate that outlives it; the whole package of processes, two instances at once;
    /// [`olga`], an operator who may approve as well, [`ada`], who holds the card, and [`ann`], who approves and begins nothing;
    /// an authority that answers and may fail.
    ///
    /// Under two sets of options, so that every step can be entered. First: deactivations are approved before, and after for the
    /// reason `lost`; holders deactivate their own cards; a card may be inactive for 30 days. Second: locks and reactivations
    /// are approved; certificates of expired cards are on hold.
    ///
    /// # Panics
    ///
    /// Never: a test of this crate holds that the package is well formed.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the package is well formed")]
    pub fn small() -> World {
        World::of(package().expect("the package is well formed"))
    }

    /// As [`small`](Self::small), with these processes and no others.
    #[must_use]
    pub fn of(processes: impl IntoIterator<Item = Arc<dyn Process<Cards>>>) -> World {
        let options = CardsOptions {
            deactivation_approval: true,
            deactivation_approval_except: vec!["lost".to_owned()],
            deactivation_self_service: true,
            hold_days: 30,
            ..CardsOptions::default()
        };
        let other = CardsOptions {
            lock_approval: true,
            reactivation_approval: true,
            expiry_certificates: ExpiryCertificates::Hold,
            ..CardsOptions::default()
        };
        let authorities = Authorities::default().with(ours(), Capabilities::ALL);
        let world = World {
            processes: processes.into_iter().collect(),
            dossier: one_card(),
            actors: vec![olga(), ada(), Actor { component: Component::Administrator, ..ann() }],
            colleagues: vec![
                colleague(&olga(), &[APPROVER]),
                colleague(&ada(), &[APPROVER, SELF_SERVICE]),
                colleague(&ann(), &[APPROVER, ADMINISTRATOR]),
            ],
            settings: vec![Bound::new(1, options), Bound::new(2, other)],
            plugged: CardsWorld { authorities, ..CardsWorld::default() },
            outside: Outside { fails: true, ..Outside::WELL },
            at_once: 2,
            given: Given::from([("reason".to_owned(), vec![Value::Choice("lost".to_owned())])]),
            properties: super::laws::laws(),
            bounds: Bounds::default(),
            fillings: Vec::new(),
            people: People::default(),
            all: true,
        };
        world.known()
    }

    /// With one process more; it takes the place of one of the same name.
    #[must_use]
    pub fn with(mut self, process: impl Process<Cards>) -> Self {
        self.processes.retain(|it| it.outline().name != process.outline().name);
        self.processes.push(Arc::new(process));
        self.known()
    }

    /// Without the process of this name.
    #[must_use]
    pub fn without(mut self, process: &str) -> Self {
        self.processes.retain(|it| it.outline().name != process);
        self.known()
    }

    /// On this card, and what stands beside it.
    ///
    /// # Panics
    ///
    /// As [`GivenCard::dossier`].
    #[must_use]
    pub fn on(self, card: &GivenCard) -> Self {
        World { dossier: card.dossier(), ..self }
    }

    /// With these persons, who try everything: whoever has the role of the actor may decide approvals that ask for it.
    #[must_use]
    pub fn among(mut self, actors: impl IntoIterator<Item = Actor>) -> Self {
        self.actors = actors.into_iter().collect();
        let known = |it: &Actor| self.colleagues.iter().find(|other| Some(other.person) == it.person).cloned();
        self.colleagues = self.actors.iter().map(|it| known(it).unwrap_or_else(|| colleague(it, &[]))).collect();
        self.known()
    }

    /// One of these persons stands in for another, and approves in their name as well as in their own.
    #[must_use]
    pub fn standing_in(mut self, deputy: &Actor, principal: &Actor) -> Self {
        let deputy = self.colleagues.iter_mut().find(|it| Some(it.person) == deputy.person);
        if let (Some(deputy), Some(principal)) = (deputy, principal.person) {
            deputy.stands_in_for.insert(principal);
        }
        self.known()
    }

    /// Who stands in for whom, by their places among the actors.
    pub(super) fn deputies(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let place = |person| self.actors.iter().position(|it| it.person == Some(person));
        let pairs = self.colleagues.iter().flat_map(|it| it.stands_in_for.iter().map(|other| (it.person, *other)));
        pairs.filter_map(move |(deputy, principal)| Some((place(deputy)?, place(principal)?)))
    }

    /// What is asked again and again is known beforehand: how forms are filled in, and all about the persons.
    fn known(mut self) -> Self {
        self.fillings = self.ways_of_filling_in();
        let roles = self.colleagues.iter().flat_map(|it| &it.roles).map(|it| it.role.clone()).collect();
        let persons = self.colleagues.iter().map(|it| it.person).collect();
        self.people = People::default();
        self.people.learn(Inquiry { roles, persons, requester: true }, self.colleagues.iter().cloned());
        self
    }

    /// Not everything need be reached: some steps are switched off, say, or some states out of reach.
    #[must_use]
    pub fn partly(self) -> Self {
        World { all: false, ..self }
    }

    /// Under these options.
    #[must_use]
    pub fn under(self, options: CardsOptions) -> Self {
        World { settings: vec![Bound::new(1, options)], ..self }
    }

    /// Under these options as well: each is tried from the beginning.
    #[must_use]
    pub fn or_under(mut self, options: CardsOptions) -> Self {
        let version = self.settings.last().map_or(1, |it| it.version.saturating_add(1));
        self.settings.push(Bound::new(version, options));
        self
    }

    /// With this plugged in: other authorities, listeners, what is read back.
    #[must_use]
    pub fn plugged(self, plugged: CardsWorld) -> Self {
        World { plugged, ..self }
    }

    /// The outside is like this.
    #[must_use]
    pub fn outside(self, outside: Outside) -> Self {
        World { outside, ..self }
    }

    /// So many instances are under way at once, at most.
    #[must_use]
    pub fn at_once(self, instances: usize) -> Self {
        World { at_once: instances, ..self }
    }

    /// A field is answered with each of these values as well; without, forms are given only what they must have.
    #[must_use]
    pub fn answering<V: Into<Value>>(mut self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.given.insert(field.to_owned(), values.into_iter().map(Into::into).collect());
        self.known()
    }

    /// This must hold besides the [laws](super::laws).
    #[must_use]
    pub fn must(mut self, property: Property) -> Self {
        self.properties.push(property);
        self
    }

    /// The search goes no further than this.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        World { bounds, ..self }
    }

    /// Who acts.
    #[must_use]
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// The processes.
    #[must_use]
    pub fn processes(&self) -> &[Arc<dyn Process<Cards>>] {
        &self.processes
    }

    /// Every state it may begin in: one for each of its options.
    #[must_use]
    pub fn beginnings(&self) -> Vec<State> {
        let there = |it: &Certificate| match it.confirmed().unwrap_or(it.wanted()) {
            CertificateState::Issued => CertificateState::Valid,
            other => other,
        };
        let begin = |setting| State {
            dossier: self.dossier.clone(),
            setting,
            running: Vec::new(),
            truth: self.dossier.certificates().map(|it| (it.at(), there(it))).collect(),
            astray: Default::default(),
            noted: Default::default(),
            now: self.begins(),
            commands: 0,
        };
        (0..self.settings.len()).map(begin).collect()
    }

    /// In words: what there is, and what is decided.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let mut lines: Vec<_> = self.dossier.objects().filter_map(|it| state_of(&self.dossier, it.at())).collect();
        lines.extend(self.settings.iter().map(|it| {
            let changed = CardsOptions::SPECS.iter().filter_map(|spec| {
                let value: OptionValue = (spec.get)(&it.options);
                (value != spec.default_value()).then(|| format!("{} {value}", spec.name))
            });
            match changed.collect::<Vec<_>>().as_slice() {
                [] => "options: the defaults".to_owned(),
                changed => format!("options: {}", changed.join(", ")),
            }
        }));
        let who: Vec<_> = self.actors.iter().map(|it| it.account.as_str()).collect();
        lines.push(format!("{} act, {} instances at once", who.join(", "), self.at_once));
        lines
    }

    /// When it begins.
    pub(super) fn begins(&self) -> Timestamp {
        day(0)
    }

    pub(super) fn options(&self, state: &State) -> &Bound<Cards> {
        static NONE: std::sync::LazyLock<Bound<Cards>> = std::sync::LazyLock::new(Bound::default);
        self.settings.get(state.setting).unwrap_or(&NONE)
    }

    fn ways_of_filling_in(&self) -> Vec<Filling> {
        let but = |(field, values): (&String, &Vec<Value>)| {
            let name: Option<&'static str> = self.field(field);
            let each = move |nth| Some(Filling::But(Box::new(Filling::Least), name?, nth));
            (0..values.len()).filter_map(each).collect::<Vec<_>>()
        };
        std::iter::once(Filling::Least).chain(self.given.iter().flat_map(but)).collect()
    }

    /// A field that some form has.
    fn field(&self, name: &str) -> Option<&'static str> {
        let steps = self.processes.iter().flat_map(|it| &it.outline().steps);
        let forms = steps.filter_map(|it| match &it.kind {
            crate::engine::StepKind::Form(form) => Some(form),
            _ => None,
        });
        forms.flat_map(|it| it.fields()).map(|it| it.name).find(|it| *it == name)
    }

    /// What processes of this kind may run on.
    pub(super) fn subjects(&self, process: &dyn Process<Cards>) -> impl Iterator<Item = ObjectRef> + '_ {
        let kind = process.outline().subject;
        self.dossier.objects().map(crate::domain::Object::at).filter(move |it| it.kind() == kind)
    }
}

/// An active card with a door and a certificate that outlives it.
fn one_card() -> Dossier {
    let mut scene = Scene::default();
    let holder = scene.person(PersonState::Active);
    let card = scene.card(holder, CardState::Active, |it| it);
    scene.certificate_from(ours(), KeyUse::Signature, days(-365, 730), &[card], |it| it);
    scene.relation(card, RelationKind::Door, None, |it| it);
    scene.dossier(card)
}

fn colleague(actor: &Actor, roles: &[&str]) -> Colleague {
    let roles = roles.iter().copied().chain([actor.role.as_str()]);
    Colleague {
        person: actor.person.unwrap_or_else(|| crate::values::PersonId::from_uuid(uuid::Uuid::nil())),
        active: true,
        roles: roles.map(HeldRole::everywhere).collect(),
        stands_in_for: Default::default(),
    }
}
