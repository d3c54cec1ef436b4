use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{Certificate, ClientCert, RootCerts, TlsConfig, TlsProvider};
use ureq::typestate::AgentScope;

/// The most bytes of the head of an answer that are read.
const HEAD: usize = 16 << 10;

/// An HTTP client for one server: it follows nobody, takes no proxy from the environment, and keeps no connection.
pub(crate) struct Client<'a> {
    /// TLS, and nothing else.
    pub(crate) encrypted: bool,
    /// The roots that are trusted; none: those of the machine.
    pub(crate) roots: &'a [CertificateDer<'static>],
    /// Who it is.
    pub(crate) certificate: Option<ClientCert>,
}

/// The machine trusts nobody, and no root was given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NoRoots;

impl Client<'_> {
    /// The client, with the timeouts that are added.
    ///
    /// # Errors
    ///
    /// [`NoRoots`].
    pub(crate) fn agent(
        self,
        timeouts: impl FnOnce(ConfigBuilder<AgentScope>) -> ConfigBuilder<AgentScope>,
    ) -> Result<Agent, NoRoots> {
        let config = Agent::config_builder()
            .https_only(self.encrypted)
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .max_idle_connections(0)
            .max_response_header_size(HEAD)
            .user_agent("cardflow");
        let config = timeouts(config);
        if !self.encrypted {
            return Ok(config.build().new_agent());
        }
        let roots = match self.roots {
            [] => rustls_native_certs::load_native_certs().certs,
            own => own.to_vec(),
        };
        if roots.is_empty() {
            return Err(NoRoots);
        }
        let roots: Vec<_> = roots.iter().map(|it| Certificate::from_der(it.as_ref()).to_owned()).collect();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .root_certs(RootCerts::new_with_certs(&roots))
            .client_cert(self.certificate)
            .build();
        Ok(config.tls_config(tls).build().new_agent())
    }
}
