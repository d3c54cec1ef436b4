//! The checks, clause by clause.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::super::Clause;
use super::{ClockTrial, IdsTrial};
use crate::adapters::memory::SystemClock;
use crate::ports::{Clock, IdSource};
use crate::values::{HomeId, Ids, Timestamp};

pub(crate) mod in_milliseconds {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "In milliseconds",
        says: "The clock tells the time of the machine, in milliseconds since 1970, UTC",
    };

    pub(crate) async fn the_time_is_that_of_the_machine(it: ClockTrial) {
        if it.of_the_machine {
            let (before, told, after) = (SystemClock.now(), it.clock.now(), SystemClock.now());
            assert!(before <= told && told <= after, "{told}, between {before} and {after}");
        }
    }

    pub(crate) async fn the_time_does_not_run_back(it: ClockTrial) {
        let times: Vec<_> = (0..1000).map(|_| it.clock.now()).collect();
        assert!(times.is_sorted(), "while nobody sets it");
    }
}

pub(crate) mod fresh {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause { name: "Fresh", says: "No seed comes twice, and none can be guessed" };

    /// What a seed gives: the salt is made from all of it, and shows nothing of it.
    fn salt(ids: &dyn IdSource) -> [u8; 16] {
        fresh(ids).salt(HomeId::from_uuid(Uuid::nil()))
    }

    fn fresh(ids: &dyn IdSource) -> Ids {
        Ids::new(Timestamp::from_millis(0), ids.seed().unwrap())
    }

    pub(crate) async fn no_seed_comes_twice(it: IdsTrial) {
        let salts: BTreeSet<_> = (0..5000).map(|_| salt(it.ids.as_ref())).collect();
        assert_eq!(salts.len(), 5000);
    }

    pub(crate) async fn threads_get_seeds_of_their_own(it: IdsTrial) {
        let draw = || (0..1000).map(|_| salt(it.ids.as_ref())).collect::<Vec<_>>();
        let salts = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
            threads.into_iter().flat_map(|it| it.join().unwrap()).collect::<BTreeSet<_>>()
        });
        assert_eq!(salts.len(), 4000);
    }

    pub(crate) async fn another_start_has_other_seeds(it: IdsTrial) {
        if it.random {
            let salts: BTreeSet<_> = (0..500).flat_map(|_| [salt(it.ids.as_ref()), salt(it.again.as_ref())]).collect();
            assert_eq!(salts.len(), 1000);
        }
    }

    pub(crate) async fn every_bit_of_an_id_varies(it: IdsTrial) {
        let ids: Vec<u128> = (0..500).map(|_| fresh(it.ids.as_ref()).fresh().as_u128()).collect();
        // The last seven bytes are of the seed alone.
        let mask = (1 << 56) - 1;
        let (ever, always) = (ids.iter().fold(0, |all, it| all | it), ids.iter().fold(u128::MAX, |all, it| all & it));
        assert_eq!((ever & mask, always & mask), (mask, 0));
    }
}
