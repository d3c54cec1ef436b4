//! A client that speaks HTTP by hand, and stands where the reverse proxy would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

pub const SECRET: &str = "a secret of the tests, long enough for the service";

/// What was answered: the status and the body.
pub type Answered = (u16, Value);

/// Names with values.
pub type Headers = Vec<(&'static str, &'static str)>;

/// One request under way.
pub struct Request {
    stream: BufReader<TcpStream>,
}

impl Request {
    /// Sends the head of a request; of its body, only how long it will be.
    pub fn head(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], length: usize) -> Request {
        let stream = TcpStream::connect(address).unwrap();
        // Not timed: a service that hangs fails the test, and does not stop it for ever.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: cards\r\nConnection: close\r\n");
        text.push_str(&format!("Content-Length: {length}\r\n"));
        headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
        let mut request = Request { stream: BufReader::new(stream) };
        request.send(&(text + "\r\n"));
        request
    }

    pub fn send(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The status of the next head that comes; its headers are passed over.
    pub fn status(&mut self) -> u16 {
        let first = self.line();
        let status = first.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: `{first}`")).parse().unwrap();
        while !self.line().is_empty() {}
        status
    }

    pub fn answered(mut self) -> Answered {
        let status = self.status();
        let mut body = String::new();
        self.stream.read_to_string(&mut body).unwrap();
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }
}

/// Somebody whom the proxy has signed in.
#[derive(Clone, Copy)]
pub struct Person {
    pub address: SocketAddr,
    pub account: &'static str,
    pub component: &'static str,
}

impl Person {
    pub fn headers(&self) -> Headers {
        vec![
            ("X-Cards-Secret", SECRET),
            ("X-Cards-Account", self.account),
            ("X-Cards-Component", self.component),
            ("X-Cards-Method", "smart card"),
            ("X-Cards-Authenticated", "2026-11-26T08:00:00Z"),
        ]
    }

    pub fn get(&self, path: &str) -> Answered {
        Request::head(self.address, "GET", path, &self.headers(), 0).answered()
    }

    pub fn post(&self, path: &str, key: Option<&str>, body: Option<&Value>) -> Answered {
        let key = key.map(str::to_owned);
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut more: Vec<(&str, &str)> = self.headers();
        more.extend(key.iter().map(|it| ("Idempotency-Key", it.as_str())));
        more.extend((!body.is_empty()).then_some(("Content-Type", "application/json")));
        let mut request = Request::head(self.address, "POST", path, &more, body.len());
        request.send(&body);
        request.answered()
    }

    pub fn put(&self, path: &str, text: &str) -> Answered {
        let mut request = Request::head(self.address, "PUT", path, &self.headers(), text.len());
        request.send(text);
        request.answered()
    }
}
