//! Texts.
//!
//! ```
//! use cardflow::domain::Person;
//! use cardflow::testing::strategies::texts;
//! use cardflow::values::{PersonId, TenantId};
//! use proptest::prelude::*;
//!
//! proptest! {
//!     fn a_name_is_taken_or_refused(text in texts::hostile()) {
//!         let id = PersonId::from_uuid(uuid::Uuid::from_u128(1));
//!         if let Ok(person) = Person::new(TenantId::default(), id, &text) {
//!             prop_assert_eq!(person.name(), text.trim());
//!         }
//!     }
//! }
//! # a_name_is_taken_or_refused();
//! ```

use proptest::prelude::*;
use proptest::sample::select;

/// A name of a person; shrinks to `Ada Example`.
pub fn name() -> impl Strategy<Value = String> {
    let names = ["Ada Example", "Ben Beispiel", "Zoë Ünal", "O'Neil, Pat", "李小龙", "María-José Carreño Quiñones"];
    prop_oneof![4 => select(names.to_vec()).prop_map(str::to_owned), 1 => "[A-Z][a-z]{1,12}( [A-Z][a-z]{1,12}){0,2}"]
}

/// An organisational unit; shrinks to `Berlin`.
pub fn unit() -> impl Strategy<Value = String> {
    select(vec!["Berlin", "Bonn", "Hamburg", "São Paulo", "Werk 3 / Halle 2"]).prop_map(str::to_owned)
}

/// An account or the local part of an address; shrinks to `a`.
pub fn account() -> impl Strategy<Value = String> {
    "[a-z]{1,8}([.-][a-z]{1,8})?"
}

/// A mail address; shrinks to `a@example.org`.
pub fn mail() -> impl Strategy<Value = String> {
    account().prop_map(|it| format!("{it}@example.org"))
}

/// A language; shrinks to `en`.
pub fn locale() -> impl Strategy<Value = String> {
    select(vec!["en", "de", "de-AT", "zh-Hant-TW", "fr"]).prop_map(str::to_owned)
}

/// Text that disturbs: a log, a query, a screen, a file, a comparison. Shrinks to a plain letter, so that what is left is
/// what disturbs.
pub fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => "[a-z]{1,3}",
        6 => select(HOSTILE.to_vec()).prop_map(str::to_owned),
        2 => (select(HOSTILE.to_vec()), "[a-z]{1,3}").prop_map(|(hostile, plain)| format!("{plain}{hostile}{plain}")),
        2 => any::<String>(),
        1 => (select(vec!["a", "ä", "\u{1f642}", " "]), 60..5_000_usize).prop_map(|(letter, times)| letter.repeat(times)),
    ]
}

/// What people and programs have tripped over before.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b",
    "\n",
    "first\nsecond",
    "\r\n",
    "\t",
    "\u{1b}[2J",
    "\u{7}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}gnp.exe",
    "\u{200b}",
    "\u{feff}",
    "\u{ad}",
    "\u{fffd}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "e\u{301}",
    "\u{e9}",
    "İı",
    "ß",
    "' or '1'='1",
    "'; drop table records; --",
    "%",
    "_",
    "*",
    "?",
    "\\",
    "\"",
    "`",
    "$(reboot)",
    "${HOME}",
    "{}",
    "{0}",
    "%s%n",
    "<script>alert(1)</script>",
    "&amp;",
    "../../etc/passwd",
    "C:\\CON",
    "=1+1",
    "null",
    "true",
    "NaN",
    "-0",
    "1e999",
    "00000000-0000-0000-0000-000000000000",
    "2026-02-30T25:61:61Z",
    "a,b;c\td",
    "name@example.org@example.org",
    "CN=a,O=b+OU=c\\,d",
];
