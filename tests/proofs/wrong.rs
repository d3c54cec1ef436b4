//! Processes as a team might write them, each wrong in one way: the proof that is named must catch it.

use std::sync::atomic::{AtomicU64, Ordering};

use cardflow::cards::{CardStateRequest, CardSubject, Cards, Request, card_and_holder, leaves, note, on_card, reason};
use cardflow::domain::{CardPlan, CardState, CauseKind, CertificateState, Refusal};
use cardflow::engine::{ApprovalPolicy, Asks, Component, Definition, DefinitionError, Field, Ground, Version};
use cardflow::testing::proof::Proof;
use cardflow::values::Value;

pub type Built = Result<Definition<Cards, CardSubject>, DefinitionError>;
type Change = for<'x, 'p, 'a> fn(&'x mut CardPlan<'p, 'a>) -> Result<(), Refusal>;

/// *Impound card*: out of use until an investigation is over.
fn impound_by(change: Change) -> Built {
    on_card("SiteProcImpound", "Impound card", Version(1))
        .component(Component::Operator)
        .requires(CardState::Active)
        .requires(CardState::Inactive)
        .form("confirm", card_and_holder().required([note()]))
        .change(
            "impound",
            leaves(CardState::Inactive).certificates(CertificateState::OnHold).because(CauseKind::Manual),
            change,
        )
        .end("impounded")
        .build()
}

pub fn take_away(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().hold()
}

pub fn impound() -> Built {
    impound_by(take_away)
}

/// *Hand back card*: closes what *Impound card* holds.
pub fn hand_back() -> Built {
    hand_back_by(give_back)
}

pub fn hand_back_by(change: Change) -> Built {
    on_card("SiteProcHandBack", "Hand back card", Version(1))
        .component(Component::Operator)
        .requires(CardState::Inactive)
        .form("confirm", card_and_holder())
        .change("hand-back", leaves(CardState::Active).because(CauseKind::Manual), change)
        .end("handed-back")
        .build()
}

pub fn give_back(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().release()?;
    plan.relations().possible().release()?;
    plan.certificates().release()
}

fn proof(definition: Built) -> Proof {
    Proof::of(definition.unwrap()).unwrap().beside(hand_back().unwrap())
}

/// A process that is wrong, what is wrong with it, and the proof that catches it.
struct Wrong {
    what: &'static str,
    caught_by: &'static str,
    says: &'static str,
    proof: fn() -> Proof,
}

pub fn yes_or_no(name: &'static str) -> Field<Cards> {
    Field { name, label: name, asks: Asks::Flag, required: false }
}

pub fn ask_the_office(ground: &mut Ground<'_, Cards>) -> Result<Request, Refusal> {
    let card = ground.dossier.subject_card().ok_or_else(|| Refusal::Site("no card".to_owned()))?;
    let (number, state) = (card.number().plain(), card.state());
    Ok(Request::CardState(CardStateRequest { listener: "office".to_owned(), card: card.at(), number, state }))
}

