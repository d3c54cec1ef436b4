//! The forms in which evidence is kept: what a release has written is read for ever.
//!
//! The file is written anew with `CARDFLOW_BLESS=1`, until the release is out.

use std::collections::BTreeMap;
use std::path::Path;

use cardflow::cards::Cards;
use cardflow::engine::chain::{ChainHead, Draft, link};
use cardflow::engine::evidence::{Checkpoint, Erasure, ReadLine, RecordLine, Trim};
use cardflow::engine::{Actor, Component, Entry, Event};
use cardflow::ports::SignatureAlgorithm;
use cardflow::values::{CommandId, Digest, HomeId, Ids, InstanceId, PersonId, Seed};
use uuid::Uuid;

use crate::common::{TENANT, now};

fn home(n: u128) -> HomeId {
    HomeId::from_uuid(Uuid::from_u128(n))
}

fn checkpoints() -> [Checkpoint; 2] {
    let head = |n: u64| ChainHead { length: n, hash: Digest::of(&n.to_be_bytes()) };
    let signed = |mut it: Checkpoint| {
        it.seal.signature = b"signature".to_vec();
        it
    };
    let key = || (SignatureAlgorithm::EcdsaP256Sha256, b"key".to_vec());
    let grown = BTreeMap::from([(home(1), head(3)), (home(2), head(1))]);
    let first = signed(Checkpoint::draw_up(None, (TENANT, now(), 4), grown, key()).unwrap());
    let grown = BTreeMap::from([(home(2), head(2))]);
    let second = signed(Checkpoint::draw_up(Some(&first), (TENANT, now(), 9), grown, key()).unwrap());
    [first, second]
}

fn entry(event: Event<Cards>) -> Entry<Cards> {
    let actor = Actor {
        person: Some(PersonId::from_uuid(Uuid::from_u128(7))),
        role: "Administrator".to_owned(),
        component: Component::Administrator,
        method: "password".to_owned(),
        ..Actor::worker(now())
    };
    Entry {
        at: now(),
        command: CommandId::from_uuid(Uuid::from_u128(8)),
        actor: actor.mark(),
        run: None,
        rule: "Administrator of everything".to_owned(),
        events: vec![event],
        changes: Vec::new(),
    }
}

fn events() -> [Event<Cards>; 2] {
    let person = PersonId::from_uuid(Uuid::from_u128(9));
    let erasure = Erasure { person, records: vec![(home(1), vec![1, 300]), (home(2), vec![2])] };
    let instance = (InstanceId::from_uuid(Uuid::from_u128(3)), Digest::of(b"instance"));
    let told = (Default::default(), vec![instance]);
    let key = (SignatureAlgorithm::RsaPkcs1Sha256, b"key".to_vec());
    let mut trim = Trim::draw_up((3, Digest::of(b"head")), told, key);
    trim.seal.signature = b"signature".to_vec();
    [Event::Erased(erasure), Event::Trimmed(Box::new(trim))]
}

fn written() -> Vec<String> {
    let hex = |bytes: &[u8]| bytes.iter().map(|it| format!("{it:02x}")).collect::<String>();
    let mut lines = Vec::new();
    for it in checkpoints() {
        lines.extend([hex(&it.to_bytes().unwrap()), it.to_json(), it.digest().unwrap().to_string()]);
    }
    let mut head = ChainHead::EMPTY;
    let nobody = Actor { account: "adam".to_owned(), ..Actor::worker(now()) };
    for event in events() {
        let draft = entry(event).draft(home(1), &nobody, &Ids::new(now(), Seed::from_number(1))).unwrap();
        // The salt is made up: how it is made is not a form.
        let personal = draft.personal.map(|it| cardflow::engine::chain::Personal { salt: [5; 16], ..it });
        let record = link(TENANT, head, Draft { personal, ..draft });
        head = ChainHead { length: record.sequence, hash: record.hash };
        lines.push(RecordLine::<Cards>::new(record.sequence, &record, None).to_json());
    }
    lines
}

#[test]
fn this_release_writes_what_its_file_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/evidence-0.1.0.txt");
    let written = written();
    if std::env::var_os("CARDFLOW_BLESS").is_some() {
        std::fs::write(&file, written.join("\n") + "\n").unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap();
    let golden: Vec<_> = golden.lines().collect();
    assert_eq!(written, golden);

    let [first, second] = checkpoints();
    for (at, it) in [(0, &first), (3, &second)] {
        let bytes: Vec<u8> =
            (0..golden[at].len()).step_by(2).map(|n| u8::from_str_radix(&golden[at][n..n + 2], 16).unwrap()).collect();
        assert_eq!(Checkpoint::from_bytes(&bytes).unwrap(), *it);
        assert_eq!(Checkpoint::from_json(golden[at + 1]).unwrap(), *it);
    }
    assert_eq!(second.continues(Some(&first)), Ok(()));
    for (line, event) in golden[6..].iter().zip(events()) {
        let record = ReadLine::from_json(line).unwrap().record;
        assert_eq!(Entry::<Cards>::read(&record).unwrap(), entry(event));
    }
}
