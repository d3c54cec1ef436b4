//! Certificates from PEM.

use std::error::Error;

use cardflow::adapters::import::{CertificatePem, Limits};
use cardflow::adapters::x509::{KeyAlgorithm, issuer_name};
use cardflow::domain::{
    CauseKind, CertificateContent, CertificateState, End, Head, KeyUse, Object, RelationKind, RelationState,
    RevocationReason,
};
use cardflow::ports::CertificateAuthority;
use cardflow::values::Revision;

use crate::common::now;
use crate::support::{
    CA, authority, card, certificates, day, findings, ids, import_of, issue, issue_to, leaf, ours, patched, pem,
    read_pem, relations,
};

#[tokio::test]
async fn every_fault_of_a_file_says_where_it_is_and_what_was_expected() {
    let good = pem(&leaf(&CA).await.der);
    let lines: Vec<_> = good.lines().collect();
    let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
    let last = lines.len();
    let base64 = lines[1..last - 1].join("\n");
    let faults = [
        (String::new(), format!("block 1, line 1: expected `{begin}` somewhere in the file")),
        ("some text\n".to_owned(), format!("block 1, line 1: expected `{begin}` somewhere in the file")),
        (
            format!("{good}\n-----BEGIN CERTIFICATE----\n"),
            format!("block 2, line {}: expected `{begin}` as the whole line", last + 2),
        ),
        (format!("{good}{end}\n"), format!("block 2, line {}: expected `{begin}` before this line", last + 1)),
        (
            format!("# one\n{begin}\n{base64}\n"),
            format!("block 1, line 2: expected `{end}` after this line, before the end of the file"),
        ),
        (format!("{begin}\n{good}"), format!("block 1, line 2: expected `{end}`, since a block is open")),
        (
            format!("{begin}\n{base64}\n-----END CRL-----\n"),
            format!("block 1, line {last}: expected `{end}`, since a block is open"),
        ),
        (
            format!("{good}{begin}\nProc-Type: 4,ENCRYPTED\n{base64}\n{end}\n"),
            format!("block 2, line {}: expected only letters of base64 until `{end}`", last + 2),
        ),
        (
            format!("{begin}\n{end}\n"),
            "block 1, line 1: expected base64 that is whole, with `=` at its end alone".to_owned(),
        ),
        (
            format!("{begin}\nAAA\n{end}\n"),
            "block 1, line 1: expected base64 that is whole, with `=` at its end alone".to_owned(),
        ),
        (
            format!("{begin}\nAA==AAAA\n{end}\n"),
            "block 1, line 1: expected base64 that is whole, with `=` at its end alone".to_owned(),
        ),
        (
            good.replace("CERTIFICATE", "X509 CRL"),
            "block 1, line 1: a block of `X509 CRL` is not read; give blocks of `CERTIFICATE` only".to_owned(),
        ),
        (
            format!("{begin}\nAAAA\n{end}\n"),
            "block 1, line 1: expected a certificate in DER, as RFC 5280 defines it".to_owned(),
        ),
        (
            format!("{good}{begin}\nMAA=\n{end}\n"),
            format!("block 2, line {}: expected a certificate in DER, as RFC 5280 defines it", last + 1),
        ),
        (
            CA.certificate_pem().to_owned(),
            "block 1, line 1: expected a certificate of a card; this is one of an authority, leave it out".to_owned(),
        ),
    ];
    let card = card("active");
    for (file, expected) in faults {
        assert_eq!(read_pem(&card, &file).unwrap_err().to_string(), expected, "{file}");
    }
    assert_eq!(
        read_pem(&card, leaf(&CA).await.der).unwrap_err().to_string(),
        "line 1, character 2: expected text in UTF-8; save the file as UTF-8, a certificate as PEM"
    );
}

