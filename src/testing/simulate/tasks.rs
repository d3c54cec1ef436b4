use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use super::dice::Dice;
use super::world::World;
use crate::values::Timestamp;

/// Everything that is under way: polled by hand, one at a time, in an order that the dice say.
#[derive(Default)]
pub(super) struct Tasks {
    all: Vec<Task>,
    begun: u64,
}

struct Task {
    number: u64,
    host: usize,
    /// The call of a user that it is, if it is one.
    call: Option<usize>,
    asleep: Option<Timestamp>,
    work: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Tasks {
    /// Something more is under way at a host.
    pub(super) fn begin(&mut self, host: usize, call: Option<usize>, work: impl Future<Output = ()> + Send + 'static) {
        self.begun += 1;
        self.all.push(Task { number: self.begun, host, call, asleep: None, work: Box::pin(work) });
    }

    /// How many calls of users are under way.
    pub(super) fn calls(&self) -> usize {
        self.all.iter().filter(|it| it.call.is_some()).count()
    }

    /// Whether nothing is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// One of them goes on to its next await; false if all wait for a time.
    pub(super) fn go_on(&mut self, world: &World, dice: &mut Dice) -> bool {
        let now = world.now();
        let awake = |it: &Task| it.asleep.is_none_or(|until| until <= now);
        let count = self.all.iter().filter(|it| awake(it)).count();
        if count == 0 {
            return false;
        }
        let nth = dice.below(count);
        let Some(place) = (0..self.all.len()).filter(|at| awake(&self.all[*at])).nth(nth) else { return false };
        let task = &mut self.all[place];
        world.with(|it| {
            it.asleep = None;
            it.steps += 1;
            it.ways = it.ways.wrapping_mul(0x0000_0100_0000_01b3) ^ task.number;
        });
        let over = task.work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
        task.asleep = world.with(|it| it.asleep.take());
        if over {
            self.all.swap_remove(place);
        }
        true
    }

    /// The first time that one of them waits for.
    pub(super) fn next_time(&self) -> Option<Timestamp> {
        self.all.iter().filter_map(|it| it.asleep).min()
    }

    /// A host dies: what is under way there is dropped where it stands. Says which calls were.
    pub(super) fn kill(&mut self, host: usize) -> Vec<usize> {
        let calls = self.all.iter().filter(|it| it.host == host).filter_map(|it| it.call).collect();
        self.all.retain(|it| it.host != host);
        calls
    }
}
