//! The walk of a card through the service.

use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

use crate::client::{Answered, Headers, Person, Request, SECRET};
use crate::process::{Service, example};

/// A key of a client: a UUID.
fn key(number: u8) -> String {
    format!("0190c0de-0000-7000-8000-0000000000{number:02x}")
}

struct Office {
    service: Service,
    folder: tempfile::TempDir,
    olga: Person,
    otto: Person,
    ann: Person,
    adam: Person,
    aida: Person,
}

impl Office {
    fn open() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let service = Service::on(folder.path());
        let who = |account, component| Person { address: service.address, account, component };
        Office {
            olga: who("olga", "operator"),
            otto: who("otto", "operator"),
            ann: who("ann", "operator"),
            adam: who("adam", "administrator"),
            aida: who("aida", "administrator"),
            folder,
            service,
        }
    }

    /// The card with this number, as a path.
    fn card(&self, number: &str) -> String {
        let (status, found) = self.olga.get(&format!("/cards?number={number}"));
        assert_eq!((status, found["items"].as_array().unwrap().len()), (200, 1), "{found}");
        format!("/objects/{}", text(&found["items"][0]["id"]))
    }

    fn state(&self, card: &str) -> String {
        let (_, open) = self.olga.get(card);
        let own = open["objects"].as_array().unwrap().iter().find(|it| it["id"] == open["id"]).unwrap();
        text(&own["state"])
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn ok((status, body): Answered) -> Value {
    assert!((200..300).contains(&status), "{status}: {body}");
    body
}

fn code((status, body): &Answered) -> (u16, String) {
    (*status, text(&body["code"]))
}

#[test]
fn a_card_is_searched_opened_deactivated_by_two_and_its_history_read() {
    let office = Office::open();
    let Office { olga, otto, ann, adam, aida, .. } = &office;

    // An administrator writes the script, another puts it in force.
    let wrong = adam.put("/options", "const CardsDeactivationAproval = true;");
    assert_eq!(code(&wrong), (422, "InvalidOptions".to_owned()));
    assert!(text(&wrong.1["message"]).contains("CardsDeactivationApproval"), "{}", wrong.1);
    let version = ok(adam.put("/options", "const CardsDeactivationApproval = true;"))["version"].clone();
    let activate = format!("/options/{version}/activate");
    assert_eq!(code(&adam.post(&activate, None, None)), (403, "SecondAdministrator".to_owned()));
    ok(aida.post(&activate, None, None));

    // Search, open.
    let card = office.card("47110815");
    let by_name = ok(olga.get("/cards?text=ada"));
    assert_eq!(format!("/objects/{}", text(&by_name["items"][0]["id"])), card);
    let open = ok(olga.get(&card));
    let offers: Vec<_> = open["offers"].as_array().unwrap().iter().filter(|it| it["obstacle"].is_null()).collect();
    assert!(offers.iter().any(|it| it["process"] == "CardsProcDeactivate"), "{open}");

    // The same POST twice is one start with one answer; under the same key, another is none.
    let start = format!("{card}/processes/CardsProcDeactivate");
    let begun = ok(olga.post(&start, Some(&key(1)), None));
    assert_eq!(ok(olga.post(&start, Some(&key(1)), None)), begun);
    let other = olga.post(&format!("{card}/processes/CardsProcLock"), Some(&key(1)), None);
    assert_eq!(code(&other), (409, "CommandIdReused".to_owned()));
    assert_eq!(code(&olga.post(&start, Some("not a key"), None)), (400, "Header".to_owned()));
    let instance = format!("/instances/{}", text(&begun["instance"]));

    // In the name of somebody whom one does not stand in for.
    let person = text(&begun["subject"]).split(':').nth(1).unwrap().to_owned();
    let in_name_of = olga.post(&format!("{start}?on_behalf_of={person}"), None, None);
    assert_eq!(code(&in_name_of), (403, "NotDeputy".to_owned()));

    // Next, with what was shown.
    let next = format!("{instance}/next");
    let stale = json!({ "answers": { "reason": "lost" }, "seen": "0".repeat(64) });
    assert_eq!(code(&olga.post(&next, None, Some(&stale))), (409, "PlanChanged".to_owned()));
    let odd = json!({ "answers": { "reason": "bored" } });
    assert_eq!(code(&olga.post(&next, None, Some(&odd))), (422, "InvalidAnswer".to_owned()));
    assert_eq!(code(&olga.post(&next, None, Some(&json!({ "answer": {} })))), (422, "Body".to_owned()));
    let answers =
        json!({ "answers": { "reason": "lost", "note": "left on a train" }, "seen": begun["preview"]["digest"] });
    let asked = ok(olga.post(&next, Some(&key(2)), Some(&answers)));
    assert_eq!((&asked["status"], office.state(&card)), (&json!("waiting at approval"), "active".to_owned()));
    assert_eq!(ok(olga.post(&next, Some(&key(2)), Some(&answers))), asked);

    // It waits in the inbox of another, who claims and decides it.
    let inbox = ok(ann.get("/inbox"));
    assert_eq!(inbox["items"][0]["task"]["instance"], begun["instance"], "{inbox}");
    let task = text(&inbox["items"][0]["id"]);
    ok(ann.post(&format!("{instance}/tasks/{task}/claim"), None, None));
    assert_eq!(ok(ann.get("/inbox?whose=mine"))["items"].as_array().unwrap().len(), 1);
    assert_eq!(ok(ann.get("/inbox"))["items"], json!([]));
    let request = ok(ann.get(&format!("{instance}/request")));
    let judge = format!("{instance}/judge");
    let agrees = json!({ "task": task, "verdict": "approve", "seen": request["standing"]["approval"]["covers"] });
    assert_eq!(code(&olga.post(&judge, None, Some(&agrees))), (403, "NotEligible".to_owned()));
    let silent = json!({ "task": task, "verdict": "reject" });
    assert_eq!(code(&ann.post(&judge, None, Some(&silent))), (422, "NoteNeeded".to_owned()));
    let done = ok(ann.post(&judge, Some(&key(3)), Some(&agrees)));
    assert_eq!(ok(ann.post(&judge, Some(&key(3)), Some(&agrees))), done);
    assert_eq!(office.state(&card), "inactive");
    assert_eq!(code(&ann.post(&judge, None, Some(&agrees))), (409, "AlreadyDecided".to_owned()));
    assert_eq!(code(&olga.post(&start, None, None)), (409, "WrongState".to_owned()));

    // Nobody has to ask for the deliveries: the authority confirms by itself.
    let confirmed = |_| ok(olga.get(&instance))["ended"] == json!(true);
    assert!((0..10_000).any(confirmed), "{}", ok(olga.get(&instance)));

    // The history of the card, and of the run.
    let history = ok(olga.get(&format!("{card}/history")));
    assert_eq!(history["fault"], Value::Null);
    let run = ok(olga.get(&format!("{instance}/history")));
    let of_run = run["records"].as_array().unwrap();
    assert!(of_run.len() >= 4 && of_run.len() < history["records"].as_array().unwrap().len(), "{run}");
    let accounts: Vec<_> = of_run.iter().filter_map(|it| it["personal"]["account"].as_str()).collect();
    assert!(accounts.contains(&"olga") && accounts.contains(&"ann"), "{accounts:?}");

    // Whoever looks after another site finds no such card, run, or history.
    assert_eq!(ok(otto.get("/cards?number=47110815"))["items"], json!([]));
    let unknown = "17:0190c0de-0000-7000-8000-000000000001:0190c0de-0000-7000-8000-000000000002";
    for (theirs, nobodys) in [
        (card.clone(), format!("/objects/{unknown}")),
        (format!("{card}/history"), format!("/objects/{unknown}/history")),
        (instance.clone(), "/instances/0190c0de-0000-7000-8000-000000000001".to_owned()),
    ] {
        let hidden = otto.get(&theirs);
        assert_eq!(code(&hidden), (404, "NotFound".to_owned()));
        assert_eq!(hidden, otto.get(&nobodys));
    }
    assert_eq!(code(&otto.post(&start, None, None)), (404, "NotFound".to_owned()));
    assert_eq!(code(&olga.post(&format!("{card}/processes/Nothing"), None, None)), (404, "UnknownProcess".to_owned()));
}

#[test]
fn only_the_proxy_says_who_calls() {
    let office = Office::open();
    let call = |change: &dyn Fn(&mut Headers)| {
        let mut headers = office.olga.headers();
        change(&mut headers);
        code(&Request::head(office.service.address, "GET", "/cards", &headers, 0).answered())
    };
    let stranger = (401, "NotTheProxy".to_owned());
    assert_eq!(call(&|it| it.retain(|(name, _)| *name != "X-Cards-Secret")), stranger);
    assert_eq!(call(&|it| it[0].1 = "a secret of the tests, long enough for the servicf"), stranger);
    assert_eq!(call(&|it| it[0].1 = SECRET.trim_end_matches('e')), stranger);
    for index in 1..5 {
        let missing = call(&|it| it[index].0 = "X-Other");
        assert_eq!(missing, (400, "Header".to_owned()));
    }
    assert_eq!(call(&|it| it[1].1 = "nobody"), (403, "UnknownAccount".to_owned()));
    // A role is nothing that a header gives.
    assert_eq!(call(&|it| it[2].1 = "administrator"), (403, "NotEntitled".to_owned()));

    let mut without = std::process::Command::new(example());
    let refused = without.arg(office.folder.path()).env_remove("CARDFLOW_PROXY_SECRET").output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("CARDFLOW_PROXY_SECRET"));
}

