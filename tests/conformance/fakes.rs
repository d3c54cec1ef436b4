//! The fakes of the kit keep the contracts of their ports, and so do watched adapters to which nothing happens.

use std::sync::{Arc, Mutex};

use cardflow::adapters::memory::{MemoryAudit, MemoryLedger, MemoryStorage};
use cardflow::cards::{Cards, CardsOptions, SCHEMA};
use cardflow::domain::{AuthorityAction, Capabilities, KeyUse, Serial, Validity};
use cardflow::engine::{Component, Schema};
use cardflow::ports::{
    AccessJournal, Action, AuditLog, AuthorityLedger, AuthorityOrder, Authorizer, CertificateAuthority, Directory,
    EffectCall, EffectError, EffectHandler, HistoryLog, IssueRequest, OptionSource, PublishedStatus, Seen, Setback,
    SignatureAlgorithm, SignatureVerifier, Signer, Storage,
};
use cardflow::testing::conformance::audit_log::{AuditLogCapabilities, AuditLogFactory};
use cardflow::testing::conformance::authority::{AuthorityCapabilities, AuthorityFactory, Certified, Switches};
use cardflow::testing::conformance::authorizer::AuthorizerFactory;
use cardflow::testing::conformance::directory::{DirectoryFactory, Resident};
use cardflow::testing::conformance::handler::HandlerFactory;
use cardflow::testing::conformance::history_log::{HistoryLogCapabilities, HistoryLogFactory};
use cardflow::testing::conformance::journal::JournalFactory;
use cardflow::testing::conformance::ledger::{LedgerCapabilities, LedgerFactory};
use cardflow::testing::conformance::options::OptionsFactory;
use cardflow::testing::conformance::published::{PublishedCapabilities, PublishedFactory, Replaced};
use cardflow::testing::conformance::signer::{SignerFactory, VerifierFactory};
use cardflow::testing::conformance::storage::{StorageCapabilities, StorageFactory};
use cardflow::testing::fakes::{
    Lying, MemoryDirectory, MemoryOptions, MemoryRights, Mood, PaperSignatures, PaperSigner, ScriptedAuthority,
    ScriptedHandler, ScriptedStatus, Watched, WatchedStorage,
};
use cardflow::values::{EffectId, InstanceId, Kind, Millis, TenantId, Timestamp};
use uuid::Uuid;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// An authority that is well, and can do so much.
struct Scripted(Capabilities);

impl AuthorityFactory for Scripted {
    type Guard = Arc<ScriptedAuthority>;

    async fn authority(&self, switches: Switches) -> (Arc<ScriptedAuthority>, Arc<dyn CertificateAuthority>) {
        let Switches { reason_change, back_dating, approval } = switches;
        let able = Capabilities { reason_change, back_dating, ..self.0 };
        let authority = Arc::new(ScriptedAuthority::default().able_to(able));
        authority.is(if approval { Mood::Pending } else { Mood::Well });
        (Arc::clone(&authority), Arc::new(Watched::over(authority)))
    }

    async fn agree(&self, authority: &Arc<ScriptedAuthority>) {
        authority.agrees();
    }

    async fn certificate(&self, _: &Arc<ScriptedAuthority>, authority: &dyn CertificateAuthority) -> Certified {
        let validity = Validity::new(now(), now().plus(Millis::days(365))).unwrap();
        let (common_name, public_key) = ("Ada Example".to_owned(), vec![1, 2, 3]);
        let request = IssueRequest { common_name, public_key, validity, uses: vec![KeyUse::Signature] };
        let issued = authority.issue(&request).await.unwrap();
        Certified { serial: issued.serial, not_after: validity.until(), der: issued.der }
    }

    fn now(&self) -> Timestamp {
        now()
    }

    fn capabilities(&self) -> AuthorityCapabilities {
        AuthorityCapabilities { durable: false, ..AuthorityCapabilities::ALL }
    }
}

mod scripted_authority {
    cardflow::authority_conformance!(super::Scripted(super::Capabilities::ALL));
}

mod an_authority_that_cannot_release {
    cardflow::authority_conformance!(super::Scripted(super::Capabilities {
        release: false,
        ..super::Capabilities::ALL
    }));
}

mod an_authority_without_holds {
    cardflow::authority_conformance!(super::Scripted(super::Capabilities {
        hold: false,
        release: false,
        ..super::Capabilities::ALL
    }));
}

mod an_authority_that_counts_no_changes {
    cardflow::authority_conformance!(super::Scripted(super::Capabilities {
        revisions: false,
        ..super::Capabilities::ALL
    }));
}

struct InMemory;