#[tokio::test]
async fn every_limit_has_an_error_of_its_own() {
    let card = card("active");
    let (first, second) = (leaf(&CA).await.der, leaf(&CA).await.der);
    let file = pem(&first) + pem(&second).as_str();
    let size = first.len();
    let lines = pem(&first).lines().count();
    let read = |limits, file: &str| CertificatePem::on(&card, &[]).limits(limits).read(file, now(), &mut ids(2));
    let limits = [
        (
            Limits { bytes: 10, ..Limits::default() },
            format!("the file has {} bytes and the limit is 10; split it, or raise the limit", file.len()),
        ),
        (
            Limits { certificates: 1, ..Limits::default() },
            format!(
                "block 2, line {}: the file has more than 1 certificates; give those of one card only, or raise the \
                 limit",
                lines + 1
            ),
        ),
        (
            Limits { der_bytes: size - 1, ..Limits::default() },
            format!(
                "block 1, line 1: the certificate has {size} bytes and the limit is {}; check that it is one",
                size - 1
            ),
        ),
        (
            Limits { der_depth: 4, ..Limits::default() },
            "block 1, line 1: values of the certificate lie more than 4 deep in one another; check that it is one"
                .to_owned(),
        ),
    ];
    for (limits, expected) in limits {
        assert_eq!(read(limits, &file).unwrap_err().to_string(), expected);
    }
    let enough = Limits { bytes: file.len(), certificates: 2, der_bytes: size + 2, der_depth: 5, ..Limits::default() };
    assert_eq!(certificates(&read(enough, &file).unwrap()).len(), 2);

    // Fifteen thousand sequences in one another: refused by their depth, and without a stack that overflows.
    let mut nested = vec![];
    while nested.len() < 60_000 {
        let [high, low] = u16::try_from(nested.len()).unwrap().to_be_bytes();
        let header = match (high, low) {
            (0, 0..0x80) => vec![0x30, low],
            (0, _) => vec![0x30, 0x81, low],
            (_, _) => vec![0x30, 0x82, high, low],
        };
        nested.splice(0..0, header);
    }
    let nested = pem(&nested);
    assert!(read(Limits::default(), &nested).unwrap_err().to_string().contains("more than 32 deep"));
}

#[tokio::test]
async fn a_certificate_comes_in_as_it_is() {
    let card = card("active");
    let issued = leaf(&CA).await;
    let file = format!("Bag Attributes: none\n{}\nthe end\n", pem(&issued.der).replace('\n', " \r\n"));
    let import = CertificatePem::on(&card, &ours(&CA)).read(file, now(), &mut ids(2)).unwrap();
    let [Object::Certificate(certificate), Object::Relation(carries)] = import.objects() else { panic!("{import:?}") };
    assert_eq!((certificate.issuer(), certificate.serial()), (&CA.issuer(), &issued.serial));
    assert_eq!(certificate.issuer(), &issuer_name(&issued.der).unwrap());
    assert_eq!((certificate.validity().from(), certificate.validity().until()), (day(-1), day(365)));
    assert_eq!((certificate.wanted(), certificate.confirmed()), (CertificateState::Valid, None));
    assert_eq!(certificate.content(), &CertificateContent::Der(issued.der));
    assert_eq!((certificate.home(), carries.home()), (card.home(), card.home()));
    assert_eq!((carries.kind(), carries.state()), (RelationKind::Carries, Some(RelationState::Active)));
    assert_eq!((carries.from(), carries.to()), (card.at(), &End::Object(certificate.at())));
    assert!(import.findings().is_empty());
}

#[tokio::test]
async fn key_uses_are_those_that_the_authority_wrote() {
    let card = card("active");
    for key in [KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048] {
        for bits in 1..8 {
            let uses: Vec<_> =
                KeyUse::ALL.iter().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, it)| *it).collect();
            let issued = issue_to(&CA, key, &uses, -1, 365).await;
            let import = read_pem(&card, pem(&issued.der)).unwrap();
            assert_eq!(certificates(&import)[0].uses().iter().copied().collect::<Vec<_>>(), uses, "{key}");
        }
    }
}

/// The extension bytes of `digitalSignature` + client authentication, changed to what other authorities write.
#[tokio::test]
async fn key_uses_of_other_authorities_are_understood() {
    let card = card("active");
    let der = leaf(&CA).await.der;
    let (bits, client) = ([0x03, 0x02, 0x07, 0x80], [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02]);
    let purpose = |last| [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, last];
    let cases = [
        ("signs mail without contentCommitment", [0x03, 0x02, 0x07, 0x80], purpose(4), vec![KeyUse::Signature]),
        ("signs documents", [0x03, 0x02, 0x07, 0x80], purpose(36), vec![KeyUse::Signature]),
        ("commits, for any purpose", [0x03, 0x02, 0x06, 0x40], purpose(2), vec![KeyUse::Signature]),
        ("encrypts mail", [0x03, 0x02, 0x05, 0x20], purpose(4), vec![KeyUse::Encryption]),
        ("keyEncipherment of a TLS client", [0x03, 0x02, 0x05, 0xa0], purpose(2), vec![KeyUse::Authentication]),
    ];
    for (name, usage, purpose, uses) in cases {
        let der = patched(&patched(&der, &bits, &usage), &client, &purpose);
        let import = read_pem(&card, pem(&der)).unwrap();
        assert_eq!(certificates(&import)[0].uses().iter().copied().collect::<Vec<_>>(), uses, "{name}");
    }
    let none = patched(&der, &client, &purpose(8));
    assert_eq!(
        read_pem(&card, pem(&none)).unwrap_err().to_string(),
        "block 1, line 1: key uses: `` is not accepted; expected at least one of authentication, signature, encryption"
    );
}

