//! The domain against tables from elsewhere: a well-known authority, a well-known token system, the field's processes.

use cardflow::cards::{CardsOptions, package};
use cardflow::domain::RevocationReason::{CaCompromise, CertificateHold, RemoveFromCrl};
use cardflow::domain::{CARD, CardState, CertificateState, Graph, RevocationReason, RevocationRefused, TEMPORARY_CARD};
use cardflow::engine::{NoticeKind, StepKind};

/// The rows of a table, without its head.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).map(|line| line.split('\t').collect())
}

/// E01 to E08: hold → release, hold → permanent, permanent → nothing.
#[test]
fn reasons_are_applied_as_a_well_known_authority_applies_them() {
    let table = include_str!("../data/ejbca_revocation.tsv");
    let permanent: Vec<_> = RevocationReason::ALL.iter().copied().filter(|it| it.is_permanent()).collect();
    let mut seen = 0;
    for row in rows(table).filter(|it| it[0] <= "E08") {
        let [id, state, action, expected] = row[..] else { panic!("{row:?}") };
        let (state, current) = match state {
            "valid" | "released, then" => (CertificateState::Valid, None),
            "hold" => (CertificateState::OnHold, Some(CertificateHold)),
            "CA_COMPROMISE" => (CertificateState::Revoked, Some(CaCompromise)),
            other => panic!("{id}: state {other}"),
        };
        // "Not revoked" is asked for as its twin, which takes a hold back.
        let reasons = match action.trim_start_matches("revoke ") {
            "CERTIFICATE_HOLD" | "CERTIFICATE_HOLD again" => vec![CertificateHold],
            "NOT_REVOKED" | "REMOVE_FROM_CRL" | "REMOVE_FROM_CRL or NOT_REVOKED" => vec![RemoveFromCrl],
            "CA_COMPROMISE" => vec![CaCompromise],
            "any permanent reason" => permanent.clone(),
            other => panic!("{id}: action {other}"),
        };
        for reason in reasons {
            let expected = match expected.split([',', ' ', ';']).next().unwrap() {
                "reason=6" => Ok(CertificateState::OnHold),
                "valid" => Ok(CertificateState::Valid),
                "permanent" | "allowed" => Ok(CertificateState::Revoked),
                "error" if current == Some(CaCompromise) => Err(RevocationRefused::Permanent(CaCompromise)),
                "error" => Err(RevocationRefused::NotOnHold),
                other => panic!("{id}: expected {other}"),
            };
            assert_eq!(reason.applied_to(state, current), expected, "{id}: {reason}");
            seen += 1;
        }
    }
    assert_eq!(seen, 7 + permanent.len());
}

#[test]
fn reasons_have_the_numbers_of_rfc_5280_and_seven_is_none() {
    let codes: Vec<_> = RevocationReason::ALL.iter().map(|it| it.code()).collect();
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]);
    for code in 0..=255 {
        let expected = RevocationReason::ALL.iter().find(|it| it.code() == code).copied();
        assert_eq!(RevocationReason::from_code(code), expected, "{code}");
    }
}

#[test]
fn nothing_can_be_asked_of_an_ended_certificate() {
    for reason in RevocationReason::ALL {
        let revoked = reason.applied_to(CertificateState::Revoked, None);
        assert_eq!(revoked, Err(RevocationRefused::Permanent(RevocationReason::Unspecified)));
        assert_eq!(reason.applied_to(CertificateState::Expired, None), Err(RevocationRefused::Expired));
        let issued = reason.applied_to(CertificateState::Issued, None);
        assert_eq!(issued, reason.applied_to(CertificateState::Valid, None), "an issued one is good at its authority");
    }
}

/// Suspended there is inactive here; lost for good, damaged and terminated are locked.
#[test]
fn cards_go_where_tokens_go() {
    let ours = |state| match state {
        "ACTIVE" => Some(CardState::Active),
        "SUSPENDED" => Some(CardState::Inactive),
        "TERMINATED" | "DAMAGED" | "PERM_LOST" => Some(CardState::Locked),
        _ => None,
    };
    let mut seen = 0;
    for row in rows(include_str!("../data/dogtag_tps_ui_transitions.tsv")) {
        let [from, to, _, expected] = row[..] else { panic!("{row:?}") };
        let (Some(a), Some(b)) = (ours(from), ours(to)) else { continue };
        if a == b && expected != "noop" {
            continue; // One of their locked states to another: ours are one.
        }
        assert_eq!(CARD.allow(a, b).is_ok(), expected == "allow", "{row:?}");
        seen += 1;
    }
    assert_eq!(seen, 2 * (5 + 8 + 6), "staying, into and out of locked, between active and inactive");
}

