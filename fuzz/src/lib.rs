//! The bodies of the fuzz targets: each takes bytes from outside, and holds what must be true whatever they are.
//!
//! `tests/corpus.rs` of the library includes this file and gives each body its kept corpus, on the stable toolchain; `cargo fuzz`
//! gives them everything else. A body panics where a law is broken, and does nothing else that can be seen.

mod answers;
mod cursors;
mod evidence;
mod import;
mod law;
mod office;
mod options;
mod pki;
mod policies;
mod published;
mod seeds;
mod site;
mod stored;
mod templates;
mod webhook;

pub use self::answers::authority_answer;
pub use self::cursors::cursors;
pub use self::evidence::evidence;
pub use self::import::{certificate_pem, holder_csv};
pub use self::options::options;
pub use self::policies::policies;
pub use self::published::{ocsp_request, published};
pub use self::seeds::seeds;
pub use self::stored::stored;
pub use self::templates::templates;
pub use self::webhook::webhook;

/// What takes bytes from outside, and panics where a law is broken.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its folder in the corpus too.
pub const TARGETS: [(&str, Target); 12] = [
    ("authority_answer", authority_answer),
    ("certificate_pem", certificate_pem),
    ("cursors", cursors),
    ("evidence", evidence),
    ("holder_csv", holder_csv),
    ("ocsp_request", ocsp_request),
    ("options", options),
    ("policies", policies),
    ("published", published),
    ("stored", stored),
    ("templates", templates),
    ("webhook", webhook),
];
