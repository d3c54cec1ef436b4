//! Commands, and what happens beside them: [moves](Move) on a [`Stage`](crate::testing::stage::Stage).
//!
//! ```
//! use std::sync::Arc;
//!
//! use cardflow::cards::processes::lock;
//! use cardflow::testing::scene::an_active_card;
//! use cardflow::testing::stage::Stage;
//! use cardflow::testing::strategies::commands;
//! use proptest::prelude::*;
//!
//! proptest! {
//!     fn an_instance_is_what_its_events_tell(moves in commands::moves()) {
//!         let mut stage = Stage::of(Arc::new(lock().unwrap()), an_active_card().dossier());
//!         for next in &moves {
//!             let _ = stage.take(next);
//!             prop_assert_eq!(stage.folded(), stage.instance());
//!         }
//!     }
//! }
//! # an_instance_is_what_its_events_tell();
//! ```

use std::sync::Arc;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::{actors, options, texts};
use crate::cards::{Cards, CardsOptions, package};
use crate::domain::{Answer, CertificateState, RevocationReason};
use crate::engine::{Asks, Form};
use crate::testing::scene::day;
use crate::testing::stage::Move;
use crate::values::{Answers, Digest, Millis, Value};

/// Answers that every form of the package takes; shrinks to none.
pub fn answers() -> impl Strategy<Value = Answers> {
    let reason = prop::option::of(select(vec!["lost", "stolen", "other"]).prop_map(str::to_owned));
    (reason, prop::option::of(texts::name())).prop_map(|(reason, note)| {
        let given = [("reason", reason), ("note", note)];
        given
            .into_iter()
            .filter_map(|(name, it)| Some((name, it?)))
            .fold(Answers::none(), |it, (name, given)| it.with(name, given))
    })
}

/// Answers that a form takes under these options: every field it must have, and some of those it may have. A choice from an
/// empty list is left open.
pub fn answers_to(form: &Form<Cards>, options: &CardsOptions) -> BoxedStrategy<Answers> {
    let mut answers = Just(Answers::none()).boxed();
    for field in form.fields() {
        let Some(value) = value_for(&field.asks, options) else { continue };
        let name = field.name;
        let value = if field.required { value.prop_map(Some).boxed() } else { prop::option::of(value).boxed() };
        answers = (answers, value)
            .prop_map(move |(answers, value)| value.into_iter().fold(answers, |it, value| it.with(name, value)))
            .boxed();
    }
    answers
}

fn value_for(asks: &Asks<Cards>, options: &CardsOptions) -> Option<BoxedStrategy<Value>> {
    Some(match asks {
        Asks::Choice(list) => {
            let list: Vec<_> = list(options).into_iter().map(str::to_owned).collect();
            if list.is_empty() {
                return None;
            }
            select(list).prop_map(Value::Choice).boxed()
        }
        Asks::Text(most) => {
            let most = *most;
            texts::name().prop_map(move |it| Value::Text(it.chars().take(most.max(1)).collect())).boxed()
        }
        Asks::PastTime => (0..400_i64).prop_map(|days| Value::Time(day(-days))).boxed(),
        Asks::Time => (-400..400_i64).prop_map(|days| Value::Time(day(days))).boxed(),
        Asks::Number(least, most) => (*least..=*most).prop_map(Value::Number).boxed(),
        Asks::Flag => any::<bool>().prop_map(Value::Flag).boxed(),
    })
}

/// Answers that hardly any form takes: texts that disturb, fields there are and others, values of the wrong sort, previews
/// that nobody was shown.
pub fn hostile_answers() -> impl Strategy<Value = Answers> {
    let field = prop_oneof![3 => select(vec!["reason", "note", "notified-at", "lost-since"]).prop_map(str::to_owned), 1 => texts::hostile()];
    let value = prop_oneof![
        3 => texts::hostile().prop_map(Value::from),
        1 => texts::hostile().prop_map(Value::Choice),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(|it| Value::from(crate::values::Timestamp::from_millis(it))),
    ];
    (btree_map(field, value, 0..4), prop::option::weighted(0.2, any::<[u8; 32]>())).prop_map(|(given, seen)| {
        let answers = given.into_iter().fold(Answers::none(), |answers, (field, value)| answers.with(&field, value));
        seen.into_iter().fold(answers, |answers, seen| answers.seen(Digest::from_bytes(seen)))
    })
}

/// What an outside may answer, whether it was asked for that or not.
pub fn outside() -> impl Strategy<Value = Answer> {
    let state = select(CertificateState::ALL);
    let reason = prop::option::of(select(RevocationReason::ALL));
    prop_oneof![
        4 => (state, reason, prop::bool::weighted(0.1)).prop_map(|(state, reason, held_before)| {
            Answer::Authority { state, reason, since: reason.map(|_| day(-1)), held_before }
        }),
        1 => select(vec![Answer::Told, Answer::NotKnown]),
    ]
}

/// A run of a process with everything that may happen to it; shrinks to no move at all.
///
/// Somebody else acts, time passes, options change, another process gets in between, the outside answers what was not asked
/// for, forms are answered with what they do not take.
pub fn moves() -> impl Strategy<Value = Vec<Move>> {
    let others = package().expect("the package is well formed");
    let length = select(vec![Millis::seconds(1), Millis::hours(1), Millis::hours(9), Millis::days(40)]);
    let given = || prop_oneof![3 => answers(), 1 => hostile_answers()];
    let one = prop_oneof![
        4 => Just(Move::Start),
        2 => given().prop_map(Move::Run),
        6 => given().prop_map(Move::Next),
        1 => Just(Move::Cancel),
        1 => Just(Move::Expire),
        3 => Just(Move::Confirm),
        3 => (0..4_usize, outside()).prop_map(|(nth, answer)| Move::Answer(nth, answer)),
        1 => length.prop_map(Move::Wait),
        1 => actors::actor().prop_map(Move::By),
        1 => options::options().prop_map(|it| Move::Options(Box::new(it))),
        1 => select(others).prop_map(|it| Move::Meanwhile(Arc::clone(&it))),
    ];
    vec(one, 0..16)
}
