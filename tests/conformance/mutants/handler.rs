//! A handler that does one thing wrong.

use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use cardflow::ports::{EffectCall, EffectError, EffectHandler, EffectState, Seen, Setback};
use cardflow::testing::conformance::handler::HandlerFactory;
use cardflow::values::{EffectId, InstanceId, TenantId, Timestamp};
use uuid::Uuid;

use super::let_others_go_on;

faults! {
    /// nothing is wrong
    None,
    /// a repetition is done again
    Repeats,
    /// a repetition is an error
    RefusesRepetition,
    /// a repetition is answered otherwise
    AnswersOtherwise,
    /// what is asked after a crash is done again
    RepeatsAfterCrash,
    /// whether it is done is looked up, and then it is done
    ChecksThenActs,
    /// one request is done for all
    DoesOne,
    /// its kind changes
    ChangesKind,
    /// it answers and does nothing
    AnswersOnly,
    /// it does what it was not asked for
    DoesMore,
    /// to ask does it
    DoesWhenAsked,
    /// it tells nothing of what it has done
    TellsNothing,
    /// it tells of every request what it knows of one
    TellsOfAll,
    /// it tells another answer
    TellsOtherwise,
    /// what does not read is done
    DoesUnreadable,
    /// what does not read may succeed later
    RetriesUnreadable,
    /// an error shows the request
    ShowsRequest,
}

#[derive(Debug)]
pub(crate) struct WrongHandler {
    fault: Fault,
    done: Mutex<Vec<EffectId>>,
}

const ANSWER: &[u8] = b"done";

impl WrongHandler {
    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn done(&self) -> MutexGuard<'_, Vec<EffectId>> {
        self.done.lock().unwrap()
    }

    fn knows(&self, call: &EffectCall) -> bool {
        match self.fault {
            Fault::DoesOne | Fault::TellsOfAll => !self.done().is_empty(),
            _ => self.done().contains(&call.id),
        }
    }
}

#[async_trait]
impl EffectHandler for WrongHandler {
    fn kind(&self) -> String {
        let changed = self.is(Fault::ChangesKind) && !self.done().is_empty();
        if changed { "other".to_owned() } else { "wrong".to_owned() }
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        let refused = |what: String, retryable| {
            let setback = if retryable { Setback::Unavailable } else { Setback::Permanent };
            Err(EffectError { what, setback, source: None })
        };
        if call.body != call.id.uuid().as_bytes() && !self.is(Fault::DoesUnreadable) {
            let shown = String::from_utf8_lossy(&call.body);
            let what =
                if self.is(Fault::ShowsRequest) { format!("no request: {shown}") } else { "no request".to_owned() };
            return refused(what, self.is(Fault::RetriesUnreadable));
        }
        let known = self.knows(call);
        if self.is(Fault::ChecksThenActs) {
            let_others_go_on().await;
        }
        match self.fault {
            Fault::RefusesRepetition if known => return refused("done already".to_owned(), false),
            Fault::AnswersOtherwise if known => return Ok(b"done already".to_vec()),
            Fault::AnswersOnly => return Ok(ANSWER.to_vec()),
            Fault::DoesMore => self.done().push(EffectId::from_uuid(Uuid::from_u128(call.id.uuid().as_u128() + 1))),
            _ => {}
        }
        let again = self.is(Fault::Repeats) || self.is(Fault::RepeatsAfterCrash) && call.attempts > 0;
        if !known || again || self.is(Fault::TellsOfAll) && !self.done().contains(&call.id) {
            self.done().push(call.id);
        }
        Ok(ANSWER.to_vec())
    }

    async fn status(&self, call: &EffectCall) -> Result<EffectState, EffectError> {
        if self.is(Fault::DoesWhenAsked) {
            self.done().push(call.id);
        }
        let forgetful = matches!(self.fault, Fault::TellsNothing | Fault::DoesWhenAsked | Fault::RepeatsAfterCrash);
        Ok(match self.knows(call) && !forgetful {
            true if self.is(Fault::TellsOtherwise) => EffectState::Done(b"other".to_vec()),
            true => EffectState::Done(ANSWER.to_vec()),
            false => EffectState::NotDone(Seen::default()),
        })
    }
}

/// Makes handlers with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl HandlerFactory for Wrong {
    type Guard = Arc<WrongHandler>;

    async fn handler(&self) -> (Arc<WrongHandler>, Arc<dyn EffectHandler>) {
        let handler = Arc::new(WrongHandler { fault: self.0, done: Mutex::default() });
        (Arc::clone(&handler), handler)
    }

    async fn call(&self, _: &Arc<WrongHandler>, number: u128) -> EffectCall {
        let id = Uuid::from_u128(number);
        EffectCall {
            tenant: TenantId::new(7),
            instance: InstanceId::from_uuid(Uuid::from_u128(1)),
            id: EffectId::from_uuid(id),
            kind: "wrong".to_owned(),
            at: Timestamp::from_millis(0),
            now: Timestamp::from_millis(0),
            attempts: 0,
            body: id.as_bytes().to_vec(),
            seen: Seen::default(),
        }
    }

    async fn done(&self, handler: &Arc<WrongHandler>, call: &EffectCall) -> usize {
        handler.done().iter().filter(|it| **it == call.id).count()
    }
}
