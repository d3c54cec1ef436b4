//! Whom and what a run is about: staff of every role, a holder with cards as a strategy draws them, and an outside.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use uuid::Uuid;

use super::dice::Dice;
use crate::cards::{ADMINISTRATOR, APPROVER, AUDITOR, Cards, CardsOptions, OPERATOR, SELF_SERVICE};
use crate::domain::{
    Answer, Capabilities, CardState, CauseKind, Certificate, CertificateState, Dossier, Object, Person, PersonState,
    RevocationReason, RoleGrant,
};
use crate::engine::Component;
use crate::ports::{LedgerEntry, LedgerStatus, Principal};
use crate::testing::fakes::{MailBox, MemoryOptions, ScriptedAuthority, ScriptedHandler, ScriptedStatus};
use crate::testing::scene::{TENANT, day, ours};
use crate::testing::strategies::dossiers::{Plot, any_card, certificate, plot_about};
use crate::values::{Digest, ObjectRef, PersonId, Revision};

/// The kind of the effects by which a system is told the states of cards.
pub(super) const DOORS: &str = "door-system";

/// Somebody who gives orders.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) account: &'static str,
    pub(super) principal: Principal,
    pub(super) role: &'static str,
}

/// Who there is, besides the holder of the cards: the account, the role, the unit that it is limited to, the state.
const STAFF: &[(&str, &str, Option<&str>, PersonState)] = &[
    ("olga", OPERATOR, None, PersonState::Active),
    ("otto", OPERATOR, None, PersonState::Active),
    ("uli", OPERATOR, Some("Hamburg"), PersonState::Active),
    ("ina", OPERATOR, None, PersonState::Inactive),
    ("ann", APPROVER, None, PersonState::Active),
    ("aron", APPROVER, None, PersonState::Active),
    ("adam", ADMINISTRATOR, None, PersonState::Active),
    ("adele", ADMINISTRATOR, None, PersonState::Active),
    ("aude", AUDITOR, None, PersonState::Active),
    ("ben", SELF_SERVICE, None, PersonState::Active),
];

/// What a run begins with.
#[derive(Debug)]
pub(super) struct Town {
    pub(super) objects: Vec<Object>,
    pub(super) users: Vec<User>,
    pub(super) cards: Vec<ObjectRef>,
    pub(super) holder: ObjectRef,
    pub(super) authority: Arc<ScriptedAuthority>,
    pub(super) mail: Arc<MailBox>,
    pub(super) doors: Arc<ScriptedHandler>,
    pub(super) options: Arc<MemoryOptions<Cards>>,
    /// Whether it is read back what relying parties are told.
    pub(super) published: Option<Arc<ScriptedStatus>>,
    /// Whether doors are told every new state of a card.
    pub(super) tells_doors: bool,
}

/// A value of a strategy, the same for the same seed.
pub(super) fn drawn<S: Strategy>(strategy: &S, dice: &mut Dice) -> S::Value {
    let seed = Digest::of(&dice.roll().to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, seed.as_bytes());
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    strategy.new_tree(&mut runner).expect("it refuses nothing for ever").current()
}

fn user(account: &'static str, role: &'static str) -> User {
    let component = match role {
        SELF_SERVICE => Component::SelfService,
        ADMINISTRATOR => Component::Administrator,
        _ => Component::Operator,
    };
    let principal = Principal::new(account, component, "smart card", day(0)).of_tenant(TENANT);
    User { account, principal: principal.from_origin("192.0.2.7"), role }
}

fn person(account: &str, role: &str, id: PersonId, unit: Option<&str>, state: PersonState) -> Object {
    let grant = RoleGrant::new(role, None, day(-1)).expect("a role");
    let grant = if let Some(unit) = unit { grant.in_unit(unit).expect("a unit") } else { grant };
    let person = Person::new(TENANT, id, account).expect("a name").with_account(account).expect("an account");
    let person = person.with_mail(&format!("{account}@example.org")).expect("an address");
    // Who may ask and agree: but not to the same.
    let both = || RoleGrant::new(APPROVER, None, day(-1)).expect("a role");
    let person = if account == "otto" { person.with_role(both()) } else { person };
    Object::Person(person.with_role(grant).in_unit(unit.unwrap_or("Berlin")).expect("a unit").in_state(state))
}

/// The certificate as its authority knows it at the beginning.
fn entry(certificate: &Certificate) -> LedgerEntry {
    let since = certificate.validity().from();
    let reason = certificate.reason().filter(|it| it.is_permanent()).unwrap_or(RevocationReason::Unspecified);
    let status = match certificate.wanted() {
        CertificateState::Issued | CertificateState::Valid | CertificateState::Expired => LedgerStatus::Good,
        CertificateState::OnHold => LedgerStatus::OnHold { since },
        CertificateState::Revoked => LedgerStatus::Revoked { reason, since },
    };
    let (serial, not_after) = (certificate.serial().clone(), certificate.validity().until());
    LedgerEntry { serial, not_after, status, invalid_since: None, revision: Revision::NONE }
}

