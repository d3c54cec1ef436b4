//! The manual: how it is built and why, and how to build on it.
//!
//! | chapter | for whom |
//! | --- | --- |
//! | [`glossary`] | everybody: one word for one thing |
//! | [`states`] | everybody: every state of every object, and every way between them |
//! | [`processes`] | operators and hosts: what the package of processes does |
//! | [`approvals`] | hosts and administrators: approvals, and how another system decides them |
//! | [`authorities`] | hosts: an authority of one's own (keys, CRLs, delta CRLs, OCSP, after a restore), and others (EJBCA, CMP) |
//! | [`mail`] | hosts and administrators: who is written to, in which words, through which server |
//! | [`operating`] | who runs it: what is asked of the outside, what goes wrong with it, and what a person does then |
//! | [`deadlines`] | operators and hosts: what happens by itself, and when |
//! | [`options`] | administrators and hosts: what can be set, how it is written, and who puts it in force |
//! | [`inbox`] | operators and hosts: work that waits for people, and who does it |
//! | [`rights`] | administrators and hosts: who may do what, who gives roles, and what one cannot give oneself |
//! | [`audit`] | auditors and hosts: who did what, and what stops a rogue operator |
//! | [`architecture`] | who changes the library |
//! | [`crashes`] | who runs it, and who must answer for it |
//! | [`evidence`] | auditors, and hosts that keep checkpoints, erase and trim |
//! | [`design`] | who asks why it is as it is |
//! | [`writing_a_process`] | teams that add processes |
//! | [`testing`] | whoever tests a process, or a service that embeds the library |
//! | [`proving_a_process`] | teams that add processes: from one line of test to a caught bug |
//! | [`writing_an_adapter`] | teams that plug in a database, an authority, a directory of their own |

pub mod approvals {
    #![doc = include_str!("approvals.md")]
}
pub mod architecture {
    #![doc = include_str!("architecture.md")]
}
pub mod audit {
    #![doc = include_str!("audit.md")]
}
pub mod authorities {
    #![cfg_attr(feature = "ocsp", doc = include_str!("authorities.md"))]
    #![cfg_attr(not(feature = "ocsp"), doc = "Certificate authorities: this chapter comes with the feature `ocsp`.")]
}
pub mod crashes {
    #![doc = include_str!("crashes.md")]
}
pub mod deadlines {
    #![doc = include_str!("deadlines.md")]
}
pub mod design {
    #![doc = include_str!("design.md")]
}
pub mod evidence {
    #![doc = include_str!("evidence.md")]
}
pub mod glossary {
    #![doc = include_str!("glossary.md")]
}
pub mod inbox {
    #![doc = include_str!("inbox.md")]
}
pub mod mail {
    #![doc = include_str!("mail.md")]
}
pub mod operating {
    #![doc = include_str!("operating.md")]
}
pub mod options {
    #![doc = include_str!("options.md")]
}
pub mod processes {
    #![doc = include_str!("processes.md")]
}
pub mod proving_a_process {
    #![cfg_attr(feature = "testing", doc = include_str!("proving_a_process.md"))]
    #![cfg_attr(not(feature = "testing"), doc = "Proving a process: this chapter comes with the feature `testing`.")]
}
pub mod rights {
    #![doc = include_str!("rights.md")]
}
pub mod states {
    #![doc = include_str!("states.md")]
}
pub mod testing {
    #![cfg_attr(feature = "testing", doc = include_str!("testing.md"))]
    #![cfg_attr(not(feature = "testing"), doc = "Testing with the kit: this chapter comes with the feature `testing`.")]
}
pub mod writing_a_process {
    #![doc = include_str!("writing_a_process.md")]
}
pub mod writing_an_adapter {
    #![doc = include_str!("writing_an_adapter.md")]
}
