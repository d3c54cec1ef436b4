//! Active, held, released, held, revoked: after each step all judges agree, on complete CRLs and on delta CRLs over every
//! complete CRL that they may be added to.

use std::fs;
use std::path::Path;

use cardflow::adapters::x509::{CompleteCrl, DeltaCrl, KeyAlgorithm, X509Authority};
use cardflow::domain::AuthorityAction::{self, Hold, Release, Revoke};
use cardflow::domain::RevocationReason::{self, KeyCompromise};
use cardflow::ports::IssuedCertificate;
use webpki::{BorrowedCertRevocationList, Error};

use crate::support::{KEYS, authority, change, distribution, hour, leaf, memory, pem};
use crate::{openssl, pkilint, webpki as judge};

/// What is done, whether the certificate is good after it, and what OpenSSL shows on a delta CRL.
const STEPS: [(Option<AuthorityAction>, bool, &str); 5] = [
    (None, true, "No Revoked Certificates"),
    (Some(Hold), false, "Certificate Hold"),
    (Some(Release), true, "Remove From CRL"),
    (Some(Hold), false, "Certificate Hold"),
    (Some(Revoke(KeyCompromise)), false, "Key Compromise"),
];

struct Told {
    authority: X509Authority,
    leaf: IssuedCertificate,
    /// The lists after each step; a delta CRL wherever there is a base.
    lists: Vec<(CompleteCrl, Option<DeltaCrl>)>,
}

/// Goes all the way; the complete CRL after step `base` is the one that is published.
async fn told(algorithm: KeyAlgorithm, bound: bool, base: usize) -> Told {
    let addresses = if bound { distribution().with_lists_bound_to_it() } else { distribution() };
    let authority = authority(algorithm, memory()).with_distribution(addresses);
    let leaf = leaf(&authority).await;
    let mut lists = Vec::new();
    for (step, (action, ..)) in STEPS.iter().enumerate() {
        let at = hour(step as i64 + 1);
        if let Some(action) = action {
            change(&authority, &leaf.serial, *action, at).await.unwrap();
        }
        let delta = if step > base { Some(authority.delta_crl(at).await.unwrap()) } else { None };
        let complete = authority.crl(at).await.unwrap();
        if step == base {
            authority.published(&complete).await.unwrap();
        }
        lists.push((complete, delta));
    }
    Told { authority, leaf, lists }
}

fn write(folder: &Path, told: &Told) {
    fs::write(folder.join("ca.pem"), told.authority.certificate_pem()).unwrap();
    fs::write(folder.join("leaf.pem"), pem("CERTIFICATE", &told.leaf.der)).unwrap();
}

fn verdict(good: bool) -> &'static str {
    if good { "leaf.pem: OK" } else { "error 23" }
}

#[tokio::test]
async fn openssl_agrees_after_every_step_with_every_base() {
    if !openssl::is_there() {
        return;
    }
    let mut cases = 0;
    for algorithm in KEYS {
        for (bound, base) in [false, true].into_iter().flat_map(|it| (0..STEPS.len()).map(move |base| (it, base))) {
            let folder = tempfile::tempdir().unwrap();
            let told = told(algorithm, bound, base).await;
            write(folder.path(), &told);
            // The root itself names no address, so that lists that are bound to one do not judge it.
            let checked = if bound { "-crl_check" } else { "-crl_check_all" };
            for (step, (complete, delta)) in told.lists.iter().enumerate() {
                let (now, (_, good, shown)) = (hour(step as i64 + 1), &STEPS[step]);
                let case = format!("{algorithm}, bound: {bound}, base {base}, step {step}");
                let judged = |lists: String, options: &[&str]| {
                    fs::write(folder.path().join("lists.pem"), lists).unwrap();
                    openssl::verify_with(folder.path(), now, &[&["-CRLfile", "lists.pem", checked], options].concat())
                };
                let said = judged(complete.pem().unwrap(), &[]);
                assert!(said.contains(verdict(*good)), "{case}: {said}");
                cases += 1;
                let Some(delta) = delta else { continue };
                // Any complete list from the base on, which all lie behind this delta CRL.
                for (earlier, (old, _)) in told.lists[base..step].iter().enumerate() {
                    let both = [old.pem().unwrap(), delta.pem().unwrap()].concat();
                    let said = judged(both, &["-extended_crl", "-use_deltas"]);
                    assert!(said.contains(verdict(*good)), "{case} over step {}: {said}", base + earlier);
                    // Without the delta it sees what was.
                    let said = judged(old.pem().unwrap(), &["-extended_crl", "-use_deltas"]);
                    assert!(said.contains(verdict(STEPS[base + earlier].1)), "{case} without: {said}");
                    cases += 2;
                }
                fs::write(folder.path().join("delta.crl"), &delta.der).unwrap();
                let options = ["crl", "-inform", "DER", "-in", "delta.crl", "-noout", "-text", "-CAfile", "ca.pem"];
                let text = openssl::text(&openssl::openssl(folder.path(), &options));
                for shown in ["verify OK", "Delta CRL Indicator: critical", *shown] {
                    assert!(text.contains(shown), "{case}: {shown} is missing in {text}");
                }
            }
        }
    }
    eprintln!("{cases} verdicts of openssl");
}