#[tokio::test]
async fn serial_numbers_are_positive() {
    let card = card("active");
    let issued = leaf(&CA).await;
    let serial = issued.serial.as_bytes();
    let with = |first: [u8; 2]| patched(&issued.der, serial, &[&first, &serial[2..]].concat());
    assert_eq!(
        read_pem(&card, pem(&with([0x80, 1]))).unwrap_err().to_string(),
        "block 1, line 1: expected a positive serial number (RFC 5280, section 4.1.2.2)"
    );
    let import = read_pem(&card, pem(&with([0, 0x80]))).unwrap();
    assert_eq!(certificates(&import)[0].serial().as_bytes(), [&[0x80], &serial[2..]].concat());
}

#[tokio::test]
async fn what_our_issuer_did_not_sign_is_refused() {
    let card = card("active");
    let (mine, forged) = (leaf(&CA).await, leaf(&authority()).await);
    let file = pem(&mine.der) + pem(&forged.der).as_str();
    let error = CertificatePem::on(&card, &ours(&CA)).read(&file, now(), &mut ids(2)).unwrap_err();
    let line = pem(&mine.der).lines().count() + 1;
    let expected = format!(
        "block 2, line {line}: the certificate names our issuer `{}` and does not verify; find out where it comes from",
        CA.issuer()
    );
    assert_eq!(error.to_string(), expected);
    let why = error.source().unwrap().to_string();
    assert!(why.contains("it names this issuer, but another key signed it"), "{why}");
    // Where the issuer is not registered, it is an external one.
    assert_eq!(certificates(&read_pem(&card, file).unwrap()).len(), 2);
}

#[tokio::test]
async fn two_certificates_of_one_number_are_refused() {
    let import = import_of(&[("p1", "active")]);
    let card = import.cards().next().unwrap();
    let issued = leaf(&CA).await;
    let mut other = issued.der.clone();
    *other.last_mut().unwrap() ^= 1;
    let (one, two) = (pem(&issued.der), pem(&other));
    let line = one.lines().count() + 1;
    let taken =
        format!("`{}` has another certificate {}; find out which of the two is true", CA.issuer(), issued.serial);

    let error = read_pem(card, one.clone() + two.as_str()).unwrap_err();
    assert_eq!(error.to_string(), format!("block 2, line {line}: {taken}"));
    let first = read_pem(card, one).unwrap();
    let error = CertificatePem::on(card, &[]).among(first.objects()).read(two, now(), &mut ids(3)).unwrap_err();
    assert_eq!(error.to_string(), format!("block 1, line 1: {taken}"));
}

#[tokio::test]
async fn a_certificate_of_several_cards_comes_in_once() {
    let file = pem(&issue(&CA, &[KeyUse::Encryption], -1, 365).await.der);
    let mut import = import_of(&[("p1", "active"), ("p1", "active"), ("", "inactive")]);
    let cards: Vec<_> = import.cards().cloned().collect();
    let [first, others @ ..] = &cards[..] else { panic!("{cards:?}") };
    import.add(read_pem(first, &file).unwrap());
    for (n, other) in others.iter().enumerate() {
        let reader = CertificatePem::on(other, &[]);
        let reader = if n == 1 { reader.on_hold() } else { reader };
        let read = reader.among(import.objects()).read(file.clone() + file.as_str(), now(), &mut ids(4)).unwrap();
        assert_eq!(relations(&read).len(), 1);
        assert_eq!(
            findings(&read),
            [format!("block 2, line {}: the card carries this certificate already", file.lines().count() + 1)]
        );
        import.add(read);
    }
    let [certificate] = certificates(&import)[..] else { panic!("{import:?}") };
    assert_eq!(certificate.home(), first.home());
    assert_eq!(certificate.cards_elsewhere().collect::<Vec<_>>(), [others[1].at()]);
    // The last card found it on hold, on its own account.
    assert_eq!(certificate.wanted(), CertificateState::OnHold);
    assert_eq!(certificate.holds().iter().map(|it| it.cause().origin).collect::<Vec<_>>(), [others[1].at()]);
    let carriers: Vec<_> = relations(&import)
        .into_iter()
        .filter(|it| it.kind() == RelationKind::Carries && it.to() == &End::Object(certificate.at()))
        .map(|it| (it.from(), it.state()))
        .collect();
    let (active, inactive) = (Some(RelationState::Active), Some(RelationState::Inactive));
    assert_eq!(carriers, [(first.at(), active), (others[0].at(), active), (others[1].at(), inactive)]);
}

