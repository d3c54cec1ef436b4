//! Processes that nobody wrote.

use cardflow::testing::simulate::{Coverage, Simulation};
use cardflow::testing::strategies::definitions::{self, Recipe};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::seeds::{holds, wanted};

/// So many definitions are tried without `CARDFLOW_SEEDS`.
const DEFINITIONS: u64 = 25;

/// Definitions that failed once: the answer of one asked people for what another had asked for; a start that came again was
/// rejected, since its instance went on between two reads; a plan that did something once and not twice was not told to differ.
const KNOWN: &[u64] = &[1550, 61550, 65673];

/// A definition, the same for the same seed.
fn recipe(seed: u64) -> Recipe {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    definitions::recipe().new_tree(&mut runner).unwrap().current()
}

/// Beside the package, which brings cards into the states that it needs.
fn simulation(recipe: &Recipe) -> Simulation {
    Simulation::of_the_package().unwrap().with(recipe.build().unwrap())
}

#[test]
fn processes_nobody_wrote_hold_what_must_hold() {
    let mut all = Coverage::default();
    for seed in KNOWN.iter().copied().chain(wanted(DEFINITIONS)) {
        let recipe = recipe(seed);
        println!("{seed}: {recipe}");
        all = all.and(holds(&simulation(&recipe).commands(60), seed).coverage());
    }
    println!("{all}");
}

#[test]
fn a_host_that_starts_anew_at_any_point_changes_nothing() {
    let mut ended = 0;
    for seed in wanted(DEFINITIONS) {
        let recipe = recipe(seed);
        let simulation = simulation(&recipe).commands(25);
        let [one, other] = [false, true].map(|restarts| holds(&simulation.clone().one_by_one(restarts), seed));
        assert_eq!(one.state(), other.state(), "seed {seed}: {recipe}");
        ended += one.coverage().of("end", "done");
    }
    assert!(ended > 10, "{ended} instances came to an end");
}