/// Whether somebody still takes calls there.
fn takes_calls(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_ok()
}

#[test]
fn a_service_that_is_stopped_ends_what_is_under_way() {
    let mut office = Office::open();
    let card = office.card("47110816");
    let begun = ok(office.olga.post(&format!("{card}/processes/CardsProcDeactivate"), None, None));
    let next = format!("/instances/{}/next", text(&begun["instance"]));
    let body = json!({ "answers": { "reason": "lost" } }).to_string();

    // It has begun to read the body, says the `100 Continue`: the call is under way.
    let mut headers = office.olga.headers();
    headers.extend([("Content-Type", "application/json"), ("Expect", "100-continue")]);
    let mut under_way = Request::head(office.service.address, "POST", &next, &headers, body.len());
    assert_eq!(under_way.status(), 100);
    let (first, rest) = body.split_at(body.len() / 2);
    under_way.send(first);

    office.service.terminate();
    office.service.says("stopping");
    let address = office.service.address;
    assert!((0..100_000).any(|_| !takes_calls(address)), "it takes calls for ever");
    under_way.send(rest);
    let done = ok(under_way.answered());
    assert!(!done["done"].as_array().unwrap().is_empty(), "{done}");
    assert_eq!(office.service.says("stopped; "), "0 requests to the outside are left for the next start");
    assert_eq!(office.service.exit_code(), Some(0));

    // What was acknowledged is there when it starts again, and the authority was told.
    let Office { folder, olga, .. } = office;
    let service = Service::on(folder.path());
    let olga = Person { address: service.address, ..olga };
    let standing = ok(olga.get(&format!("/instances/{}", text(&begun["instance"]))));
    assert_eq!((&standing["ended"], &standing["confirmed"]), (&json!(true), &standing["asked"]));
    let again = olga.post(&format!("{card}/processes/CardsProcDeactivate"), None, None);
    assert_eq!(code(&again), (409, "WrongState".to_owned()));
}
