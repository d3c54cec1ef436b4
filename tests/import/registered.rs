//! From files to cards that are found, deactivated and reactivated.

use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::adapters::import::{CertificatePem, HolderCsv};
use cardflow::adapters::memory::{ManualClock, MemoryStorage, SequentialIds};
use cardflow::adapters::x509::X509Authority;
use cardflow::cards::{ADMINISTRATOR, OPERATOR, SCHEMA, package};
use cardflow::domain::{AuthorityAction, CardState, CertificateState, Dossier, KeyUse, Object, RelationState};
use cardflow::engine::Component;
use cardflow::ports::{AuthorityOrder, CertificateAuthority, Principal, Search, StorageError};
use cardflow::runtime::Error;
use cardflow::values::{Answers, EffectId, ObjectRef};

use crate::common::{TENANT, now, principal, staff};
use crate::support::{HEADER, authority, ids, import_of, issue, ours, pem, read_csv, read_rows};

const STORY: &str = include_str!("../../examples/deactivate_card/data/holders.csv");

struct Site {
    cards: Cardflow,
    authority: Arc<X509Authority>,
    operator: Principal,
    administrator: Principal,
}

impl Site {
    async fn open() -> Site {
        let authority = authority();
        let cards = Cardflow::builder(MemoryStorage::new(&SCHEMA))
            .processes(package().unwrap())
            .certificate_authority(authority.clone())
            .clock(Arc::new(ManualClock::at(now())))
            .ids(Arc::new(SequentialIds::from(1000)))
            .build()
            .unwrap();
        let mut ids = ids(9);
        let people = [staff(&mut ids, "Olga", "olga", OPERATOR), staff(&mut ids, "Adam", "adam", ADMINISTRATOR)];
        cards.install(TENANT, &people).await.unwrap();
        Site {
            cards,
            authority,
            operator: principal("olga", Component::Operator),
            administrator: principal("adam", Component::Administrator),
        }
    }

    async fn register(&self, objects: &[Object]) -> Result<usize, Error<cardflow::cards::Cards>> {
        self.cards.register(&self.administrator, objects).await
    }

    async fn find(&self, number: &str) -> Option<ObjectRef> {
        self.cards.search(&self.operator, Search::cards().number(number)).await.unwrap().items.first().map(|it| it.id)
    }

    async fn dossier(&self, number: &str) -> Dossier {
        let card = self.find(number).await.unwrap();
        self.cards.open(&self.operator, card).await.unwrap().dossier
    }

    async fn run(&self, process: &str, number: &str) {
        let card = self.find(number).await.unwrap();
        self.cards.run(&self.operator, process, card, Answers::none()).await.unwrap();
        assert_eq!(self.cards.deliver(100).await.unwrap().failed, 0);
    }

    /// The state of the card, of its certificates as wanted, confirmed and at the authority, and of its relations.
    async fn assert_all(&self, number: &str, card: CardState, certificate: CertificateState, relation: RelationState) {
        let dossier = self.dossier(number).await;
        assert_eq!(dossier.subject_card().unwrap().state(), card);
        assert!(dossier.certificates_of(dossier.subject()).count() > 0);
        for it in dossier.certificates_of(dossier.subject()) {
            assert_eq!(it.wanted(), certificate);
            assert!(!it.is_unconfirmed());
            assert_eq!(self.authority.status(it.serial()).await.unwrap().state, certificate);
        }
        assert!(dossier.relations_of(dossier.subject()).all(|it| it.state() == Some(relation)));
        let held = dossier.objects().any(|it| !it.holds().is_empty());
        assert_eq!(held, card == CardState::Inactive);
    }
}

#[tokio::test]
async fn cards_are_found_deactivated_and_reactivated() {
    let site = Site::open().await;
    let mut import = read_csv(STORY).unwrap();
    for card in import.cards().cloned().collect::<Vec<_>>() {
        let mut file = String::new();
        for key_use in [KeyUse::Authentication, KeyUse::Encryption] {
            file += &pem(&issue(&site.authority, &[key_use], -1, 365).await.der);
        }
        let authorities = ours(&site.authority);
        let reader = CertificatePem::on(&card, &authorities).among(import.objects());
        let read = reader.read(file, now(), &mut ids(card.id().uuid().as_u128() as u64)).unwrap();
        import.add(read);
    }
    assert!(import.findings().is_empty());
    assert_eq!(site.register(import.objects()).await.unwrap(), import.objects().len());

    let found = site.cards.search(&site.operator, Search::cards().text("ada 4711")).await.unwrap();
    assert_eq!(found.items.len(), 1);
    let dossier = site.dossier("47110815").await;
    assert_eq!(dossier.holder_of(dossier.subject()).unwrap().name(), "Ada Example");
    assert_eq!(dossier.relations_of(dossier.subject()).count(), 1 + 4 + 2);
    assert!(site.dossier("4799 0001").await.holder_of(dossier.subject()).is_none());

    site.assert_all("4711 0815", CardState::Active, CertificateState::Valid, RelationState::Active).await;
    site.run("CardsProcDeactivate", "4711 0815").await;
    site.assert_all("4711 0815", CardState::Inactive, CertificateState::OnHold, RelationState::Inactive).await;
    site.run("CardsProcReactivate", "4711 0815").await;
    site.assert_all("4711 0815", CardState::Active, CertificateState::Valid, RelationState::Active).await;
    assert_eq!(site.dossier("4711 0816").await.subject_card().unwrap().state(), CardState::Active);
}

