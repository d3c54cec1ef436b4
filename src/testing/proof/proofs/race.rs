use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Arc;

use super::super::Case;
use super::super::course::Course;
use super::super::known::Known;
use super::super::office::principal;
use super::super::play::Play;
use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::surroundings::Surroundings;
use super::super::view::{View, differences};
use crate::Cardflow;
use crate::engine::{Component, FORM_WAITS, Status, StepKind};
use crate::values::{Answers, InstanceId};

/// What it comes to when one process goes after the other, or one alone.
struct End {
    own_done: bool,
    rival_done: bool,
    /// How everything is.
    lines: BTreeMap<String, String>,
}

/// The two that race.
struct Pair {
    own: Course,
    rival: Course,
}

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    let others: Vec<Known> = runs.proof.registered().cloned().collect();
    for case in runs.usual() {
        let case = case.on(Surroundings::Shared);
        for other in &others {
            let ends = one_after_the_other(runs, &case, other);
            for order in orders(runs.proof.under.forms() + 1, other.forms() + 1) {
                for eager in [true, false] {
                    runs.run(&case, async |play| {
                        let told = if eager { "; every request is delivered at once" } else { "" };
                        play.tell(format!("{} races {}{told}", play.proof.under.name(), other.name()));
                        interleaved(play, other, &order, eager, &ends).await
                    });
                }
            }
            in_the_same_moment(runs, &case, other, &ends);
            runs.run(&case, async |play| quoting_what_was_shown(play, other, &ends).await);
        }
    }
}

/// Every order in which two can make so many moves: whose move it is, the first's or not.
fn orders(first: usize, second: usize) -> Vec<Vec<bool>> {
    if first == 0 || second == 0 {
        return vec![vec![first > 0; first + second]];
    }
    let then = |mine: bool, rest: Vec<Vec<bool>>| rest.into_iter().map(move |it| [vec![mine], it].concat());
    then(true, orders(first - 1, second)).chain(then(false, orders(first, second - 1))).collect()
}

impl Pair {
    /// The process under proof, and the other in the hands of a colleague; neither quotes a preview.
    fn on(play: &Play<'_>, other: &Known) -> Pair {
        let mut rival = play.course(other);
        if rival.who.component() == Component::Operator {
            rival.who = principal("otto", Component::Operator);
        }
        Pair { own: Course { quotes: false, ..play.own() }, rival: Course { quotes: false, ..rival } }
    }

    fn of(&mut self, mine: bool) -> &mut Course {
        if mine { &mut self.own } else { &mut self.rival }
    }

    /// Brings both to their ends, as far as they were begun.
    async fn end(&mut self, play: &mut Play<'_>) -> Result<View, Fault> {
        for mine in [true, false] {
            let course = self.of(mine);
            if course.id().is_some() {
                play.play_out(course).await?;
                play.close(course).await?;
            }
        }
        play.settle().await?;
        play.ending(&[&self.own, &self.rival]).await
    }

    /// It is as if one had gone after the other, or one alone, where no more than one got through.
    async fn ends_as_one_of(&mut self, play: &mut Play<'_>, ends: &[End]) -> Result<(), Fault> {
        let after = self.end(play).await?;
        let (own, rival) = (self.own.is_done(), self.rival.is_done());
        if !own && !rival && ends.iter().any(|it| it.own_done || it.rival_done) {
            let instead = format!("one is {}, the other {}", self.own.in_words(), self.rival.in_words());
            return Err(Fault::of("of two that race, one gets through", instead));
        }
        as_one_of(play, ends.iter().filter(|it| (it.own_done, it.rival_done) == (own, rival)), &after)
    }
}

fn as_one_of<'e>(play: &Play<'_>, ends: impl Iterator<Item = &'e End>, after: &View) -> Result<(), Fault> {
    let lines = after.lines(&play.office);
    let apart = ends.map(|it| differences(&it.lines, &lines)).min_by_key(Vec::len);
    let expected = "it ends as if one had gone after the other, or one alone";
    match apart {
        Some(apart) if apart.is_empty() => Ok(()),
        Some(apart) => Err(Fault::list(expected, apart)),
        None => Err(Fault::of(expected, "in no order of the two does it come to this: who got through is another")),
    }
}

