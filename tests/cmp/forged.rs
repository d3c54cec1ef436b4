//! Who answers that should not, and nobody.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use cardflow::adapters::cmp::{CmpMistrust, CmpSettings};
use cardflow::domain::AuthorityAction::Hold;
use cardflow::ports::AuthorityError;

use crate::answers::is;
use crate::server::{OFFICE, REFERENCE, SECRET, Server, adapter, adapter_at, ask, by_secret, by_signature, is_there};

#[tokio::test]
async fn an_answer_protected_otherwise_leaves_the_order_open() {
    if !is_there() {
        return;
    }
    let (ca, peer) = (OFFICE.authority.certificate_der(), OFFICE.server.1.der.as_slice());
    let (secret, signature) = (Server::with_secret(&[]), Server::with_signature(&[]));
    let bare = Server::with_secret(&["-send_unprotected"]);
    let unchecked = Server::with_secret(&["-accept_unprotected"]);
    let table = [
        ("no protection", &bare, by_secret(REFERENCE, SECRET)),
        ("no protection, signed", &Server::with_signature(&["-send_unprotected"]), by_signature(peer)),
        ("another secret", &secret, by_secret(REFERENCE, "0123456789abcdef-other")),
        ("another secret, of a server that takes all", &unchecked, by_secret(REFERENCE, "0123456789abcdef-other")),
        ("another reference", &secret, by_secret("ra-8", SECRET)),
        ("a signature for a secret", &signature, by_secret(REFERENCE, SECRET)),
        ("a secret for a signature", &secret, by_signature(peer)),
        ("another peer", &signature, by_signature(ca)),
        ("another peer's key", &signature, by_signature(&OFFICE.card.der)),
    ];
    for (what, server, protection) in table {
        let (authority, _) = adapter(server.port, protection);
        let open = ask(&authority, Hold).await.unwrap_err();
        let AuthorityError::OutcomeUnknown(source) = &open else { panic!("{what}: {open:?}") };
        let why: &CmpMistrust = source.downcast_ref().unwrap_or_else(|| panic!("{what}: {source:?}"));
        let fits = matches!(why, CmpMistrust::Unprotected { .. } | CmpMistrust::Forged | CmpMistrust::OtherSender);
        assert!(fits, "{what}: {why:?}");
    }
}

/// Stands between the two: `change` sees what OpenSSL answers to each request, and says what is handed on.
fn between(port: u16, mut change: impl FnMut(usize, Vec<u8>) -> Vec<u8> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for (turn, client) in listener.incoming().enumerate() {
            let mut client = client.unwrap();
            let request = whole(&mut client);
            let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            server.write_all(&request).unwrap();
            let answer = whole(&mut server);
            let body = answer[head(&answer).unwrap()..].to_vec();
            let body = change(turn, body);
            let front = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/pkixcmp\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            drop(client.write_all(&[front.as_bytes(), &body].concat()));
        }
    });
    here
}

fn head(message: &[u8]) -> Option<usize> {
    message.windows(4).position(|it| it == b"\r\n\r\n").map(|it| it + 4)
}

/// A message with its body, whose length it says.
fn whole(stream: &mut TcpStream) -> Vec<u8> {
    let (mut message, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(head) = head(&message) {
            let text = String::from_utf8_lossy(&message[..head]).to_lowercase();
            let length = text.lines().find_map(|it| it.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            if message.len() >= head + length.expect("a length") {
                return message;
            }
        }
        let read = stream.read(&mut piece).unwrap();
        assert!(read > 0, "the message ends early");
        message.extend_from_slice(&piece[..read]);
    }
}

#[tokio::test]
async fn no_answer_counts_of_which_a_byte_was_changed_on_the_way() {
    if !is_there() {
        return;
    }
    for (server, protection) in [
        (Server::with_secret(&[]), by_secret(REFERENCE, SECRET)),
        (Server::with_signature(&[]), by_signature(&OFFICE.server.1.der)),
    ] {
        let said = Arc::new(Mutex::new(0));
        let length = Arc::clone(&said);
        let port = between(server.port, move |turn, mut body| {
            *length.lock().unwrap() = body.len();
            // Certificates that come along are not protected, and not read.
            let at = turn * 7;
            if turn > 0 && at < 400 && at < body.len() {
                body[at] ^= 1;
            }
            body
        });
        let (authority, _) = adapter(port, protection);
        ask(&authority, Hold).await.unwrap();
        let length = (*said.lock().unwrap()).min(260);
        for turn in 1..length.div_ceil(7) {
            let came = ask(&authority, Hold).await;
            assert!(matches!(came, Err(AuthorityError::OutcomeUnknown(_))), "byte {}: {came:?}", turn * 7);
        }
    }
}

#[tokio::test]
async fn an_answer_to_an_earlier_request_does_not_count_again() {
    if !is_there() {
        return;
    }
    let server = Server::with_secret(&[]);
    let mut first = None;
    let port = between(server.port, move |_, body| first.get_or_insert(body).clone());
    let (authority, _) = adapter(port, by_secret(REFERENCE, SECRET));
    ask(&authority, Hold).await.unwrap();
    let again = ask(&authority, Hold).await.unwrap_err();
    assert!(is(&again, &CmpMistrust::OtherRequest), "{again:?}");
}

/// Answers with these bytes, whatever is asked; holds on to the connection if there are none.
fn answers(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut held = Vec::new();
        for client in listener.incoming() {
            let mut client = client.unwrap();
            whole(&mut client);
            client.write_all(bytes).unwrap();
            if bytes.is_empty() {
                held.push(client);
            }
        }
    });
    port
}

#[tokio::test]
async fn nothing_sent_is_told_from_nothing_heard() {
    let at = |port: u16| {
        let settings = CmpSettings::new(&format!("http://127.0.0.1:{port}/pkix/")).unwrap();
        adapter_at(&settings.timeout(Duration::from_millis(300)), by_secret(REFERENCE, SECRET)).0
    };
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert!(matches!(ask(&at(closed), Hold).await, Err(AuthorityError::Unavailable(_))));
    assert!(matches!(ask(&at(answers(b"")), Hold).await, Err(AuthorityError::OutcomeUnknown(_))));
    let table: [(&'static [u8], CmpMistrust); 3] = [
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", CmpMistrust::Http(404)),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK", CmpMistrust::Unreadable),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\x30\x00", CmpMistrust::Unreadable),
    ];
    for (bytes, why) in table {
        let open = ask(&at(answers(bytes)), Hold).await.unwrap_err();
        assert!(is(&open, &why), "{why:?}: {open:?}");
    }
}
