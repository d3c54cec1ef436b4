use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::OcspResponder;
use crate::ports::Clock;

/// Longer requests are not read to their end.
const LONGEST: usize = 64 * 1024;

/// Routes for [`OcspResponder::answer_http`], by GET and POST, to be served at the address that certificates name, or nested
/// under a path of a bigger service.
///
/// What keeps an answer from being given is left to the host's own log by `failed`.
pub fn ocsp_router(
    responder: Arc<OcspResponder>,
    clock: Arc<dyn Clock>,
    failed: impl Fn(super::super::X509Error) + Send + Sync + 'static,
) -> Router {
    let site = Site { responder, clock, failed: Arc::new(failed) };
    Router::new().fallback(answer).with_state(site)
}

#[derive(Clone)]
struct Site {
    responder: Arc<OcspResponder>,
    clock: Arc<dyn Clock>,
    failed: Arc<dyn Fn(super::super::X509Error) + Send + Sync>,
}

async fn answer(State(site): State<Site>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let answer = site.responder.answer_http(head.method.as_str(), head.uri.path(), &body, site.clock.now()).await;
    if let Some(failure) = answer.failure {
        (site.failed)(failure);
    }
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