impl DirectoryFactory for InMemory {
    type Guard = Arc<MemoryDirectory>;

    async fn directory(&self, people: &[Resident]) -> (Arc<MemoryDirectory>, Arc<dyn Directory>) {
        let directory = Arc::new(MemoryDirectory::default());
        people.iter().for_each(|it| directory.set(it.clone()));
        (directory.clone(), Arc::new(Watched::over(directory)))
    }

    async fn change(&self, directory: &Arc<MemoryDirectory>, to: &Resident) {
        directory.set(to.clone());
    }
}

mod memory_directory {
    cardflow::directory_conformance!(super::InMemory);
}

impl AuthorizerFactory for InMemory {
    type Guard = ();

    async fn authorizer(&self) -> ((), Arc<dyn Authorizer>) {
        let rights = MemoryRights::default().everything("Root").give("Auditor", Component::Operator, Action::History);
        let rights = rights.give("Reader", Component::SelfService, Action::Read(Kind::new(16)));
        ((), Arc::new(Watched::over(Arc::new(rights))))
    }

    fn roles(&self) -> Vec<String> {
        ["Root", "Auditor", "Reader"].map(str::to_owned).to_vec()
    }
}

mod memory_rights {
    cardflow::authorizer_conformance!(super::InMemory);
}

impl OptionsFactory for InMemory {
    type Guard = (Arc<MemoryOptions<Cards>>, Mutex<u32>);
    type Domain = Cards;

    async fn options(&self) -> (Self::Guard, Arc<dyn OptionSource<Cards>>) {
        let options = Arc::new(MemoryOptions::new(CardsOptions::default()));
        ((options.clone(), Mutex::new(100)), Arc::new(Watched::over(options)))
    }

    async fn change(&self, (options, limit): &Self::Guard) -> bool {
        let mut limit = limit.lock().unwrap();
        *limit += 1;
        options.change(CardsOptions { deactivation_limit: *limit, ..CardsOptions::default() });
        true
    }

    async fn make_fail(&self, (options, _): &Self::Guard) -> Option<&'static str> {
        options.fall_back("CardsDeactivationApproval");
        Some("CardsDeactivationApproval")
    }
}

mod memory_options {
    cardflow::options_conformance!(super::InMemory);
}

impl HandlerFactory for InMemory {
    type Guard = Arc<ScriptedHandler>;

    async fn handler(&self) -> (Arc<ScriptedHandler>, Arc<dyn EffectHandler>) {
        let refused =
            || EffectError { what: "this does not read".to_owned(), setback: Setback::Permanent, source: None };
        let answer = move |call: &EffectCall| {
            if call.body.starts_with(b"open ") { Ok(b"told".to_vec()) } else { Err(refused()) }
        };
        let handler = Arc::new(ScriptedHandler::answering("doors", answer));
        (handler.clone(), Arc::new(Watched::over(handler)))
    }

    async fn call(&self, _: &Arc<ScriptedHandler>, number: u128) -> EffectCall {
        EffectCall {
            tenant: TenantId::new(7),
            instance: InstanceId::from_uuid(Uuid::from_u128(1)),
            id: EffectId::from_uuid(Uuid::from_u128(number)),
            kind: "doors".to_owned(),
            at: now(),
            now: now(),
            attempts: 0,
            body: format!("open {number}").into_bytes(),
            seen: Seen::default(),
        }
    }

    async fn done(&self, handler: &Arc<ScriptedHandler>, call: &EffectCall) -> usize {
        handler.done().iter().filter(|it| it.id == call.id).count()
    }
}

mod scripted_handler {
    cardflow::handler_conformance!(super::InMemory);
}

impl LedgerFactory for InMemory {
    type Guard = ();

    async fn ledger(&self) -> ((), Arc<dyn AuthorityLedger>) {
        ((), Arc::new(Watched::over(Arc::new(MemoryLedger::new()))))
    }

    fn capabilities(&self) -> LedgerCapabilities {
        LedgerCapabilities { durable: false }
    }
}

mod watched_ledger {
    cardflow::ledger_conformance!(super::InMemory);
}

impl StorageFactory for InMemory {
    type Guard = ();

    async fn storage(&self, schema: &'static Schema) -> ((), Arc<dyn Storage>) {
        ((), Arc::new(WatchedStorage::over(Arc::new(MemoryStorage::new(schema)))))
    }

    fn capabilities(&self) -> StorageCapabilities {
        StorageCapabilities { durable: false, ..StorageCapabilities::ALL }
    }
}

mod watched_storage {
    cardflow::storage_conformance!(super::InMemory);
}

