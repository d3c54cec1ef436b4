//! For proofs of what begins by itself.

use crate::engine::{Actor, Command, Domain, Scope};
use crate::ports::Call;
use crate::values::{Answers, ObjectRef};

use super::access::Admitted;
use super::{Error, Runtime, Standing};

impl<D: Domain> Runtime<D> {
    /// Starts a process in the name of nobody, under a command id, as a deadline would.
    pub(crate) async fn start_by_itself(
        &self,
        call: Call<'_>,
        name: &str,
        subject: ObjectRef,
    ) -> Result<Standing<D>, Error<D>> {
        let process = self.latest(name)?;
        let admitted = Admitted { actor: Actor::worker(self.clock.now()), scope: Scope::All };
        let command = Command::Start { subject, answers: Some(Answers::none()) };
        self.carry_out(call, &admitted, process, None, subject, command).await
    }
}
