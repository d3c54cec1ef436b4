//! A web server that answers as a test says, and somebody who signs under the name of another.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use cardflow::ports::{SignatureAlgorithm, Signer, SignerError};
use tokio::net::TcpListener;

/// Status and body.
pub(crate) type Page = (u16, Vec<u8>);

/// The address of a server that gives this to what is asked: a path and a body.
pub(crate) struct Site {
    pub(crate) address: String,
    asked: Arc<AtomicUsize>,
}

impl Site {
    pub(crate) async fn giving<F>(page: impl Fn(String, Vec<u8>) -> F + Send + Sync + 'static) -> Site
    where
        F: Future<Output = Page> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (page, counted) = (Arc::new(page), asked.clone());
        let routes = Router::new().fallback(move |request: Request| {
            counted.fetch_add(1, Ordering::SeqCst);
            let page = page.clone();
            let answer: Pin<Box<dyn Future<Output = Response> + Send>> = Box::pin(async move {
                let (head, body) = request.into_parts();
                let body = to_bytes(body, 1 << 20).await.unwrap();
                let (status, body) = page(head.uri.path().to_owned(), body.to_vec()).await;
                Response::builder().status(status).header("location", "/elsewhere").body(Body::from(body)).unwrap()
            });
            answer
        });
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Site { address, asked }
    }

    /// How often it was asked.
    #[allow(dead_code)]
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Shows the key of one and signs with that of another.
#[derive(Debug)]
pub(crate) struct Liar {
    pub(crate) shows: Arc<dyn Signer>,
    pub(crate) signs: Arc<dyn Signer>,
}

impl Signer for Liar {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.shows.algorithm()
    }

    fn public_key(&self) -> Vec<u8> {
        self.shows.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.signs.sign(message)
    }
}
