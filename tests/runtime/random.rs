//! Random sequences of everything: after each step all that must hold holds, and two stores show the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::cards::{Cards, OPERATOR, Request};
use cardflow::domain::{
    Breach, CardState, Certificate, CertificateState, Dossier, Object, Person, RelationKind, RoleGrant,
};
use cardflow::engine::{Component, Status};
use cardflow::ports::{Clock, Principal, WorkSort};
use cardflow::runtime::{Delivered, Error, Standing};
use cardflow::values::{Answers, CommandId, Digest, HomeId, InstanceId, Millis, ObjectRef, PersonId, Timestamp};
use proptest::prelude::*;

use crate::common::{Mood, Office, Store, TENANT, issuer, now, principal};

/// The stores that are compared.
fn stores() -> [Store; 2] {
    [Store::memory(), Store::sqlite()]
}

#[derive(Clone, Debug)]
enum Step {
    /// Somebody starts a process on a card.
    Start(usize, &'static str, usize),
    /// Or runs it.
    Run(usize, &'static str, usize),
    /// Somebody answers the form of one of the newest instances.
    Next(usize, usize),
    /// Or closes it.
    Cancel(usize, usize),
    /// The last command comes once more.
    Again,
    Deliver(usize),
    Tick,
    /// The host dies, and another takes its place.
    Restart,
    Authority(Mood),
    Wait(Millis),
}

/// A step, and the host that takes it.
fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    let (who, card, nth) = (0..4_usize, 0..3_usize, 0..4_usize);
    let process = prop_oneof![
        5 => Just("CardsProcDeactivate"),
        4 => Just("CardsProcReactivate"),
        1 => Just("CardsProcLock"),
    ];
    let mood = prop_oneof![
        4 => Just(Mood::Well),
        3 => Just(Mood::Down),
        2 => Just(Mood::Mute),
        1 => Just(Mood::Revokes),
    ];
    let length = prop_oneof![
        Just(Millis::seconds(1)),
        Just(Millis::seconds(61)),
        Just(Millis::hours(1)),
        Just(Millis::hours(9)),
        Just(Millis::days(31)),
    ];
    let step = prop_oneof![
        4 => (who.clone(), process.clone(), card.clone()).prop_map(|(who, process, card)| Step::Start(who, process, card)),
        4 => (who.clone(), process, card).prop_map(|(who, process, card)| Step::Run(who, process, card)),
        5 => (who.clone(), nth.clone()).prop_map(|(who, nth)| Step::Next(who, nth)),
        1 => (who, nth).prop_map(|(who, nth)| Step::Cancel(who, nth)),
        1 => Just(Step::Again),
        6 => (1..4_usize).prop_map(Step::Deliver),
        1 => Just(Step::Tick),
        1 => Just(Step::Restart),
        2 => mood.prop_map(Step::Authority),
        3 => length.prop_map(Step::Wait),
    ];
    prop::collection::vec((0..2_usize, step), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_must_hold_holds_after_every_step(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let [one, other] = stores();
            let (mut one, mut other) = (Side::over(one).await, Side::over(other).await);
            for (host, step) in &steps {
                let (did, does) = (one.take(*host, step).await, other.take(*host, step).await);
                assert_eq!(did, does, "{step:?}");
                assert_eq!(one.look().await, other.look().await, "after {step:?}");
            }
            one.heal().await;
            other.heal().await;
            assert_eq!(one.look().await, other.look().await);
        });
    }
}

/// A command that was carried out, to give it once more.
#[derive(Clone)]
struct Given {
    id: CommandId,
    at: Timestamp,
    step: Step,
    /// The instance it was about; none if it began one.
    instance: Option<InstanceId>,
    answer: Option<Standing<Cards>>,
}

/// An office over one store, with two hosts, and what was seen of it so far.
struct Side {
    office: Office,
    store: Store,
    hosts: [Arc<Cardflow>; 2],
    people: [Principal; 4],
    cards: [ObjectRef; 3],
    instances: Vec<InstanceId>,
    last: Option<Given>,
    dossiers: BTreeMap<ObjectRef, Dossier>,
    histories: BTreeMap<HomeId, Vec<Digest>>,
}

