//! A system outside: a real HTTP server where requests for approval lie. It takes what is signed, once.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use cardflow::engine::ApprovalRequest;
use cardflow::values::{TaskId, TenantId};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::signing::{Headers, request_is_signed};

/// What the system does with what comes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Mood {
    Takes,
    Answers(u16),
    Redirects(u16, String),
    /// Takes the connection and the request, and never answers.
    Silent,
    /// Answers with a head larger than anybody reads.
    LargeHead,
    /// Answers 200 and a body that never ends.
    EndlessBody,
    /// Speaks another protocol.
    Nonsense,
    /// Hangs up.
    HangsUp,
}

/// What came: the headers, and the body.
#[derive(Clone, Debug)]
pub(crate) struct Came {
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) mood: Mood,
    pub(crate) lies: Vec<ApprovalRequest>,
    pub(crate) came: Vec<Came>,
    nonces: BTreeSet<String>,
}

pub(crate) struct Desk {
    pub(crate) address: SocketAddr,
    /// The root that its certificate is from, as PEM; none if it is plain.
    pub(crate) root: Option<String>,
    state: Arc<Mutex<State>>,
    runtime: Runtime,
}

/// A certificate for this machine from a root of its own: the root, and what the server shows.
fn certified() -> (String, ServerConfig) {
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.distinguished_name.push(DnType::CommonName, "Root of the approval system");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().unwrap();
    let root_certificate = root.self_signed(&root_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(root, root_key)).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (root_certificate.pem(), config)
}

impl Desk {
    pub(crate) fn plain() -> Desk {
        Desk::open(None)
    }

    pub(crate) fn with_tls() -> Desk {
        Desk::open(Some(certified()))
    }

    fn open(tls: Option<(String, ServerConfig)>) -> Desk {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let state = State { mood: Mood::Takes, lies: Vec::new(), came: Vec::new(), nonces: BTreeSet::new() };
        let state = Arc::new(Mutex::new(state));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (root, acceptor) = match tls {
            Some((root, config)) => (Some(root), Some(TlsAcceptor::from(Arc::new(config)))),
            None => (None, None),
        };
        let at_desk = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, acceptor) = (Arc::clone(&at_desk), acceptor.clone());
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
        Desk { address, root, state, runtime }
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.root.is_some() { "https" } else { "http" };
        format!("{scheme}://{}/approvals/secret-path", self.address)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn is(&self, mood: Mood) {
        self.state().mood = mood;
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(mut stream: S, state: Arc<Mutex<State>>) {
    let mood = state.lock().unwrap().mood.clone();
    match mood {
        Mood::HangsUp => {}
        Mood::Nonsense => {
            let _ = stream.write_all(b"220 mail.example.org ESMTP\r\n\r\n").await;
            // Closed by the other side: what was not read would reset the connection before the answer is.
            while matches!(stream.read(&mut [0; 1024]).await, Ok(1..)) {}
        }
        Mood::EndlessBody => {
            let _ = stream.read(&mut [0; 64]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n").await;
            while stream.write_all(&[b'x'; 1024]).await.is_ok() {}
        }
        _ => {
            let answer = service_fn(move |request| {
                let state = Arc::clone(&state);
                async move { Ok::<_, Infallible>(answer(request, &state).await) }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        }
    }
}

async fn answer(request: Request<Incoming>, state: &Mutex<State>) -> Response<Full<Bytes>> {
    let header =
        |name: &str| request.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
    let headers = Headers {
        key: header("cardflow-key"),
        time: header("cardflow-time"),
        nonce: header("cardflow-nonce"),
        signature: header("cardflow-signature"),
    };
    let asked = (request.method() == Method::POST, request.uri().path() == "/approvals/secret-path");
    let json = header("content-type") == "application/json";
    let body = request.into_body().collect().await.unwrap().to_bytes().to_vec();
    let mood = {
        let mut state = state.lock().unwrap();
        state.came.push(Came { headers: headers.clone(), body: body.clone() });
        state.mood.clone()
    };
    let status = match mood {
        Mood::Silent => std::future::pending().await,
        Mood::Answers(status) | Mood::Redirects(status, _) => status,
        Mood::LargeHead => 200,
        _ if asked != (true, true) || !json => 404,
        _ => state.lock().unwrap().take(&headers, &body),
    };
    let mut response = Response::builder().status(status);
    if let Mood::Redirects(_, to) = &mood {
        response = response.header("location", to);
    }
    if mood == Mood::LargeHead {
        response = response.header("x-large", "x".repeat(40_000));
    }
    response.body(Full::new(Bytes::from_static(b"taken"))).unwrap()
}

impl State {
    /// Takes what is signed, has not come before, and reads.
    fn take(&mut self, headers: &Headers, body: &[u8]) -> u16 {
        if !request_is_signed(headers, body) || !self.nonces.insert(headers.nonce.clone()) {
            return 401;
        }
        let mut message: Value = serde_json::from_slice(body).unwrap();
        let fields = message.as_object_mut().unwrap();
        assert_eq!(fields.remove("version"), Some(Value::from(1)));
        match fields.remove("kind").unwrap().as_str().unwrap() {
            "submit" => {
                let request: ApprovalRequest = serde_json::from_value(message).unwrap();
                let same = |it: &ApprovalRequest| (it.tenant, it.task) == (request.tenant, request.task);
                if !self.lies.iter().any(same) {
                    self.lies.push(request);
                }
                201
            }
            "withdraw" => {
                let tenant: TenantId = serde_json::from_value(fields.remove("tenant").unwrap()).unwrap();
                let task: TaskId = serde_json::from_value(fields.remove("task").unwrap()).unwrap();
                assert!(fields.is_empty(), "{fields:?}");
                let before = self.lies.len();
                self.lies.retain(|it| (it.tenant, it.task) != (tenant, task));
                if before == self.lies.len() { 404 } else { 204 }
            }
            other => panic!("{other}"),
        }
    }
}
