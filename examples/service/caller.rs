//! Who calls.
//!
//! **The trust boundary.** This service signs nobody in. A reverse proxy in front of it does (single sign-on, smart card), and says
//! who it is in the headers `X-Cards-…`, which it removes from what comes from outside. That it is the proxy who speaks, it proves
//! with a secret that both were given; whoever reaches the port without it is refused. Roles are never taken from a header: the
//! directory knows them.

use std::error::Error;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use cardflow::engine::Component;
use cardflow::ports::{Call, Principal};
use cardflow::values::{CommandId, Timestamp};

use crate::fault::Fault;
use crate::host::Host;

/// What the proxy and this service were given, and nobody else.
pub struct ProxySecret(String);

impl ProxySecret {
    pub fn from_environment() -> Result<ProxySecret, Box<dyn Error>> {
        match std::env::var("CARDFLOW_PROXY_SECRET") {
            Ok(secret) if secret.len() >= 32 => Ok(ProxySecret(secret)),
            _ => Err("set CARDFLOW_PROXY_SECRET to at least 32 characters that the reverse proxy sends, too".into()),
        }
    }

    fn is(&self, given: &str) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), given.as_bytes()).is_ok()
    }
}

/// Who calls, and the id of the command if they gave one.
pub struct Caller {
    principal: Principal,
    command: Option<CommandId>,
}

impl Caller {
    /// One call to the library. A client that sends the same `Idempotency-Key` again gets the same answer, and nothing is done
    /// twice (law 16).
    pub fn call(&self) -> Call<'_> {
        self.command.map_or_else(|| Call::from(&self.principal), |it| self.principal.command(it))
    }
}

impl FromRequestParts<Arc<Host>> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, host: &Arc<Host>) -> Result<Self, Fault> {
        let headers = &parts.headers;
        if !header(headers, "x-cards-secret").is_some_and(|it| host.secret.is(it)) {
            return Err(Fault::NotTheProxy);
        }
        let needed = |name: &'static str| header(headers, name).ok_or(Fault::Header(name));
        let component: Component =
            needed("x-cards-component")?.parse().map_err(|_| Fault::Header("x-cards-component"))?;
        let authenticated: Timestamp =
            needed("x-cards-authenticated")?.parse().map_err(|_| Fault::Header("x-cards-authenticated"))?;
        let principal = Principal::new(needed("x-cards-account")?, component, needed("x-cards-method")?, authenticated);
        let key = headers.get("idempotency-key").map(|it| it.to_str().unwrap_or_default().parse());
        let command = key.transpose().map_err(|_| Fault::Header("idempotency-key"))?;
        let principal = principal.from_origin(header(headers, "x-forwarded-for").unwrap_or_default());
        Ok(Caller { principal, command })
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
