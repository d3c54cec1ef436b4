//! One run: users and hosts while everything goes wrong, then all of it while nothing does.

use std::sync::Arc;

use super::book::{Book, Broken};
use super::coverage::Coverage;
use super::dice::Dice;
use super::draws::{Draws, Needs};
use super::faults::Faults;
use super::given::{Came, Given, Order};
use super::hosts::host;
use super::invariants::{self, Causes};
use super::store::Store;
use super::tasks::Tasks;
use super::town::Town;
use super::trace::{Told, Trace};
use super::turns::at_once;
use super::world::{State, World};
use crate::Cardflow;
use crate::cards::Cards;
use crate::engine::Process;
use crate::testing::scene::{TENANT, day, ours};
use crate::values::{InstanceId, Millis};

/// What a run is made from.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) commands: usize,
    pub(super) faults: Faults,
    pub(super) processes: Vec<Arc<dyn Process<Cards>>>,
    pub(super) causes: Causes,
    pub(super) needs: Needs,
    pub(super) store: Store,
    /// Nothing is under way beside a command, and everything is delivered after it; and whether hosts start anew after each.
    pub(super) one_by_one: Option<bool>,
}

/// A run on its way.
pub(super) struct Course {
    pub(super) plan: Plan,
    pub(super) world: Arc<World>,
    pub(super) town: Town,
    pub(super) hosts: Vec<Arc<Cardflow>>,
    pub(super) tasks: Tasks,
    pub(super) dice: Dice,
    pub(super) draws: Draws,
    pub(super) given: Vec<Given>,
    /// How many calls are under way at once.
    together: usize,
}

/// How many steps a run has for each command at most: one that goes on and on is a fault.
const STEPS: u64 = 20_000;

impl Course {
    /// The town is set up, and the hosts are there.
    pub(super) fn begin(plan: Plan) -> Result<Course, Broken> {
        let seed = plan.seed;
        let mut dice = Dice::of(seed, "course");
        let number = 2 + dice.below(3);
        let faults = plan.faults.drawn(&mut dice);
        let world = Arc::new(World::of(State {
            now: day(0),
            clocks: vec![Millis::new(0); number],
            dice: Dice::of(seed, "faults"),
            faults,
            calm: true,
            asleep: None,
            steps: 0,
            ways: 0,
            trace: Trace::default(),
            coverage: Coverage::default(),
            book: Book::empty(invariants::all(plan.causes.clone())),
            came: Vec::new(),
            seeds: 0,
        }));
        let town = Town::drawn(seed);
        let draws = Draws::of(seed, &plan.processes, plan.needs.clone());
        let together = if plan.one_by_one.is_some() { 1 } else { 1 + dice.below(6) };
        let mut course = Course {
            plan,
            world,
            town,
            hosts: Vec::new(),
            tasks: Tasks::default(),
            dice,
            draws,
            given: Vec::new(),
            together,
        };
        for number in 0..number {
            let host = course.built(number)?;
            course.hosts.push(host);
        }
        course.install()?;
        Ok(course)
    }

    fn built(&self, number: usize) -> Result<Arc<Cardflow>, Broken> {
        host(number, &self.world, &self.plan.store, &self.town, &self.plan.processes).map_err(|it| Broken {
            name: "hosts",
            rule: "Every host can be built.",
            what: it.to_string(),
        })
    }

