//! Smart cards and their processes.
pub mod adapters;
mod cardflow;
pub mod cards;
pub mod domain;
pub mod engine;
pub mod ports;
pub mod runtime;
pub mod values;

pub use self::cardflow::{Cardflow, CardflowBuilder};
