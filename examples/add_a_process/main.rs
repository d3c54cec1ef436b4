//! A team adds a process, and one line to its tests. The first version is wrong: the proof tells what happened to whom, and
//! what should have. The mended one is right, but nothing gives back what it takes; with that it holds, and the report says
//! what the runs have seen.
//!
//! ```text
//! cargo run --example add_a_process --features testing
//! ```
#![allow(clippy::print_stdout)]

mod first;
mod mended;

use std::error::Error;

use cardflow::testing::proof::{Proof, Proven};

/// The story of a proof that must fail.
fn story(proven: &Proven, proof: &str) -> Result<String, String> {
    let stories = proven.failures(proof);
    stories.first().map(ToString::to_string).ok_or_else(|| format!("`{proof}` holds, and should not"))
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("The first version:\n");
    println!("{}", story(&Proof::of(first::impound()?)?.prove(), "happy_path")?);

    println!("The mended one, alone:\n");
    println!("{}", story(&Proof::of(mended::impound()?)?.prove(), "way_back")?);

    println!("Both together:\n");
    for (process, beside) in [(mended::impound()?, mended::hand_back()?), (mended::hand_back()?, mended::impound()?)] {
        let proven = Proof::of(process)?.beside(beside).prove();
        let failed = proven.failed();
        if !failed.is_empty() {
            return Err(failed
                .iter()
                .flat_map(|(_, stories)| stories)
                .map(ToString::to_string)
                .collect::<String>()
                .into());
        }
        println!("{}", proven.report());
    }
    Ok(())
}
