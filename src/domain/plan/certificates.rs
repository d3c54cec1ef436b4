use super::{Plan, Refusal};
use crate::domain::{
    AuthorityAction, CardState, Certificate, CertificateState, Change, ChangeRefused, Exemption, ExemptionPolicy,
    KeyUse, ObjectState, RevocationReason, SharedCertificates, Unholdable, What, WhyNot,
};
use crate::values::ObjectRef;

/// The certificates of a card in a [`Plan`].
#[derive(Debug)]
pub struct Certificates<'p, 'a> {
    plan: &'p mut Plan<'a>,
    card: ObjectRef,
    chosen: Vec<ObjectRef>,
}

impl<'p, 'a> Certificates<'p, 'a> {
    pub(super) fn of(plan: &'p mut Plan<'a>, card: ObjectRef) -> Self {
        let mut chosen = Vec::new();
        for at in plan.dossier.certificates_of(card).map(Certificate::at) {
            if !chosen.contains(&at) {
                chosen.push(at);
            }
        }
        Certificates { plan, card, chosen }
    }

    /// Those that are not final, including issued and already held ones. One that is past its end becomes *expired* in the
    /// same commit and is listed as "nothing to hold".
    #[must_use]
    pub fn usable(mut self) -> Self {
        let dossier = &self.plan.dossier;
        self.chosen
            .retain(|at| dossier.certificate(*at).is_some_and(|it| !crate::domain::CERTIFICATE.is_last(it.wanted())));
        self
    }

    /// Puts each on hold at its authority, or opens one more hold on those that are so already.
    ///
    /// What cannot be held is dealt with as the administrator decided: [`SharedCertificates`], [`Unholdable`].
    ///
    /// # Errors
    ///
    /// [`Refusal::CannotBeHeld`] under `CardsUnholdable = "refuse"`.
    pub fn hold(self) -> Result<(), Refusal> {
        let Certificates { plan, card, chosen } = self;
        chosen.into_iter().try_for_each(|at| plan.hold_certificate(at, card))
    }

    /// Closes this process's own holds on each; those that no other hold keeps become valid again.
    ///
    /// What expired or was revoked meanwhile is listed as not restored.
    ///
    /// # Errors
    ///
    /// [`Refusal::NothingToRestore`] if the card has certificates and every one has ended for good;
    /// [`Refusal::CannotBeReleased`] if an authority cannot take back a hold.
    pub fn release(self) -> Result<(), Refusal> {
        let Certificates { plan, card, chosen } = self;
        for at in &chosen {
            plan.release_certificate(*at, card)?;
        }
        let ended = |at: &ObjectRef| {
            plan.dossier.certificate(*at).is_none_or(|it| crate::domain::CERTIFICATE.is_last(it.wanted()))
        };
        if !chosen.is_empty() && chosen.iter().all(ended) {
            return Err(Refusal::NothingToRestore);
        }
        Ok(())
    }

    /// Revokes each for good with the administrator's reason; every hold on it closes.
    ///
    /// An encryption certificate that another active card carries is spared; one of an external issuer is exempt.
    ///
    /// # Errors
    ///
    /// [`Refusal::Change`] if a graph has no such way.
    pub fn revoke(self) -> Result<(), Refusal> {
        let reason = self.plan.context.policy.lock_reason;
        self.revoke_because(reason)
    }

    /// Revokes each for good with a reason of the process, else as [`revoke`](Certificates::revoke).
    ///
    /// # Errors
    ///
    /// [`Refusal::Change`] if a graph has no such way, as it has none for a reason that is not permanent.
    pub fn revoke_because(self, reason: RevocationReason) -> Result<(), Refusal> {
        let Certificates { plan, card, chosen } = self;
        chosen.into_iter().try_for_each(|at| plan.revoke_certificate(at, card, reason))
    }
}