/// Options in which approvals, mails, limits and self-service are on and off.
pub(super) fn options(dice: &mut Dice) -> CardsOptions {
    let mut on = |times| dice.one_in(times);
    let mut options = CardsOptions {
        deactivation_approval: on(3),
        deactivation_self_service: on(2),
        reactivation_approval: on(3),
        lock_approval: on(2),
        deactivation_mail: on(3),
        reactivation_mail: on(3),
        lock_mail: on(3),
        record_reading: on(6),
        multiple_active: on(2),
        approvals_needed: if on(4) { 2 } else { 1 },
        deactivation_limit: if on(8) { 2 } else { 50 },
        hold_days: if on(6) { 1 } else { 0 },
        ..CardsOptions::default()
    };
    if options.deactivation_approval && on(2) {
        options.deactivation_approval_except = vec!["lost".to_owned(), "stolen".to_owned()];
    }
    options
}

/// Most cards may be taken out of use and back, and most certificates be asked about.
fn livelier(plot: &mut Plot, dice: &mut Dice) {
    for (state, cause) in &mut plot.cards {
        if !matches!(state, CardState::Active | CardState::Inactive) && !dice.one_in(3) {
            *state = CardState::Active;
        }
        if *state == CardState::Inactive && !dice.one_in(3) {
            *cause = CauseKind::Imported;
        }
    }
    for certificate in &mut plot.certificates {
        certificate.foreign &= dice.one_in(2);
        if !dice.one_in(3) {
            certificate.state = CertificateState::Valid;
        }
    }
}

impl Town {
    pub(super) fn drawn(seed: u64) -> Town {
        let mut dice = Dice::of(seed, "town");
        let often = dice.below(4);
        let active = proptest::strategy::Just((CardState::Active, CauseKind::CardDeactivation));
        let mut plot = match often {
            0 => drawn(&plot_about(any_card(), true), &mut dice),
            _ => drawn(&plot_about(active, false), &mut dice),
        };
        if !dice.one_in(4) {
            // Much for authorities to do.
            plot.certificates.extend(drawn(&vec(certificate(false), 2..5), &mut dice));
        }
        livelier(&mut plot, &mut dice);
        let dossier = plot.dossier();
        let cards: Vec<_> = dossier.cards().map(|it| it.at()).collect();
        let holder = dossier.holder_of(dossier.subject()).map(|it| it.at()).expect("a plot has a holder");
        let (mut objects, mut users) = (Vec::new(), Vec::new());
        let ada = PersonId::from_uuid(holder.id());
        for object in dossier.objects() {
            objects.push(match object {
                Object::Person(_) => person("ada", SELF_SERVICE, ada, None, PersonState::Active),
                // What comes in out of force was looked up: without that nobody asks about it, as long as it is on its way.
                Object::Certificate(it) if it.is_unconfirmed() => {
                    Object::Certificate(it.clone().confirmed_as(it.wanted()))
                }
                other => other.clone(),
            });
        }
        users.push(user("ada", SELF_SERVICE));
        for (n, (account, role, unit, state)) in STAFF.iter().enumerate() {
            let id = PersonId::from_uuid(Uuid::from_u128(0xA000 + n as u128));
            objects.push(person(account, role, id, *unit, *state));
            users.push(user(account, role));
        }
        users.push(user("nobody", OPERATOR));
        let able = match dice.below(5) {
            0 => Capabilities { hold: false, release: false, ..Capabilities::RFC_5280 },
            1 => Capabilities { revisions: false, ..Capabilities::RFC_5280 },
            2 => Capabilities::ALL,
            _ => Capabilities::RFC_5280,
        };
        let authority = Arc::new(ScriptedAuthority::named(ours()).able_to(able));
        Self::certificates(&dossier).for_each(|it| authority.set(entry(it)));
        let told = Answer::Told.to_bytes().expect("it has a stored form");
        Town {
            objects,
            users,
            cards,
            holder,
            authority,
            mail: Arc::new(MailBox::default()),
            doors: Arc::new(ScriptedHandler::answering(DOORS, move |_| Ok(told.clone()))),
            options: Arc::new(MemoryOptions::new(options(&mut dice))),
            published: dice.one_in(4).then(|| Arc::new(ScriptedStatus::named(ours()))),
            tells_doors: dice.one_in(3),
        }
    }

    /// The certificates that its authority knows.
    fn certificates(dossier: &Dossier) -> impl Iterator<Item = &Certificate> {
        dossier.certificates().filter(|it| *it.issuer() == ours())
    }
}
