use std::cell::RefCell;
use std::collections::BTreeMap;

use super::super::Case;
use super::super::runs::Runs;

/// What a run comes to in which nothing goes wrong.
#[derive(Clone, Debug)]
pub(super) struct Clean {
    pub(super) calls: usize,
    pub(super) commits: usize,
    pub(super) outcome: String,
    pub(super) lines: BTreeMap<String, String>,
}

/// Runs a case with nothing going wrong; none if it does not go through.
pub(super) fn clean(runs: &mut Runs<'_>, case: &Case) -> Option<Clean> {
    let found = RefCell::new(None);
    runs.run(case, async |play| {
        let calls = play.office.outside.calls();
        let mut course = play.own();
        play.play_out(&mut course).await?;
        let commits = play.office.wire.count();
        let after = play.ending(&[&course]).await?;
        if course.is_done() {
            let (calls, lines) = (play.office.outside.calls() - calls, after.lines(&play.office));
            *found.borrow_mut() = Some(Clean { calls, commits, outcome: course.in_words(), lines });
        }
        Ok(())
    });
    found.into_inner()
}
