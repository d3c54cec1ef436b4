//! Dossiers.
//!
//! ```
//! use cardflow::domain::Breach;
//! use cardflow::testing::scene::day;
//! use cardflow::testing::strategies::dossiers;
//! use proptest::prelude::*;
//!
//! proptest! {
//!     fn a_dossier_in_order_breaks_no_rule(plot in dossiers::plot()) {
//!         prop_assert_eq!(Breach::all(&plot.dossier(), day(0)), []);
//!     }
//! }
//! # a_dossier_in_order_breaks_no_rule();
//! ```

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::domain::{
    Card, CardKind, CardState, CauseKind, CertificateState, Change, Dossier, Exemption, ExemptionPolicy, KeyUse,
    Object, PersonState, Relation, RelationKind, RelationState, RevocationReason,
};
use crate::testing::scene::{Scene, day, days, foreign, hold, on_hold, ours};
use crate::values::ObjectRef;

/// What a random dossier is made from: the cards of one person, and what hangs on them.
///
/// It is kept, and not the dossier alone, since it is what a person can read when a test fails.
#[derive(Clone, Debug)]
pub struct Plot {
    /// The cards; the first one is the subject. Each with what holds it, if it is inactive.
    pub cards: Vec<(CardState, CauseKind)>,
    /// Relations to something outside, or to the holder: the card, the kind, and the state beforehand.
    pub relations: Vec<(Index, RelationKind, RelationState)>,
    /// The certificates.
    pub certificates: Vec<CertificatePlot>,
}

/// What a certificate of a [`Plot`] is made from.
#[derive(Clone, Debug)]
pub struct CertificatePlot {
    /// Which of the cards carry it; it was first issued to the first.
    pub carriers: Vec<Index>,
    /// Its state; on hold instead, if a card that carries it is out of use.
    pub state: CertificateState,
    /// What its key is for.
    pub key_use: KeyUse,
    /// Whether it is of an issuer without a registered authority.
    pub foreign: bool,
    /// Whether its validity is over.
    pub over: bool,
}

/// Any dossier in order: whatever is out of use has a hold or an exemption for each reason, as processes and imports leave
/// it. Shrinks to one active card and nothing else.
pub fn plot() -> impl Strategy<Value = Plot> {
    plot_about(any_card(), true)
}

/// A dossier in order about a card that is in this state, and held for this cause if it is inactive; with certificates
/// whose validity is over, or without.
pub fn plot_about(subject: impl Strategy<Value = (CardState, CauseKind)>, over: bool) -> impl Strategy<Value = Plot> {
    use CardState::*;
    let causes = [CauseKind::CardDeactivation, CauseKind::UserDeactivation, CauseKind::Manual, CauseKind::Imported];
    let other =
        (select(vec![Active, Inactive, Locked, Issued, Assigned, Unassigned, Expired]), select(causes.to_vec()));
    let relation = (any::<Index>(), select(RelationKind::ALL), select(RelationState::ALL));
    (subject, vec(other, 0..4), vec(relation, 0..5), vec(certificate(over), 0..4)).prop_map(
        |(subject, others, relations, certificates)| {
            let cards = std::iter::once(subject).chain(others).collect();
            Plot { cards, relations, certificates }
        },
    )
}

/// A card in use, out of use for any cause, or just issued.
pub fn any_card() -> impl Strategy<Value = (CardState, CauseKind)> {
    (select(vec![CardState::Active, CardState::Inactive, CardState::Issued]), select(CauseKind::ALL))
        .prop_filter("a card is not held for its end", |(_, cause)| {
            !matches!(cause, CauseKind::CardLock | CauseKind::CardExpiry)
        })
}

/// A certificate, whose validity may be over, or is not.
pub(crate) fn certificate(over: bool) -> impl Strategy<Value = CertificatePlot> {
    use CertificateState::{Expired, Issued, OnHold, Revoked, Valid};
    let state = select(vec![Valid, Issued, OnHold, Revoked, Expired]);
    let over = any::<bool>().prop_map(move |it| it && over);
    (vec(any::<Index>(), 1..3), state, select(KeyUse::ALL), any::<bool>(), over).prop_map(
        |(carriers, state, key_use, foreign, over)| CertificatePlot { carriers, state, key_use, foreign, over },
    )
}

fn is_out(state: CardState) -> bool {
    matches!(state, CardState::Inactive | CardState::Locked | CardState::Expired)
}

