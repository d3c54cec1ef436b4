use serde::Serialize;

use crate::engine::{Command, Decision, Domain, Judgement, Rejection, Resolution, Scope, Verdict};
use crate::ports::{Call, IdSource, Remembered};
use crate::values::{
    Answers, CodecError, CommandId, Digest, Ids, InstanceId, ObjectRef, PersonId, TenantId, Timestamp, decode, encode,
};

use super::access::Admitted;
use super::standing::Receipt;
use super::{Error, Runtime, Standing};

/// The version of the stored form of receipts.
const FORMAT: u8 = 1;

/// A command with its id and the digest of what it says.
#[derive(Debug)]
pub(super) struct Quoted {
    pub(super) id: CommandId,
    content: Digest,
}

/// What a command says, as far as "the same again" means.
#[derive(Serialize)]
struct Said<'a> {
    what: &'static str,
    process: &'a str,
    instance: Option<InstanceId>,
    subject: ObjectRef,
    on_behalf: Option<PersonId>,
    answers: Option<&'a Answers>,
    decision: Option<&'a Judgement>,
    note: Option<&'a str>,
    incident: Option<(u32, Resolution)>,
}

impl Quoted {
    #[expect(clippy::too_many_arguments, reason = "the parts of one command, named once")]
    pub(super) fn new<D: Domain>(
        call: Call<'_>,
        process: &str,
        instance: Option<InstanceId>,
        subject: ObjectRef,
        on_behalf: Option<PersonId>,
        command: &Command<D>,
        ids: &dyn IdSource,
        now: Timestamp,
    ) -> Result<Self, Error<D>> {
        let answers = match command {
            Command::Start { answers, .. } => answers.as_ref(),
            Command::Next(answers) => Some(answers),
            Command::Resubmit { answers, .. } => Some(answers),
            Command::Cancel
            | Command::Fire
            | Command::Report(_)
            | Command::Resolve { .. }
            | Command::Missed { .. }
            | Command::Judge(_)
            | Command::Digest { .. } => None,
        };
        let decision = match command {
            Command::Judge(it) => Some(it),
            _ => None,
        };
        let note = match command {
            Command::Resubmit { note, .. } | Command::Resolve { note, .. } => Some(note.as_str()),
            _ => None,
        };
        let incident = match command {
            Command::Resolve { incident, how, .. } => Some((*incident, *how)),
            _ => None,
        };
        let what = command_name(command);
        let said = Said { what, process, instance, subject, on_behalf, answers, decision, note, incident };
        let id = match call.command {
            Some(id) => id,
            None => CommandId::from_uuid(Ids::new(now, ids.seed()?).fresh()),
        };
        Ok(Quoted { id, content: Digest::of(&encode("a command", FORMAT, &said)?) })
    }

    pub(super) fn remembered<D: Domain>(
        &self,
        actor: Option<PersonId>,
        at: Timestamp,
        decision: &Decision<D>,
    ) -> Result<Remembered, CodecError> {
        let answer = encode("a receipt", FORMAT, &Receipt::of(decision))?;
        Ok(Remembered { actor, command: self.id, at, content: self.content, answer })
    }
}

impl<D: Domain> Runtime<D> {
    /// The answer a command was given. While its form still waits, the preview beside it is that of now, as Next needs it, if there
    /// is one.
    pub(super) async fn answer_again(
        &self,
        tenant: TenantId,
        admitted: &Admitted,
        quoted: &Quoted,
        known: &Remembered,
    ) -> Result<Standing<D>, Error<D>> {
        if known.content != quoted.content {
            return Err(Rejection::CommandIdReused { id: quoted.id }.into());
        }
        let receipt: Receipt<D> = decode("a receipt", FORMAT, &known.answer)?;
        let instance = self.instance(tenant, receipt.instance).await?.instance;
        let standing = receipt.standing(&instance);
        if instance.waits().is_none() || *instance.status() != standing.status {
            return Ok(standing);
        }
        let dossier = self.dossier(tenant, instance.subject(), &admitted.scope).await?;
        match self.preview(tenant, &admitted.actor, &instance, &dossier, &Answers::none()).await {
            Ok(preview) => Ok(Standing { preview, ..standing }),
            // It may have gone on between the two reads. What was answered stays so.
            Err(Error::Rejected(_)) => Ok(standing),
            Err(error) => Err(error),
        }
    }
}

/// The word for a command in journals.
pub(super) fn command_name<D: Domain>(command: &Command<D>) -> &'static str {
    match command {
        Command::Start { answers: None, .. } => "start",
        Command::Start { answers: Some(_), .. } => "run",
        Command::Next(_) => "next",
        Command::Cancel => "cancel",
        Command::Fire => "expire",
        Command::Missed { .. } => "miss",
        Command::Report(_) => "report",
        Command::Resolve { .. } => "resolve",
        Command::Judge(it) => match it.verdict {
            Verdict::Approve => "approve",
            Verdict::Reject => "reject",
            Verdict::Postpone(_) => "postpone",
            Verdict::Ask => "send back",
            Verdict::TakeBack => "take back",
        },
        Command::Resubmit { .. } => "resubmit",
        Command::Digest { .. } => "digest",
    }
}

/// The word for a scope in the rule of a history record.
pub(super) fn scope_name(scope: &Scope) -> &'static str {
    match scope {
        Scope::All => "everything",
        Scope::Units(_) => "its units",
        Scope::Own(_) => "own objects",
        Scope::None => "nothing",
    }
}
