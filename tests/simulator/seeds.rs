//! The package of processes, from many seeds.

use cardflow::adapters::sqlite::SqliteStorage;
use cardflow::cards::SCHEMA;
use cardflow::testing::simulate::{Coverage, Run, Simulation, Store};

/// So many seeds are simulated without `CARDFLOW_SEEDS`.
const SEEDS: u64 = 100;

/// The seeds that failed once: the seed, how many orders, what it showed.
const KNOWN: &str = include_str!("seeds.txt");

fn number(name: &str) -> Option<u64> {
    Some(std::env::var(name).ok()?.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

pub fn simulation() -> Simulation {
    let simulation = Simulation::of_the_package().unwrap();
    match number("CARDFLOW_COMMANDS") {
        Some(commands) => simulation.commands(usize::try_from(commands).unwrap()),
        None => simulation,
    }
}

/// The seeds that are asked for.
pub fn wanted(usually: u64) -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("CARDFLOW_SEEDS") else { return 0..usually };
    let read = |it: &str| it.trim().parse::<u64>().unwrap_or_else(|_| panic!("CARDFLOW_SEEDS: `{it}` is no number"));
    match text.split_once("..") {
        Some((from, to)) => read(from)..read(to),
        None => 0..read(&text),
    }
}

/// The run of a seed, which must hold everything.
pub fn holds(simulation: &Simulation, seed: u64) -> Run {
    let twice = std::env::var_os("CARDFLOW_DOUBLECHECK").is_some();
    let ran = if twice { simulation.run_twice(seed) } else { simulation.run(seed) };
    ran.unwrap_or_else(|failure| {
        let smallest = simulation.smallest(failure.clone());
        panic!("{failure}\nand smaller:\n{smallest}")
    })
}

#[test]
fn seeds_that_failed_once_hold() {
    for line in KNOWN.lines().filter(|it| !it.is_empty() && !it.starts_with('#')) {
        let mut words = line.split_whitespace();
        let mut number = || words.next().unwrap().parse::<u64>().unwrap_or_else(|_| panic!("no number in: {line}"));
        let (seed, commands) = (number(), number());
        holds(&Simulation::of_the_package().unwrap().commands(usize::try_from(commands).unwrap()), seed);
    }
}

#[test]
fn what_must_hold_holds_from_every_seed() {
    let simulation = simulation();
    let (mut all, mut commands, mut steps, mut commits) = (Coverage::default(), 0, 0, 0);
    let seeds = wanted(SEEDS);
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let run = holds(&simulation, seed);
        all = all.and(run.coverage());
        (commands, steps, commits) = (commands + run.commands(), steps + run.steps(), commits + run.commits());
    }
    println!("{count} seeds, {commands} orders, {steps} steps, {commits} commits\n{all}");
    if count >= SEEDS {
        assert_eq!(all.missing(), [""; 0], "never happened");
    }
}

#[test]
fn one_seed() {
    let Some(seed) = number("CARDFLOW_SEED") else { return };
    match simulation().run(seed) {
        Ok(run) => println!("{}\n{}", run.trace().join("\n"), run.coverage()),
        Err(failure) => panic!("{}\n{failure}", failure.trace().join("\n")),
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let simulation = simulation().commands(80);
    for seed in 1000..1004 {
        simulation.run_twice(seed).unwrap_or_else(|failure| panic!("{failure}"));
    }
    let [one, other] = [1000, 1001].map(|it| simulation.run(it).unwrap());
    assert_ne!(one.trace(), other.trace(), "seeds make no difference");
}

#[test]
fn the_same_holds_over_files() {
    let over_sqlite = || {
        let folder = tempfile::tempdir().unwrap();
        Store::of(SqliteStorage::open(folder.path().join("cards.db"), &SCHEMA).unwrap()).keeping(folder)
    };
    let files = simulation().commands(60).over(over_sqlite);
    let memory = simulation().commands(60);
    for seed in 2000..2003 {
        let (one, other) = (holds(&files, seed), holds(&memory, seed));
        assert_eq!(one.trace(), other.trace(), "seed {seed} is another run over another store");
        assert_eq!(one.state(), other.state());
    }
}
