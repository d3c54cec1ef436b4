//! Proves a [`Notifier`].

mod checks;

use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use self::checks::{contained, discreet, handed_over, marked, sorted};
use super::check::{table, tried};
use super::{Check, block_on};
use crate::engine::NoticeKind;
use crate::ports::{EffectError, Fact, Message, MessageFacts, Notifier};
use crate::values::{EffectId, PersonId, Timestamp};

/// Makes the notifiers that are tried, each with an outside that can be looked into.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait NotifierFactory: 'static {
    /// The outside: a mail box, a test server.
    type Guard: 'static;

    /// A notifier with an outside that has received nothing yet.
    async fn notifier(&self) -> (Self::Guard, Arc<dyn Notifier>);

    /// Everything that was handed over, in order, doubles too.
    async fn received(&self, guard: &Self::Guard) -> Vec<Received>;

    /// Brings the outside into a condition.
    async fn bring(&self, guard: &Self::Guard, into: Condition);

    /// What no error may show: passwords, keys.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// How the outside answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Condition {
    /// It takes what comes.
    Well,
    /// It takes nothing now, and says so.
    RefusesForNow,
    /// It refuses every message for good.
    RefusesForGood,
    /// It is not there.
    Away,
}

/// A message as its receiver has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Received {
    /// The effect that it says it is of.
    pub effect: String,
    /// Everybody it went to.
    pub addresses: Vec<String>,
    /// All that a receiver can read, as it is shown: subject and text.
    pub shown: String,
    /// What it is made of, without what people have written: the names of its headers and parts, the tags of its markup, or
    /// nothing for what has no such thing.
    pub structure: Vec<String>,
}

/// A notifier under test, and what the checks ask of it.
pub struct Trial {
    notifier: Arc<dyn Notifier>,
    secrets: Vec<String>,
    place: Box<dyn Place>,
}

trait Place {
    fn received(&self) -> LocalBoxFuture<'_, Vec<Received>>;
    fn bring(&self, into: Condition) -> LocalBoxFuture<'_, ()>;
}

struct Opened<F: NotifierFactory> {
    factory: Rc<F>,
    guard: F::Guard,
}

impl<F: NotifierFactory> Place for Opened<F> {
    fn received(&self) -> LocalBoxFuture<'_, Vec<Received>> {
        Box::pin(self.factory.received(&self.guard))
    }

    fn bring(&self, into: Condition) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.factory.bring(&self.guard, into))
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("notifier", &self.notifier).finish_non_exhaustive()
    }
}

/// A message with everything to tell; each number is to another address, of another effect, about another card.
fn message(n: u128) -> Message {
    telling(n, &format!("Ada Example {n}"))
}

/// The same, where every name and note is this text.
fn telling(n: u128, text: &str) -> Message {
    let told = || Fact::Text(text.to_owned());
    let facts = MessageFacts::from([
        ("recipient", told()),
        ("process", Fact::Text("Deactivate card".to_owned())),
        ("card", Fact::Text(format!("4711 {n:04}"))),
        ("card_kind", Fact::Text("employee".to_owned())),
        ("holder", told()),
        ("requester", told()),
        ("by", told()),
        ("outcome", Fact::Text("rejected".to_owned())),
        ("note", told()),
        ("until", Fact::Time(Timestamp::from_millis(1_764_000_000_000))),
        ("instance", Fact::Text(Uuid::from_u128(n + 1000).to_string())),
    ]);
    Message {
        effect: EffectId::from_uuid(Uuid::from_u128(n)),
        to: PersonId::from_uuid(Uuid::from_u128(n + 2000)),
        address: format!("ada.example.{n}@example.org"),
        locale: None,
        kind: NoticeKind::ApprovalDecided,
        facts,
    }
}

impl Trial {
    async fn open<F: NotifierFactory>(factory: Rc<F>) -> Trial {
        let (guard, notifier) = factory.notifier().await;
        let secrets = factory.secrets();
        Trial { notifier, secrets, place: Box::new(Opened { factory, guard }) }
    }

    async fn notify(&self, message: &Message) {
        self.notifier.notify(message).await.unwrap();
    }

    async fn fail(&self, message: &Message) -> EffectError {
        self.notifier.notify(message).await.expect_err("the outside did not take it")
    }

    async fn received(&self) -> Vec<Received> {
        self.place.received().await
    }

    /// The effects of what was received, in their order.
    async fn effects(&self) -> Vec<String> {
        let mut effects: Vec<_> = self.received().await.into_iter().map(|it| it.effect).collect();
        effects.sort();
        effects
    }

    async fn bring(&self, into: Condition) {
        self.place.bring(into).await;
    }
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __notifier_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            handed_over:
                what_was_answered_is_received
                it_goes_to_its_address_and_to_nobody_else
                what_there_is_to_tell_is_told
                every_kind_is_sent
                a_language_nobody_knows_is_no_failure
                what_is_not_known_is_no_failure
                messages_at_the_same_time_are_each_received
                what_failed_is_not_received;
            marked:
                receivers_see_the_effect
                the_same_message_again_has_the_same_mark
                messages_of_two_effects_have_two_marks;
            sorted:
                not_now_may_be_tried_again
                away_may_be_tried_again
                for_good_is_for_good
                what_failed_goes_when_the_outside_is_well
                what_failed_harms_no_later_message;
            contained:
                line_ends_add_nothing
                markup_does_nothing;
            discreet:
                an_error_does_not_show_the_address
                an_error_does_not_show_what_is_told
                an_error_and_debug_output_show_no_secret;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__notifier_checks!([table] Trial);

/// Tries one check on a new notifier.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl NotifierFactory) {
    let factory = Rc::new(factory);
    factory.run(tried(CHECKS, name, Trial::open(Rc::clone(&factory))));
}

/// Makes a `#[test]` of every check on the notifiers of a
/// [`NotifierFactory`](crate::testing::conformance::notifier::NotifierFactory).
#[macro_export]
macro_rules! notifier_conformance {
    ($factory:expr) => {
        $crate::__notifier_checks!([$crate::__each_check_a_test] notifier check $factory);
    };
}
