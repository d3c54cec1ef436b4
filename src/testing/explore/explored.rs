use std::fmt::Write;

use super::goals::Goals;
use super::{Action, Property, Story, World};

/// What a search has found.
#[derive(Clone, Debug)]
pub struct Explored {
    pub(super) world: World,
    pub(super) states: usize,
    pub(super) transitions: usize,
    pub(super) refused: usize,
    pub(super) depth: usize,
    /// States that were reached and not looked at.
    pub(super) waiting: usize,
    pub(super) goals: Goals,
    pub(super) story: Option<Story>,
}

/// Something that does not hold.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) property: Property,
    /// What is so instead.
    pub(super) instead: String,
    /// In which state, by its number, or over which step from it.
    pub(super) at: usize,
    pub(super) by: Option<Action>,
}

impl Explored {
    /// How many states there are, as far as it went.
    #[must_use]
    pub fn states(&self) -> usize {
        self.states
    }

    /// How many steps lead from one to another, or back to itself.
    #[must_use]
    pub fn transitions(&self) -> usize {
        self.transitions
    }

    /// How many commands were refused on the way.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.refused
    }

    /// The most steps that a state is away from the beginning.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Whether every state that can be reached was seen, and everything tried in it.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.waiting == 0 && self.story.is_none()
    }

    /// What does not hold, told by the shortest way there; none if all of it held as far as it went.
    #[must_use]
    pub fn story(&self) -> Option<&Story> {
        self.story.as_ref()
    }

    /// What never came about, in words: steps and ends that were not reached, processes that never began in a state, what
    /// should be so sometimes.
    #[must_use]
    pub fn never(&self) -> Vec<String> {
        self.goals.never(&self.world)
    }

    /// In some lines: how many states, steps and refusals, and whether that is all there is.
    #[must_use]
    pub fn report(&self) -> String {
        let names: Vec<_> = self.world.processes().iter().map(|it| it.outline().name).collect();
        let (reached, of) = self.goals.count(&self.world);
        let mut text = format!(
            "{}\n{:>9} states, up to {} steps from the beginning\n{:>9} steps\n{:>9} refusals\n{reached:>9} of {of} goals reached\n",
            names.join(", "),
            self.states,
            self.depth,
            self.transitions,
            self.refused,
        );
        let end = match (&self.story, self.waiting) {
            (Some(story), _) => format!("does not hold: {}", story.proof()),
            (None, 0) => "exhausted: there are no more".to_owned(),
            (None, left) => format!("a bound was hit: {left} states were not looked at"),
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{end}");
        text
    }

    /// Fails the test it is called in unless every state that can be reached was seen, and all of it holds.
    ///
    /// # Panics
    ///
    /// If something does not hold, with its story; if something never comes about; if a bound was hit before everything was
    /// seen.
    #[expect(clippy::panic, reason = "the body of a test")]
    pub fn holds(&self) {
        self.holds_as_far_as_it_went();
        let Explored { states, depth, waiting, .. } = self;
        if *waiting > 0 {
            panic!(
                "\n\nnot everything was seen: a bound was hit at {states} states, {depth} steps from the beginning; {waiting} \
                 states were not looked at.\nMake the world smaller (fewer processes, instances at once, certificates, ways of \
                 the outside), allow more (`within`), or say `holds_as_far_as_it_went`.\n"
            );
        }
        let never = self.never();
        if self.world.all && !never.is_empty() {
            panic!(
                "\n\nsome things never come about, in {states} states, which are all there are:\n  {}\nIf they need not in \
                 this world, say `partly`.\n",
                never.join("\n  ")
            );
        }
    }

    /// Fails the test it is called in if something does not hold in the states that were seen, whether they are all there
    /// are or not.
    ///
    /// # Panics
    ///
    /// If something does not hold; its story is the message.
    #[expect(clippy::panic, reason = "the body of a test")]
    pub fn holds_as_far_as_it_went(&self) {
        if let Some(story) = &self.story {
            panic!("\n\n{story}");
        }
    }
}
