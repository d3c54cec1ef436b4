use crate::values::Digest;

/// Chance that comes again with its seed: SplitMix64.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// For one purpose of a run: what is drawn for another purpose does not change it.
    pub(super) fn of(seed: u64, purpose: &str) -> Dice {
        let digest = Digest::of_parts(&[b"cardflow simulation", &seed.to_be_bytes(), purpose.as_bytes()]);
        let first: [u8; 8] = digest.as_bytes()[..8].try_into().expect("eight bytes");
        Dice(u64::from_be_bytes(first))
    }

    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to before `end`; 0 if there is none.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.roll() % end).unwrap_or(0)
    }

    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// True so many times of a thousand.
    pub(super) fn permille(&mut self, times: u32) -> bool {
        self.below(1000) < usize::try_from(times).unwrap_or(1000)
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of them, as often as it weighs.
    pub(super) fn weighed<T: Copy>(&mut self, from: &[(usize, T)]) -> T {
        let all: usize = from.iter().map(|(weight, _)| weight).sum();
        let mut at = self.below(all);
        for (weight, it) in from {
            if at < *weight {
                return *it;
            }
            at -= weight;
        }
        from[0].1
    }
}
