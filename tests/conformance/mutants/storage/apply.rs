//! How commits change a wrong store.

use std::collections::BTreeSet;

use cardflow::engine::SharedRecord;
use cardflow::engine::chain::{ChainHead, Linked, link};
use cardflow::ports::{Commit, Committed, Remembered, Work, WorkDone};
use cardflow::values::{Digest, HomeId, TenantId};

use super::data::{Data, Heads, Part};
use super::faults::Fault;

impl Data {
    /// What a refused commit leaves, of which there should be nothing.
    pub(super) fn leave_behind(&mut self, commit: &Commit) {
        let heads = self.heads(commit);
        let bare = Commit::of(commit.tenant);
        let left = match self.fault {
            Fault::KeepsHistoryOfRefused => Commit { history: commit.history.clone(), ..bare },
            Fault::KeepsWorkOfRefused => Commit { work: commit.work.clone(), ..bare },
            Fault::KeepsRecordsOfRefused => Commit { puts: commit.puts.iter().take(1).cloned().collect(), ..bare },
            Fault::RemembersRefused => Commit { remember: commit.remember.clone(), ..bare },
            Fault::FinishesTasksOfRefused => Commit { tasks_done: commit.tasks_done.clone(), ..bare },
            Fault::FinishesWorkOfRefused => Commit { done: commit.done.clone(), ..bare },
            Fault::OvertakesOfRefused => Commit { overtakes: commit.overtakes.clone(), ..bare },
            Fault::ReservesKeysOfRefused => {
                self.reserved.extend(commit.puts.iter().cloned());
                bare
            }
            Fault::LeavesGaps => {
                commit.history.iter().for_each(|it| *self.gaps.entry(it.chain).or_default() += 1);
                bare
            }
            Fault::CountsRefused => {
                self.rise(commit);
                bare
            }
            Fault::HarmsNext => {
                self.harmed = true;
                bare
            }
            _ => bare,
        };
        self.apply(&left, Part::Whole, &heads);
    }

    /// Where the chains of a commit end.
    pub(crate) fn heads(&self, commit: &Commit) -> Heads {
        let chains: BTreeSet<HomeId> = commit.history.iter().map(|it| it.chain).collect();
        chains.into_iter().map(|it| (it, self.head(commit.tenant, it))).collect()
    }

    pub(super) fn is_of_chain(&self, tenant: TenantId, chain: HomeId, it: &Linked) -> bool {
        (it.chain == chain || self.is(Fault::SharesChain)) && (it.tenant == tenant || self.is(Fault::SharesChains))
    }

    pub(super) fn head(&self, tenant: TenantId, chain: HomeId) -> ChainHead {
        let last = self.history.iter().rfind(|it| self.is_of_chain(tenant, chain, it));
        last.map_or(ChainHead::EMPTY, |it| ChainHead { length: it.sequence, hash: it.hash })
    }

    pub(crate) fn apply(&mut self, commit: &Commit, part: Part, heads: &Heads) -> Committed {
        let puts = match part {
            Part::Whole => commit.puts.as_slice(),
            Part::First => commit.puts.get(..1).unwrap_or_default(),
            Part::Second => commit.puts.get(1..).unwrap_or_default(),
        };
        self.commits += 1;
        puts.iter().for_each(|it| self.put(it.clone()));
        self.count(commit, puts, part);
        if part == Part::First {
            return Committed::Stored { heads: Vec::new(), behind: Vec::new() };
        }
        for done in &commit.tasks_done {
            self.records.remove(&(self.owner(commit.tenant, Fault::SharesHomes), done.task));
        }
        if self.is(Fault::OvertakesBeforeDone) {
            self.overtake(commit);
        }
        for done in &commit.done {
            self.finish(commit.tenant, done);
        }
        if !self.is(Fault::OvertakesBeforeDone) && !self.is(Fault::OvertakesWritten) {
            self.overtake(commit);
        }
        let behind = commit.work.iter().filter(|it| self.add(it)).map(|it| it.id).collect();
        if self.is(Fault::OvertakesWritten) {
            self.overtake(commit);
        }
        self.trim(commit);
        if !self.is(Fault::ErasesWritten) {
            self.erase(commit);
        }
        let heads = self.write_history(commit, heads.clone());
        if self.is(Fault::ErasesWritten) {
            self.erase(commit);
        }
        if let Some(new) = &commit.remember {
            let text = self.is(Fault::TakesAnswersForText);
            let answer =
                if text { String::from_utf8_lossy(&new.answer).into_owned().into() } else { new.answer.clone() };
            let owner = self.owner(commit.tenant, Fault::SharesCommands);
            self.commands.push((owner, Remembered { answer, ..new.clone() }));
        }
        Committed::Stored { heads, behind }
    }