impl Side {
    /// Ada has two cards, Ben one; a certificate of Ada's stands on a card of hers and on Ben's.
    async fn over(store: Store) -> Side {
        let office = Office::on(&store).await;
        let (_, bens) = office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
        let adas = office.give_card(office.holder, "4712", CardState::Active).await;
        let uli = Person::new(TENANT, PersonId::from_uuid(office.fresh()), "Uli Unit").unwrap();
        let grant = RoleGrant::new(OPERATOR, None, now()).unwrap().in_unit("Berlin").unwrap();
        office.register(&[Object::Person(uli.with_account("uli").unwrap().with_role(grant))]).await;
        let (card, other) = (office.card_at(office.card).await, office.card_at(bens).await);
        let shared = office.certificate(&card, issuer(), "0E01");
        let carries = [&card, &other].map(|it| office.relation(RelationKind::Carries, it, shared.at()));
        office.register(&carries.into_iter().chain([Object::Certificate(shared)]).collect::<Vec<_>>()).await;
        let unit_operator = principal("uli", Component::Operator);
        Side {
            hosts: [office.host(&store), office.host(&store)],
            people: [office.operator.clone(), office.colleague.clone(), unit_operator, office.self_service.clone()],
            cards: [office.card, adas, bens],
            office,
            store,
            instances: Vec::new(),
            last: None,
            dossiers: BTreeMap::new(),
            histories: BTreeMap::new(),
        }
    }

    /// Takes a step; says what came of it.
    async fn take(&mut self, host: usize, step: &Step) -> String {
        match step {
            Step::Start(..) | Step::Run(..) => self.give(host, step, None).await,
            Step::Next(_, nth) | Step::Cancel(_, nth) => {
                let instance = self.instances.iter().rev().nth(*nth).copied();
                let instance = instance.unwrap_or_else(|| InstanceId::from_uuid(self.office.fresh()));
                self.give(host, step, Some(instance)).await
            }
            Step::Again => {
                let Some(given) = self.last.clone() else { return String::new() };
                let again = self.command(host, &given).await.unwrap();
                // The preview is that of now.
                let first = given.answer.unwrap();
                assert_eq!(Standing { preview: None, ..again.clone() }, Standing { preview: None, ..first });
                format!("{again:?}")
            }
            Step::Deliver(limit) => format!("{:?}", self.hosts[host].deliver(*limit).await.unwrap()),
            Step::Tick => {
                let month = Millis::days(30);
                self.last.take_if(|it| self.office.clock.now() > it.at.plus(month));
                format!("{:?}", self.hosts[host].tick().await.unwrap())
            }
            Step::Restart => {
                self.hosts[host] = self.office.host(&self.store);
                String::new()
            }
            Step::Authority(mood) => {
                self.office.authority.is(*mood);
                String::new()
            }
            Step::Wait(length) => {
                self.office.wait(*length);
                String::new()
            }
        }
    }

    async fn give(&mut self, host: usize, step: &Step, instance: Option<InstanceId>) -> String {
        let id = CommandId::from_uuid(self.office.fresh());
        let given = Given { id, at: self.office.clock.now(), step: step.clone(), instance, answer: None };
        let answer = self.command(host, &given).await;
        if let Ok(standing) = &answer {
            if instance.is_none() {
                self.instances.push(standing.id());
            }
            self.last = Some(Given { answer: Some(standing.clone()), ..given });
        }
        format!("{answer:?}")
    }

    async fn command(&self, host: usize, given: &Given) -> Result<Standing<Cards>, Error<Cards>> {
        let cards = &self.hosts[host];
        let call = |who: &usize| self.people[*who].command(given.id);
        match (&given.step, given.instance) {
            (Step::Start(who, process, card), _) => cards.start(call(who), process, self.cards[*card]).await,
            (Step::Run(who, process, card), _) => {
                cards.run(call(who), process, self.cards[*card], Answers::none()).await
            }
            (Step::Next(who, _), Some(it)) => cards.next(call(who), it, Answers::none()).await,
            (Step::Cancel(who, _), Some(it)) => cards.cancel(call(who), it).await,
            other => panic!("no command: {other:?}"),
        }
    }