#[tokio::test]
async fn a_card_that_came_inactive_is_reactivated() {
    let site = Site::open().await;
    let issued = issue(&site.authority, &[KeyUse::Authentication], -1, 365).await;
    let order = AuthorityOrder {
        effect: EffectId::from_uuid(ids(8).fresh()),
        serial: issued.serial.clone(),
        not_after: now(),
        action: AuthorityAction::Hold,
        at: now(),
        since: None,
        invalid_since: None,
        expects: None,
    };
    site.authority.change(&order).await.unwrap();

    let mut import =
        read_rows("p1,Ada Example,,,ada,,1,employee,2026-01-01,2031-12-31,inactive,Gate,ad:ada,VPN\n").unwrap();
    let card = import.cards().next().unwrap().clone();
    let authorities = ours(&site.authority);
    let reader = CertificatePem::on(&card, &authorities).among(import.objects()).on_hold();
    let read = reader.read(pem(&issued.der), now(), &mut ids(2)).unwrap();
    import.add(read);
    assert!(import.findings().is_empty());
    site.register(import.objects()).await.unwrap();

    site.assert_all("1", CardState::Inactive, CertificateState::OnHold, RelationState::Inactive).await;
    site.run("CardsProcReactivate", "1").await;
    site.assert_all("1", CardState::Active, CertificateState::Valid, RelationState::Active).await;
}

#[tokio::test]
async fn a_later_file_adds_to_what_is_there() {
    let site = Site::open().await;
    site.register(read_csv(STORY).unwrap().objects()).await.unwrap();
    let found = site.cards.search(&site.operator, Search::persons().account("ada")).await.unwrap();
    let known =
        found.items.into_iter().filter_map(|it| if let Object::Person(it) = it.object { Some(it) } else { None });
    let later = format!("{HEADER}\nx,,,,ada,,5000,mobile,2026-01-01,2031-12-31,,Gate,,\n");
    let import = HolderCsv::new(TENANT).known(known).read(later, now(), &mut ids(5)).unwrap();
    site.register(import.objects()).await.unwrap();
    let dossier = site.dossier("5000").await;
    let holder = dossier.holder_of(dossier.subject()).unwrap();
    assert_eq!((holder.name(), dossier.cards_of(holder.at()).count()), ("Ada Example", 2));

    // Certificates for a card that is stored, read among what is stored with it.
    let file = pem(&issue(&site.authority, &[KeyUse::Authentication], -1, 365).await.der);
    let authorities = ours(&site.authority);
    for (number, new) in [("5000", 2), ("4711 0815", 1), ("5000", 0)] {
        let dossier = site.dossier(number).await;
        let reader = CertificatePem::on(dossier.subject_card().unwrap(), &authorities).among(dossier.objects());
        let import = reader.read(&file, now(), &mut ids(6 + new)).unwrap();
        assert_eq!(site.register(import.objects()).await.unwrap(), new as usize, "{number}");
    }
    let dossier = site.dossier("5000").await;
    let certificate = dossier.certificates().next().unwrap();
    assert_eq!(dossier.carriers(certificate.at()).count(), 2);
}

#[tokio::test]
async fn what_is_there_already_refuses_the_whole_import() {
    let site = Site::open().await;
    let issued = issue(&site.authority, &[KeyUse::Authentication], -1, 365).await;
    // Cards 1 and 2 in stock, both with a first reading of the same certificate.
    let stock = import_of(&[("", "active"), ("", "active")]);
    let certified: Vec<_> = stock
        .cards()
        .zip(20..)
        .map(|(card, seed)| {
            let read = CertificatePem::on(card, &[]).read(pem(&issued.der), now(), &mut ids(seed)).unwrap();
            [&[Object::Card(card.clone())], read.objects()].concat()
        })
        .collect();
    site.register(&certified[0]).await.unwrap();

    let csv = |number: &str, account: &str| {
        let rows = format!(
            "p1,Ben,,,ben,,2000,employee,2026-01-01,2031-12-31,,,,\n\
             p2,Cem,,,{account},,{number},employee,2026-01-01,2031-12-31,,,,\n"
        );
        HolderCsv::new(TENANT).read(format!("{HEADER}\n{rows}"), now(), &mut ids(30)).unwrap().objects().to_vec()
    };
    let refused = [
        ("number", csv(" 1", "cem")),
        ("account", csv("2001", "olga")),
        ("issuer and serial", [csv("2001", "cem"), certified[1].clone()].concat()),
    ];
    for (what, objects) in refused {
        let error = site.register(&objects).await.unwrap_err();
        assert!(matches!(error, Error::Storage(StorageError::AlreadyExists { key, .. }) if key == what), "{error:?}");
        for number in ["2000", "2001", "2"] {
            assert_eq!(site.find(number).await, None, "{what}");
        }
    }
    site.register(&csv("2001", "cem")).await.unwrap();
}
