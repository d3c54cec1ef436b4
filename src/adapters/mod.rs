//! One folder per technology behind a port.

pub mod memory;