/// What a token system asks of its authority is, by our rules, the state it notes for the certificate.
#[test]
fn certificates_of_tokens_take_the_states_of_ours() {
    let mut seen = [0, 0];
    for row in rows(include_str!("../data/dogtag_tps_cert_effects.tsv")).filter(|it| it[4] == "true") {
        let reason = RevocationReason::from_code(row[5].parse().unwrap()).unwrap();
        let expected = match row[6] {
            "revoked_on_hold" => CertificateState::OnHold,
            "revoked" => CertificateState::Revoked,
            other => panic!("{other}"),
        };
        assert_eq!(reason.applied_to(CertificateState::Valid, None), Ok(expected), "{row:?}");
        seen[usize::from(expected == CertificateState::Revoked)] += 1;
    }
    assert!(seen.iter().all(|it| *it > 0), "{seen:?}");
}

/// The states that a cell of the table of processes names.
fn states(cell: &str) -> Vec<CardState> {
    let words: Vec<_> = cell.split(|c: char| !c.is_alphabetic()).collect();
    CardState::ALL.iter().copied().filter(|it| words.contains(&it.name())).collect()
}

fn reachable(graph: &Graph<CardState>, from: CardState, to: CardState) -> bool {
    let mut seen = vec![from];
    for _ in graph.states {
        seen.extend(graph.moves.iter().filter(|it| seen.contains(&it.from)).map(|it| it.to).collect::<Vec<_>>());
    }
    seen.contains(&to)
}

#[test]
fn the_processes_of_the_field_go_along_our_graphs() {
    let mut seen = 0;
    for row in rows(include_str!("../data/card_processes.tsv")) {
        let temporary = row[1].starts_with("temp:");
        let graph = if temporary { &TEMPORARY_CARD } else { &CARD };
        // `active (others not stated)`; `inactive; user must be active`: what stands first is the card's.
        let required = states(row[1].split([';', '(']).next().unwrap());
        for (from, to) in required.iter().flat_map(|from| states(row[2]).into_iter().map(move |to| (*from, to))) {
            assert!(reachable(graph, from, to), "{row:?}: {from} → {to}");
            assert!(!row[2].contains("(final)") || graph.is_last(to), "{row:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 18);
}

/// Every row of the field that names one of our processes agrees with its registered definition.
#[test]
fn the_registered_processes_are_those_of_the_field() {
    let package = package().unwrap();
    let field: Vec<_> = rows(include_str!("../data/card_processes.tsv")).collect();
    for process in &package {
        let outline = process.outline();
        let short = outline.title.trim_end_matches(" card");
        let ours = ["CardsProcReconcile", "CardsProcCloseAuthorityHold"];
        if outline.components == [cardflow::engine::Component::Worker] || ours.contains(&outline.name) {
            // Ours: what begins by itself when a deadline has come, and what puts right what authorities do by themselves.
            continue;
        }
        let row = field.iter().find(|it| it[0].contains(outline.name) || it[0] == short).unwrap();
        let [_, required, end, certificates, options] = row[..] else { panic!("{row:?}") };

        let required: Vec<_> =
            states(required.split(';').next().unwrap()).iter().map(|it| it.name().to_owned()).collect();
        let mut needs = outline.requires.clone();
        // Ours: a card that was issued and never activated can be locked too.
        needs.retain(|it| it != "issued" || short != "Lock");
        needs.sort();
        assert_eq!(needs, required, "{short}");

        let left = states(end)[0];
        let certificates = ["on hold", "valid", "revoked"].into_iter().find(|it| certificates.starts_with(it)).unwrap();
        let leaves = outline.steps.iter().find_map(|it| match &it.kind {
            StepKind::Change { leaves } => Some(leaves.as_str()),
            _ => None,
        });
        assert!(leaves.unwrap().starts_with(&format!("card {left}, certificates {certificates}")), "{leaves:?}");

        let approval = outline.steps.iter().find(|it| matches!(it.kind, StepKind::Approval { .. }));
        let off = |it: &cardflow::engine::Step<_>| {
            it.when.is_some_and(|holds| !holds(&Default::default(), &cardflow::values::Answers::none()))
        };
        assert!(approval.is_some_and(off), "{short}: {options}");
        assert!(outline.told(NoticeKind::Done, &CardsOptions::default()).is_empty(), "{short}");
    }
    assert_eq!(package.len(), 7);
}
