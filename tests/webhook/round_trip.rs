//! There and back over real HTTP: a card process of the package, a desk outside, a host that serves the answers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cardflow::Cardflow;
use cardflow::adapters::webhook::{WebhookAnswers, WebhookGateway};
use cardflow::cards::CardsOptions;
use cardflow::domain::CardState;
use cardflow::engine::{Judgement, Outcome};
use cardflow::ports::Clock;
use cardflow::runtime::Error;
use cardflow::testing::conformance::gateway::DecidedOutside;
use cardflow::values::{Answers, TaskId, Timestamp};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::common::{Office, Store, TENANT};
use crate::desk::{Desk, Mood};
use crate::signing::{Headers, KEY, answer, keys};
use crate::suite::{body, settings};

/// The host's own address for answers, as its HTTP server would have it.
struct Host {
    address: SocketAddr,
}

async fn answered(
    cards: &Cardflow,
    answers: &WebhookAnswers,
    request: Request<Incoming>,
    now: Timestamp,
) -> (u16, String) {
    let headers = request.headers().clone();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let header = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    let answer = match answers.accept(&body, header, now) {
        Ok(answer) => answer,
        Err(refusal) => return (refusal.status(), refusal.to_string()),
    };
    match cards.judge(answer.call(), answer.instance, answer.judgement.clone()).await {
        Ok(standing) => (200, standing.status.to_string()),
        Err(Error::Rejected(why)) => (422, why.to_string()),
        Err(_) => (503, "try again".to_owned()),
    }
}

