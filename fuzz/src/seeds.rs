//! What a corpus begins with: what the library writes itself, what its tests keep, and one text of each kind.

use cardflow::adapters::rhai::RhaiOptions;
use cardflow::adapters::toml::TomlOptions;
use cardflow::cards::Cards;
use cardflow::domain::KeyUse;
use cardflow::domain::{Answer, CertificateState, RevocationReason};
use cardflow::ports::{CertificateAuthority, IssueRequest, OptionLanguage, Signer};
use cardflow::values::Millis;

use super::office::now;
use super::pki::{AUTHORITY, key};
use super::stored::FORMS;
use super::{answers, cursors, evidence, law, policies, published, templates, webhook};

const GOLDEN: &str = include_str!("../../tests/golden/0.1.0.txt");
const EVIDENCE: &str = include_str!("../../tests/data/evidence-0.1.0.txt");

/// What the corpus of a target begins with.
#[must_use]
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "authority_answer" => answers::seeds(),
        "certificate_pem" => certificates(),
        "cursors" => cursors::seeds(),
        "evidence" => evidence::seeds().into_iter().chain(kept_evidence()).collect(),
        "holder_csv" => holders(),
        "ocsp_request" => published::request_seeds(),
        "options" => options(),
        "policies" => policies::seeds(),
        "published" => published::seeds(),
        "stored" => stored(),
        "templates" => templates::seeds(),
        "webhook" => webhook::seeds(),
        other => panic!("{other} is no target"),
    }
}

fn with(which: usize, bytes: &[u8]) -> Vec<u8> {
    [&[which as u8], bytes].concat()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    digits.filter_map(|it| u8::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok()).collect()
}

/// Every stored form that a release has written, each of the short ones of its kind, and as a row.
fn stored() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (which, form) in FORMS.iter().enumerate() {
        let word = form.rsplit(' ').next().unwrap_or(form);
        let word = if word == "out" { "request" } else { word };
        let mut all: Vec<_> =
            GOLDEN.lines().filter_map(|it| it.strip_prefix(word)?.strip_prefix(' ')).map(bytes).collect();
        all.sort_by_key(Vec::len);
        all.dedup();
        let step = (all.len() / 8).max(1);
        seeds.extend(all.iter().step_by(step).map(|it| with(which, it)));
    }
    let answers = [
        Answer::Told,
        Answer::Authority {
            state: CertificateState::Revoked,
            reason: Some(RevocationReason::KeyCompromise),
            since: Some(now()),
            held_before: false,
        },
        Answer::Published { state: CertificateState::OnHold, since: now(), as_of: now() },
    ];
    seeds.extend(answers.iter().map(|it| with(9, &it.to_bytes().expect("a form"))));
    seeds.extend(EVIDENCE.lines().filter(|it| it.len() > 64 && !it.starts_with('{')).map(|it| with(13, &bytes(it))));
    seeds
}

fn kept_evidence() -> impl Iterator<Item = Vec<u8>> {
    let json = EVIDENCE.lines().filter(|it| it.starts_with('{'));
    json.map(|it| with(usize::from(it.contains("\"checkpoint\"")), it.as_bytes()))
}

fn options() -> Vec<Vec<u8>> {
    let shipped = |language: &dyn OptionLanguage<Cards>| language.shipped();
    let toml = [
        shipped(&TomlOptions),
        "CardsDeactivationApproval = true\nCardsReasons = [\"lost\", \"stolen\"]\n".to_owned(),
        "CardsUnholdable = \"refse\"\nCardsDeactivationLimit = 0x10".to_owned(),
        "[a.b]\nx = 1979-05-27T07:32:00Z\ny = { z = 1.5e3 }\n".to_owned(),
    ];
    let script = [
        shipped(&RhaiOptions),
        "let CardsDeactivationApproval = card.kind == \"contractor\";\n\
         let CardsDeactivationLimit = if \"Helpdesk\" in actor.roles { 5 } else { 50 };"
            .to_owned(),
        "let CardsReasons = [\"lost\", to_upper(\"stolen\")]; let CardsDeactivationLimit = (2 + 3) * len(actor.roles);"
            .to_owned(),
        "let CardsDeactivationApproval = switch holder.state { \"active\" => true, _ => holder.department.is_empty() };"
            .to_owned(),
    ];
    toml.iter().map(|it| with(0, it.as_bytes())).chain(script.iter().map(|it| with(1, it.as_bytes()))).collect()
}

fn holders() -> Vec<Vec<u8>> {
    let all = "person,name,mail,unit,account,person_state,card_number,card_kind,valid_from,valid_until,state,doors,accounts,entitlements,locale";
    let rows = [
        "p1,\"Ada \"\"A\"\" E\",a@b.c,Berlin,ada,active,4711 0815,employee,2026-01-01,2031-12-31,active,Gate;Yard,ad:ada,VPN,de-AT\r",
        ",,,,,,1,visitor,2026-01-01,2031-12-31,issued,,,,",
        "p1,,,,,,2,contractor,2026-01-01T00:00:00Z,2026-02-01,inactive,=1+2,,,",
        ",,,Bonn,,,3,temporary,2026-01-01,2031-12-31,,,,,",
    ];
    let mut files: Vec<String> = rows.iter().map(|it| format!("{all}\n{it}\n")).collect();
    files.push(format!("{all}\n{}\n", rows.join("\n")));
    files.push("card_number,card_kind,valid_from,valid_until\n7,employee,2026-01-01,2031-12-31".to_owned());
    files.push(
        "card_number,card_kind\n7,-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcH".to_owned(),
    );
    files.into_iter().map(String::into_bytes).collect()
}

fn certificates() -> Vec<Vec<u8>> {
    let uses: [&[KeyUse]; 2] = [&[KeyUse::Authentication], &[KeyUse::Signature, KeyUse::Encryption]];
    let mut seeds = Vec::new();
    let mut all = String::new();
    for (number, uses) in uses.iter().enumerate() {
        let public_key = key(20 + number as u8).public_key();
        let validity = cardflow::domain::Validity::new(now(), now().plus(Millis::days(300))).expect("in order");
        let request = IssueRequest { common_name: "Ada Example".to_owned(), public_key, validity, uses: uses.to_vec() };
        // Not every use goes with every key.
        let Ok(issued) = law::now(AUTHORITY.issue(&request)) else { continue };
        let pem = cardflow::adapters::x509::certificate_pem(&issued.der).expect("PEM");
        seeds.push(with(0, pem.as_bytes()));
        seeds.push(with(1, &issued.der));
        all.push_str(&format!("subject=Ada\n{pem}\n"));
    }
    seeds.push(with(0, all.as_bytes()));
    seeds.push(with(0, AUTHORITY.certificate_pem().as_bytes()));
    seeds.push(with(1, AUTHORITY.certificate_der()));
    seeds
}
