use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::domain::{Card, CardId, CardKind, CertificateState, Object, Person, RelationKind};
use cardflow::engine::{Outcome, Status};
use cardflow::runtime::Standing;
use cardflow::testing::fakes::{Fate, ScriptedStatus, WatchedStorage};
use cardflow::values::{Answers, Millis, ObjectRef, PersonId};

use crate::authority::{Fault, Faulty, Lasts};
use crate::common::{Office, Store, TENANT, issuer, validity};

/// Where our host dies, the first time that the outside is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cut {
    Nowhere,
    BeforeTheCall,
    InTheCall,
    BeforeItIsRecorded,
    AfterItWasRecorded,
}

impl Cut {
    pub(crate) const ALL: [Cut; 5] =
        [Cut::Nowhere, Cut::BeforeTheCall, Cut::InTheCall, Cut::BeforeItIsRecorded, Cut::AfterItWasRecorded];
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    process: &'static str,
    /// So many certificates, of which this one is in trouble.
    pub(crate) of: usize,
    pub(crate) on: usize,
    fault: Fault,
    lasts: Lasts,
    cut: Cut,
}

impl Case {
    pub(crate) fn all() -> impl Iterator<Item = Case> {
        let processes = ["CardsProcDeactivate", "CardsProcReactivate", "CardsProcLock"];
        let places = (1..=4).flat_map(|of| (1..=of).map(move |on| (of, on)));
        let troubles = Fault::ALL.iter().flat_map(|fault| Lasts::ALL.iter().map(move |lasts| (*fault, *lasts)));
        let whole = places.flat_map(move |place| troubles.clone().map(move |trouble| (place, trouble)));
        whole.flat_map(move |((of, on), (fault, lasts))| {
            let cuts = Cut::ALL.iter().flat_map(move |cut| processes.map(|process| (*cut, process)));
            cuts.map(move |(cut, process)| Case { process, of, on, fault, lasts, cut })
        })
    }

    pub(crate) async fn plays(self, store: &Store) {
        let mut play = Play::of(self, store).await;
        play.begins().await;
        // A few hours, then the days after which patience ends.
        for pause in [[3; 4], [24; 4]].as_flattened() {
            if play.as_wanted().await || play.is_told(&play.stands().await) {
                break;
            }
            play.goes_on(Millis::hours(*pause)).await;
        }
        play.is_over().await;
    }
}

struct Play {
    case: Case,
    store: Store,
    spy: Arc<WatchedStorage>,
    office: Office,
    authority: Arc<Faulty>,
    published: Arc<ScriptedStatus>,
    host: Arc<Cardflow>,
    card: ObjectRef,
    standing: Option<Standing<cardflow::cards::Cards>>,
}

impl Play {
    async fn of(case: Case, store: &Store) -> Play {
        let spy = Arc::new(WatchedStorage::over(store.storage.clone()));
        let store = store.through(spy.clone());
        let office = Office::on(&store).await;
        let serial = |n: usize| format!("0E0{n}");
        let authority = Arc::new(Faulty::on(serial(case.on).parse().unwrap()));
        let published = Arc::new(ScriptedStatus::named(issuer()).with_period(Millis::hours(2)));
        let person = Person::new(TENANT, PersonId::from_uuid(office.fresh()), "Cleo Sample").unwrap();
        let person = person.in_unit("Berlin").unwrap();
        let (id, number) = (CardId::from_uuid(office.fresh()), "9000 0001".parse().unwrap());
        let card = Card::new(TENANT, id, CardKind::Employee, number, validity()).registered_for(person.id());
        let card = card.in_state(cardflow::domain::CardState::Active).unwrap();
        let mut objects = vec![office.relation(RelationKind::Holder, &card, person.at())];
        for n in 1..=case.of {
            let certificate = office.certificate(&card, issuer(), &serial(n));
            objects.push(office.relation(RelationKind::Carries, &card, certificate.at()));
            objects.push(Object::Certificate(certificate));
        }
        let at = card.at();
        objects.extend([Object::Person(person), Object::Card(card)]);
        office.register(&objects).await;
        let host = host(&office, &store, &authority, &published);
        let play = Play { case, store, spy, office, authority, published, host, card: at, standing: None };
        play.publishes();
        play
    }

