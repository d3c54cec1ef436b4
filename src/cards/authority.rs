use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Answer, Request};
use crate::domain::{AuthorityAction, AuthorityRequest, CertificateState, IssuerName};
use crate::ports::{
    AuthorityError, AuthorityOrder, CertificateAuthority, EffectCall, EffectError, EffectHandler, EffectState,
};

/// The kind of the effects that ask a certificate authority.
pub const AUTHORITY_EFFECT: &str = "authority";

/// Performs requests to certificate authorities: finds the one of the issuer and asks it.
#[derive(Clone, Debug, Default)]
pub struct AuthorityEffects {
    authorities: BTreeMap<IssuerName, Arc<dyn CertificateAuthority>>,
}

impl AuthorityEffects {
    /// With one more authority, under its issuer name.
    pub fn add(&mut self, authority: Arc<dyn CertificateAuthority>) {
        self.authorities.insert(authority.issuer(), authority);
    }

    /// Every authority.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn CertificateAuthority>> {
        self.authorities.values()
    }

    /// The authority of this issuer.
    #[must_use]
    pub fn of(&self, issuer: &IssuerName) -> Option<&Arc<dyn CertificateAuthority>> {
        self.authorities.get(issuer)
    }

    fn find(&self, call: &EffectCall) -> Result<(AuthorityRequest, &Arc<dyn CertificateAuthority>), EffectError> {
        let request = Request::from_bytes(&call.body).map_err(|source| EffectError {
            what: "the request to the authority does not read".to_owned(),
            retryable: false,
            source: Some(Box::new(source)),
        })?;
        let Request::Authority(request) = request else {
            return Err(EffectError {
                what: "this is no request to an authority".to_owned(),
                retryable: false,
                source: None,
            });
        };
        let authority = self.of(&request.issuer).ok_or_else(|| EffectError {
            what: format!("no authority is registered for `{}`; register it and deliver again", request.issuer),
            retryable: true,
            source: None,
        })?;
        Ok((request, authority))
    }
}

fn failed(error: AuthorityError) -> EffectError {
    EffectError { what: error.to_string(), retryable: error.is_retryable(), source: Some(Box::new(error)) }
}

/// The stored form of an answer.
pub(super) fn encoded(answer: &Answer) -> Result<Vec<u8>, EffectError> {
    answer.to_bytes().map_err(|source| EffectError {
        what: "the answer has no stored form".to_owned(),
        retryable: false,
        source: Some(Box::new(source)),
    })
}

#[async_trait]
impl EffectHandler for AuthorityEffects {
    fn kind(&self) -> String {
        AUTHORITY_EFFECT.to_owned()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        let (request, authority) = self.find(call)?;
        let AuthorityRequest { serial, not_after, action, .. } = request;
        let order = AuthorityOrder { effect: call.id, serial, not_after, action, at: call.at };
        let status = authority.change(&order).await.map_err(failed)?;
        encoded(&Answer::Authority { state: status.state, since: status.since })
    }

    async fn status(&self, call: &EffectCall) -> Result<EffectState, EffectError> {
        let (request, authority) = self.find(call)?;
        let status = match authority.status(&request.serial).await {
            Ok(status) => status,
            Err(AuthorityError::NotFound(_)) => return Ok(EffectState::NotDone),
            Err(error) => return Err(failed(error)),
        };
        let wanted = match request.action {
            AuthorityAction::Hold => CertificateState::OnHold,
            AuthorityAction::Release => CertificateState::Valid,
            AuthorityAction::Revoke(_) => CertificateState::Revoked,
        };
        if status.state != wanted {
            return Ok(EffectState::NotDone);
        }
        Ok(EffectState::Done(encoded(&Answer::Authority { state: status.state, since: status.since })?))
    }
}
