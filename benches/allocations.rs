//! How often a command asks for memory. It is apart from the other figures, since counting costs time.
#![allow(dead_code, clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, missing_docs)]

#[path = "cardflow/allocations.rs"]
mod allocations;
#[path = "cardflow/table.rs"]
mod table;
#[path = "cardflow/world.rs"]
mod world;

fn main() {
    let mut table = table::Table::default();
    for (what, count) in allocations::counts() {
        table.row(format!("allocations of a deactivation, {what}, at most"), count.to_string(), "", "", "");
    }
    table.print();
}