    /// Everything that can be seen; on the way, checks that it is as it must be.
    async fn look(&mut self) -> Vec<String> {
        let mut seen = Vec::new();
        let (work, incidents) = self.look_at_instances(&mut seen).await;
        for card in self.cards {
            let open = self.hosts[0].open(&self.office.operator, card).await.unwrap();
            seen.push(format!("{open:?}"));
            let now = self.office.clock.now();
            assert_eq!(Breach::all(&open.dossier, now), []);
            if let Some(before) = self.dossiers.insert(card, open.dossier.clone()) {
                assert_eq!(Breach::between(&before, &open.dossier), []);
            }
            for certificate in open.dossier.certificates() {
                let at = certificate.at();
                let (asked, excused) = (work.contains(&at), incidents.contains(&at));
                assert!(!certificate.is_unconfirmed() || asked || excused, "nobody follows up {certificate:?}");
                if !asked && !excused {
                    self.is_so_at_the_authority(certificate);
                }
            }
            self.look_at_history(card, &mut seen).await;
        }
        seen
    }

    /// What every instance shows; the certificates that are being asked about, and those with an incident.
    async fn look_at_instances(&self, seen: &mut Vec<String>) -> (Vec<ObjectRef>, Vec<ObjectRef>) {
        let (mut asked, mut incidents) = (Vec::new(), Vec::new());
        for instance in &self.instances {
            let operator = &self.office.operator;
            let standing = self.hosts[1].standing(operator, *instance, &Answers::none()).await.unwrap();
            let records = self.store.storage.instance(TENANT, *instance).await.unwrap().unwrap();
            let (effects, timers): (Vec<_>, Vec<_>) = records.work.iter().partition(|it| it.sort == WorkSort::Effect);
            let task = match &standing.status {
                Status::Waiting { task, .. } => Some(task.uuid()),
                _ => None,
            };
            assert!(records.tasks.iter().map(|it| it.at.id()).eq(task), "tasks of {standing:?}");
            assert!(timers.iter().map(|it| it.id.uuid()).eq(task), "timers of {standing:?}");
            assert_eq!(
                effects.len(),
                standing.asked - standing.confirmed - standing.overtaken,
                "requests of {standing:?}"
            );
            let confirming = matches!(standing.status, Status::Confirming { .. });
            assert_eq!(confirming, !effects.is_empty(), "{standing:?}");
            for effect in effects {
                let Ok(Request::Authority(it)) = Request::from_bytes(&effect.body) else { panic!("{effect:?}") };
                asked.push(it.certificate);
            }
            incidents.extend(standing.incidents.iter().map(|it| it.object));
            seen.push(format!("{standing:?}"));
        }
        (asked, incidents)
    }

    async fn look_at_history(&mut self, card: ObjectRef, seen: &mut Vec<String>) {
        let history = self.hosts[1].history(&self.office.operator, card).await.unwrap();
        history.verified.unwrap();
        let hashes: Vec<_> = history.records.iter().map(|it| it.linked.hash).collect();
        let before = self.histories.insert(card.home(), hashes.clone()).unwrap_or_default();
        assert!(hashes.starts_with(&before), "history was rewritten");
        seen.extend(history.records.iter().skip(before.len()).map(|it| format!("{:?}", it.entry)));
    }

    fn is_so_at_the_authority(&self, certificate: &Certificate) {
        let there = self.office.authority.truth();
        let there = there.get(certificate.serial()).map_or(CertificateState::Valid, |it| it.state);
        match certificate.wanted() {
            CertificateState::Expired => {}
            CertificateState::Issued => assert_eq!(there, CertificateState::Valid),
            wanted => assert_eq!(there, wanted, "{certificate:?}"),
        }
    }

    /// With the authority well again, everything comes to its end.
    async fn heal(&mut self) {
        self.office.authority.is(Mood::Well);
        for _ in 0..100 {
            self.office.wait(Millis::hours(9));
            self.hosts[0].tick().await.unwrap();
            if self.hosts[0].deliver(100).await.unwrap() == Delivered::default() {
                break;
            }
        }
        for instance in &self.instances {
            let bare = Answers::none();
            let standing = self.hosts[0].standing(&self.office.operator, *instance, &bare).await.unwrap();
            assert!(standing.outcome().is_some(), "{standing:?}");
        }
        for card in self.cards {
            let open = self.hosts[0].open(&self.office.operator, card).await.unwrap();
            open.dossier.certificates().for_each(|it| self.is_so_at_the_authority(it));
        }
    }
}
