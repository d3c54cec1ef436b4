//! An office whose history has something of everything, and a signer.

use std::sync::LazyLock;

use cardflow::adapters::x509::{KeyAlgorithm, Signatures, SoftwareSigner};
use cardflow::engine::evidence::{Checkpoint, Report};
use cardflow::ports::Signer;
use cardflow::runtime::Sealing;
use cardflow::values::{Answers, Millis};

use crate::common::{Office, Store, TENANT};

/// One key for all tests.
pub(crate) fn signer() -> &'static SoftwareSigner {
    static KEY: LazyLock<SoftwareSigner> = LazyLock::new(|| SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
    &KEY
}

pub(crate) fn sealing() -> Sealing<'static> {
    Sealing { signer: signer(), keys: &[], signatures: &Signatures }
}

pub(crate) fn keys() -> Vec<Vec<u8>> {
    vec![signer().public_key()]
}

/// Deactivated with a note, cancelled, brought back, locked, and a form that is still open.
pub(crate) async fn busy(store: &Store) -> Office {
    let office = Office::on(store).await;
    work(&office, 20).await;
    office
}

/// One round of it; each with a number of its own.
pub(crate) async fn work(office: &Office, number: u8) {
    let task = office.start("CardsProcDeactivate").await;
    office.wait(Millis::seconds(1));
    office.cards.cancel(&office.operator, task.id()).await.unwrap();
    let answers = Answers::none().with("reason", "lost").with("note", "left on a train");
    office.cards.run(&office.operator, "CardsProcDeactivate", office.card, answers).await.unwrap();
    office.settle().await;
    office.wait(Millis::seconds(1));
    office.run("CardsProcReactivate").await;
    office.settle().await;
    let (_, other) = office.employ("Ben Beispiel", "Berlin", &format!("48{number}"), number).await;
    office.cards.run(&office.operator, "CardsProcDeactivate", other, Answers::none()).await.unwrap();
    office.wait(Millis::seconds(1));
    office.start("CardsProcLock").await;
}

pub(crate) async fn checkpoint(office: &Office, after: Option<&Checkpoint>) -> Checkpoint {
    office.cards.checkpoint(TENANT, after, signer()).await.unwrap()
}

pub(crate) async fn verify(office: &Office, checkpoints: &[Checkpoint]) -> Report {
    office.cards.verify(&office.auditor, checkpoints, &keys(), &Signatures).await.unwrap()
}

/// What is wrong, in words.
pub(crate) fn faults(report: &Report) -> Vec<String> {
    report.faults().map(ToString::to_string).collect()
}