    fn install(&mut self) -> Result<(), Broken> {
        for (serial, status) in self.town.authority.truth() {
            let issuer = ours();
            self.world.with(|it| it.book.holds_outside(&issuer, &serial, status.state));
        }
        let came = Arc::new(std::sync::Mutex::new(None));
        let (host, objects, place) = (Arc::clone(&self.hosts[0]), self.town.objects.clone(), Arc::clone(&came));
        self.tasks.begin(0, None, async move {
            let installed = host.install(TENANT, &objects).await.map(drop).map_err(|it| super::given::in_full(&it));
            *place.lock().expect("nobody panics with it") = Some(installed);
        });
        while self.tasks.go_on(&self.world, &mut self.dice) {}
        let came = came.lock().expect("nobody panics with it").take();
        let what = match came {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) => error,
            None => "it does not come to an end".to_owned(),
        };
        Err(Broken { name: "install", rule: "The first objects come in.", what })
    }

    pub(super) fn broken(&self) -> Option<Broken> {
        self.world.with(|it| it.book.broken().cloned())
    }

    /// Hosts work by themselves from now on.
    pub(super) fn work(&mut self) {
        for number in 0..self.hosts.len() {
            self.work_at(number);
        }
    }

    pub(super) fn work_at(&mut self, number: usize) {
        for _ in 0..2 {
            let (host, world) = (Arc::clone(&self.hosts[number]), Arc::clone(&self.world));
            self.tasks.begin(number, None, async move {
                loop {
                    let pause = world.with(|it| *it.dice.pick(&[100, 400, 1_500, 5_000]));
                    world.pause(Millis::new(pause)).await;
                    let limit = world.with(|it| 1 + it.dice.below(4));
                    // A store that does not answer is asked again.
                    let _ = host.deliver(limit).await;
                }
            });
        }
        let (host, world) = (Arc::clone(&self.hosts[number]), Arc::clone(&self.world));
        self.tasks.begin(number, None, async move {
            loop {
                world.pause(Millis::seconds(20)).await;
                let _ = host.tick().await;
                if world.with(|it| it.dice.one_in(4)) {
                    let _ = host.reconcile(TENANT, None, 1000).await;
                }
            }
        });
    }

    /// Everything goes wrong, until so many orders were given and answered.
    pub(super) fn safety(&mut self) {
        self.world.with(|it| it.calm = false);
        let most = STEPS * (10 + self.plan.commands as u64);
        while self.broken().is_none() {
            let gives = self.given.len() < self.plan.commands;
            if !gives && self.tasks.calls() == 0 {
                return;
            }
            if self.world.with(|it| it.steps) > most {
                let what = format!("{most} steps were not enough for {} orders", self.given.len());
                self.world.with(|it| it.book.breaks("ends", "Every call is answered.", what));
                return;
            }
            if gives && self.tasks.calls() < self.together && self.dice.one_in(6) {
                self.give();
            }
            self.step();
        }
    }

    /// One task goes on; before it, whatever the dice let happen.
    fn step(&mut self) {
        self.something_happens();
        // Time does not wait for whoever is under way: workers begin beside them.
        if self.dice.one_in(20) {
            self.time_passes();
        }
        self.step_alone();
    }

    fn time_passes(&mut self) {
        match self.tasks.next_time() {
            Some(next) => self.world.with(|it| it.now = it.now.max(next)),
            None => self.world.with(|it| it.now = it.now.plus(Millis::seconds(1))),
        }
    }

    /// One task goes on, or the time that it waits for comes.
    pub(super) fn step_alone(&mut self) {
        if !self.tasks.go_on(&self.world, &mut self.dice) {
            self.time_passes();
        }
        self.hear();
    }

    /// A user gives an order to a host.
    pub(super) fn give(&mut self) {
        let Course { draws, town, given, hosts, .. } = self;
        let given = self.world.with(|it| draws.next(town, given, hosts.len(), it.now, &it.book.facts));
        self.begin_call(given, None);
    }

    fn begin_call(&mut self, given: Given, after: Option<usize>) {
        let Given { call, user, host, id, ref order, again, .. } = given;
        let user = &self.town.users[user];
        let under_way = again.is_some_and(|it| self.given.get(it).is_some_and(|it| it.came.is_none()));
        let elsewhere = again.is_some_and(|it| self.given.get(it).is_some_and(|it| it.host != host));
        self.world.with(|it| {
            it.coverage.count("order", order.name());
            for (name, counts) in [
                ("again", again.is_some() && order.is_command()),
                ("again while under way", under_way),
                ("again at another host", elsewhere),
                ("id reused", given.reuses),
            ] {
                if counts {
                    it.coverage.count("order", name);
                }
            }
            let (account, order, again) = (user.account, Arc::clone(order), again.is_some() && order.is_command());
            it.tell(Told::Given { call, account, host, id, order, again });
        });
        let (at, world, who, order) =
            (Arc::clone(&self.hosts[host]), Arc::clone(&self.world), user.principal.clone(), Arc::clone(order));
        self.tasks.begin(host, Some(call), async move {
            let came = order.to(&at, &who, id).await;
            world.with(|it| it.came.push((call, came)));
        });
        self.given.push(Given { again: again.or(after), ..given });
    }

    /// Users hear what came of their orders; some look at once whether it is so.
    fn hear(&mut self) {
        let came = self.world.with(|it| std::mem::take(&mut it.came));
        for (call, came) in came {
            self.heard(call, came);
        }
    }

    fn heard(&mut self, call: usize, came: Came) {
        let Some(given) = self.given.get_mut(call) else { return };
        given.came = Some(came.clone());
        let given = given.clone();
        let before = given.again.and_then(|it| self.given.get(it)).cloned();
        self.world.with(|it| {
            it.coverage.count("answer", came.name());
            if before.is_some() && given.order.is_command() && came.is_done() {
                it.coverage.count("answer", "given again");
            }
            it.tell(Told::Came { call, host: given.host, came: came.clone() });
            it.book.answered(&given, before.as_ref());
        });
        self.draws.learns(&given);
        let looks = given.order.is_command() && self.given.len() < self.plan.commands;
        if let Some(standing) = came.standing().filter(|_| looks)
            && let Some(host) = self.draws.looks_at_once(self.hosts.len())
        {
            let number = self.given.len();
            let order = Arc::new(Order::Look(standing.instance));
            let look = Given { call: number, host, order, again: None, reuses: false, came: None, ..given };
            self.begin_call(look, Some(call));
        }
    }

    /// A host dies where it stands, and another takes its place over the same store.
    pub(super) fn kill_host(&mut self, host: usize) {
        let calls = self.tasks.kill(host);
        self.world.with(|it| {
            it.tell(Told::Killed { host, calls: calls.len() });
            it.book.died(host);
        });
        for call in calls {
            self.heard(call, Came::Unknown);
        }
        match self.built(host) {
            Ok(new) => self.hosts[host] = new,
            Err(Broken { name, rule, what }) => self.world.with(|it| it.book.breaks(name, rule, what)),
        }
    }

    /// Every instance there is.
    pub(super) fn instances(&self) -> Vec<InstanceId> {
        self.world.with(|it| it.book.facts.instances.keys().copied().collect())
    }

    /// What is asked of the store itself, past all lines.
    pub(super) fn read<T, E: std::error::Error>(&self, read: impl Future<Output = Result<T, E>>) -> Result<T, Broken> {
        at_once(read).map_err(|it| Broken { name: "store", rule: "The store can be read.", what: it.to_string() })
    }
}
