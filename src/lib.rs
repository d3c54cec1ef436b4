//! Smart cards and their processes.
pub mod adapters;
pub mod cards;
pub mod domain;
pub mod engine;
pub mod ports;
pub mod values;
