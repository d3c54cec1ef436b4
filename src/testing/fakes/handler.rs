use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;

use super::held;
use crate::ports::{EffectCall, EffectError, EffectHandler, EffectState, Seen};
use crate::values::EffectId;

/// What an outside says to a request: the encoded answer, or why it never will.
type Answering = dyn Fn(&EffectCall) -> Result<Vec<u8>, EffectError> + Send + Sync;

/// Performs requests of one kind as an outside would that does each request once and remembers it.
///
/// For trouble, watch it: [`Watched`](super::Watched).
///
/// ```
/// use cardflow::domain::Answer;
/// use cardflow::testing::fakes::ScriptedHandler;
///
/// let told = Answer::Told.to_bytes()?;
/// let doors = ScriptedHandler::answering("door-system", move |_| Ok(told.clone()));
/// assert!(doors.done().is_empty());
/// # Ok::<(), cardflow::values::CodecError>(())
/// ```
pub struct ScriptedHandler {
    kind: String,
    answer: Box<Answering>,
    done: Mutex<Done>,
}

#[derive(Default)]
struct Done {
    calls: Vec<EffectCall>,
    answers: BTreeMap<EffectId, Vec<u8>>,
}

impl std::fmt::Debug for ScriptedHandler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedHandler").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl ScriptedHandler {
    /// Of this kind, with this answer to a request that comes for the first time.
    #[must_use]
    pub fn answering(
        kind: &str,
        answer: impl Fn(&EffectCall) -> Result<Vec<u8>, EffectError> + Send + Sync + 'static,
    ) -> Self {
        ScriptedHandler { kind: kind.to_owned(), answer: Box::new(answer), done: Mutex::default() }
    }

    /// The requests that it has done, each once, in order.
    #[must_use]
    pub fn done(&self) -> Vec<EffectCall> {
        held(&self.done).calls.clone()
    }
}

#[async_trait]
impl EffectHandler for ScriptedHandler {
    fn kind(&self) -> String {
        self.kind.clone()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        let mut done = held(&self.done);
        if let Some(answer) = done.answers.get(&call.id) {
            return Ok(answer.clone());
        }
        let answer = (self.answer)(call)?;
        done.calls.push(call.clone());
        done.answers.insert(call.id, answer.clone());
        Ok(answer)
    }

    async fn status(&self, call: &EffectCall) -> Result<EffectState, EffectError> {
        let answer = held(&self.done).answers.get(&call.id).cloned();
        Ok(answer.map_or(EffectState::NotDone(Seen::default()), EffectState::Done))
    }
}