impl Host {
    fn serve(desk: &Desk, cards: Arc<Cardflow>, clock: Arc<dyn Clock>) -> Host {
        let answers = Arc::new(WebhookAnswers::new(keys(), [TENANT]));
        let listener = desk.runtime().block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        desk.runtime().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (cards, answers, clock) = (Arc::clone(&cards), Arc::clone(&answers), Arc::clone(&clock));
                let service = service_fn(move |request| {
                    let (cards, answers, now) = (Arc::clone(&cards), Arc::clone(&answers), clock.now());
                    async move {
                        let (status, text) = answered(&cards, &answers, request, now).await;
                        let response = Response::builder().status(status).body(Full::new(Bytes::from(text)));
                        Ok::<_, Infallible>(response.unwrap())
                    }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Host { address }
    }

    /// The outside posts an answer; gives the status and what it says.
    fn post(&self, headers: &Headers, body: &[u8]) -> (u16, String) {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().new_agent();
        let mut request = agent.post(format!("http://{}/answers", self.address));
        for (name, value) in headers.all() {
            request = request.header(name, value);
        }
        let mut response = request.send(body).unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }
}

struct There {
    desk: Desk,
    office: Office,
    store: Store,
    cards: Arc<Cardflow>,
    host: Host,
}

fn there() -> There {
    let desk = Desk::plain();
    let store = Store::memory();
    let office = futures_executor::block_on(Office::on(&store));
    let options = CardsOptions { deactivation_approval: true, ..CardsOptions::default() };
    let settings = settings(&desk).timeout(Duration::from_secs(60));
    let gateway = WebhookGateway::new(settings, keys(), office.clock.clone(), office.ids.clone()).unwrap();
    let builder = store.builder().options(1, options).approval_gateway(Arc::new(gateway));
    let cards = Arc::new(office.equip(builder).build().unwrap());
    let host = Host::serve(&desk, Arc::clone(&cards), office.clock.clone());
    There { desk, office, store, cards, host }
}

impl There {
    fn ask(&self) {
        let asked = self.cards.run(&self.office.operator, "CardsProcDeactivate", self.office.card, Answers::none());
        futures_executor::block_on(asked).unwrap();
        self.settle();
    }

    fn settle(&self) {
        while futures_executor::block_on(self.cards.deliver(100)).unwrap().confirmed > 0 {}
    }

    /// What a person at the desk decides about what lies there.
    fn decides(&self, account: &str, judge: impl Fn(TaskId) -> Judgement) -> Vec<u8> {
        let request = self.desk.state().lies[0].clone();
        let judgement = judge(request.task).seen(request.covers);
        let decided = DecidedOutside {
            tenant: request.tenant,
            account: account.to_owned(),
            instance: request.instance,
            judgement,
        };
        serde_json::to_vec(&body(&decided)).unwrap()
    }

    fn card_state(&self) -> CardState {
        futures_executor::block_on(self.office.card_state())
    }

    fn records(&self) -> usize {
        futures_executor::block_on(self.cards.history(&self.office.auditor, self.office.card)).unwrap().records.len()
    }
}

fn agree(task: TaskId) -> Judgement {
    Judgement { verdict: cardflow::engine::Verdict::Approve, ..Judgement::take_back(task) }
}

#[test]
fn a_card_is_deactivated_by_an_approval_outside() {
    let it = there();
    it.ask();
    assert_eq!((it.desk.state().lies.len(), it.card_state()), (1, CardState::Active));
    // Who asked does not approve it, wherever they try.
    let own = it.decides("olga", agree);
    let (status, says) = it.host.post(&answer(KEY, it.office.clock.now(), "the-nonce-of-olga", &own), &own);
    assert_eq!((status, it.card_state()), (422, CardState::Active), "{says}");
    let body = it.decides("ann", agree);
    let headers = answer(KEY, it.office.clock.now(), "the-nonce-of-ann-1", &body);
    let (status, says) = it.host.post(&headers, &body);
    assert_eq!((status, it.card_state()), (200, CardState::Inactive), "{says}");
    it.settle();
    assert!(it.desk.state().lies.is_empty());
    // The same again, and the same anew.
    assert_eq!(it.host.post(&headers, &body).0, 409);
    let again = answer(KEY, it.office.clock.now(), "the-nonce-of-ann-2", &body);
    let (status, says) = it.host.post(&again, &body);
    assert!(status == 422 && says.contains("decided already"), "{status}: {says}");
    // An answer that was changed on its way.
    let (status, says) = it.host.post(&again, &own);
    assert_eq!((status, says.as_str()), (401, "the signature does not fit"));
}

#[test]
fn an_answer_that_comes_again_after_a_restart_decides_nothing_twice() {
    let it = there();
    it.ask();
    let body = it.decides("ann", |task| Judgement::reject(task, "Not this one"));
    let headers = answer(KEY, it.office.clock.now(), "the-nonce-of-ann-1", &body);
    let (status, says) = it.host.post(&headers, &body);
    assert_eq!(status, 200, "{says}");
    let records = it.records();
    // A host that remembers no nonce.
    let host = Host::serve(&it.desk, Arc::clone(&it.cards), it.office.clock.clone());
    assert_eq!(host.post(&headers, &body), (200, says));
    assert_eq!(it.records(), records, "it was the same command");
    assert_eq!(it.card_state(), CardState::Active);
}

#[test]
fn what_the_outside_cannot_take_now_waits_here_and_is_handed_over_later() {
    let it = there();
    it.desk.is(Mood::Answers(503));
    it.ask();
    assert!(it.desk.state().lies.is_empty());
    let waiting = it.desk.state().came.len();
    assert_eq!(waiting, 1);
    it.desk.is(Mood::Takes);
    // A host that starts anew goes on with it.
    it.office.wait(cardflow::values::Millis::hours(1));
    it.settle();
    assert_eq!(it.desk.state().lies.len(), 1);
    // It can be decided here all the same.
    let request = it.desk.state().lies[0].clone();
    let no = Judgement::reject(request.task, "Not this one");
    let ended = futures_executor::block_on(it.cards.judge(&it.office.approver, request.instance, no)).unwrap();
    assert_eq!(ended.outcome(), Some(&Outcome::Rejected));
    it.settle();
    assert!(it.desk.state().lies.is_empty());
    let verified = futures_executor::block_on(it.cards.history(&it.office.auditor, it.office.card)).unwrap();
    assert!(verified.verified.is_ok());
    let _ = &it.store;
}
