//! A gateway, or the system behind it, that does one thing wrong.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use cardflow::cards::Cards;
use cardflow::engine::{ApprovalRequest, Judgement, Verdict};
use cardflow::ports::{ApprovalGateway, Clock, EffectError, IdSource, Setback};
use cardflow::runtime::{Error, Standing};
use cardflow::testing::conformance::gateway::{DecidedOutside, GatewayFactory, Office};
use cardflow::values::{Digest, Millis, TaskId, TenantId};

faults! {
    /// nothing is wrong
    None,
    /// it answers and keeps nothing
    KeepsNothing,
    /// it keeps one request
    KeepsOne,
    /// it keeps what was withdrawn
    KeepsWithdrawn,
    /// it answers, and has it with the next one only
    HasItLater,
    /// what comes again lies there twice
    Doubles,
    /// it says what no one waits for
    OtherTask,
    /// it loses the plan
    LosesPlan,
    /// it loses who may decide
    LosesRoles,
    /// it loses who asked
    LosesRequester,
    /// it hands on another digest
    OtherCovers,
    /// it cuts the time
    CutsUntil,
    /// what comes again is an error
    RefusesAgain,
    /// to withdraw again is an error
    RefusesWithdrawn,
    /// it mixes tenants
    MixesTenants,
    /// it withdraws all
    WithdrawsAll,
    /// it withdraws what was postponed or agreed to there
    ForgetsDecided,
    /// whoever decides is taken for another
    OtherAccount,
    /// whatever is decided is agreed
    AlwaysApproves,
    /// whatever is decided is refused
    AlwaysRejects,
    /// the words are lost
    LosesWords,
    /// words are made up
    InventsWords,
    /// the date is lost
    LosesDate,
    /// on whose behalf it was is lost
    LosesBehalf,
    /// what was shown is not said as it was
    QuotesNow,
    /// a refusal of the host is kept from whoever asked
    HidesRejection,
    /// an error shows the request
    ShowsRequest,
}

#[derive(Debug)]
pub(crate) struct WrongDesk {
    fault: Fault,
    lies: Mutex<Vec<ApprovalRequest>>,
    late: Mutex<Option<ApprovalRequest>>,
    down: Mutex<bool>,
}

impl WrongDesk {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn lies(&self) -> MutexGuard<'_, Vec<ApprovalRequest>> {
        self.lies.lock().unwrap()
    }

    fn same(&self, it: &ApprovalRequest, tenant: TenantId, task: TaskId) -> bool {
        it.task == task && (it.tenant == tenant || self.is(Fault::MixesTenants))
    }

    fn refused(&self, shown: String) -> Result<(), EffectError> {
        let what =
            if self.is(Fault::ShowsRequest) { format!("it is down for {shown}") } else { "it is down".to_owned() };
        Err(EffectError { what, setback: Setback::Unavailable, source: None })
    }
}

#[async_trait]
impl ApprovalGateway for WrongDesk {
    async fn submit(&self, request: &ApprovalRequest) -> Result<(), EffectError> {
        if *self.down.lock().unwrap() {
            return self.refused(format!("{request:?}"));
        }
        let known = self.lies().iter().any(|it| self.same(it, request.tenant, request.task));
        let mut request = request.clone();
        match self.fault {
            Fault::KeepsNothing => return Ok(()),
            Fault::KeepsOne if !self.lies().is_empty() => return Ok(()),
            Fault::HasItLater => {
                let before = self.late.lock().unwrap().replace(request);
                self.lies().extend(before);
                return Ok(());
            }
            Fault::RefusesAgain if known => return self.refused("it again".to_owned()),
            Fault::OtherTask => request.task = TaskId::from_uuid(request.instance.uuid()),
            Fault::LosesPlan => request.plan.clear(),
            Fault::LosesRoles => request.roles.clear(),
            Fault::LosesRequester => request.requester = None,
            Fault::OtherCovers => request.covers = Digest::ZERO,
            Fault::CutsUntil => request.until = request.until.minus(Millis::seconds(1)),
            _ => {}
        }
        if !known || self.is(Fault::Doubles) {
            self.lies().push(request);
        }
        Ok(())
    }

    async fn withdraw(&self, tenant: TenantId, task: TaskId) -> Result<(), EffectError> {
        if *self.down.lock().unwrap() {
            return self.refused(task.to_string());
        }
        let known = self.lies().iter().any(|it| self.same(it, tenant, task));
        match self.fault {
            Fault::KeepsWithdrawn => {}
            Fault::RefusesWithdrawn if !known => return self.refused("nothing".to_owned()),
            Fault::WithdrawsAll => self.lies().clear(),
            _ => self.lies().retain(|it| !self.same(it, tenant, task)),
        }
        Ok(())
    }
}

/// Makes gateways with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl GatewayFactory for Wrong {
    type Guard = Arc<WrongDesk>;

    async fn gateway(
        &self,
        _: Arc<dyn Clock>,
        _: Arc<dyn IdSource>,
    ) -> (Arc<WrongDesk>, Option<Arc<dyn ApprovalGateway>>) {
        let desk = WrongDesk { fault: self.0, lies: Mutex::default(), late: Mutex::default(), down: Mutex::default() };
        let desk = Arc::new(desk);
        (desk.clone(), Some(desk))
    }

    async fn lies(&self, desk: &Arc<WrongDesk>, _: &Office) -> Vec<ApprovalRequest> {
        desk.lies().clone()
    }

    async fn decide(
        &self,
        desk: &Arc<WrongDesk>,
        office: &Office,
        decided: &DecidedOutside,
    ) -> Result<Standing<Cards>, Error<Cards>> {
        let DecidedOutside { tenant, account, instance, judgement } = decided.clone();
        let Judgement { task, verdict, note, seen, on_behalf } = judgement;
        let account = if desk.is(Fault::OtherAccount) { "anke".to_owned() } else { account };
        let verdict = match (desk.fault, verdict) {
            (Fault::AlwaysApproves, _) => Verdict::Approve,
            (Fault::AlwaysRejects, _) => Verdict::Reject,
            (Fault::LosesDate, Verdict::Postpone(_)) => Verdict::Postpone(None),
            (_, verdict) => verdict,
        };
        let note = match desk.fault {
            Fault::LosesWords => String::new(),
            Fault::AlwaysRejects | Fault::InventsWords => "So it was decided".to_owned(),
            _ => note,
        };
        let on_behalf = on_behalf.filter(|_| !desk.is(Fault::LosesBehalf));
        let mut judgement = Judgement { task, verdict, note, seen, on_behalf };
        if desk.is(Fault::ForgetsDecided) {
            desk.lies().retain(|it| it.task != task);
        }
        if desk.is(Fault::QuotesNow) {
            let now = office.waiting().await.into_iter().find(|it| it.instance == instance);
            (judgement.task, judgement.seen) = now.map_or((task, seen), |it| (it.task, Some(it.covers)));
        }
        let principal = office.principal(tenant, &account);
        let answer = office.cards().judge(&principal, instance, judgement).await;
        match answer {
            Err(Error::Rejected(_)) if desk.is(Fault::HidesRejection) => {
                let approver = office.principal(tenant, "ann");
                Ok(office.cards().request(&approver, instance).await?.standing)
            }
            answer => answer,
        }
    }

    async fn fail(&self, desk: &Arc<WrongDesk>) {
        *desk.down.lock().unwrap() = true;
    }
}
