//! What a task waits for: its turn, or a time of the world's.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::world::World;
use crate::values::{Millis, Timestamp};

/// Lets the others go first, once; or until a time.
pub(super) struct Turn<'a> {
    world: &'a World,
    until: Option<Timestamp>,
    waited: bool,
}

impl World {
    /// Here others may come in between.
    pub(super) fn turn(&self) -> Turn<'_> {
        Turn { world: self, until: None, waited: false }
    }

    /// Waits for so long.
    pub(super) fn pause(&self, length: Millis) -> Turn<'_> {
        Turn { world: self, until: Some(self.now().plus(length)), waited: false }
    }
}

impl Future for Turn<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.waited && self.until.is_none_or(|it| self.world.now() >= it) {
            return Poll::Ready(());
        }
        self.waited = true;
        if let Some(until) = self.until {
            self.world.with(|it| it.asleep = Some(until));
        }
        Poll::Pending
    }
}

/// What comes of a call of a real adapter, carried out wholly at one moment of the world, on whatever threads it has.
pub(super) fn at_once<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(it) => it,
        Poll::Pending => futures_executor::block_on(call),
    }
}
