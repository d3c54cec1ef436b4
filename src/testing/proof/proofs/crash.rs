use std::sync::Arc;

use super::super::runs::Runs;
use super::super::story::Fault;
use super::super::surroundings::Surroundings;
use super::clean::clean;
use super::effects::as_clean;
use crate::testing::fakes::Fate;

pub(in super::super) fn run(runs: &mut Runs<'_>) {
    for case in runs.usual() {
        for surroundings in [Surroundings::Usual, Surroundings::Shared] {
            let case = case.on(surroundings);
            let Some(clean) = clean(runs, &case) else { continue };
            for commit in 1..=clean.commits {
                for (fate, when) in [(Fate::Lost, "before"), (Fate::AnswerLost, "just after")] {
                    runs.run(&case, async |play| {
                        let wire = Arc::clone(&play.office.wire);
                        wire.at_commit(commit, fate);
                        play.tell(format!("the host will die {when} commit {commit}"));
                        let mut course = play.own();
                        play.play_out(&mut course).await?;
                        let after = play.ending(&[&course]).await?;
                        if wire.count() < commit {
                            let instead = format!("commit {commit} was never made");
                            return Err(Fault::of("a run takes the same commits each time", instead));
                        }
                        as_clean(play, &clean, &course.in_words(), &after)
                    });
                }
            }
        }
    }
}
