use std::collections::BTreeSet;

use thiserror::Error;

use super::policy::{Ballot, Relaxed};
use super::state::Vote;
use crate::engine::people::Colleague;
use crate::values::{PersonId, codes};

codes! {
    /// What bars a person from approving (law 11). Persons are compared, not accounts.
    pub enum Bar ("bar to approving") {
        /// The person asked for it.
        Requester = "requester",
        /// It was asked for on the person's behalf.
        OnBehalf = "on whose behalf",
        /// The person holds what is acted on.
        Holder = "holder",
        /// The person edited or resubmitted the request.
        Editor = "editor",
        /// The person stands in for one of these.
        Deputy = "deputy",
        /// The person granted themselves the role.
        OwnGrant = "own grant",
    }
}

/// Why somebody may not decide a request for approval.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Ineligible {
    /// Separation of duties.
    #[error("{}", barred(*.0))]
    Barred(Bar),
    /// The person may not act.
    #[error("the person is not active")]
    Inactive,
    /// The person has none of the roles that may decide now, where the subject is.
    #[error("this is for {asked} to decide")]
    NoRole {
        /// Who may.
        asked: String,
    },
    /// The policy excludes the person.
    #[error("the policy excludes this person")]
    Excluded,
    /// The person has decided already, alone or through a deputy, or as one.
    #[error("this person has agreed already; each person counts once")]
    Voted,
    /// The person does not stand in for the one on whose behalf they decide.
    #[error("the person does not stand in for the one on whose behalf this was decided")]
    NoDeputy,
    /// The one on whose behalf it was decided may not decide.
    #[error("the one on whose behalf this was decided may not decide it")]
    Represented(#[source] Box<Ineligible>),
}

fn barred(bar: Bar) -> &'static str {
    match bar {
        Bar::Requester => "whoever asked for it does not approve it",
        Bar::OnBehalf => "whoever it was asked for on behalf of does not approve it",
        Bar::Holder => "the holder does not approve it",
        Bar::Editor => "whoever edited the request does not approve it",
        Bar::Deputy => "whoever stands in for somebody who may not approve it does not approve it either",
        Bar::OwnGrant => "a role that one granted oneself does not count",
    }
}

/// The persons a request for approval is about, and who prepared it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Party {
    /// Who asked for it.
    pub requester: Option<PersonId>,
    /// On whose behalf.
    pub on_behalf: Option<PersonId>,
    /// Who holds what is acted on.
    pub holders: BTreeSet<PersonId>,
    /// Who else answered its forms.
    pub editors: BTreeSet<PersonId>,
}

/// A stage of an approval, and what bars people from it.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) struct Stage<'a> {
    pub(in crate::engine) ballots: &'a [Ballot],
    pub(in crate::engine) relaxed: &'a [Relaxed],
    pub(in crate::engine) party: &'a Party,
}

impl Stage<'_> {
    fn holds(&self, bar: Bar) -> bool {
        !self.relaxed.iter().any(|it| it.bar == bar)
    }

    /// What bars a person by who they are, if something does.
    fn bar_of(&self, person: PersonId) -> Option<Bar> {
        let Party { requester, on_behalf, holders, editors } = self.party;
        let is = [
            (Bar::Requester, *requester == Some(person)),
            (Bar::OnBehalf, *on_behalf == Some(person)),
            (Bar::Holder, holders.contains(&person)),
            (Bar::Editor, editors.contains(&person)),
        ];
        is.into_iter().find(|(bar, is)| *is && self.holds(*bar)).map(|(bar, _)| bar)
    }

    /// What bars a person by who they are, or for whom they stand in.
    fn barred(&self, who: &Colleague) -> Option<Bar> {
        let deputy = || self.holds(Bar::Deputy) && who.stands_in_for.iter().any(|it| self.bar_of(*it).is_some());
        self.bar_of(who.person).or_else(|| deputy().then_some(Bar::Deputy))
    }

    /// The ballots that somebody may decide, by their places.
    pub(in crate::engine) fn open_to(&self, who: &Colleague) -> Result<Vec<u32>, Ineligible> {
        if !who.active {
            return Err(Ineligible::Inactive);
        }
        if let Some(bar) = self.barred(who) {
            return Err(Ineligible::Barred(bar));
        }
        let has = |it: &Ballot, own: bool| {
            it.persons.contains(&who.person)
                || who.roles.iter().any(|role| (own || !role.self_granted) && it.roles.contains(&role.role))
        };
        let own = !self.holds(Bar::OwnGrant);
        let (mut places, mut excluded, mut by_own_grant) = (Vec::new(), false, false);
        for (place, ballot) in (0..).zip(self.ballots) {
            let takes = has(ballot, own);
            excluded |= takes && ballot.excluded.contains(&who.person);
            by_own_grant |= !takes && has(ballot, true);
            if takes && !ballot.excluded.contains(&who.person) {
                places.push(place);
            }
        }
        if !places.is_empty() {
            Ok(places)
        } else if excluded {
            Err(Ineligible::Excluded)
        } else if by_own_grant {
            Err(Ineligible::Barred(Bar::OwnGrant))
        } else {
            let asked: Vec<_> = self.ballots.iter().map(ToString::to_string).collect();
            Err(Ineligible::NoRole { asked: asked.join(" and ") })
        }
    }

    /// The ballots that somebody may decide, on behalf of another if one is named; neither of them has decided before.
    pub(in crate::engine) fn open_for(
        &self,
        who: &Colleague,
        represented: Option<&Colleague>,
        votes: &[Vote],
    ) -> Result<Vec<u32>, Ineligible> {
        let places = match represented {
            None => self.open_to(who)?,
            Some(other) => {
                if !who.active {
                    return Err(Ineligible::Inactive);
                }
                // Who decides must be free of bars as well: a deputy is no way around them.
                if let Some(bar) = self.bar_of(who.person) {
                    return Err(Ineligible::Barred(bar));
                }
                if !who.stands_in_for.contains(&other.person) {
                    return Err(Ineligible::NoDeputy);
                }
                let places = self.open_to(other).map_err(|it| Ineligible::Represented(Box::new(it)))?;
                if let Some(bar) = self.barred(who) {
                    return Err(Ineligible::Barred(bar));
                }
                places
            }
        };
        let persons = [Some(who.person), represented.map(|it| it.person)];
        match persons.into_iter().flatten().any(|person| votes.iter().any(|it| it.is_of(person))) {
            true => Err(Ineligible::Voted),
            false => Ok(places),
        }
    }
}