const WRONG: &[Wrong] = &[
    Wrong {
        what: "forgets the relations",
        caught_by: "happy_path",
        says: "no active relation of a card out of use",
        proof: || {
            proof(impound_by(|plan| {
                plan.card().hold()?;
                plan.certificates().usable().hold()
            }))
        },
    },
    Wrong {
        what: "forgets the certificates",
        caught_by: "happy_path",
        says: "no usable certificate on a card out of use",
        proof: || {
            proof(impound_by(|plan| {
                plan.card().hold()?;
                plan.relations().possible().hold()
            }))
        },
    },
    Wrong {
        what: "leaves the card active",
        caught_by: "happy_path",
        says: "is active",
        proof: || proof(impound_by(|plan| plan.relations().possible().hold())),
    },
    Wrong {
        what: "declares to revoke and only holds",
        caught_by: "happy_path",
        says: "certificates revoked",
        proof: || {
            let built = on_card("SiteProcScrap", "Scrap card", Version(1))
                .component(Component::Operator)
                .requires(CardState::Active)
                .form("confirm", card_and_holder())
                .change("scrap", leaves(CardState::Inactive).certificates(CertificateState::Revoked), take_away)
                .end("scrapped")
                .build();
            proof(built)
        },
    },
    Wrong {
        what: "plans something else each time",
        caught_by: "happy_path",
        says: "the same whenever it is made from the same",
        proof: || {
            static TIMES: AtomicU64 = AtomicU64::new(0);
            proof(impound_by(|plan| {
                take_away(plan)?;
                if TIMES.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
                    plan.certificates().revoke()
                } else {
                    Ok(())
                }
            }))
        },
    },
    Wrong {
        what: "refuses cards of a kind that it claims to be for",
        caught_by: "happy_path",
        says: "only for employees",
        proof: || {
            proof(impound_by(|plan| {
                let at = plan.plan().dossier().subject();
                let kind = plan.plan().dossier().card(at).map(|it| it.kind().to_string());
                if kind.as_deref() != Some("employee") {
                    return Err(Refusal::Site("only for employees".to_owned()));
                }
                take_away(plan)
            }))
        },
    },
    Wrong {
        what: "requires a state nothing leads to",
        caught_by: "happy_path",
        says: "approved",
        proof: || {
            let built = on_card("SiteProcIssue", "Issue card", Version(1))
                .component(Component::Operator)
                .requires(CardState::Approved)
                .form("confirm", card_and_holder())
                .change("issue", leaves(CardState::Issued), |_| Ok(()))
                .end("issued")
                .build();
            proof(built)
        },
    },
    Wrong {
        what: "panics on a card without a holder",
        caught_by: "hostile_dossiers",
        says: "it panics: a card has a holder",
        proof: || {
            proof(impound_by(|plan| {
                let at = plan.plan().dossier().subject();
                assert!(plan.plan().dossier().holder_of(at).is_some(), "a card has a holder");
                take_away(plan)
            }))
        },
    },
    Wrong {
        what: "cannot do with a card without certificates",
        caught_by: "hostile_dossiers",
        says: "taking away never fails",
        proof: || {
            proof(impound_by(|plan| {
                let at = plan.plan().dossier().subject();
                let all = plan.plan().dossier().certificates_of(at).count();
                take_away(plan)?;
                if all == 0 {
                    plan.card().lock()?;
                    plan.card().hold()
                } else {
                    Ok(())
                }
            }))
        },
    },
    Wrong {
        what: "opens holds that no process closes",
        caught_by: "way_back",
        says: "held by manual",
        proof: || Proof::of(impound().unwrap()).unwrap(),
    },
    Wrong {
        what: "has a condition that never holds",
        caught_by: "coverage",
        says: "approval `second` is never entered",
        proof: || {
            let built = on_card("SiteProcImpound", "Impound card", Version(1))
                .component(Component::Operator)
                .requires(CardState::Active)
                .form("confirm", card_and_holder().optional([reason()]))
                .approval("second", ApprovalPolicy::role("Approver"))
                .when(|_, answers| answers.text("reason") == Some("Stolen"))
                .change("impound", leaves(CardState::Inactive).because(CauseKind::Manual), take_away)
                .end("impounded")
                .build();
            proof(built)
        },
    },
    Wrong {
        what: "branches past a step for ever",
        caught_by: "coverage",
        says: "branch `quick` is always taken",
        proof: || {
            let built = on_card("SiteProcImpound", "Impound card", Version(1))
                .component(Component::Operator)
                .requires(CardState::Active)
                .form("confirm", card_and_holder().optional([yes_or_no("slow")]))
                .branch(
                    "quick",
                    |_, answers| answers.get("slow") != Some(&Value::Flag(true)) || answers.get("slow").is_some(),
                    "impound",
                )
                .form("look-again", card_and_holder())
                .change("impound", leaves(CardState::Inactive).because(CauseKind::Manual), take_away)
                .end("impounded")
                .build();
            proof(built)
        },
    },
    Wrong {
        what: "names an option that is none",
        caught_by: "every_option",
        says: "`SiteImpoundFor` is none",
        proof: || {
            let built = on_card("SiteProcImpound", "Impound card", Version(1))
                .component(Component::Operator)
                .options(["SiteImpoundFor"])
                .requires(CardState::Active)
                .form("confirm", card_and_holder())
                .change("impound", leaves(CardState::Inactive).because(CauseKind::Manual), take_away)
                .end("impounded")
                .build();
            proof(built)
        },
    },
    Wrong {
        what: "cannot live with what the outside answers",
        caught_by: "happy_path",
        says: "the office has not answered",
        proof: || {
            let built = on_card("SiteProcImpound", "Impound card", Version(1))
                .component(Component::Operator)
                .requires(CardState::Active)
                .form("confirm", card_and_holder())
                .effect("office", ask_the_office)
                .change("impound", leaves(CardState::Inactive).because(CauseKind::Manual), |plan| {
                    match plan.plan().outside("ask-the-office") {
                        Some(_) => take_away(plan),
                        None => Err(Refusal::Site("the office has not answered".to_owned())),
                    }
                })
                .end("impounded")
                .build();
            proof(built)
        },
    },
    Wrong {
        what: "gives back under another cause than it was taken for",
        caught_by: "way_back",
        says: "held by manual",
        proof: || {
            let give_back = on_card("SiteProcHandBack", "Hand back card", Version(1))
                .component(Component::Operator)
                .requires(CardState::Inactive)
                .form("confirm", card_and_holder())
                .change("hand-back", leaves(CardState::Active), give_back)
                .end("handed-back")
                .build();
            Proof::of(impound().unwrap()).unwrap().beside(give_back.unwrap())
        },
    },
];

#[test]
fn every_wrong_process_is_caught_by_the_proof_that_is_named() {
    let mut missed = Vec::new();
    println!("| what is wrong | caught by |\n| --- | --- |");
    for Wrong { what, caught_by, says, proof } in WRONG {
        let stories: Vec<_> = proof().prove().failures(caught_by).iter().map(ToString::to_string).collect();
        println!("| {what} | `{caught_by}` |");
        if std::env::var_os("CARDFLOW_STORIES").is_some() {
            println!("{}", stories.join("\n"));
        }
        if !stories.iter().any(|it| it.contains(says)) {
            missed.push(format!("{what}: `{caught_by}` does not say `{says}`:\n{}", stories.join("\n")));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
