use crate::domain::CertificateState;

/// What the outside does in a [`World`](super::World): the authorities, and whatever else is asked.
///
/// It always answers what it is asked, sooner or later; that it is silent for now is that other things happen first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outside {
    /// Its answers may be on their way for long, so that other things happen before they arrive.
    pub slow: bool,
    /// It may fail for good: a person must look, and tries again, gives up or deals with it by hand.
    pub fails: bool,
    /// It may do nothing and answer what held before.
    pub contradicts: bool,
    /// It may change a certificate by itself, behind our back.
    pub meddles: bool,
}

impl Outside {
    /// It does what it is asked and says so.
    pub const WELL: Outside = Outside { slow: false, fails: false, contradicts: false, meddles: false };

    /// Everything goes wrong that can.
    pub const HOSTILE: Outside = Outside { slow: true, fails: true, contradicts: true, meddles: true };
}

/// How the outside answers a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum How {
    /// It does it, and says so.
    Done,
    /// It does it, and its answer is on its way.
    Sent,
    /// The answer that was on its way arrives: what held when it was sent.
    Arrives(CertificateState),
    /// It does nothing, and says what holds.
    Contradicts,
    /// It fails for good.
    Fails,
    /// Nobody asks it: a later request has made this one pointless.
    Overtaken,
}
