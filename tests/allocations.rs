//! How often a command asks for memory: a number that creeps up is a copy that crept in.
#![allow(dead_code, clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, missing_docs)]

#[path = "../benches/cardflow/allocations.rs"]
mod allocations;
#[path = "../benches/cardflow/world.rs"]
mod world;

#[test]
fn a_deactivation_asks_for_memory_so_often() {
    for ((what, count), most) in allocations::counts().into_iter().zip([174, 225, 115]) {
        println!("{what}: {count} allocations, at most {most}");
        assert!(count <= most, "{what}: {count} allocations, at most {most}");
    }
}