#[tokio::test]
async fn what_is_stored_is_not_changed() {
    let cards: Vec<_> = import_of(&[("p1", "active"), ("p1", "inactive"), ("", "active")]).cards().cloned().collect();
    let [first, same_home, elsewhere] = &cards[..] else { panic!("{cards:?}") };
    let issued = leaf(&CA).await;
    let file = pem(&issued.der);
    let objects: Vec<_> = read_pem(first, &file)
        .unwrap()
        .objects()
        .iter()
        .map(|it| it.clone().with_head(Head::new(it.tenant(), it.home(), Revision::new(3))))
        .collect();

    let import = CertificatePem::on(same_home, &[]).among(&objects).on_hold().read(&file, now(), &mut ids(3)).unwrap();
    assert!(matches!(import.objects(), [Object::Relation(_)]), "{import:?}");
    assert_eq!(
        findings(&import),
        [
            "block 1, line 1: the store has it otherwise, and keeps what it has",
            "block 1, line 1: this breaks the rule `no usable certificate on a card out of use`",
        ]
    );
    let error = CertificatePem::on(elsewhere, &[]).among(&objects).read(&file, now(), &mut ids(3)).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "block 1, line 1: certificate {} of `{}` is stored with a card of another holder; import both together",
            issued.serial,
            CA.issuer()
        )
    );
}

#[tokio::test]
async fn an_expired_certificate_comes_in_as_expired() {
    let file = pem(&issue(&CA, &[KeyUse::Signature], -30, -1).await.der);
    for state in ["active", "inactive"] {
        let card = card(state);
        let import = CertificatePem::on(&card, &ours(&CA)).on_hold().read(&file, now(), &mut ids(2)).unwrap();
        let [certificate] = certificates(&import)[..] else { panic!("{import:?}") };
        assert_eq!((certificate.wanted(), certificate.holds()), (CertificateState::Expired, &[][..]));
        assert_eq!(
            findings(&import),
            ["block 1, line 1: the certificate ended at 2026-11-22T10:00:00Z and comes in as expired"]
        );
    }
}

#[tokio::test]
async fn on_a_card_out_of_use_it_is_on_hold_or_a_finding() {
    let file = pem(&leaf(&CA).await.der);
    for state in ["inactive", "locked"] {
        let card = card(state);
        let ours = ours(&CA);
        let reader = CertificatePem::on(&card, &ours);
        let import = reader.read(&file, now(), &mut ids(2)).unwrap();
        assert_eq!(
            findings(&import),
            ["block 1, line 1: this breaks the rule `no usable certificate on a card out of use`"]
        );
        assert_eq!(import.findings()[0].object, certificates(&import)[0].at());
        assert_eq!(certificates(&import)[0].wanted(), CertificateState::Valid);
        assert_eq!(relations(&import)[0].state(), Some(RelationState::Inactive));

        let import = reader.on_hold().read(&file, now(), &mut ids(2)).unwrap();
        assert!(import.findings().is_empty(), "{:?}", import.findings());
        let certificate = certificates(&import)[0];
        let on_hold = CertificateState::OnHold;
        assert_eq!((certificate.wanted(), certificate.confirmed()), (on_hold, Some(on_hold)));
        assert_eq!(certificate.reason(), Some(RevocationReason::CertificateHold));
        let [hold] = certificate.holds() else { panic!("{certificate:?}") };
        assert_eq!((hold.cause().kind, hold.cause().origin), (CauseKind::Imported, card.at()));
    }
}
