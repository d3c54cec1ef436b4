//! Holders and cards from CSV, certificates from PEM and DER.

use std::sync::LazyLock;

use cardflow::adapters::import::{CertificatePem, HolderCsv, Import, ImportError, Limits};
use cardflow::cards::{object_of, record_of};
use cardflow::domain::{Card, CertificateContent, Dossier, Object};
use cardflow::engine::Record;
use cardflow::testing::scene::an_active_card;
use cardflow::values::{Ids, Seed};
use der::pem::LineEnding;

use super::law::{choice, error, one_line};
use super::office::{TENANT, now};

/// Small ones, so that short files meet them.
const LIMITS: Limits =
    Limits { bytes: 16 * 1024, rows: 40, field: 200, certificates: 4, der_bytes: 4096, der_depth: 16 };

static CARD: LazyLock<Card> =
    LazyLock::new(|| an_active_card().dossier().subject_card().expect("the subject is a card").clone());

fn ids() -> Ids {
    Ids::new(now(), Seed::from_number(1))
}

/// A file of holders and cards.
pub fn holder_csv(data: &[u8]) {
    let read = |file: &[u8]| HolderCsv::new(TENANT).limits(LIMITS).read(file, now(), &mut ids());
    let came = read(data);
    holds_limits(data, &came);
    let Ok(import) = came else { return };
    let lines = data.split(|it| *it == b'\n').count();
    assert!(import.cards().count() <= LIMITS.rows);
    assert!(import.findings().iter().all(|it| (1..=lines).contains(&it.place.line())));
    let mut numbers: Vec<String> = import.cards().map(|it| it.number().plain()).collect();
    numbers.sort();
    assert!(numbers.windows(2).all(|it| it[0] != it[1]), "a number twice: {numbers:?}");
    for card in import.cards() {
        let shown = card.number().to_string();
        assert_eq!(shown.parse().as_ref(), Ok(card.number()), "a number is read as it is shown");
    }
    is_stored_as_it_is(&import);
    // How a file says where it ends and in what it is written changes nothing of what it says.
    let same = |file: Vec<u8>| {
        if file.len() <= LIMITS.bytes {
            assert_eq!(read(&file).expect("the same file"), import);
        }
    };
    same([data, b"\n"].concat());
    same([data, b"\r\n,,\n\n"].concat());
    if !data.starts_with(b"\xef\xbb\xbf") {
        same([b"\xef\xbb\xbf", data].concat());
    }
}

/// A file of certificates, or, by the first byte, one certificate in DER.
pub fn certificate_pem(data: &[u8]) {
    let (which, rest) = choice(data);
    let wrapped;
    let file = match which % 2 {
        0 => rest,
        _ => {
            wrapped = der::pem::encode_string("CERTIFICATE", LineEnding::LF, rest).expect("PEM of any bytes");
            wrapped.as_bytes()
        }
    };
    let read =
        |around: &[Object]| CertificatePem::on(&CARD, &[]).among(around).limits(LIMITS).read(file, now(), &mut ids());
    let came = read(&[]);
    holds_limits(file, &came);
    let Ok(import) = came else { return };
    let certificates = import.objects().iter().filter_map(|it| match it {
        Object::Certificate(it) => Some(it),
        _ => None,
    });
    assert!((1..=LIMITS.certificates).contains(&certificates.clone().count()));
    for certificate in certificates {
        let CertificateContent::Der(der) = certificate.content() else { panic!("{:?}", certificate.content()) };
        assert!(der.len() <= LIMITS.der_bytes);
        assert!(which % 2 == 0 || der == rest, "the content is what was given");
        let (issuer, serial) = (certificate.issuer(), certificate.serial());
        one_line(issuer.as_str());
        assert_eq!(issuer.as_str().parse().as_ref(), Ok(issuer));
        assert_eq!(serial.to_string().parse().as_ref(), Ok(serial));
        assert!(certificate.validity().from() <= certificate.validity().until());
    }
    is_stored_as_it_is(&import);
    let second = read(import.objects()).expect("what is there already is no fault");
    assert_eq!(second.objects(), [], "the same file brings nothing in again");
}

/// A refusal is one line without anything of a private key, and what is larger than a limit is refused.
fn holds_limits(file: &[u8], came: &Result<Import, ImportError>) {
    if let Ok(import) = came {
        import.findings().iter().for_each(|it| one_line(&it.to_string()));
    }
    if let Err(why) = came {
        error(why);
    }
    if file.len() > LIMITS.bytes {
        assert!(matches!(came, Err(ImportError::TooManyBytes { .. })));
    } else if std::str::from_utf8(file).is_ok_and(|it| it.contains("PRIVATE KEY")) {
        assert!(matches!(came, Err(ImportError::PrivateKey { .. })), "a private key was looked at");
    }
}

fn is_stored_as_it_is(import: &Import) {
    for object in import.objects() {
        let dossier = Dossier::new(object.at(), import.objects().iter().cloned());
        let record = record_of(object, &dossier).expect("what comes in has a stored form");
        let read = object_of(&Record { revision: object.revision(), ..record }).expect("what is stored is read");
        assert_eq!(read, *object);
    }
}
