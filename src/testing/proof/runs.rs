use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::coverage::Coverage;
use super::play::Play;
use super::story::{Diary, Fault, Story};
use super::{Case, Proof};

/// After so many stories of one proof, no more are told.
const ENOUGH: usize = 3;

/// The runs of one proof.
#[derive(Debug)]
pub(super) struct Runs<'p> {
    pub(super) proof: &'p Proof,
    pub(super) name: &'static str,
    pub(super) coverage: Coverage,
    pub(super) stories: Vec<Story>,
    count: usize,
}

impl<'p> Runs<'p> {
    pub(super) fn of(proof: &'p Proof, name: &'static str) -> Runs<'p> {
        Runs { proof, name, coverage: Coverage::default(), stories: Vec::new(), count: 0 }
    }

    /// Whether it has failed so often that there is no need to go on.
    pub(super) fn enough(&self) -> bool {
        self.stories.len() >= ENOUGH
    }

    pub(super) fn finish(mut self) -> (Coverage, Vec<Story>) {
        self.coverage.ran(self.name, self.count);
        (self.coverage, self.stories)
    }

    /// Something that does not hold without any run.
    pub(super) fn fails(&mut self, fault: Fault) {
        let story = Story::of(self.proof.title(), self.name, Vec::new(), &Diary::default(), fault);
        self.stories.push(story);
    }

    /// For each state, the first way in which the process goes through, in the usual surroundings; where there is none, the first.
    pub(super) fn usual(&mut self) -> Vec<Case> {
        let mut usual: Vec<(Case, bool)> = Vec::new();
        for case in self.proof.states() {
            match usual.iter().position(|(it, _)| it.state == case.state) {
                Some(at) if usual.get(at).is_some_and(|(_, through)| *through) => {}
                known => {
                    let through = self.goes_through(&case);
                    match known.and_then(|at| usual.get_mut(at)) {
                        Some(it) if through => *it = (case, true),
                        Some(_) => {}
                        None => usual.push((case, through)),
                    }
                }
            }
        }
        usual.into_iter().map(|(case, _)| case).collect()
    }

    fn goes_through(&self, case: &Case) -> bool {
        let mut aside = Runs::of(self.proof, self.name);
        let done = Cell::new(false);
        let ran = aside.try_run(case, async |play| {
            let mut course = play.own();
            play.play_out(&mut course).await?;
            done.set(course.is_done());
            Ok(())
        });
        done.get() && matches!(ran, Some(Ok(())))
    }

    /// Something that does not hold of several runs on a case together.
    pub(super) fn fails_on(&mut self, case: &Case, fault: Fault) {
        let story = Story::of(self.proof.title(), self.name, case.in_words(), &Diary::default(), fault);
        self.stories.push(story);
    }

    /// One run on a case, told if it does not hold. False if there is no such case.
    pub(super) fn run(&mut self, case: &Case, what: impl AsyncFnOnce(&mut Play<'p>) -> Result<(), Fault>) -> bool {
        match self.try_run(case, what) {
            None => false,
            Some(Ok(())) => true,
            Some(Err(story)) => {
                self.stories.push(story);
                true
            }
        }
    }

    /// One run on a case. None if there is no such case, or no need to go on.
    pub(super) fn try_run(
        &mut self,
        case: &Case,
        what: impl AsyncFnOnce(&mut Play<'p>) -> Result<(), Fault>,
    ) -> Option<Result<(), Story>> {
        if self.enough() {
            return None;
        }
        let diary = Diary::default();
        let coverage = &mut self.coverage;
        let proof = self.proof;
        let ran = catch_unwind(AssertUnwindSafe(|| {
            futures_executor::block_on(async {
                let Some(mut play) = Play::begin(proof, case, &diary).await? else { return Ok(None) };
                let came = what(&mut play).await;
                coverage.add(&play.coverage);
                came.map(Some)
            })
        }));
        let fault = match ran {
            Ok(Ok(None)) => return None,
            Ok(Ok(Some(()))) => {
                self.count += 1;
                return Some(Ok(()));
            }
            Ok(Err(fault)) => fault,
            Err(panic) => Fault::of("a process never panics", format!("it panics: {}", words_of(&*panic))),
        };
        self.count += 1;
        Some(Err(Story::of(self.proof.title(), self.name, case.in_words(), &diary, fault)))
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|it| (*it).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
