//! The line between a host and each port: here others come in between, and here it goes wrong.

mod authority;
mod others;
mod storage;

use std::future::Future;
use std::sync::Arc;

use super::dice::Dice;
use super::faults::{Fault, Faults};
use super::turns::at_once;
use super::world::World;

pub(super) use self::authority::AuthorityLine;
pub(super) use self::others::{HostClock, MessageLine, OptionsLine, SeededIds, StatusLine, SystemLine};
pub(super) use self::storage::StorageLine;

/// Where a call comes from.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) world: Arc<World>,
    pub(super) host: usize,
}

impl Line {
    /// A call that goes out, is carried out at one moment, and comes back; others may come in between before and after. None if
    /// its caller is told nothing of what came of it.
    async fn carry<T>(&self, fault: Option<Fault>, call: impl Future<Output = T>) -> Option<T> {
        self.world.turn().await;
        if let Some(Fault::LateThere(by)) = fault {
            self.world.pause(by).await;
        }
        if fault == Some(Fault::Lost) {
            return None;
        }
        let answer = at_once(call);
        self.world.turn().await;
        if let Some(Fault::LateBack(by)) = fault {
            self.world.pause(by).await;
        }
        (fault != Some(Fault::AnswerLost)).then_some(answer)
    }

    fn fault(&self, method: &'static str, often: fn(&Faults) -> u32, draw: fn(&mut Dice) -> Fault) -> Option<Fault> {
        self.world.fault(self.host, method, often, draw)
    }
}
