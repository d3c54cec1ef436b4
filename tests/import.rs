//! Import: every fault with its message, what comes in, and the way to a card that is found, deactivated and reactivated.
#![cfg(all(feature = "import", feature = "x509"))]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod common;

#[path = "import/certificate_pem.rs"]
mod certificate_pem;
#[path = "import/holder_csv.rs"]
mod holder_csv;
#[path = "import/private_keys.rs"]
mod private_keys;
#[path = "import/random.rs"]
mod random;
#[path = "import/registered.rs"]
mod registered;
#[path = "import/support.rs"]
mod support;
