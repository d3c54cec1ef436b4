//! Simulated runs of the package of card processes: many hosts over the memory storage, on one core.

use std::time::Instant;

use cardflow::testing::simulate::{Faults, Simulation};

use crate::table::{Table, median};

const ROUNDS: u64 = 5;
/// Runs of a round, and the orders of users in each.
const RUNS: u64 = 20;
const ORDERS: usize = 500;

pub fn rows(table: &mut Table) {
    for (name, faults) in [("nothing goes wrong", Faults::NONE), ("everything goes wrong", Faults::USUAL)] {
        let simulation = Simulation::of_the_package().unwrap().commands(ORDERS).faults(faults);
        let (mut orders, mut commits) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let begin = Instant::now();
            let runs: Vec<_> = (round * RUNS..(round + 1) * RUNS).map(|seed| simulation.run(seed).unwrap()).collect();
            let took = begin.elapsed().as_secs_f64();
            let a_second = |count: f64| count / took;
            orders.push(a_second(runs.iter().map(|it| it.commands() as f64).sum()));
            commits.push(a_second(runs.iter().map(|it| it.commits() as f64).sum()));
        }
        let (orders, commits) = (format!("{:.0}/s", median(orders)), median(commits));
        let what = format!("simulated orders, {name} ({commits:.0} commits a second)");
        table.row(what, orders, "", "", "≥ 20 000/s");
    }
}
