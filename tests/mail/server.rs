//! Judge: a mail server, aiosmtpd, started by the test.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The Python that has the server; a host that wants all judges gets a failure instead of a line.
pub(crate) fn python() -> Option<&'static str> {
    static FOUND: OnceLock<Option<&str>> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let has_it = |it: &&&str| {
            let asked = Command::new(it).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
            asked.is_ok_and(|it| it.success())
        };
        let found = ["python3", "/usr/bin/python3"].iter().find(has_it).copied();
        let required = std::env::var("CARDFLOW_REQUIRE").is_ok_and(|it| it == "all");
        assert!(found.is_some() || !required, "a Python with aiosmtpd is required and not there");
        if found.is_none() {
            eprintln!("skipped: no Python with aiosmtpd is there");
        }
        found
    })
}

pub(crate) const NAME: &str = "cardflow";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// How the server is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    Plain,
    Starttls,
    Tls,
}

pub(crate) struct MailServer {
    pub(crate) port: u16,
    /// The certificate it has, PEM; of `localhost`.
    pub(crate) certificate: String,
    process: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    child: Child,
    _folder: TempDir,
}

impl MailServer {
    /// None if the judge is not there.
    pub(crate) fn start(way: Way, signs_in: bool) -> Option<Self> {
        let python = python()?;
        let folder = tempfile::tempdir().unwrap();
        let mut wants = json!({ "port": 0 });
        let (certificate, key) = certified("localhost");
        if way != Way::Plain {
            for (name, content) in [("certificate", &certificate), ("key", &key)] {
                let file = folder.path().join(name);
                std::fs::write(&file, content).unwrap();
                wants[name] = json!(file);
            }
            wants["tls"] = json!(if way == Way::Tls { "tls" } else { "starttls" });
        }
        if signs_in {
            (wants["name"], wants["password"]) = (json!(NAME), json!(PASSWORD));
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail/server.py");
        let mut child = Command::new(python)
            .args([script.as_os_str(), wants.to_string().as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (tells, hears) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut server =
            MailServer { port: 0, certificate, process: Mutex::new((tells, hears)), child, _folder: folder };
        server.port = server.answer()["port"].as_u64().unwrap().try_into().unwrap();
        Some(server)
    }

    fn answer(&self) -> Value {
        let mut line = String::new();
        self.process.lock().unwrap().1.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the mail server ended: {line:?}"))
    }

    /// From now on: `well`, `refuses for good`, `refuses for now`, `refuses content`, `slow`, `gone`.
    pub(crate) fn be(&self, mood: &str) -> Value {
        writeln!(self.process.lock().unwrap().0, "{mood}").unwrap();
        self.answer()
    }

    /// What it was given.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.be("mails")["mails"].as_array().unwrap().iter().cloned().map(Mail).collect()
    }

    /// What it was given since it was asked last.
    pub(crate) fn take(&self) -> Vec<Mail> {
        self.be("take")["mails"].as_array().unwrap().iter().cloned().map(Mail).collect()
    }

    /// How many connections there were.
    pub(crate) fn sessions(&self) -> u64 {
        self.be("mails")["sessions"].as_u64().unwrap()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A certificate of a name, and its key, PEM.
pub(crate) fn certified(name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// A mail as Python's `email` reads it.
#[derive(Clone, Debug)]
pub(crate) struct Mail(Value);

impl Mail {
    pub(crate) fn get(&self, what: &str) -> &Value {
        &self.0[what]
    }

    pub(crate) fn text(&self, what: &str) -> String {
        self.0[what].as_str().unwrap_or_else(|| panic!("{what}: {:?}", self.0)).to_owned()
    }

    pub(crate) fn list(&self, what: &str) -> Vec<String> {
        self.0[what].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    }

    /// Every header of this name.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        let all = self.0["headers"].as_array().unwrap();
        all.iter().filter(|it| it[0] == name).map(|it| it[1].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> String {
        let mut all = self.headers(name);
        assert_eq!(all.len(), 1, "{name}: {all:?}");
        all.remove(0)
    }

    /// The names of headers and parts, and the tags of the markup.
    pub(crate) fn structure(&self) -> Vec<String> {
        let names = self.0["headers"].as_array().unwrap().iter().map(|it| it[0].as_str().unwrap().to_owned());
        let mut structure: Vec<String> = names.collect();
        structure.extend(self.list("parts"));
        structure.extend(self.list("defects"));
        structure.extend(tags(&self.text("html")));
        structure
    }
}

/// The tags of a piece of HTML, in order.
pub(crate) fn tags(html: &str) -> Vec<String> {
    html.split('<').skip(1).map(|it| format!("<{}", it.split_inclusive('>').next().unwrap_or_default())).collect()
}
