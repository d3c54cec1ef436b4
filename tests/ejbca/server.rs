//! A server with EJBCA's REST API: plain, or with TLS and a client certificate.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};

use cardflow::values::Timestamp;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::rules::Rules;

pub(crate) const BASE: &str = "/ejbca/ejbca-rest-api";

/// What the server does with what comes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Mood {
    /// What EJBCA does.
    #[default]
    Well,
    /// This status and body, and nothing is done.
    Says(u16, &'static str),
    /// Sends elsewhere.
    Redirects,
    /// Does it, and hangs up.
    Mute,
    /// Does it to changes, and hangs up where the status is asked for.
    MuteOnStatus,
    /// Takes the request and never answers.
    Silent,
    /// Speaks another protocol.
    Nonsense,
    /// A body longer than anybody reads.
    Endless,
}

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Came {
    pub(crate) method: Method,
    pub(crate) uri: String,
    pub(crate) authorization: Option<String>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) rules: Rules,
    pub(crate) mood: Mood,
    pub(crate) came: Vec<Came>,
    /// The one token that is let in.
    pub(crate) token: Option<&'static str>,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    encrypted: bool,
    state: Arc<Mutex<State>>,
    _runtime: Runtime,
}

/// A root with its key, which has signed a server and a client.
pub(crate) struct Pki {
    pub(crate) root: String,
    pub(crate) client: (String, String),
    /// A client of somebody else.
    pub(crate) stranger: (String, String),
    config: Arc<ServerConfig>,
}

pub(crate) static PKI: LazyLock<Pki> = LazyLock::new(|| {
    let root = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (certificate, Issuer::new(params, key))
    };
    let leaf = |issuer: &Issuer<'_, KeyPair>, name: &str| {
        let key = KeyPair::generate().unwrap();
        (CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, issuer).unwrap(), key)
    };
    let (certificate, issuer) = root("Root of the management CA");
    let (server, key) = leaf(&issuer, "127.0.0.1");
    let (client, client_key) = leaf(&issuer, "cardflow.example.org");
    let (_, other) = root("Somebody else");
    let (stranger, stranger_key) = leaf(&other, "stranger.example.org");
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![server.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    Pki {
        root: certificate.pem(),
        client: (client.pem(), client_key.serialize_pem()),
        stranger: (stranger.pem(), stranger_key.serialize_pem()),
        config: Arc::new(config),
    }
});

impl Server {
    pub(crate) fn open(encrypted: bool, issuer: String, now: Timestamp) -> Server {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let rules = Rules::new(issuer, now);
        let state = Arc::new(Mutex::new(State { rules, mood: Mood::Well, came: Vec::new(), token: None }));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = encrypted.then(|| TlsAcceptor::from(Arc::clone(&PKI.config)));
        let shared = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, acceptor) = (Arc::clone(&shared), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(stream, state).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, state).await;
                            }
                        }
                    }
                });
            }
        });
        Server { address, encrypted, state, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}{BASE}", if self.encrypted { "https" } else { "http" }, self.address)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn is(&self, mood: Mood) {
        self.state().mood = mood;
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(mut stream: S, state: Arc<Mutex<State>>) {
    let mood = state.lock().unwrap().mood.clone();
    if mood == Mood::Nonsense {
        let _ = stream.write_all(b"220 mail.example.org ESMTP\r\n\r\n").await;
        while matches!(stream.read(&mut [0; 1024]).await, Ok(1..)) {}
        return;
    }
    let answer = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { answer(&request, &state).await.ok_or("hangs up") }
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

/// What is answered; none to hang up.
async fn answer(request: &Request<Incoming>, state: &Mutex<State>) -> Option<Response<Full<Bytes>>> {
    let authorization = request.headers().get("authorization").map(|it| it.to_str().unwrap().to_owned());
    let (mood, said) = {
        let mut state = state.lock().unwrap();
        let (method, uri) = (request.method().clone(), request.uri().to_string());
        state.came.push(Came { method, uri, authorization: authorization.clone() });
        let mood = state.mood.clone();
        let let_in = state.token.is_none_or(|it| authorization == Some(format!("Bearer {it}")));
        let said = match &mood {
            Mood::Well | Mood::Mute | Mood::MuteOnStatus if let_in => {
                let (status, body) = state.asked(request);
                (status, body.to_string())
            }
            Mood::Says(status, body) => (*status, (*body).to_owned()),
            Mood::Redirects => (302, String::new()),
            Mood::Endless => (200, "x".repeat(100_000)),
            _ => (401, String::new()),
        };
        (mood, said)
    };
    match mood {
        Mood::Silent => std::future::pending().await,
        Mood::Mute => return None,
        Mood::MuteOnStatus if request.method() == Method::GET => return None,
        _ => {}
    }
    let response = Response::builder().status(said.0).header("location", "https://elsewhere.example.org/");
    Some(response.body(Full::new(Bytes::from(said.1))).unwrap())
}

/// What `%2C` and the like stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next().unwrap()).to_digit(16).unwrap() as u8;
        bytes.push(if byte == b'%' { digit() << 4 | digit() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}

impl State {
    fn asked(&mut self, request: &Request<Incoming>) -> crate::rules::Said {
        let path = request.uri().path().strip_prefix(BASE).unwrap_or_default();
        let parts: Vec<_> = path.split('/').map(decoded).collect();
        let parts: Vec<_> = parts.iter().map(String::as_str).collect();
        let query = request.uri().query().unwrap_or_default();
        let query: BTreeMap<_, _> =
            query.split('&').filter_map(|it| it.split_once('=')).map(|(a, b)| (a.to_owned(), decoded(b))).collect();
        match (request.method(), parts.as_slice()) {
            (&Method::PUT, ["", "v1", "certificate", issuer, serial, "revoke"]) => {
                self.rules.revoke(issuer, serial, &query)
            }
            (&Method::GET, ["", "v1", "certificate", issuer, serial, "revocationstatus"]) => {
                self.rules.status(issuer, serial)
            }
            _ => (404, serde_json::Value::Null),
        }
    }
}
