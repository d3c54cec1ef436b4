use super::approval::{ApprovalPolicy, Ballot, Covers, Overdue, Party, Stage, met};
use super::decide::{Situation, Undecided};
use super::definition::StepKind;
use super::domain::Domain;
use super::event::Event;
use super::instance::Instance;
use super::limit::Reached;
use super::notice::NoticeKind;
use super::notifying::tell;
use super::people::Inquiry;
use super::rejection::Rejection;
use super::run::Run;
use crate::values::{Answers, Digest, encode};

/// What is agreed to, as a digest: by it, whoever decides says what they saw, and the same request is known again.
pub(super) fn covered<D: Domain>(
    run: &Run<'_, '_, D>,
    step: &str,
    position: usize,
    covers: Covers,
) -> Result<Digest, Undecided<D>> {
    let situation = run.situation();
    let instance = &run.instance;
    let (answers, _) = instance.answers().clone().part();
    let what = match covers {
        Covers::Intent => Digest::ZERO,
        Covers::Exact => run.look_ahead(position, &Answers::none())?.digest,
    };
    let holders = D::holders(&run.dossier);
    let body = encode("a request for approval", 1, &(instance.subject(), holders, answers, what))?;
    Ok(Digest::of_parts(&[situation.process.outline().name.as_bytes(), step.as_bytes(), &body]))
}

impl<D: Domain> Run<'_, '_, D> {
    /// Asks for approval, and waits.
    pub(super) fn ask_for_approval(&mut self, step: &str, policy: &ApprovalPolicy) -> Result<(), Undecided<D>> {
        if !self.still_relies() {
            return self.supersede();
        }
        let situation = self.situation();
        let outline = situation.process.outline();
        let Some(position) = outline.position(step) else { return Ok(()) };
        let adjust = outline.step(step).and_then(|it| match it.kind {
            StepKind::Approval { adjust, .. } => adjust,
            _ => None,
        });
        let policy = adjust.map_or_else(|| policy.clone(), |it| it(policy.clone(), self.options()));
        let (policy, limit) = match situation.limit {
            Some(Reached { limit, role: Some(role), .. }) => (policy.by_role(role), Some((*limit).to_owned())),
            _ => (policy, None),
        };
        self.ask_under(step, position, policy, limit)
    }

    /// Asks for approval anew, under the policy it was asked under before.
    pub(super) fn ask_again(&mut self, step: &str, policy: ApprovalPolicy) -> Result<(), Undecided<D>> {
        if !self.still_relies() {
            return self.supersede();
        }
        let Some(position) = self.situation().process.outline().position(step) else { return Ok(()) };
        self.ask_under(step, position, policy, None)
    }

    fn ask_under(
        &mut self,
        step: &str,
        position: usize,
        policy: ApprovalPolicy,
        limit: Option<String>,
    ) -> Result<(), Undecided<D>> {
        let preview = self.look_ahead(position, &Answers::none())?;
        if let Some(refusal) = preview.refusal {
            // Nobody is asked to agree to what would be refused.
            return Err(Rejection::Refused(refusal).into());
        }
        let covers = covered(self, step, position, policy.covers)?;
        let (waits, plan) = (policy.waits, preview.items.clone());
        can_be_met(self, &policy)?;
        let reviews = self.instance.relies_on().is_some();
        self.emit(Event::ApprovalAsked { step: step.to_owned(), policy, covers, plan, limit });
        self.wait_at(step, waits);
        self.preview = Some(preview);
        tell(self, if reviews { NoticeKind::ReviewAsked } else { NoticeKind::ApprovalAsked }, None)
    }
}

/// Whom the request is about.
pub(super) fn party<D: Domain>(instance: &Instance<D>, dossier: &D::Dossier) -> Party {
    Party {
        requester: instance.requester(),
        on_behalf: instance.on_behalf(),
        holders: D::holders(dossier),
        editors: instance.editors().clone(),
    }
}

/// Whether enough people exist who could agree, each counted once over all stages.
fn can_be_met<D: Domain>(run: &Run<'_, '_, D>, policy: &ApprovalPolicy) -> Result<(), Undecided<D>> {
    let situation = run.situation();
    ask(situation, everybody(policy))?;
    let party = party(&run.instance, &run.dossier);
    let mut ballots: Vec<Ballot> = policy.ballots().cloned().collect();
    if let Overdue::Escalate { to, .. } = &policy.overdue {
        ballots.iter_mut().for_each(|it| it.roles.extend([to.clone()]));
    }
    let stage = Stage { ballots: &ballots, relaxed: &policy.relaxed, party: &party };
    let open: Vec<_> = situation.people.colleagues.values().filter_map(|it| stage.open_to(it).ok()).collect();
    met(&ballots, &open).map_err(|shortage| Rejection::NobodyCanApprove(shortage).into())
}

pub(super) fn everybody(policy: &ApprovalPolicy) -> Inquiry {
    let roles = policy.roles().into_iter().map(str::to_owned).collect();
    Inquiry { roles, persons: policy.persons(), requester: false }
}

pub(super) fn ask<D: Domain>(situation: &Situation<'_, D>, wanted: Inquiry) -> Result<(), Undecided<D>> {
    situation.people.missing(wanted).map_or(Ok(()), |missing| Err(Undecided::Asks(missing)))
}