impl HistoryLogFactory for InMemory {
    type Guard = ();

    async fn log(&self, schema: &'static Schema) -> ((), Arc<dyn Storage>, Arc<dyn HistoryLog>) {
        let storage = Arc::new(MemoryStorage::new(schema));
        ((), storage.clone(), Arc::new(Watched::over(storage)))
    }

    fn capabilities(&self) -> HistoryLogCapabilities {
        HistoryLogCapabilities { durable: false }
    }
}

mod watched_log {
    cardflow::history_log_conformance!(super::InMemory);
}

impl JournalFactory for InMemory {
    type Guard = ();

    async fn journal(&self) -> ((), Arc<dyn AccessJournal>) {
        ((), Arc::new(Watched::over(Arc::new(MemoryStorage::new(&SCHEMA)))))
    }
}

mod watched_journal {
    cardflow::journal_conformance!(super::InMemory);
}

impl AuditLogFactory for InMemory {
    type Guard = ();

    async fn audit_log(&self) -> ((), Arc<dyn AuditLog>) {
        ((), Arc::new(Watched::over(Arc::new(MemoryAudit::new()))))
    }

    fn capabilities(&self) -> AuditLogCapabilities {
        AuditLogCapabilities { durable: false }
    }
}

mod watched_audit_log {
    cardflow::audit_log_conformance!(super::InMemory);
}

struct OnPaper;

impl SignerFactory for OnPaper {
    fn signer(&self) -> Arc<dyn Signer> {
        Arc::new(Watched::over(Arc::new(PaperSigner::named("office"))))
    }

    fn verifier(&self) -> Arc<dyn SignatureVerifier> {
        Arc::new(PaperSignatures)
    }
}

mod paper_signer {
    cardflow::signer_conformance!(super::OnPaper);
}

impl VerifierFactory for OnPaper {
    fn verifier(&self) -> Arc<dyn SignatureVerifier> {
        Arc::new(PaperSignatures)
    }

    /// No signature that anybody else makes is good on paper.
    fn algorithms(&self) -> Vec<SignatureAlgorithm> {
        Vec::new()
    }
}

mod paper_signatures {
    cardflow::verifier_conformance!(super::OnPaper);
}

/// Lists of a scripted authority; or answers, which know what was issued.
struct Told {
    knows_its_own: bool,
}

struct Board {
    authority: ScriptedAuthority,
    status: Arc<Watched<ScriptedStatus>>,
}

impl PublishedFactory for Told {
    type Guard = Board;

    async fn source(&self) -> (Board, Arc<dyn PublishedStatus>) {
        let status = ScriptedStatus::default();
        let status = if self.knows_its_own { status.that_knows_its_own() } else { status };
        let status = Arc::new(Watched::over(Arc::new(status)));
        (Board { authority: ScriptedAuthority::default(), status: status.clone() }, status)
    }

    async fn certificate(&self, board: &Board) -> Serial {
        let validity = Validity::new(now(), now().plus(Millis::days(365))).unwrap();
        let (common_name, public_key) = ("Ada Example".to_owned(), vec![1, 2, 3]);
        let request = IssueRequest { common_name, public_key, validity, uses: vec![KeyUse::Signature] };
        board.authority.issue(&request).await.unwrap().serial
    }

    async fn change(&self, board: &Board, serial: &Serial, action: AuthorityAction, at: Timestamp) {
        let not_after = now().plus(Millis::days(365));
        let effect = EffectId::from_uuid(Uuid::from_u128(1));
        let order = AuthorityOrder {
            effect,
            serial: serial.clone(),
            not_after,
            action,
            at,
            since: None,
            invalid_since: None,
            expects: None,
        };
        board.authority.change(&order).await.unwrap();
    }

    async fn publish(&self, board: &Board, at: Timestamp) {
        board.status.inner().publish(board.authority.truth(), at);
    }

    async fn replace(&self, board: &Board, by: Replaced) {
        board.status.inner().lies(match by {
            Replaced::Nothing => Lying::Nothing,
            Replaced::Damaged => Lying::Damaged,
            Replaced::Forged(_) => Lying::Forged,
            Replaced::Previous => Lying::Previous,
        });
    }

    fn now(&self) -> Timestamp {
        now()
    }

    fn capabilities(&self) -> PublishedCapabilities {
        PublishedCapabilities { knows_issued: self.knows_its_own, ..PublishedCapabilities::ALL }
    }
}

mod scripted_lists {
    cardflow::published_conformance!(super::Told { knows_its_own: false });
}

mod scripted_answers {
    cardflow::published_conformance!(super::Told { knows_its_own: true });
}
