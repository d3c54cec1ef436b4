use super::policy::Ballot;

/// A ballot that cannot be met, or is not yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shortage {
    /// Who may decide it, and how many must.
    pub ballot: String,
    /// So many must agree.
    pub needs: u32,
    /// So many do, or could at most.
    pub found: u32,
}

/// Whether ballots are met by persons of whom each counts once: for each person, the places of the ballots they may count
/// for. They are matched to ballots so that as many as possible count.
pub(in crate::engine) fn met<'a>(
    ballots: impl IntoIterator<Item = &'a Ballot>,
    persons: &[Vec<u32>],
) -> Result<(), Shortage> {
    let ballots: Vec<&Ballot> = ballots.into_iter().collect();
    let mut matching = Matching { ballots: &ballots, persons, counted: vec![Vec::new(); ballots.len()] };
    for person in 0..persons.len() {
        if matching.is_met() {
            return Ok(());
        }
        matching.place(person, &mut vec![false; ballots.len()]);
    }
    let short = ballots.iter().zip(&matching.counted).find(|(ballot, counted)| !is_enough(ballot, counted));
    match short {
        None => Ok(()),
        Some((ballot, counted)) => Err(Shortage {
            ballot: ballot.to_string(),
            needs: ballot.needs,
            found: u32::try_from(counted.len()).unwrap_or(u32::MAX),
        }),
    }
}

fn is_enough(ballot: &Ballot, counted: &[usize]) -> bool {
    u32::try_from(counted.len()).is_ok_and(|it| it >= ballot.needs)
}

/// Augmenting paths: a person takes a place that is free, or one whose person can move to another ballot.
struct Matching<'a> {
    ballots: &'a [&'a Ballot],
    persons: &'a [Vec<u32>],
    counted: Vec<Vec<usize>>,
}

impl Matching<'_> {
    fn is_met(&self) -> bool {
        self.ballots.iter().zip(&self.counted).all(|(ballot, counted)| is_enough(ballot, counted))
    }

    /// Finds a place for a person. It goes no deeper than there are ballots.
    fn place(&mut self, person: usize, seen: &mut [bool]) -> bool {
        let places = self.persons.get(person).cloned().unwrap_or_default();
        for place in places.into_iter().filter_map(|it| usize::try_from(it).ok()) {
            let Some(seen_here) = seen.get_mut(place).filter(|it| !**it) else { continue };
            *seen_here = true;
            let (Some(ballot), Some(counted)) = (self.ballots.get(place), self.counted.get(place)) else { continue };
            let mover = match is_enough(ballot, counted) {
                false => None,
                true => match counted.clone().into_iter().find(|it| self.place(*it, seen)) {
                    None => continue,
                    mover => mover,
                },
            };
            if let Some(counted) = self.counted.get_mut(place) {
                counted.retain(|it| Some(*it) != mover);
                counted.push(person);
            }
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether some choice of a ballot for each person meets all: by trying every one.
    fn met_somehow(ballots: &[Ballot], persons: &[Vec<u32>]) -> bool {
        fn left(needs: &[u32], persons: &[Vec<u32>]) -> bool {
            let Some((first, others)) = persons.split_first() else { return needs.iter().all(|it| *it == 0) };
            let without = left(needs, others);
            without
                || first.iter().any(|place| {
                    let mut needs = needs.to_vec();
                    let open = needs.get_mut(*place as usize).filter(|it| **it > 0);
                    open.map(|it| *it -= 1).is_some() && left(&needs, others)
                })
        }
        left(&ballots.iter().map(|it| it.needs).collect::<Vec<_>>(), persons)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_quorum_is_met_exactly_if_some_choice_meets_it(
            needs in proptest::collection::vec(1_u32..4, 1..4),
            persons in proptest::collection::vec(proptest::collection::btree_set(0_u32..4, 0..4), 0..7),
        ) {
            let ballots: Vec<_> = needs.iter().map(|it| Ballot::role("Approver").needs(*it)).collect();
            let within = |it: &u32| (*it as usize) < ballots.len();
            let persons: Vec<Vec<u32>> =
                persons.into_iter().map(|it| it.into_iter().filter(within).collect()).collect();
            prop_assert_eq!(met(&ballots, &persons).is_ok(), met_somehow(&ballots, &persons));
        }
    }
}
