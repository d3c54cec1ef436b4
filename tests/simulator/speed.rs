//! How fast it is. Measured by hand: `cargo test --release --test simulator speed -- --ignored --nocapture`.

use std::time::Instant;

use cardflow::testing::simulate::{Faults, Simulation};

#[test]
#[ignore = "it measures, and holds nothing"]
fn orders_a_second_through_the_whole_runtime() {
    for (name, faults) in [("nothing goes wrong", Faults::NONE), ("everything goes wrong", Faults::USUAL)] {
        let simulation = Simulation::of_the_package().unwrap().commands(500).faults(faults);
        let begin = Instant::now();
        let (mut commands, mut steps, mut commits) = (0, 0, 0);
        for seed in 0..40 {
            let run = simulation.run(seed).unwrap_or_else(|failure| panic!("{failure}"));
            (commands, steps, commits) = (commands + run.commands(), steps + run.steps(), commits + run.commits());
        }
        let took = begin.elapsed().as_secs_f64();
        let a_second = |count: f64| count / took;
        println!(
            "{name}: {:.0} orders, {:.0} commits, {:.0} steps a second",
            a_second(commands as f64),
            a_second(commits as f64),
            a_second(steps as f64)
        );
    }
}