impl Plan<'_> {
    fn certificate(&self, at: ObjectRef) -> Result<Certificate, Refusal> {
        Ok(self.dossier.certificate(at).ok_or(ChangeRefused::Missing(at))?.clone())
    }

    fn hold_certificate(&mut self, at: ObjectRef, card: ObjectRef) -> Result<(), Refusal> {
        let certificate = self.certificate(at)?;
        if certificate.validity().is_over(self.context.now) {
            return self.expire_certificate(&certificate);
        }
        let also_on = self.dossier.other_active_carriers(at, card);
        if !also_on.is_empty() && self.context.policy.shared == SharedCertificates::UntilLast {
            return self.exempt(at, card, ExemptionPolicy::SharedUntilLast);
        }
        if certificate.wanted() == CertificateState::OnHold {
            self.open_hold(at)?;
            self.note(at, What::HeldToo);
            return Ok(());
        }
        let why = match self.context.authorities.of(certificate.issuer()) {
            Some(_) if !self.context.policy.profile.allows_holds() => Some(ExemptionPolicy::NoHolds),
            Some(it) if it.hold => None,
            Some(_) => Some(ExemptionPolicy::CannotHold),
            None => Some(ExemptionPolicy::ForeignIssuer),
        };
        match (why, self.context.policy.unholdable) {
            (None, _) => {
                let to = ObjectState::Certificate(CertificateState::OnHold);
                self.become_(at, to, Some(RevocationReason::CertificateHold), also_on)?;
                self.open_hold(at)?;
                self.request(&certificate, AuthorityAction::Hold);
                Ok(())
            }
            (Some(why), Unholdable::Refuse) => Err(Refusal::CannotBeHeld {
                serial: certificate.serial().to_string(),
                issuer: certificate.issuer().to_string(),
                why,
            }),
            (Some(ExemptionPolicy::CannotHold | ExemptionPolicy::NoHolds), Unholdable::Revoke) => {
                let reason = self.context.policy.lock_reason;
                self.revoke_now(&certificate, also_on, reason)
            }
            (Some(why), Unholdable::Proceed | Unholdable::Revoke) => self.exempt(at, card, why),
        }
    }

    fn release_certificate(&mut self, at: ObjectRef, card: ObjectRef) -> Result<(), Refusal> {
        let certificate = self.certificate(at)?;
        let card_in_use = self.card_state(card)? == CardState::Active;
        if card_in_use && certificate.exemptions().iter().any(|it| it.card == card) {
            self.change(Change::ExemptionLifted { certificate: at, card })?;
        }
        match certificate.wanted() {
            CertificateState::Revoked => {
                self.note(at, What::Nothing { why: WhyNot::Revoked });
                return Ok(());
            }
            CertificateState::Expired => {
                self.note(at, What::Nothing { why: WhyNot::Expired });
                return Ok(());
            }
            _ if certificate.validity().is_over(self.context.now) => return self.expire_certificate(&certificate),
            _ if !certificate.holds().iter().any(|it| self.goes_with(it, card)) => {
                if !certificate.holds().is_empty() {
                    let causes = self.causes_left(at, |it| self.goes_with(it, card));
                    self.note(at, What::StillHeld { causes });
                }
                return Ok(());
            }
            CertificateState::Issued | CertificateState::Valid | CertificateState::OnHold => {}
        }
        let causes = self.causes_left(at, |it| self.goes_with(it, card));
        if causes.is_empty() && !card_in_use {
            self.note(at, What::Nothing { why: WhyNot::CardStillHeld });
            return Ok(());
        }
        if causes.is_empty() && self.context.authorities.of(certificate.issuer()).is_none_or(|it| !it.release) {
            return Err(Refusal::CannotBeReleased {
                serial: certificate.serial().to_string(),
                issuer: certificate.issuer().to_string(),
            });
        }
        self.close_holds(at, |plan, hold| plan.goes_with(hold, card))?;
        if causes.is_empty() {
            self.become_(at, ObjectState::Certificate(CertificateState::Valid), None, Vec::new())?;
            self.request(&certificate, AuthorityAction::Release);
        } else {
            self.note(at, What::StillHeld { causes });
        }
        Ok(())
    }

    fn revoke_certificate(&mut self, at: ObjectRef, card: ObjectRef, reason: RevocationReason) -> Result<(), Refusal> {
        let certificate = self.certificate(at)?;
        if certificate.validity().is_over(self.context.now) {
            return self.expire_certificate(&certificate);
        }
        let also_on = self.dossier.other_active_carriers(at, card);
        if !also_on.is_empty() && certificate.uses().contains(&KeyUse::Encryption) {
            self.exempt(at, card, ExemptionPolicy::SharedEncryption)?;
            return self.give_up_holds(&certificate, card);
        }
        if self.context.authorities.of(certificate.issuer()).is_none() {
            return self.exempt(at, card, ExemptionPolicy::ForeignIssuer);
        }
        self.revoke_now(&certificate, also_on, reason)
    }

    /// Closes the holds that were opened for the sake of a card that never comes back: nobody else would close them. The
    /// others that carry the certificate get it back, if no other hold keeps it.
    fn give_up_holds(&mut self, certificate: &Certificate, card: ObjectRef) -> Result<(), Refusal> {
        let at = certificate.at();
        let releasable = self.context.authorities.of(certificate.issuer()).is_some_and(|it| it.release);
        let causes = self.causes_left(at, |it| it.cause().origin == card);
        if certificate.wanted() != CertificateState::OnHold || causes.is_empty() && !releasable {
            return Ok(());
        }
        let closed = self.close_holds(at, |_, hold| hold.cause().origin == card)?;
        if closed && causes.is_empty() {
            self.become_(at, ObjectState::Certificate(CertificateState::Valid), None, Vec::new())?;
            self.request(certificate, AuthorityAction::Release);
        }
        Ok(())
    }

    fn revoke_now(
        &mut self,
        certificate: &Certificate,
        also_on: Vec<ObjectRef>,
        reason: RevocationReason,
    ) -> Result<(), Refusal> {
        self.become_(certificate.at(), ObjectState::Certificate(CertificateState::Revoked), Some(reason), also_on)?;
        self.close_all_holds(certificate.at())?;
        self.request(certificate, AuthorityAction::Revoke(reason));
        Ok(())
    }

    fn expire_certificate(&mut self, certificate: &Certificate) -> Result<(), Refusal> {
        let at = certificate.at();
        let (from, to) =
            (ObjectState::Certificate(certificate.wanted()), ObjectState::Certificate(CertificateState::Expired));
        self.change(Change::Moved { object: at, from, to, reason: None })?;
        self.close_all_holds(at)?;
        self.note(at, What::Nothing { why: WhyNot::Expired });
        Ok(())
    }

    fn exempt(&mut self, certificate: ObjectRef, card: ObjectRef, policy: ExemptionPolicy) -> Result<(), Refusal> {
        let exemption = Exemption { card, policy, at: self.context.now };
        self.change(Change::Exempted { certificate, exemption })?;
        self.note(certificate, What::Exempt { policy });
        Ok(())
    }
}
