use std::sync::Arc;

use super::super::Case;
use super::super::course::Course;
use super::super::outside::Ill;
use super::super::play::Play;
use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::surroundings::Surroundings;
use super::super::view::differences;
use super::clean::{Clean, clean};
use crate::adapters::memory::ManualClock;
use crate::domain::CertificateState;
use crate::runtime::Delivered;
use crate::testing::fakes::Mood;
use crate::values::Millis;

const SURROUNDINGS: [Surroundings; 2] = [Surroundings::Usual, Surroundings::Shared];

pub(in super::super) fn fails(runs: &mut Runs<'_>) {
    each_call(runs, |runs, case, clean, call| {
        for ill in Ill::ALL {
            runs.run(case, async |play| {
                play.office.outside.goes_wrong_at(call, ill);
                play.tell(format!("at call {call} {}", ill.in_words()));
                let mut course = play.own();
                play.play_out(&mut course).await?;
                let after = play.ending(&[&course]).await?;
                if ill.contradicts() {
                    return contradicted(&course, ill, call);
                }
                if ill == Ill::Broken {
                    stood_as_an_incident(&course, call)?;
                }
                as_clean(play, clean, &course.in_words(), &after)
            });
        }
    });
}

/// The authority has not done what it was asked for: what was wanted is not so, and a person must know.
fn contradicted(course: &Course, ill: Ill, call: usize) -> Result<(), Fault> {
    let Some(standing) = &course.standing else { return Ok(()) };
    let revokes = course.known.declared.values().any(|it| it.certificates == Some(CertificateState::Revoked));
    let as_asked = ill == Ill::In(Mood::Revokes) && revokes;
    // A system that is no authority contradicts nobody.
    let system = course.known.outline().steps.iter().any(|it| it.kind.asks());
    if standing.incidents.is_empty() && !as_asked && !system {
        let expected = "an incident stands where the outside answers something else than it was asked for";
        return Err(Fault::of(expected, format!("call {call} was contradicted and nothing stands")));
    }
    Ok(())
}

/// What failed for good was shown to a person, who had it tried again.
fn stood_as_an_incident(course: &Course, call: usize) -> Result<(), Fault> {
    let incidents = course.standing.iter().flat_map(|it| &it.incidents);
    if incidents.clone().any(|it| it.effect.is_some() && !it.is_open()) {
        return Ok(());
    }
    let instead =
        format!("call {call} failed for good, and of its request nothing stands: {:?}", incidents.collect::<Vec<_>>());
    Err(Fault::of("an incident stands about a request that fails for good, until it is tried again", instead))
}

pub(in super::super) fn answered_twice(runs: &mut Runs<'_>) {
    each_call(runs, |runs, case, clean, call| {
        runs.run(case, async |play| {
            let other = play.office.another_host(play.office.store.clone());
            let clock: Arc<ManualClock> = play.office.clock.clone();
            let second = Arc::clone(&other);
            play.office.outside.during(call, async move {
                clock.advance(Millis::seconds(61));
                drop(second.deliver(100).await);
            });
            play.tell(format!("call {call} takes so long that its lease ends, and another host takes it up"));
            let mut course = play.own();
            play.play_out(&mut course).await?;
            let after = play.ending(&[&course]).await?;
            as_clean(play, clean, &course.in_words(), &after)?;
            play.office.wait(Millis::hours(2));
            for host in [&play.office.host, &other] {
                let again = host.deliver(100).await.map_err(|it| Fault::of("a delivery of nothing", it.to_string()))?;
                if again != Delivered::default() {
                    let what = format!("{} confirmed, {} failed", again.confirmed, again.failed);
                    return Err(Fault::of("what is answered is not asked again", what));
                }
            }
            Ok(())
        });
    });
}

/// For each call to the outside that a clean run makes.
fn each_call(runs: &mut Runs<'_>, what: impl Fn(&mut Runs<'_>, &Case, &Clean, usize)) {
    for case in runs.usual() {
        for surroundings in SURROUNDINGS {
            let case = case.on(surroundings);
            let Some(clean) = clean(runs, &case) else { continue };
            (1..=clean.calls).for_each(|call| what(runs, &case, &clean, call));
        }
    }
}

/// The end is that of a run in which nothing went wrong.
pub(super) fn as_clean(
    play: &Play<'_>,
    clean: &Clean,
    outcome: &str,
    after: &super::super::view::View,
) -> Result<(), Fault> {
    let mut apart = differences(&clean.lines, &after.lines(&play.office));
    if outcome != clean.outcome {
        apart.insert(0, format!("the instance is {outcome}, and not {}", clean.outcome));
    }
    if apart.is_empty() {
        Ok(())
    } else {
        Err(Fault::list("the end is that of a run in which nothing goes wrong", apart))
    }
}
