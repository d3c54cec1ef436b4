use std::sync::Arc;

use async_trait::async_trait;

use super::Line;
use crate::cards::Cards;
use crate::domain::{IssuerName, Serial};
use crate::engine::Bound;
use crate::engine::options::Facts;
use crate::ports::{
    Clock, EffectCall, EffectError, EffectHandler, EffectState, IdSource, Message, NoRandomness, Notifier,
    OptionSource, OptionsError, Published, PublishedError, PublishedStatus, Setback,
};
use crate::testing::fakes::{MailBox, MemoryOptions, ScriptedHandler, ScriptedStatus};
use crate::testing::simulate::faults::Fault;
use crate::testing::simulate::world::World;
use crate::values::{Seed, TenantId, Timestamp};

/// The clock of a host: that of the world, and wrong by as much as the world says.
#[derive(Debug)]
pub(in crate::testing::simulate) struct HostClock(pub(in crate::testing::simulate) Line);

impl Clock for HostClock {
    fn now(&self) -> Timestamp {
        self.0.world.with(|it| it.now.plus(it.clocks[self.0.host]))
    }
}

/// Seeds in the order in which hosts ask for them.
#[derive(Debug)]
pub(in crate::testing::simulate) struct SeededIds(pub(in crate::testing::simulate) Arc<World>);

impl IdSource for SeededIds {
    fn seed(&self) -> Result<Seed, NoRandomness> {
        let number = self.0.with(|it| {
            it.seeds += 1;
            it.seeds
        });
        Ok(Seed::from_number(number))
    }
}

/// The line of a host to the mail server.
#[derive(Debug)]
pub(in crate::testing::simulate) struct MessageLine {
    pub(in crate::testing::simulate) line: Line,
    pub(in crate::testing::simulate) inner: Arc<MailBox>,
}

fn failed(what: &str, setback: Setback) -> EffectError {
    EffectError { what: what.to_owned(), setback, source: None }
}

fn is_lost<T>() -> Result<T, EffectError> {
    Err(failed("simulated: nobody answers", Setback::Unknown))
}

#[async_trait]
impl Notifier for MessageLine {
    async fn notify(&self, message: &Message) -> Result<(), EffectError> {
        let fault = self.line.fault("notify", |it| it.outside / 2, Fault::of_a_message);
        let sends = async {
            match fault {
                Some(Fault::Refused) => return Err(failed("simulated: there is no such address", Setback::Permanent)),
                Some(Fault::Twice) => self.inner.notify(message).await?,
                _ => {}
            }
            self.inner.notify(message).await
        };
        self.line.carry(fault, sends).await.unwrap_or_else(is_lost)
    }
}

/// The line of a host to a system that is told the states of cards.
#[derive(Debug)]
pub(in crate::testing::simulate) struct SystemLine {
    pub(in crate::testing::simulate) line: Line,
    pub(in crate::testing::simulate) inner: Arc<ScriptedHandler>,
}

#[async_trait]
impl EffectHandler for SystemLine {
    fn kind(&self) -> String {
        self.inner.kind()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        let fault = self.line.fault("perform", |it| it.outside / 2, Fault::of_a_message);
        let performs = async {
            match fault {
                Some(Fault::Refused) => return Err(failed("simulated: it is out of order", Setback::Permanent)),
                Some(Fault::Twice) => drop(self.inner.perform(call).await?),
                _ => {}
            }
            self.inner.perform(call).await
        };
        self.line.carry(fault, performs).await.unwrap_or_else(is_lost)
    }

    async fn status(&self, call: &EffectCall) -> Result<EffectState, EffectError> {
        let fault = self.line.fault("status", |it| it.outside / 4, Fault::of_a_call);
        self.line.carry(fault, self.inner.status(call)).await.unwrap_or_else(is_lost)
    }
}

/// The line of a host to what an authority publishes.
#[derive(Debug)]
pub(in crate::testing::simulate) struct StatusLine {
    pub(in crate::testing::simulate) line: Line,
    pub(in crate::testing::simulate) inner: Arc<ScriptedStatus>,
}

#[async_trait]
impl PublishedStatus for StatusLine {
    fn issuer(&self) -> IssuerName {
        self.inner.issuer()
    }

    async fn published(&self, serial: &Serial, now: Timestamp) -> Result<Published, PublishedError> {
        let fault = self.line.fault("published", |it| it.outside / 4, Fault::of_a_call);
        let lost = || Err(PublishedError::Unavailable("simulated: nobody answers".into()));
        self.line.carry(fault, self.inner.published(serial, now)).await.unwrap_or_else(lost)
    }
}

/// The line of a host to the options.
#[derive(Debug)]
pub(in crate::testing::simulate) struct OptionsLine {
    pub(in crate::testing::simulate) line: Line,
    pub(in crate::testing::simulate) inner: Arc<MemoryOptions<Cards>>,
}

#[async_trait]
impl OptionSource<Cards> for OptionsLine {
    async fn in_force(&self, tenant: TenantId, facts: &Facts<'_>) -> Result<Bound<Cards>, OptionsError> {
        self.line.world.turn().await;
        self.inner.in_force(tenant, facts).await
    }
}
