//! The manual: how it is built and why, and how to build on it.
//!
//! | chapter | for whom |
//! | --- | --- |
//! | [`glossary`] | everybody: one word for one thing |
//! | [`states`] | everybody: every state of every object, and every way between them |
//! | [`processes`] | operators and hosts: what the package of processes does |
//! | [`architecture`] | who changes the library |
//! | [`design`] | who asks why it is as it is |
//! | [`writing_a_process`] | teams that add processes |
//! | [`writing_an_adapter`] | teams that plug in a database, an authority, a directory of their own |

pub mod architecture {
    #![doc = include_str!("architecture.md")]
}
pub mod design {
    #![doc = include_str!("design.md")]
}
pub mod glossary {
    #![doc = include_str!("glossary.md")]
}
pub mod processes {
    #![doc = include_str!("processes.md")]
}
pub mod states {
    #![doc = include_str!("states.md")]
}
pub mod writing_a_process {
    #![doc = include_str!("writing_a_process.md")]
}
pub mod writing_an_adapter {
    #![doc = include_str!("writing_an_adapter.md")]
}