    fn erase(&mut self, commit: &Commit) {
        for (chain, sequence) in &commit.erases {
            let fault = self.fault;
            let meant = |it: &Linked| {
                let tenant = it.tenant == commit.tenant || fault == Fault::ErasesForOthers;
                tenant && it.chain == *chain && (it.sequence == *sequence || fault == Fault::ErasesChains)
            };
            match fault {
                Fault::NeverErases => {}
                Fault::ErasesRecords => self.history.retain(|it| !meant(it)),
                _ => self.history.iter_mut().filter(|it| meant(it)).for_each(|it| it.personal = None),
            }
        }
    }

    fn trim(&mut self, commit: &Commit) {
        for trim in &commit.trims {
            let upto = match self.fault {
                Fault::NeverTrims => 0,
                Fault::TrimsOneLess => trim.upto - 1,
                _ => trim.upto,
            };
            let of = |it: &Linked| (it.tenant, it.chain) == (commit.tenant, trim.chain);
            self.history.retain(|it| !of(it) || it.sequence > upto);
            if self.is(Fault::CountsTrimmedAnew) {
                self.history.iter_mut().filter(|it| of(it)).for_each(|it| it.sequence -= upto);
            }
        }
    }

    fn put(&mut self, shared: SharedRecord) {
        let mut record = shared.into_record();
        match self.fault {
            Fault::TakesBodiesForText => record.body = String::from_utf8_lossy(&record.body).into_owned().into(),
            Fault::CutsBodies => record.body.truncate(1 << 16),
            Fault::FillsEmptyBodies if record.body.is_empty() => record.body.push(0),
            _ => {}
        }
        let slot = (self.owner(record.tenant, Fault::SharesHomes), record.at);
        let came = self.records.len();
        if let Some((_, old)) = self.records.insert(slot, (came, record.into())) {
            self.past.push(old);
        }
    }

    /// Raises the homes.
    fn count(&mut self, commit: &Commit, puts: &[SharedRecord], part: Part) {
        let objects = puts.iter().filter(|it| it.at.kind().is_object() || self.is(Fault::CountsInstances));
        let objects = objects.filter(|it| !self.is(Fault::CountsNewObjects) || it.revision.number() == 1);
        let mut homes: Vec<HomeId> = objects.map(|it| it.home()).collect();
        match self.fault {
            Fault::CountsObjects => {}
            Fault::CountsHistory => homes.extend(commit.history.iter().map(|it| it.chain)),
            Fault::CountsWork => homes.extend(commit.work.iter().map(|it| it.home)),
            Fault::CountsReads => homes.extend(commit.expects.iter().map(|(it, _)| *it)),
            _ => {}
        }
        if self.fault != Fault::CountsObjects {
            homes.sort();
            homes.dedup();
        }
        // Of a commit in halves, the first half raises its home.
        let raised = commit.puts.first().map(|it| it.home()).filter(|_| part == Part::Second);
        for home in homes.into_iter().filter(|it| Some(*it) != raised) {
            *self.revisions.entry((self.owner(commit.tenant, Fault::SharesHomes), home)).or_default() += 1;
        }
    }

    fn finish(&mut self, tenant: TenantId, done: &WorkDone) {
        let Some(place) = self.work.iter().position(|it| self.is_meant(tenant, it, done)) else { return };
        let mut work = self.work.remove(place);
        let Some((due, trouble)) = done.again.clone() else { return self.finished.push(work) };
        work.due = due;
        work.trouble = trouble.filter(|_| !self.is(Fault::DropsTrouble));
        if !self.is(Fault::KeepsLeaseOfPutOff) {
            work.lease = None;
        }
        if self.is(Fault::ResetsAttempts) {
            work.attempts = 0;
        }
        let place = if self.is(Fault::LosesTurnOfPutOff) { self.work.len() } else { place };
        self.work.insert(place, work);
    }

