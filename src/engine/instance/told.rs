use super::Instance;
use crate::engine::domain::Domain;
use crate::values::Answers;

impl<D: Domain> Instance<D> {
    /// What is different between this one, as it is stored, and one that the history tells: the names of the fields.
    /// Personal answers are compared unless they were erased.
    #[must_use]
    pub fn differs_from(&self, told: &Self, erased: bool) -> Vec<&'static str> {
        let open = |it: &Answers| if erased { it.clone().part().0 } else { it.clone() };
        let version = |it: &Self| it.bound.as_ref().map(|it| (it.version, it.fell_back.clone()));
        let fields = [
            ("its process", (&self.process, self.version) == (&told.process, told.version)),
            ("the fingerprint of its definition", self.fingerprint == told.fingerprint),
            ("its subject", self.subject == told.subject),
            ("who started it", self.requester == told.requester),
            ("when it was started", self.started == told.started),
            ("where it stands", self.status == told.status),
            ("its answers", open(&self.answers) == open(&told.answers)),
            ("the version of its options", version(self) == version(told)),
            ("the state it relies on", self.relies_on == told.relies_on),
            ("what it asked of the outside", self.asked == told.asked),
            ("its incidents", self.incidents == told.incidents),
            ("where it was started", self.component == told.component),
            ("on whose behalf it was started", self.on_behalf == told.on_behalf),
            ("who answered its forms", self.editors == told.editors),
            ("the approval it waits for", self.approval == told.approval),
            ("how its last approval was decided", self.decided == told.decided),
        ];
        fields.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}
