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
    use super::*;

    /// Whether some choice of a ballot for each person meets all: by trying every one.
    fn met_somehow(needs: &[u32], persons: &[Vec<u32>]) -> bool {
        let Some((first, others)) = persons.split_first() else { return needs.iter().all(|it| *it == 0) };
        met_somehow(needs, others)
            || first.iter().any(|place| {
                let mut needs = needs.to_vec();
                let open = needs.get_mut(*place as usize).filter(|it| **it > 0);
                open.map(|it| *it -= 1).is_some() && met_somehow(&needs, others)
            })
    }

    /// Every way to choose so many numbers below a bound.
    fn every(count: usize, below: usize) -> impl Iterator<Item = Vec<usize>> {
        let digit = move |number: usize, place: usize| number / below.pow(u32::try_from(place).unwrap()) % below;
        (0..below.pow(u32::try_from(count).unwrap())).map(move |it| (0..count).map(|place| digit(it, place)).collect())
    }

    #[test]
    fn a_quorum_is_met_exactly_if_some_choice_meets_it() {
        let mut tried = 0;
        for ballots in 1..=3 {
            for needs in every(ballots, 2) {
                let needs: Vec<u32> = needs.into_iter().map(|it| u32::try_from(it).unwrap() + 1).collect();
                let policy: Vec<_> = needs.iter().map(|it| Ballot::role("Approver").needs(*it)).collect();
                for may in every(4, 1 << ballots) {
                    let of = |bits: &usize| (0..ballots as u32).filter(|place| bits & (1 << place) != 0).collect();
                    let persons: Vec<Vec<u32>> = may.iter().map(of).collect();
                    assert_eq!(met(&policy, &persons).is_ok(), met_somehow(&needs, &persons), "{needs:?} {persons:?}");
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 2 * 16 + 4 * 256 + 8 * 4096);
    }
}