    pub(super) fn overtake(&mut self, commit: &Commit) {
        let fault = self.fault;
        let targets = if fault == Fault::OvertakesOneTarget { 1 } else { usize::MAX };
        for overtake in commit.overtakes.iter().take(targets) {
            let meant = |it: &Work| {
                let tenant = it.tenant == commit.tenant || fault == Fault::OvertakesForOthers;
                let beginning = fault == Fault::OvertakesBeginnings && it.target.starts_with(&overtake.target);
                tenant && (it.target == overtake.target || beginning)
            };
            let mut places: Vec<usize> = (0..self.work.len()).filter(|it| meant(&self.work[*it])).collect();
            let first = places.first().map(|it| self.work[*it].instance);
            match fault {
                Fault::NeverOvertakes => places.clear(),
                Fault::OvertakesFirst => places.truncate(1),
                Fault::OvertakesOneInstance => places.retain(|it| Some(self.work[*it].instance) == first),
                _ => {}
            }
            for place in &places {
                let work = &mut self.work[*place];
                match fault {
                    Fault::LinesUpBehindOvertaken => self.shadows.push((work.tenant, work.id, work.target.clone())),
                    Fault::DropsLeaseOfOvertaken => work.lease = None,
                    Fault::ResetsAttemptsOfOvertaken => work.attempts = 0,
                    _ => {}
                }
                work.target.clear();
                match fault {
                    Fault::KeepsDueOfOvertaken => {}
                    Fault::KeepsSoonerDueOfOvertaken => work.due = work.due.min(overtake.at),
                    _ => work.due = overtake.at,
                }
            }
            if fault == Fault::DropsOvertaken {
                let gone: Vec<_> = places.iter().map(|it| self.work[*it].clone()).collect();
                self.work.retain(|it| !gone.contains(it));
            }
        }
    }

    /// Whether work stands behind some that has stepped out of its line.
    fn has_a_shadow(&self, work: &Work) -> bool {
        let there = |id| self.work.iter().any(|it| it.id == id);
        self.shadows.iter().any(|(tenant, id, target)| (*tenant, target) == (work.tenant, &work.target) && there(*id))
    }

    pub(super) fn is_same_target(&self, one: &Work, other: &Work) -> bool {
        let target = |it: &Work| match self.fault {
            Fault::TrimsTargets => it.target.trim().to_owned(),
            Fault::EndsAtNul => it.target.split('\0').next().unwrap_or_default().to_owned(),
            _ => it.target.clone(),
        };
        let named = !target(one).is_empty() || self.is(Fault::TakesNoTargetForOne);
        let tenant = one.tenant == other.tenant || self.is(Fault::SharesTargets);
        let instance = one.instance == other.instance || !self.is(Fault::SplitsTargets);
        named && tenant && instance && target(one) == target(other) && !self.is(Fault::IgnoresTargets)
    }

    /// Adds work; says whether the answer names it.
    fn add(&mut self, work: &Work) -> bool {
        let mut work = work.clone();
        let behind = self.work.iter().any(|it| self.is_same_target(it, &work)) || self.has_a_shadow(&work);
        let had_lease = work.lease.is_some();
        if behind && had_lease {
            work.lease = work.lease.filter(|_| self.is(Fault::KeepsLeaseBehind));
            work.attempts -= u32::from(!self.is(Fault::KeepsAttemptBehind));
        }
        if self.is(Fault::IgnoresStoredLease) {
            work.lease = None;
        }
        if self.is(Fault::EndsAtNul) {
            work.trouble = work.trouble.map(|it| it.split('\0').next().unwrap_or_default().to_owned());
        }
        self.work.retain(|it| (it.tenant, it.instance, it.id) != (work.tenant, work.instance, work.id));
        self.work.push(work);
        match self.fault {
            Fault::HidesBehind => false,
            Fault::NamesAllBehind => behind,
            _ => behind && had_lease,
        }
    }

    fn write_history(&mut self, commit: &Commit, mut heads: Heads) -> Heads {
        let tenant = commit.tenant;
        let before = heads.clone();
        let mut drafts = commit.history.clone();
        match self.fault {
            Fault::ReversesDrafts => drafts.reverse(),
            Fault::LosesHistory => drafts.clear(),
            _ => {}
        }
        for mut draft in drafts {
            let chain = draft.chain;
            let mut head = match self.fault {
                Fault::SharesChain => self.head(tenant, chain),
                _ => heads.iter().find(|(it, _)| *it == chain).map_or(ChainHead::EMPTY, |(_, it)| *it),
            };
            head.length += self.gaps.remove(&chain).unwrap_or_default();
            match self.fault {
                Fault::ForgetsPrevious => head.hash = Digest::ZERO,
                Fault::DropsPersonal => draft.personal = None,
                _ => {}
            }
            let linked = link(tenant, head, draft);
            let new = ChainHead { length: linked.sequence, hash: linked.hash };
            heads.iter_mut().filter(|(it, _)| *it == chain).for_each(|(_, it)| *it = new);
            self.history.push(linked);
        }
        if self.is(Fault::AnswersOldHeads) { before } else { heads }
    }
}
