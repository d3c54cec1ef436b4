//! The checks, clause by clause.

use super::super::Clause;
use super::{Trial, identity, person, reaches, within};
use crate::engine::{HeldRole, Scope};
use crate::ports::{Identity, Permit};

fn scopes(permits: Vec<Permit>) -> Vec<Scope> {
    permits.into_iter().map(|it| it.scope).collect()
}

pub(crate) mod pure {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Pure",
        says: "The answer depends on nothing but its arguments and the current table of rights",
    };

    pub(crate) async fn the_same_question_has_the_same_answer(it: Trial) {
        for role in &it.roles {
            let first = it.permits(&[HeldRole::everywhere(role)]).await;
            for _ in 0..3 {
                assert_eq!(it.permits(&[HeldRole::everywhere(role)]).await, first, "{role}");
            }
        }
    }

    pub(crate) async fn the_order_of_roles_makes_no_difference(it: Trial) {
        let mut roles: Vec<_> = it.roles.iter().map(|role| HeldRole::everywhere(role)).collect();
        roles.extend(it.roles.iter().map(|role| within(role, &["Berlin"])));
        let forwards = scopes(it.permits(&roles).await);
        roles.reverse();
        assert_eq!(scopes(it.permits(&roles).await), forwards);
    }

    pub(crate) async fn rights_are_those_of_the_roles_not_of_the_person(it: Trial) {
        for role in &it.roles {
            let roles = vec![within(role, &["Berlin"])];
            let other = Identity { person: person(2), ..identity(&roles) };
            let (ours, theirs) = (it.permits(&roles).await, it.permits_of(&other).await);
            for (one, other) in ours.into_iter().zip(theirs) {
                match (one.scope, other.scope) {
                    (Scope::Own(_), Scope::Own(_)) => {}
                    (one, other) => assert_eq!(one, other, "{role}"),
                }
            }
        }
    }
}

pub(crate) mod given {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Given",
        says: "An identity may do what its roles give and nothing else; the permit names a role that gives it",
    };

    pub(crate) async fn some_role_may_do_something(it: Trial) {
        let all: Vec<_> = it.roles.iter().map(|role| HeldRole::everywhere(role)).collect();
        let permits = it.permits(&all).await;
        assert!(permits.iter().any(|it| it.scope != Scope::None), "an authorizer that permits nothing proves nothing");
    }

    pub(crate) async fn without_roles_nothing_may_be_done(it: Trial) {
        assert!(it.permits(&[]).await.iter().all(|it| it.scope == Scope::None));
    }

    pub(crate) async fn an_unknown_role_gives_nothing(it: Trial) {
        let known = it.roles[0].clone();
        for role in
            ["", "*", "%", "no such role", &format!("{known} "), &format!("{known}\0"), &known[..known.len() - 1]]
        {
            if !it.roles.iter().any(|it| it == role) {
                let permits = it.permits(&[HeldRole::everywhere(role)]).await;
                assert!(permits.iter().all(|it| it.scope == Scope::None), "{role:?}");
            }
        }
    }

    pub(crate) async fn the_role_that_is_named_gives_the_right(it: Trial) {
        let all: Vec<_> = it.roles.iter().map(|role| HeldRole::everywhere(role)).collect();
        for (component, action) in it.asked() {
            let permit = it.permit(&identity(&all), component, action).await;
            if permit.scope != Scope::None {
                let alone = it.permit(&identity(&[HeldRole::everywhere(&permit.role)]), component, action).await;
                assert_ne!(alone.scope, Scope::None, "{}: {action}", permit.role);
                assert!(it.roles.contains(&permit.role));
            }
        }
    }

    pub(crate) async fn what_is_ones_own_is_of_that_person(it: Trial) {
        let all: Vec<_> = it.roles.iter().map(|role| within(role, &["Berlin"])).collect();
        for role in all {
            for n in [1, 2] {
                let who = Identity { person: person(n), ..identity(std::slice::from_ref(&role)) };
                for permit in it.permits_of(&who).await {
                    let foreign = matches!(permit.scope, Scope::Own(it) if it != person(n));
                    assert!(!foreign, "{permit:?} for person {n}");
                }
            }
        }
    }
}

pub(crate) mod widest {
    use super::*;

    pub(crate) const CLAUSE: Clause =
        Clause { name: "Widest", says: "It answers with the widest scope that any of the roles gives" };

    pub(crate) async fn a_further_role_never_takes_away(it: Trial) {
        for one in &it.roles {
            for other in &it.roles {
                for one in [HeldRole::everywhere(one), within(one, &["Berlin"])] {
                    for other in [HeldRole::everywhere(other), within(other, &["Bonn"])] {
                        let both = it.permits(&[one.clone(), other.clone()]).await;
                        let alone = [it.permits(std::slice::from_ref(&one)).await, it.permits(&[other]).await];
                        for permits in alone {
                            for (both, alone) in both.iter().zip(permits) {
                                assert!(reaches(&both.scope, &alone.scope), "{both:?} does not reach {alone:?}");
                            }
                        }
                    }
                }
            }
        }
    }

    pub(crate) async fn a_role_given_twice_reaches_as_far_as_both(it: Trial) {
        for role in &it.roles {
            let twice = it.permits(&[within(role, &["Berlin"]), within(role, &["Bonn"])]).await;
            let once = it.permits(&[within(role, &["Berlin", "Bonn"])]).await;
            assert_eq!(scopes(twice), scopes(once), "{role}");
        }
    }

    pub(crate) async fn everywhere_beside_a_unit_is_everywhere(it: Trial) {
        for role in &it.roles {
            let both = it.permits(&[within(role, &["Berlin"]), HeldRole::everywhere(role)]).await;
            assert_eq!(scopes(both), scopes(it.permits(&[HeldRole::everywhere(role)]).await), "{role}");
        }
    }
}

pub(crate) mod bounded {
    use super::*;

    pub(crate) const CLAUSE: Clause = Clause {
        name: "Bounded",
        says: "A role that is limited to units reaches no further than these, and one's own",
    };

    pub(crate) async fn a_role_in_a_unit_reaches_no_further(it: Trial) {
        for role in &it.roles {
            for permit in it.permits(&[within(role, &["Berlin"])]).await {
                match permit.scope {
                    Scope::All => panic!("{role} in Berlin reaches everywhere"),
                    Scope::Units(units) => assert!(units.iter().all(|it| it == "Berlin"), "{role}: {units:?}"),
                    Scope::Own(_) | Scope::None => {}
                }
            }
        }
    }
}
