//! What happens by itself: hosts die, clocks jump, authorities and administrators do what nobody here has asked for.

use super::course::Course;
use super::town::options;
use super::trace::Told;
use crate::domain::{CertificateState, Object, RevocationReason};
use crate::ports::{LedgerEntry, LedgerStatus};
use crate::testing::scene::ours;
use crate::values::{Millis, Revision};

impl Course {
    /// Time passes, and now and then a host dies, a clock jumps, somebody outside does something.
    pub(super) fn something_happens(&mut self) {
        let faults = self.world.with(|it| {
            let by = i64::try_from(self.dice.below(3)).unwrap_or(0);
            it.now = it.now.plus(Millis::new(by));
            it.faults
        });
        let rare = self.dice.below(100_000);
        let kills = usize::try_from(faults.kills).unwrap_or(0) * 100;
        let clocks = usize::try_from(faults.clocks).unwrap_or(0) * 100;
        let outside = if faults.outside > 0 { 60 } else { 0 };
        match rare {
            it if it < kills => self.kill(),
            it if it < kills + clocks => self.clocks(),
            it if it < kills + clocks + outside => self.by_itself(),
            it if it < kills + clocks + outside + 30 => self.options(),
            it if it < kills + clocks + outside + 200 => self.town_goes_on(),
            _ => {}
        }
    }

    /// A host dies.
    fn kill(&mut self) {
        let host = self.dice.below(self.hosts.len());
        self.world.with(|it| it.coverage.count("fault", "host killed"));
        self.kill_host(host);
        self.work_at(host);
    }

    /// The clock of a host jumps, or much time passes.
    fn clocks(&mut self) {
        let host = self.dice.below(self.hosts.len());
        if self.dice.one_in(3) {
            let by = *self.dice.pick(&[Millis::seconds(61), Millis::hours(1), Millis::hours(9), Millis::days(4)]);
            return self.world.with(|it| {
                it.now = it.now.plus(by);
                it.coverage.count("fault", "much time passed");
                it.tell(Told::Else(format!("{} ms pass", by.millis())));
            });
        }
        let jump = *self.dice.pick(&[0, 1, 59_999, 60_001, 3_600_000, 9 * 3_600_000]);
        let by = Millis::new(if self.dice.one_in(2) { jump } else { -jump });
        self.world.with(|it| {
            let name = if by.millis() < it.clocks[host].millis() { "clock put back" } else { "clock put forward" };
            it.coverage.count("fault", name);
            it.clocks[host] = by;
            it.tell(Told::Clock { host, by });
        });
    }

    /// The authority changes a certificate by itself.
    fn by_itself(&mut self) {
        let known: Vec<_> = self.town.authority.truth().into_keys().collect();
        if known.is_empty() {
            return;
        }
        let serial = self.dice.pick(&known).clone();
        let not_after = self.town.objects.iter().find_map(|it| match it {
            Object::Certificate(it) if *it.serial() == serial => Some(it.validity().until()),
            _ => None,
        });
        let now = self.world.now();
        let reason = RevocationReason::KeyCompromise;
        let status = LedgerStatus::Revoked { reason, since: now };
        let (not_after, revision) = (not_after.unwrap_or(now), Revision::NONE);
        self.town.authority.set(LedgerEntry {
            serial: serial.clone(),
            not_after,
            status,
            invalid_since: None,
            revision,
        });
        self.world.with(|it| {
            it.coverage.count("fault", "authority by itself");
            it.tell(Told::Else(format!("the authority revokes {serial} by itself")));
            let issuer = ours();
            it.book.holds_outside(&issuer, &serial, CertificateState::Revoked);
        });
    }

    /// An administrator changes the options.
    fn options(&mut self) {
        self.town.options.change(options(&mut self.dice));
        self.world.with(|it| {
            it.coverage.count("fault", "options changed");
            it.tell(Told::Else("the options are changed".to_owned()));
        });
    }

    /// Whoever must agree at the authority does, and what holds there is published.
    pub(super) fn town_goes_on(&mut self) {
        self.town.authority.agrees();
        let now = self.world.now();
        let truth = self.town.authority.truth();
        self.world.with(|it| {
            let issuer = ours();
            truth.iter().for_each(|(serial, status)| it.book.holds_outside(&issuer, serial, status.state));
        });
        if let Some(published) = &self.town.published {
            published.publish(truth, now);
        }
    }
}
