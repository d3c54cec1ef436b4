//! The checks, clause by clause.

use std::collections::BTreeMap;

use super::super::Clause;
use super::Trial;

pub(crate) mod versioned {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Versioned",
        says: "Versions rise with every change of a value, and the same version always has the same values",
    };

    pub(crate) async fn the_same_version_has_the_same_values(Trial(it): Trial) {
        let mut known = BTreeMap::new();
        for _ in 0..4 {
            for _ in 0..3 {
                let (version, values) = it.in_force().await;
                let before = known.entry(version).or_insert_with(|| values.clone());
                assert_eq!(*before, values, "version {version}");
            }
            it.change().await;
        }
    }

    pub(crate) async fn a_version_rises_with_every_change(Trial(it): Trial) {
        let (mut last, _) = it.in_force().await;
        for _ in 0..4 {
            let changed = it.change().await;
            let (version, _) = it.in_force().await;
            assert_eq!(version > last, changed, "from {last} to {version}");
            last = version;
        }
    }

    pub(crate) async fn a_change_is_in_force_at_once(Trial(it): Trial) {
        let (_, before) = it.in_force().await;
        if it.change().await {
            assert_ne!(it.in_force().await.1, before);
        }
    }

    pub(crate) async fn no_version_comes_back(Trial(it): Trial) {
        let mut versions = vec![it.in_force().await.0];
        while it.change().await && versions.len() < 6 {
            versions.push(it.in_force().await.0);
        }
        assert!(versions.is_sorted(), "{versions:?}");
        let count = versions.len();
        versions.dedup();
        assert_eq!(versions.len(), count, "{versions:?}");
    }
}

pub(crate) mod safe {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Safe",
        says: "An option whose value cannot be computed has its safe value and is named; the others have theirs",
    };

    pub(crate) async fn what_fails_has_its_safe_value_and_is_named(Trial(it): Trial) {
        let nothing = (Vec::new(), Vec::new());
        assert_eq!(it.fell_back().await, nothing);
        let made = it.make_fail().await;
        let expected = made.map_or(nothing, |name| (vec![name.to_owned()], Vec::new()));
        assert_eq!(it.fell_back().await, expected);
    }
}