fn one_after_the_other(runs: &mut Runs<'_>, case: &Case, other: &Known) -> Vec<End> {
    let ends = RefCell::new(Vec::new());
    for moves in [&[true, false][..], &[false, true], &[true], &[false], &[]] {
        runs.run(case, async |play| {
            let mut pair = Pair::on(play, other);
            for mine in moves {
                play.play_out(pair.of(*mine)).await?;
                play.close(pair.of(*mine)).await?;
            }
            let lines = pair.end(play).await?.lines(&play.office);
            let (own_done, rival_done) = (pair.own.is_done(), pair.rival.is_done());
            ends.borrow_mut().push(End { own_done, rival_done, lines });
            Ok(())
        });
    }
    ends.into_inner()
}

async fn interleaved(
    play: &mut Play<'_>,
    other: &Known,
    order: &[bool],
    eager: bool,
    ends: &[End],
) -> Result<(), Fault> {
    let mut pair = Pair::on(play, other);
    for mine in order {
        let course = pair.of(*mine);
        let waits_for_outside = matches!(
            course.standing.as_ref().map(|it| &it.status),
            Some(Status::Outside { .. } | Status::Confirming { .. })
        );
        if !course.is_over() && !waits_for_outside {
            play.forward(course).await?;
        }
        if eager {
            play.settle().await?;
            for course in [&mut pair.own, &mut pair.rival] {
                if course.id().is_some() && course.rejected.is_none() {
                    play.look(course).await?;
                }
            }
        }
    }
    pair.ends_as_one_of(play, ends).await
}

/// The other goes first wholly, and Next quotes what was shown before: that is done, or nothing.
async fn quoting_what_was_shown(play: &mut Play<'_>, other: &Known, ends: &[End]) -> Result<(), Fault> {
    let mut pair = Pair::on(play, other);
    play.start(&mut pair.own).await?;
    play.show(&mut pair.own).await?;
    play.tell("the preview is shown, and quoted later");
    play.play_out(&mut pair.rival).await?;
    play.close(&mut pair.rival).await?;
    if !pair.own.is_over() {
        play.forward(&mut pair.own).await?;
    }
    pair.ends_as_one_of(play, ends).await
}

/// The other runs wholly on another host, just before each commit of this one: from its beginning, or from its first form.
fn in_the_same_moment(runs: &mut Runs<'_>, case: &Case, other: &Known, ends: &[End]) {
    for commit in 1..=runs.proof.under.forms() + 1 {
        for is_begun in [false, true] {
            runs.run(case, async |play| {
                let host = play.office.another_host(play.office.store.clone());
                let Pair { mut own, rival } = Pair::on(play, other);
                let begun = if is_begun { begin(&host, &rival).await } else { None };
                let told = if begun.is_some() { "goes on with" } else { "runs" };
                let (who, name) = (rival.who.account(), other.name());
                play.tell(format!("{who} {told} {name} just before commit {commit}"));
                let answers = answers_of(play, &rival);
                (1..commit).for_each(|_| play.office.wire.before_commit(ready(())));
                play.office.wire.before_commit(wholly(host, rival, begun, answers));
                play.play_out(&mut own).await?;
                play.close(&mut own).await?;
                play.settle().await?;
                // Where the other still waits, it ends by itself.
                play.office.wait(FORM_WAITS);
                let ticked = play.office.host.tick().await;
                ticked.map_err(|it| Fault::of("timers fire", it.to_string()))?;
                let after = play.ending(&[&own]).await?;
                as_one_of(play, ends.iter().filter(|it| it.own_done == own.is_done()), &after)
            });
        }
    }
}

/// What the rival answers in its forms, in order.
fn answers_of(play: &Play<'_>, rival: &Course) -> Vec<Answers> {
    let forms = rival.known.outline().steps.iter().filter(|it| matches!(it.kind, StepKind::Form(_)));
    forms.map(|it| play.answers(&rival.known, it.name)).collect()
}

async fn begin(host: &Cardflow, rival: &Course) -> Option<InstanceId> {
    host.start(&rival.who, rival.known.name(), rival.subject).await.ok().map(|it| it.id())
}

/// The rival as far as it gets.
async fn wholly(host: Arc<Cardflow>, rival: Course, begun: Option<InstanceId>, answers: Vec<Answers>) {
    let begun = match begun {
        Some(id) => Some(id),
        None => begin(&host, &rival).await,
    };
    let Some(id) = begun else { return };
    for answers in answers {
        drop(host.next(&rival.who, id, answers).await);
        drop(host.deliver(100).await);
    }
}
