//! The suite of the port, over HTTP and over TLS.

use std::sync::Arc;

use cardflow::ports::CertificateAuthority;
use cardflow::testing::conformance::authority::{AuthorityCapabilities, AuthorityFactory, Certified, Switches};
use cardflow::values::Timestamp;

use crate::authority::{able, certificate, encrypted, now, open, plain, settings};
use crate::server::Server;

struct Asked {
    encrypted: bool,
    holds: bool,
}

impl AuthorityFactory for Asked {
    type Guard = Server;

    async fn authority(&self, switches: Switches) -> (Server, Arc<dyn CertificateAuthority>) {
        let server = if self.encrypted { encrypted() } else { plain() };
        let Switches { reason_change, back_dating, approval } = switches;
        {
            let rules = &mut server.state().rules;
            (rules.reason_change, rules.back_dating, rules.approval) = (reason_change, back_dating, approval);
        }
        let mut able = able(reason_change, back_dating);
        (able.hold, able.release) = (self.holds, self.holds);
        let authority = open(settings(&server).able_to(able));
        (server, Arc::new(authority))
    }

    async fn certificate(&self, server: &Server, _: &dyn CertificateAuthority) -> Certified {
        certificate(server)
    }

    async fn agree(&self, server: &Server) {
        server.state().rules.agree();
    }

    /// What is in EJBCA stays there.
    async fn reopen(&self, server: &Server) -> Arc<dyn CertificateAuthority> {
        Arc::new(open(settings(server)))
    }

    fn now(&self) -> Timestamp {
        now()
    }

    fn capabilities(&self) -> AuthorityCapabilities {
        let (dates, keeps_start, tells_released) = (false, false, false);
        AuthorityCapabilities { dates, keeps_start, tells_released, ..AuthorityCapabilities::ALL }
    }
}

mod over_http {
    cardflow::authority_conformance!(super::Asked { encrypted: false, holds: true });
}

mod over_tls {
    cardflow::authority_conformance!(super::Asked { encrypted: true, holds: true });
}

mod without_holds {
    cardflow::authority_conformance!(super::Asked { encrypted: false, holds: false });
}
