use super::domain::Domain;
use crate::values::{Answers, CodecError, EffectId, Ids, InstanceId, ObjectRef, Timestamp, decode, encode};

/// The version of the stored form of an alarm.
const FORMAT: u8 = 1;

/// A time at which an object is to be looked at, since something may be due of it: its validity is over, say.
///
/// It says when to look and not what to do: that is found in the object as it is [then](Domain::due). So one that nobody
/// needs any more does nothing, and one that comes late does what is due by then.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Alarm {
    /// Its id.
    pub id: EffectId,
    /// The object.
    pub object: ObjectRef,
    /// When.
    pub at: Timestamp,
}

/// A process that is due on an object: it begins by itself, in the name of nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The symbolic name.
    pub process: &'static str,
    /// The one that begins instead if this one is refused; none if there is nothing else to do.
    pub otherwise: Option<&'static str>,
    /// The answers to its first form.
    pub answers: Answers,
}

/// Something that should have come about by now, by a rule: it stands as an incident of the instance that it was due of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Missed {
    /// The instance.
    pub instance: InstanceId,
    /// The object.
    pub object: ObjectRef,
    /// What is overdue, in words, and since when: the same as long as it is the same.
    pub what: String,
}

impl Alarm {
    /// The alarms of some objects after a change that were not there before it.
    pub(super) fn come<D: Domain>(
        before: &D::Dossier,
        after: &D::Dossier,
        changed: &[ObjectRef],
        ids: &mut Ids,
    ) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        for object in changed {
            let times = |dossier| D::look_up(dossier, *object).map(D::deadlines).unwrap_or_default();
            let known = times(before);
            for at in times(after).into_iter().filter(|it| !known.contains(it)) {
                alarms.push(Alarm { id: EffectId::from_uuid(ids.fresh()), object: *object, at });
            }
        }
        alarms
    }

    /// The alarms of new objects.
    pub(crate) fn of_new<D: Domain>(objects: &[D::Object], ids: &mut Ids) -> Vec<Alarm> {
        let of = |object: &D::Object| {
            let at = D::at(object);
            D::deadlines(object).into_iter().map(move |time| (at, time)).collect::<Vec<_>>()
        };
        let times = objects.iter().flat_map(of);
        times.map(|(object, at)| Alarm { id: EffectId::from_uuid(ids.fresh()), object, at }).collect()
    }

    /// The instance id its timer stands under: that of the object, so that all alarms of one object are found together.
    #[must_use]
    pub fn instance(&self) -> InstanceId {
        InstanceId::from_uuid(self.object.id())
    }

    /// The stored form of what it is about; id and time are those of the timer.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it has none.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CodecError> {
        encode("an alarm", FORMAT, &self.object)
    }

    /// Reads the stored form; none of a timer that is about an instance.
    ///
    /// # Errors
    ///
    /// [`CodecError`] for bytes of another version and damaged ones.
    pub fn from_bytes(id: EffectId, at: Timestamp, bytes: &[u8]) -> Result<Option<Self>, CodecError> {
        if bytes.is_empty() {
            return Ok(None);
        }
        decode("an alarm", FORMAT, bytes).map(|object| Some(Alarm { id, object, at }))
    }
}
