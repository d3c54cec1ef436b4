/// An enum of faults, each with what is wrong, in words.
macro_rules! faults {
    ($($(#[doc = $what:literal])+ $name:ident,)+) => {
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Fault { $($(#[doc = $what])+ $name,)+ }

        impl Fault {
            pub(crate) const ALL: &'static [(Fault, &'static str)] = &[$((Fault::$name, concat!($($what),+)),)+];
        }
    };
}

mod audit_log;
mod authority;
mod authorizer;
mod directory;
mod gateway;
mod handler;
mod history_log;
mod journal;
mod ledger;
mod machine;
mod notifier;
#[cfg(feature = "script")]
mod option_language;
mod options;
mod published;
mod signer;
mod storage;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::task::Poll;

use cardflow::testing::conformance::{self as suites, Check};

/// Lets the other futures of the same task go on.
async fn let_others_go_on() {
    let mut waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Whether something panics; what it prints is not shown.
fn fails(check: impl FnOnce()) -> bool {
    thread_local!(static TRYING: Cell<bool> = const { Cell::new(false) });
    static SILENCE: Once = Once::new();
    SILENCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !TRYING.get() {
                loud(info);
            }
        }));
    });
    TRYING.set(true);
    let failed = catch_unwind(AssertUnwindSafe(check)).is_err();
    TRYING.set(false);
    failed
}

/// Tries every check on adapters that are wrong in one way each, and prints which checks caught which. What is caught by
/// none fails, and so does a check that catches nothing: it could not fail. The first is not wrong, and nobody's.
fn every_one_is_caught<T, F: Copy>(checks: &[Check<T>], faults: &[(F, &str)], try_one: impl Fn(&'static str, F)) {
    let mut idle: BTreeSet<_> = checks.iter().map(|it| it.name).collect();
    let mut alive = Vec::new();
    for (place, (fault, what)) in faults.iter().enumerate() {
        let caught = checks.iter().filter(|it| fails(|| try_one(it.name, *fault)));
        let by: Vec<_> = caught.map(|it| it.name).collect();
        idle.retain(|it| !by.contains(it));
        let more = if by.len() > 3 { format!(", and {} more", by.len() - 3) } else { String::new() };
        println!("{}\n    {}{more}", what.trim_start(), by.iter().take(3).copied().collect::<Vec<_>>().join(", "));
        if by.is_empty() != (place == 0) {
            alive.push(what);
        }
    }
    assert!(alive.is_empty(), "not caught, or caught though nothing is wrong: {alive:#?}");
    assert!(idle.is_empty(), "they catch nothing: {idle:#?}");
}

#[test]
fn every_wrong_storage_is_caught() {
    use self::storage::{Fault, Wrong};
    every_one_is_caught(suites::storage::CHECKS, Fault::ALL, |name, fault| suites::storage::check(name, Wrong(fault)));
}

#[test]
fn every_wrong_ledger_is_caught() {
    use self::ledger::{Fault, Wrong};
    every_one_is_caught(suites::ledger::CHECKS, Fault::ALL, |name, fault| suites::ledger::check(name, Wrong(fault)));
}

#[test]
fn every_wrong_authority_is_caught() {
    use self::authority::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::authority::check(name, Wrong(fault));
    every_one_is_caught(suites::authority::CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_log_is_caught() {
    use self::history_log::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::history_log::check(name, Wrong(fault));
    every_one_is_caught(suites::history_log::CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_journal_is_caught() {
    use self::journal::{Fault, Wrong};
    every_one_is_caught(suites::journal::CHECKS, Fault::ALL, |name, fault| suites::journal::check(name, Wrong(fault)));
}

#[test]
fn every_wrong_audit_log_is_caught() {
    use self::audit_log::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::audit_log::check(name, Wrong(fault));
    every_one_is_caught(suites::audit_log::CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_signer_is_caught() {
    use self::signer::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::signer::check_signer(name, Wrong(fault));
    every_one_is_caught(suites::signer::SIGNER_CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_verifier_is_caught() {
    use self::signer::verifier::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::signer::check_verifier(name, Wrong(fault));
    every_one_is_caught(suites::signer::VERIFIER_CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_authorizer_is_caught() {
    use self::authorizer::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::authorizer::check(name, Wrong(fault));
    every_one_is_caught(suites::authorizer::CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_directory_is_caught() {
    use self::directory::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::directory::check(name, Wrong(fault));
    every_one_is_caught(suites::directory::CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_gateway_is_caught() {
    use self::gateway::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::gateway::check(name, Wrong(fault));
    every_one_is_caught(suites::gateway::CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_handler_is_caught() {
    use self::handler::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::handler::check(name, Wrong(fault));
    every_one_is_caught(suites::handler::CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_notifier_is_caught() {
    use self::notifier::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::notifier::check(name, Wrong(fault));
    every_one_is_caught(suites::notifier::CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_source_of_options_is_caught() {
    use self::options::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::options::check(name, Wrong(fault));
    every_one_is_caught(suites::options::CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_reader_of_what_is_published_is_caught() {
    use self::published::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::published::check(name, Wrong(fault));
    every_one_is_caught(suites::published::CHECKS, Fault::ALL, try_one);
}

#[test]
fn every_wrong_machine_is_caught() {
    use self::machine::{Fault, Wrong};
    let of = |faults: &[Fault]| Fault::ALL.iter().filter(|(it, _)| faults.contains(it)).copied().collect::<Vec<_>>();
    let clocks = of(&[Fault::None, Fault::TellsSeconds, Fault::TellsLocalTime, Fault::RunsBack]);
    let try_one = |name: &str, fault| suites::machine::check_clock(name, Wrong(fault));
    every_one_is_caught(suites::machine::CLOCK_CHECKS, &clocks, try_one);
    let ids =
        of(&[Fault::None, Fault::RepeatsSeeds, Fault::CountsByThread, Fault::CountsFromStart, Fault::CountsInSeeds]);
    let try_one = |name: &str, fault| suites::machine::check_ids(name, Wrong(fault));
    every_one_is_caught(suites::machine::IDS_CHECKS, &ids, try_one);
}

#[cfg(feature = "script")]
#[test]
fn every_wrong_language_is_caught() {
    use self::option_language::{Fault, Wrong};
    let try_one = |name: &str, fault| suites::option_language::check(name, Wrong(fault));
    every_one_is_caught(suites::option_language::CHECKS, Fault::ALL, try_one);
}
