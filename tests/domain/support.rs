//! Plans over small dossiers.

use cardflow::cards::{CardsOptions, CardsWorld, Request, package};
use cardflow::domain::{Authorities, Capabilities, CauseKind, Dossier, Plan, PlanContext, PlanOutcome, Refusal};
use cardflow::engine::{Ground, StepKind};
pub(crate) use cardflow::testing::scene::{Scene, TENANT, day, days, foreign, held_for, hold, on_hold, ours};
use cardflow::values::{Answers, Ids, InstanceId, ObjectRef, Seed, Timestamp};
use uuid::Uuid;

/// What a plan is made with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) cause: CauseKind,
    pub(crate) options: CardsOptions,
    pub(crate) authorities: Authorities,
    pub(crate) now: Timestamp,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            cause: CauseKind::CardDeactivation,
            options: CardsOptions::default(),
            authorities: Authorities::default().with(ours(), Capabilities::ALL),
            now: day(0),
        }
    }
}

pub(crate) type Planned = Result<(PlanOutcome, Dossier), Refusal>;

impl Setup {
    pub(crate) fn because(cause: CauseKind) -> Setup {
        Setup { cause, ..Setup::default() }
    }

    pub(crate) fn with(change: impl FnOnce(&mut CardsOptions)) -> Setup {
        let mut setup = Setup::default();
        change(&mut setup.options);
        setup
    }

    /// An authority of ours that can do only this.
    pub(crate) fn able(hold: bool, release: bool) -> Setup {
        let authorities = Authorities::default().with(ours(), Capabilities { hold, release, ..Capabilities::ALL });
        Setup { authorities, ..Setup::default() }
    }

    /// A plan over a dossier, changed by hand.
    pub(crate) fn plan(&self, dossier: &Dossier, change: impl FnOnce(&mut Plan<'_>) -> Result<(), Refusal>) -> Planned {
        let context = PlanContext {
            now: self.now,
            instance: InstanceId::from_uuid(Uuid::from_u128(0x1257)),
            actor: None,
            cause: self.cause,
            policy: self.options.policy(),
            authorities: &self.authorities,
            answers: &Answers::none(),
            outside: &[],
            ids: self.ids(),
        };
        let mut plan = Plan::new(dossier, context);
        change(&mut plan)?;
        let (outcome, after) = plan.finish();
        Ok((outcome, after))
    }

    /// The change of a registered process of the package on the dossier's card.
    pub(crate) fn run(&self, name: &str, dossier: &Dossier) -> Planned {
        let package = package().unwrap();
        let process = package.iter().find(|it| it.outline().name == name).unwrap();
        let step = process.outline().steps.iter().position(|it| matches!(it.kind, StepKind::Change { .. })).unwrap();
        let ground = Ground {
            dossier,
            now: self.now,
            tenant: TENANT,
            instance: InstanceId::from_uuid(Uuid::from_u128(0x1257)),
            actor: None,
            options: &self.options,
            answers: &Answers::none(),
            outside: &[],
            world: &CardsWorld { authorities: self.authorities.clone(), ..CardsWorld::default() },
            ids: self.ids(),
        };
        let planned = process.plan(step, ground).unwrap()?;
        let asked = |it| if let Request::Authority(it) = it { Some(it) } else { None };
        let requests = planned.requests.into_iter().filter_map(asked).collect();
        Ok((PlanOutcome { items: planned.items, changes: planned.changes, requests }, planned.dossier))
    }

    /// A seed of its own for each cause and time, so that no two runs make the same ids.
    fn ids(&self) -> Ids {
        Ids::new(self.now, Seed::from_number(1 + self.cause as u64))
    }
}

pub(crate) const DEACTIVATE: &str = "CardsProcDeactivate";
pub(crate) const REACTIVATE: &str = "CardsProcReactivate";
pub(crate) const LOCK: &str = "CardsProcLock";

/// The same dossier about another of its objects.
pub(crate) fn about(dossier: &Dossier, subject: ObjectRef) -> Dossier {
    Dossier::new(subject, dossier.objects().cloned())
}

/// The state of an object by name.
pub(crate) fn state(dossier: &Dossier, at: ObjectRef) -> &'static str {
    dossier.get(at).unwrap().state().map_or("none", |it| it.name())
}

/// The causes of the open holds of an object.
pub(crate) fn causes(dossier: &Dossier, at: ObjectRef) -> Vec<CauseKind> {
    dossier.get(at).unwrap().holds().iter().map(|it| it.cause().kind).collect()
}

/// What the plan says of an object, in the words people read.
pub(crate) fn said(outcome: &PlanOutcome, at: ObjectRef) -> Vec<String> {
    outcome.items.iter().filter(|it| it.object == at).map(|it| it.what.to_string()).collect()
}
