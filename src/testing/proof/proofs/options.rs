use super::super::filling::Filling;
use super::super::options::combinations;
use super::super::play::Play;
use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::surroundings::Surroundings;
use super::{is_refused, not_through};
use crate::domain::{CARD_KIND, CardState, ObjectState};
use crate::engine::{Component, Event, Outcome, Rejection};

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    let named = runs.proof.under.outline().options.clone();
    let settings = match combinations(&named) {
        Ok(settings) => settings,
        Err(name) => {
            let instead = format!("`{name}` is none; see `CardsOptions`");
            return runs.fails(Fault::of("every option that a process names is one of the package", instead));
        }
    };
    for case in runs.usual() {
        for setting in &settings {
            let case = case.on(Surroundings::Everything).under(setting).filled(&Filling::Full);
            runs.run(&case, async |play| {
                let course = play.run_alone().await?;
                let limited = matches!(course.rejected, Some(Rejection::LimitReached { .. }));
                if !(course.is_done() || limited || is_refused(&course)) {
                    return Err(not_through(&course, play));
                }
                if course.is_done() { second_time(play).await } else { Ok(()) }
            });
        }
    }
}

/// A limit of one is used up by the first run.
async fn second_time(play: &mut Play<'_>) -> Result<(), Fault> {
    let outline = play.proof.under.outline();
    let limited = outline.limit.as_ref().is_some_and(|it| (it.most)(&play.case.setting.options) == 1);
    let active = play.proof.under.requires.contains(&ObjectState::Card(CardState::Active));
    if !limited || !active || outline.subject != CARD_KIND {
        return Ok(());
    }
    let mut course = play.own();
    course.subject = play.office.other_card;
    play.play_out(&mut course).await?;
    play.close(&mut course).await?;
    let events = match course.id() {
        Some(id) => play.events(course.subject.home(), id).await,
        None => Vec::new(),
    };
    let approved = events.iter().any(|it| matches!(it, Event::Approved { automatic: false, .. }));
    play.ending(&[]).await?;
    if course.who.component() == Component::SelfService {
        return match &course.rejected {
            Some(Rejection::NotFound { .. }) => Ok(()),
            _ => Err(Fault::of("in self-service, the card of another does not exist", course.in_words())),
        };
    }
    let stopped = matches!(course.rejected, Some(Rejection::LimitReached { .. } | Rejection::WrongSort { .. }))
        || course.outcome() == Some(&Outcome::Cancelled)
        || approved;
    if stopped {
        return Ok(());
    }
    Err(Fault::of("with a limit of one, the second is refused or needs approval", course.in_words()))
}
