use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{OcspResponder, OcspStatus};
use crate::values::Timestamp;

/// An answer over HTTP (RFC 6960, appendix A): what a web server of any make has to send.
#[derive(Debug)]
pub struct OcspHttp {
    /// The status: 200 for everything that is answered by OCSP, refusals too; 405 for another method than GET and POST.
    pub status: u16,
    /// The headers, each a name and a value.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Why nothing could be said, for the log of the host.
    pub failure: Option<super::super::X509Error>,
}

impl OcspResponder {
    /// Answers a request over HTTP: its method, what follows the address of the responder in its path, and its body.
    ///
    /// By GET the request stands in the path, in base64, with or without percent signs; by POST in the body. An answer without
    /// a nonce may be kept by proxies until it ends (RFC 5019, section 6.2). The server must limit how much body it reads.
    pub async fn answer_http(&self, method: &str, path: &str, body: &[u8], now: Timestamp) -> OcspHttp {
        let decoded;
        let request = match method {
            "POST" => body,
            "GET" => {
                decoded = from_path(path).unwrap_or_default();
                &decoded
            }
            _ => {
                let headers = vec![("allow", "GET, POST".to_owned())];
                return OcspHttp { status: 405, headers, body: Vec::new(), failure: None };
            }
        };
        let answer = self.answer(request, now).await;
        let good_for = answer.next_update.filter(|_| answer.status == OcspStatus::Successful && !answer.has_nonce);
        let caching = match good_for.map(|it| it.millis().saturating_sub(now.millis()) / 1000) {
            Some(seconds) => format!("max-age={seconds}, public, no-transform, must-revalidate"),
            None => "no-store".to_owned(),
        };
        let headers = vec![("content-type", "application/ocsp-response".to_owned()), ("cache-control", caching)];
        OcspHttp { status: 200, headers, body: answer.der, failure: answer.failure }
    }
}

/// Base64 with percent signs for its odd characters.
fn from_path(path: &str) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(path.len());
    let mut bytes = path.trim_start_matches('/').bytes();
    while let Some(byte) = bytes.next() {
        text.push(if byte == b'%' {
            let digit = |it: Option<u8>| char::from(it?).to_digit(16);
            u8::try_from(digit(bytes.next())? << 4 | digit(bytes.next())?).ok()?
        } else {
            byte
        });
    }
    STANDARD.decode(text).ok()
}