    fn publishes(&self) {
        self.published.publish(self.authority.inner.truth(), self.host.now());
    }

    fn dies(&mut self) {
        self.host = host(&self.office, &self.store, &self.authority, &self.published);
    }

    async fn runs(&mut self, process: &str) {
        let run = self.host.run(&self.office.operator, process, self.card, Answers::none()).await;
        self.standing = Some(run.unwrap_or_else(|error| panic!("{:?}: {error}", self.case)));
    }

    /// The process begins, and the host dies where it is to, if it is.
    async fn begins(&mut self) {
        if self.case.process == "CardsProcReactivate" {
            self.runs("CardsProcDeactivate").await;
            for _ in 0..3 {
                self.goes_on(Millis::hours(3)).await;
            }
        }
        self.authority.goes_wrong(self.case.fault, self.case.lasts);
        self.runs(self.case.process).await;
        match self.case.cut {
            Cut::Nowhere => return,
            Cut::BeforeTheCall => {}
            Cut::InTheCall => {
                self.authority.holds_up();
                tokio::select! {
                    biased;
                    () = self.authority.was_called.notified() => {}
                    _ = self.host.deliver(100) => panic!("{:?}: nobody was asked", self.case),
                }
            }
            Cut::BeforeItIsRecorded | Cut::AfterItWasRecorded => {
                let before = self.case.cut == Cut::BeforeItIsRecorded;
                self.spy.next_commit(if before { Fate::Stuck } else { Fate::AnswerStuck });
                tokio::select! {
                    biased;
                    () = self.spy.stuck() => {}
                    _ = self.host.deliver(100) => {}
                }
            }
        }
        self.dies();
    }

    async fn goes_on(&mut self, pause: Millis) {
        self.host.deliver(100).await.unwrap();
        self.is_honest().await;
        self.office.wait(pause);
        self.publishes();
        self.host.deliver(100).await.unwrap();
        self.is_honest().await;
    }

    async fn stands(&self) -> Standing<cardflow::cards::Cards> {
        let id = self.standing.as_ref().unwrap().id();
        self.host.standing(&self.office.operator, id, &Answers::none()).await.unwrap()
    }

    /// Whether each certificate is at its authority, and published, as it is wanted.
    async fn as_wanted(&self) -> bool {
        let open = self.host.open(&self.office.operator, self.card).await.unwrap();
        let truth: std::collections::BTreeMap<_, _> = self.authority.inner.truth().into_iter().collect();
        open.dossier.certificates().all(|it| {
            let there = truth.get(it.serial()).map_or(CertificateState::Valid, |it| it.state);
            there == it.wanted() && it.confirmed() == Some(it.wanted()) && it.visible_since().is_some()
        })
    }

    /// Whether a person was told to look.
    fn is_told(&self, standing: &Standing<cardflow::cards::Cards>) -> bool {
        standing.incidents.iter().any(|it| it.is_open())
    }

    /// Nothing is called done before it is, unless a person was told to look.
    async fn is_honest(&self) {
        let standing = self.stands().await;
        let told = self.is_told(&standing);
        if matches!(standing.status, Status::Ended(Outcome::Done { .. })) && !told {
            assert!(self.as_wanted().await, "{:?}: done is said, and it is not: {standing:?}", self.case);
        }
    }

    async fn is_over(&self) {
        let standing = self.stands().await;
        let told = self.is_told(&standing);
        assert!(self.as_wanted().await || told, "{:?}: neither done nor an incident: {standing:?}", self.case);
        let harmless = matches!(self.case.fault, Fault::TimesOutAfter)
            || self.case.lasts == Lasts::Once
                && !matches!(self.case.fault, Fault::Fails | Fault::Nonsense | Fault::SaysYes);
        assert!(!harmless || self.as_wanted().await, "{:?}: it mends by itself: {standing:?}", self.case);
    }
}

fn host(office: &Office, store: &Store, authority: &Arc<Faulty>, published: &Arc<ScriptedStatus>) -> Arc<Cardflow> {
    use cardflow::engine::RetryPolicy;
    let builder = store.builder().retry(RetryPolicy { jitter: 0, ..RetryPolicy::USUAL }).read_back(published.clone());
    Arc::new(office.equip(builder).certificate_authority(authority.clone()).build().unwrap())
}