impl Plot {
    /// The dossier about the first card.
    #[must_use]
    pub fn dossier(&self) -> Dossier {
        let mut scene = Scene::default();
        let mut exemptions = Vec::new();
        let person = scene.person(PersonState::Active);
        let mut number = 0;
        let mut held = |kind, card: ObjectRef| {
            number += 1;
            hold(number, kind, if kind == CauseKind::UserDeactivation { person } else { card })
        };
        let mut cards = Vec::new();
        for (state, cause) in &self.cards {
            let inactive = *state == CardState::Inactive;
            cards.push(scene.card(person, *state, |it| {
                let at = it.at();
                if inactive { it.with_hold(held(*cause, at)) } else { it }
            }));
        }
        let plotted = |at: &ObjectRef| self.cards[cards.iter().position(|it| it == at).unwrap()];
        // What hangs on a card out of use is held for the card's reason; a locked or expired one has that.
        let reason = |at: &ObjectRef| match plotted(at) {
            (CardState::Inactive, cause) => Some(cause),
            (CardState::Locked, _) => Some(CauseKind::CardLock),
            (CardState::Expired, _) => Some(CauseKind::CardExpiry),
            _ => None,
        };
        for (card, kind, state) in &self.relations {
            scene.relation(*card.get(&cards), *kind, Some(person), |it| match kind.graph() {
                Some(_) => it.in_state(*state).unwrap(),
                None => it,
            });
        }
        for plot in &self.certificates {
            let mut carriers: Vec<_> = plot.carriers.iter().map(|it| *it.get(&cards)).collect();
            carriers.sort();
            carriers.dedup();
            let out: Vec<_> = carriers.iter().copied().filter(|it| is_out(plotted(it).0)).collect();
            let in_use = matches!(plot.state, CertificateState::Issued | CertificateState::Valid);
            let state = if in_use && !out.is_empty() && !plot.foreign { CertificateState::OnHold } else { plot.state };
            let why = (state == CertificateState::Revoked).then_some(RevocationReason::KeyCompromise);
            let issuer = if plot.foreign { foreign() } else { ours() };
            let validity = days(-365, if plot.over { -1 } else { 365 });
            let at = scene.certificate_from(issuer, plot.key_use, validity, &carriers, |it| {
                if state != CertificateState::OnHold {
                    return it.in_state(state, why);
                }
                let it = on_hold(it, held(CauseKind::Manual, carriers[0]));
                out.iter().fold(it, |it, at| it.with_hold(held(reason(at).unwrap(), *at)))
            });
            if in_use && plot.foreign {
                exemptions.extend(out.into_iter().map(|card| (at, card)));
            }
        }
        for object in &mut scene.objects {
            if let Object::Relation(it) = object
                && let Some(state) = it.state()
                && state != RelationState::Ended
            {
                let cause = reason(&it.from()).or((state == RelationState::Inactive).then_some(CauseKind::Manual));
                if let Some(cause) = cause {
                    let hold = held(cause, it.from());
                    *it = it.clone().in_state(RelationState::Inactive).unwrap().with_hold(hold);
                }
            }
        }
        let mut dossier = scene.dossier(cards[0]);
        for (certificate, card) in exemptions {
            let exemption = Exemption { card, policy: ExemptionPolicy::ForeignIssuer, at: day(-1) };
            dossier.apply(&Change::Exempted { certificate, exemption }).unwrap();
        }
        dossier
    }
}

/// Faults of old data: which object, and what is wrong with it.
pub type Faults = Vec<(Index, Index)>;

/// Some faults; shrinks to none.
pub fn faults() -> impl Strategy<Value = Faults> {
    vec((any::<Index>(), any::<Index>()), 0..6)
}

/// The same dossier with the faults of old data: states and holds that belong to nothing. The card it is about keeps its
/// state.
#[must_use]
pub fn disorder(dossier: &Dossier, faults: &Faults) -> Dossier {
    let mut objects: Vec<_> = dossier.objects().cloned().collect();
    for (n, (which, how)) in faults.iter().enumerate() {
        let subject = dossier.subject();
        let stray = hold(1000 + n as u128, CauseKind::Manual, subject);
        let object = &mut objects[which.index(dossier.objects().count())];
        *object = match object.clone() {
            Object::Card(it) if it.at() != subject && *it.kind() == CardKind::Employee => Object::Card(
                it.in_state(*how.get(&[CardState::Active, CardState::Inactive, CardState::Locked])).unwrap(),
            ),
            Object::Card(it) => Object::Card(Card::with_hold(it, stray)),
            Object::Certificate(it) if how.index(5) == 4 => Object::Certificate(it.with_hold(stray)),
            Object::Certificate(it) => {
                let reason = [None, Some(RevocationReason::CertificateHold), Some(RevocationReason::Superseded)];
                Object::Certificate(it.in_state(*how.get(CertificateState::ALL), *how.get(&reason)))
            }
            Object::Relation(it) if it.kind().graph().is_none() || how.index(4) == 3 => {
                Object::Relation(Relation::with_hold(it, stray))
            }
            Object::Relation(it) => Object::Relation(it.in_state(*how.get(RelationState::ALL)).unwrap()),
            person => person,
        };
    }
    Dossier::new(dossier.subject(), objects)
}