#[tokio::test]
async fn webpki_agrees_after_every_step_and_takes_no_delta_for_complete() {
    for (algorithm, bound) in KEYS.into_iter().flat_map(|it| [(it, false), (it, true)]) {
        let told = told(algorithm, bound, 0).await;
        for (step, (complete, delta)) in told.lists.iter().enumerate() {
            let expected = if STEPS[step].1 { Ok(()) } else { Err(Error::CertRevoked) };
            let said = judge::judge(&told.authority, &told.leaf.der, complete, hour(step as i64 + 1));
            assert_eq!(said, expected, "{algorithm}, bound: {bound}, step {step}");
            if let Some(delta) = delta {
                let refused = BorrowedCertRevocationList::from_der(&delta.der).err();
                assert!(matches!(refused, Some(Error::UnsupportedDeltaCrl)), "{refused:?}");
            }
        }
    }
}

#[tokio::test]
async fn pkilint_finds_nothing_but_the_holds_and_their_end() {
    if pkilint::python().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut names, mut expected) = (Vec::new(), Vec::new());
    for (algorithm, bound) in KEYS.into_iter().flat_map(|it| [(it, false), (it, true)]) {
        let told = told(algorithm, bound, 0).await;
        for (step, (complete, delta)) in told.lists.iter().enumerate() {
            let lists = [("complete", Some(&complete.der)), ("delta", delta.as_ref().map(|it| &it.der))];
            for (kind, der) in lists.into_iter().filter_map(|(kind, der)| Some((kind, der?))) {
                let name = format!("{kind}-{algorithm}-{bound}-{step}.crl");
                fs::write(folder.path().join(&name), der).unwrap();
                names.push(name);
                // By the rules of the CA/Browser Forum nothing is held, so nothing is taken from a list either.
                expected.push(match STEPS[step].0 {
                    Some(Hold) => Some("certificateHold"),
                    Some(Release) if kind == "delta" => Some("removeFromCRL"),
                    _ => None,
                });
            }
        }
    }
    let findings = pkilint::lint(folder.path(), &names).unwrap();
    for (found, reason) in findings.chunks(2).zip(expected) {
        assert_eq!(found[0].count, 0, "{:?}", found[0]);
        assert_eq!(found[1].count, usize::from(reason.is_some()), "{:?}", found[1]);
        assert!(reason.is_none_or(|it| found[1].said.contains(it)), "{:?}", found[1]);
    }
    eprintln!("{} lists, each by two profiles of pkilint", names.len());
}

#[tokio::test]
async fn pkilint_finds_each_hold_once() {
    if pkilint::python().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let authority = authority(KEYS[0], memory()).with_distribution(distribution());
    authority.published(&authority.crl(hour(0)).await.unwrap()).await.unwrap();
    let reasons = RevocationReason::ALL.iter().filter(|it| it.is_permanent() && **it != RevocationReason::Unspecified);
    for reason in reasons.filter(|it| !matches!(it, RevocationReason::CaCompromise | RevocationReason::AaCompromise)) {
        change(&authority, &leaf(&authority).await.serial, Revoke(*reason), hour(1)).await.unwrap();
    }
    for _ in 0..7 {
        change(&authority, &leaf(&authority).await.serial, Hold, hour(1)).await.unwrap();
    }
    fs::write(folder.path().join("complete.crl"), authority.crl(hour(2)).await.unwrap().der).unwrap();
    fs::write(folder.path().join("delta.crl"), authority.delta_crl(hour(3)).await.unwrap().der).unwrap();
    let names = ["complete.crl", "delta.crl"].map(str::to_owned);
    for found in pkilint::lint(folder.path(), &names).unwrap() {
        assert_eq!(found.count, if found.profile == "BR" { 7 } else { 0 }, "{found:?}");
    }
}
