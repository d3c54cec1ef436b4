use crate::cards::CardsOptions;
use crate::engine::options::OptionSpec;

/// The names of all options that the proofs vary.
pub fn names() -> impl Iterator<Item = &'static str> {
    CardsOptions::SPECS.iter().map(|it| it.name)
}

/// Options with what is not as usual in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Setting {
    pub(super) words: Vec<String>,
    pub(super) options: CardsOptions,
}

impl Setting {
    /// The version of the options: the defaults are what was there before.
    pub(super) fn version(&self) -> u64 {
        if *self == Setting::default() { 1 } else { 2 }
    }
}

/// The most combinations that are run in full; of more, each pair of values is.
const FULL: usize = 300;

/// Every combination of the values of these options, the defaults first; each pair of values, where that were too many.
/// An option that is not known has no values: its name comes back as an error.
pub(super) fn combinations(named: &[&'static str]) -> Result<Vec<Setting>, &'static str> {
    let mut lists = Vec::new();
    for name in named {
        let known = CardsOptions::SPECS.iter().find(|it| it.name == *name).ok_or(*name)?;
        lists.push(known);
    }
    let full: usize = lists.iter().map(|it| it.tried.len()).product();
    let choices = if full <= FULL { every(&lists) } else { pairs(&lists) };
    let mut settings = Vec::new();
    for choice in choices {
        let mut setting = Setting::default();
        for (spec, nth) in lists.iter().zip(choice) {
            let Some(set) = spec.tried.get(nth) else { continue };
            set(&mut setting.options);
            if nth > 0 {
                setting.words.push(format!("{} {}", spec.name, (spec.get)(&setting.options)));
            }
        }
        if !settings.contains(&setting) {
            settings.push(setting);
        }
    }
    Ok(settings)
}

type List = OptionSpec<CardsOptions>;

fn every(lists: &[&List]) -> Vec<Vec<usize>> {
    lists.iter().fold(vec![Vec::new()], |choices, spec| {
        let longer =
            |choice: &Vec<usize>| (0..spec.tried.len()).map(|nth| [choice.as_slice(), &[nth]].concat()).collect();
        choices.iter().flat_map(|it| -> Vec<Vec<usize>> { longer(it) }).collect()
    })
}

fn pairs(lists: &[&List]) -> Vec<Vec<usize>> {
    let defaults = vec![0; lists.len()];
    let mut choices = vec![defaults.clone()];
    for (a, of_a) in lists.iter().map(|it| it.tried).enumerate() {
        for (b, of_b) in lists.iter().map(|it| it.tried).enumerate().skip(a + 1) {
            for (one, other) in (0..of_a.len()).flat_map(|one| (0..of_b.len()).map(move |other| (one, other))) {
                let mut choice = defaults.clone();
                choice.iter_mut().enumerate().for_each(|(at, it)| match at {
                    at if at == a => *it = one,
                    at if at == b => *it = other,
                    _ => {}
                });
                if !choices.contains(&choice) {
                    choices.push(choice);
                }
            }
        }
    }
    choices
}
