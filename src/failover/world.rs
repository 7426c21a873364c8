//! What a decision may look at besides state and input, and the moves that several states share.

use super::{Action, End, Failures, Move, Report, State};
use crate::backoff;
use crate::cause::Cause;
use crate::limits::SEGW_CAP;
use crate::policy::{Failback, OnRefusal, Order, Policy};
use crate::ranks::Ranks;
use crate::segw::{SegwId, SegwSet};
use crate::time::Instant;

/// Pause after a round in which only own faults were met, in milliseconds; jitter shortens it.
const OWN_PAUSE_MS: u32 = 2_000;
/// How long a SEGW that reauthenticates by deleting and dialling has for the latter, in milliseconds.
const REDIAL_MS: u32 = 250;

/// What a decision may look at besides state and input.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The time.
    pub now: Instant,
    /// How many SEGWs the connection has, 1 to 8.
    pub segws: u8,
    /// In which order the SEGWs are preferred.
    pub ranks: Ranks,
    /// SEGWs left alone, after AUTH failures or because they asked for it.
    pub barred: SegwSet,
    /// The one of them that may be dialled again first; 0 if there is none.
    pub unbarred_first: SegwId,
    /// Those of them that have asked for it, with proof.
    pub resting: SegwSet,
    /// When the first SEGW may be dialled, if all of them have.
    pub rested_at: Option<Instant>,
    /// When the first of those that are preferred to the active one and barred may be dialled again.
    pub better_at: Option<Instant>,
    /// Whether it may go back by itself now: none of its windows is closed.
    pub open: bool,
    /// SEGWs whose names have addresses that were not dialled since they were last turned to.
    pub more: SegwSet,
    /// How long each SEGW is to be waited for at least before it has answered anything, in milliseconds; 0: nothing is known.
    pub patience_ms: [u32; SEGW_CAP],
    /// SEGWs that have deleted their last IKE_SA only to initiate another one.
    pub redials: SegwSet,
    /// The connection's tunables.
    pub policy: &'a Policy,
    /// For jitter, uniform over all of its values.
    pub random: u32,
}

impl World<'_> {
    /// The first SEGW in order of preference that is not barred.
    pub(super) fn first(&self) -> Option<SegwId> {
        self.ranks.iter().find(|segw| !self.barred.contains(*segw))
    }

    /// The next SEGW of the list after `last`, around its end, that neither failed in this round nor is barred.
    pub(crate) fn next(&self, last: SegwId, failed: SegwSet) -> Option<SegwId> {
        let taken = failed.union(self.barred);
        let free = || self.ranks.around(last).filter(|segw| !taken.contains(*segw));
        // A drained one is better than none.
        free().find(|segw| !self.ranks.is_drained(*segw)).or_else(|| free().next())
    }

    /// The SEGW that would be next if `active` was lost, having been stable.
    pub(crate) fn after(&self, active: SegwId) -> Option<SegwId> {
        self.next(active, SegwSet::EMPTY.with(active))
    }

    /// The most preferred SEGW before `active` that is not barred, and that it may go to now.
    pub(crate) fn better(&self, active: SegwId) -> Option<SegwId> {
        self.goals(active).find(|segw| self.may_try(active, *segw))
    }

    /// The same, once its window is open.
    #[cfg(feature = "json")]
    pub(crate) fn better_then(&self, active: SegwId) -> Option<SegwId> {
        Self { open: true, ..*self }.better(active)
    }

    /// Whether it may go from `active` to `segw` now. Where an operator wants it, it may at any time.
    fn may_try(&self, active: SegwId, segw: SegwId) -> bool {
        (self.open || self.ranks.is_called(active, segw)) && !self.barred.contains(segw)
    }

    /// The SEGWs that it may go to from `active` by itself, the most preferred first.
    fn goals(&self, active: SegwId) -> impl Iterator<Item = SegwId> {
        let goes_back = self.policy.failback == Failback::HoldDown;
        let goal = move |segw: &SegwId| goes_back || self.ranks.is_called(active, *segw);
        self.ranks.preferred_to(active).filter(goal)
    }

    /// When it may go to one of them, its time, `failback_at`, being up: when its window opens, or as soon as one of them may be
    /// dialled. One that is barred for long does not keep it from the others when the window opens.
    pub(super) fn look_again_at(&self, active: SegwId, failback_at: Option<Instant>) -> Option<Instant> {
        let called = self.goals(active).any(|segw| self.ranks.is_called(active, segw));
        failback_at.filter(|_| !self.open && !called).or(self.better_at)
    }

    /// The next SEGW that is preferred to `active`, after the one that was `tried`, and not barred.
    pub(super) fn next_better(&self, active: SegwId, tried: SegwId) -> Option<SegwId> {
        self.goals(active).skip_while(|segw| *segw != tried).skip(1).find(|segw| self.may_try(active, *segw))
    }

    #[inline(never)]
    pub(crate) fn give_up_at(&self) -> Option<Instant> {
        let limit = self.policy.connect_timeout_ms;
        (limit > 0).then(|| self.now.after(limit))
    }

    /// When to give `segw` up, which is dialled now and has answered nothing yet.
    fn give_up_init_at(&self, segw: SegwId, failures: Failures) -> Option<Instant> {
        match self.give_up_at() {
            Some(_) if self.is_hasty(segw, failures) => Some(self.now.after(self.init_ms(segw))),
            at => at,
        }
    }

    /// How long `segw` may leave everything unanswered while there is another one: as configured, or as long as its answers
    /// may take.
    fn init_ms(&self, segw: SegwId) -> u32 {
        let [all, init] = self.policy.connect_times();
        init.max(self.patience_ms.get(usize::from(segw)).copied().unwrap_or(0)).min(all)
    }

    /// Whether there is another SEGW, or another address of `segw`, to go on with in this round.
    pub(super) fn is_hasty(&self, segw: SegwId, failures: Failures) -> bool {
        let init = self.policy.init_timeout_ms;
        init > 0
            && !failures.patient
            && (self.more.contains(segw) || self.next(segw, failures.failed.with(segw)).is_some())
    }

    /// When to give `segw` up, which was to be given up at `at` and has just answered for the first time.
    pub(super) fn give_up_answered_at(&self, segw: SegwId, failures: Failures, at: Instant) -> Instant {
        let all = self.policy.connect_timeout_ms;
        let left = all.saturating_sub(self.init_ms(segw));
        if self.is_hasty(segw, failures) { at.after(left).min(self.now.after(all)) } else { at }
    }

    pub(super) fn failback_at(&self, active: SegwId, relapses: u8) -> Option<Instant> {
        // The first loss may be an accident; from the second on the hold-down doubles.
        let doublings = u32::from(relapses.saturating_sub(1)).min(31);
        let hold = u64::from(self.policy.hold_down_ms) << doublings;
        let hold = u32::try_from(hold).unwrap_or(u32::MAX).min(self.policy.hold_down_limit_ms);
        // How long this one takes to answer may not be known yet.
        let looks = self.policy.order == Order::Rtt && self.policy.failback == Failback::HoldDown && self.segws > 1;
        (looks || self.goals(active).next().is_some()).then(|| self.now.after(hold))
    }

    /// When an exhausted connection tries again by itself.
    pub(super) fn retry_at(&self) -> Option<Instant> {
        let retry = self.policy.exhausted_retry_ms;
        (retry > 0).then(|| self.now.after(retry))
    }

    pub(super) fn connecting(&self, segw: SegwId, failures: Failures) -> State {
        State::Connecting { segw, failures, give_up_at: self.give_up_init_at(segw, failures) }
    }

    pub(super) fn active(&self, segw: SegwId, failures: Failures) -> State {
        let failures = Failures { failed: failures.flapped, ..failures };
        State::Active { segw, since: self.now, failures, failback_at: self.failback_at(segw, failures.relapses) }
    }

    pub(super) fn up(&self, to: SegwId, failures: Failures) -> (State, Action) {
        (self.active(to, failures), Action { report: Some(Report::Up { to }), ..Action::default() })
    }

    #[inline(never)]
    pub(super) fn moving(
        &self,
        from: SegwId,
        since: Instant,
        to: SegwId,
        why: Move,
        failures: Failures,
        end: End,
    ) -> (State, Action) {
        let state = State::Moving { from, since, to, why, failures, give_up_at: self.give_up_at() };
        (state, Action { end, dial: Some(to), ..Action::default() })
    }

    /// Dials the first SEGW that may be dialled; somebody asked, so a barred one is better than none.
    pub(super) fn start(&self) -> (State, Action) {
        let to = self.round_start(None);
        let action = Action { dial: Some(to), report: Some(Report::Start { to }), ..Action::default() };
        (self.connecting(to, Failures::default()), action)
    }

    /// Moves on after `segw` failed: to its next address or the next SEGW at once, or into the pause between two rounds.
    pub(super) fn failed(&self, segw: SegwId, failures: Failures, cause: Cause, end: End) -> (State, Action) {
        if self.has_other(segw, cause) {
            let report = Some(Report::Address { segw, cause });
            let action = Action { end, dial: Some(segw), again: true, report, ..Action::default() };
            return (self.connecting(segw, failures), action);
        }
        let failures = Failures { blamed: failures.blamed || cause.is_blame(), ..failures };
        // One that has asked for time may be the only one that has too much to do.
        if cause.is_refusal() && self.policy.on_refusal == OnRefusal::Stay && !self.resting.contains(segw) {
            return self.pause(segw, failures, cause, end, Some(segw));
        }
        self.onward(segw, Failures { failed: failures.failed.with(segw), ..failures }, SegwSet::EMPTY, cause, end)
    }

    /// Moves on after `segw`, which carried the traffic, is lost: at once, or where every router may have lost it at a moment of
    /// this one's own, or a moment later if it is expected to dial. Until then it may be back: the next SEGW begins a round.
    pub(super) fn lost(&self, segw: SegwId, failures: Failures, cause: Cause) -> (State, Action) {
        let (state, action) = self.failed(segw, failures, cause, End::Nothing);
        // One that only came and went is paced by the rounds.
        let stable = !failures.flapped.contains(segw);
        let State::Connecting { segw: to, failures: flapped, .. } = state else { return (state, action) };
        let redials = cause == Cause::PeerDeleted && self.redials.contains(segw);
        let spreads = self.policy.spread_ms > 0 && stable;
        if !(spreads || redials) || !cause.is_of_address() || action.again {
            return (state, action);
        }
        let failures = if stable { Failures { relapses: failures.relapses, ..Failures::default() } } else { flapped };
        let spread_ms = if spreads { backoff::within(self.policy.spread_ms, self.random) } else { 0 };
        let delay_ms = if redials { spread_ms.max(REDIAL_MS) } else { spread_ms };
        let state = State::Backoff { failures, retry_at: self.now.after(delay_ms), stay: Some(to) };
        (state, Action { report: Some(Report::Backoff { from: segw, to, cause, delay_ms }), ..Action::default() })
    }

    /// Whether `segw` failed in a way that leaves another of its addresses to try.
    pub(super) fn has_other(&self, segw: SegwId, cause: Cause) -> bool {
        cause.is_of_address() && self.more.contains(segw)
    }

    /// Leaves `segw` for the next SEGW that did not fail and is not in `shut`, or pauses.
    pub(super) fn onward(
        &self,
        segw: SegwId,
        failures: Failures,
        shut: SegwSet,
        cause: Cause,
        end: End,
    ) -> (State, Action) {
        match self.next(segw, failures.failed.union(shut)) {
            Some(to) => {
                let report = Some(Report::Failover { from: segw, to, cause });
                (self.connecting(to, failures), Action { end, dial: Some(to), report, ..Action::default() })
            }
            None => self.pause(segw, failures, cause, end, None),
        }
    }

    /// Pauses before the next round, or for good if that was the last one.
    fn pause(&self, segw: SegwId, failures: Failures, cause: Cause, end: End, stay: Option<SegwId>) -> (State, Action) {
        // Nothing that time brings mends a charon that lacks an algorithm, and each dial may leave half an IKE_SA with a SEGW.
        let grows = failures.blamed || cause == Cause::Lacking;
        let round = failures.round.saturating_add(u32::from(grows));
        // Whoever sees our packets can forge a refusal in the clear as soon as we dial: those must not end all rounds in no
        // time.
        let most = self.policy.max_rounds.saturating_add(u32::from(cause.is_unproved()));
        if self.policy.max_rounds > 0 && failures.blamed && round >= most {
            let report = Some(Report::Exhausted { from: segw, cause });
            return (State::Exhausted { retry_at: self.retry_at() }, Action { end, report, ..Action::default() });
        }
        let delay_ms = self.pause_ms(failures, grows).max(self.shut_ms());
        let to = self.round_start(stay);
        // Nobody has answered, and some had little time: the line may be slower than anybody knew.
        let patient = failures.hurried && !failures.heard;
        let failures = Failures { round, relapses: failures.relapses, patient, ..Failures::default() };
        let report = Report::Backoff { from: segw, to, cause, delay_ms };
        let state = State::Backoff { failures, retry_at: self.now.after(delay_ms), stay };
        (state, Action { end, report: Some(report), ..Action::default() })
    }

    /// How long no SEGW wants to be dialled, in milliseconds.
    pub(super) fn shut_ms(&self) -> u32 {
        self.rested_at.map_or(0, |at| at.since_ms(self.now))
    }

    /// How long to pause after these failures: short, and no longer each time, if they were all own faults that end by themselves.
    pub(super) fn pause_ms(&self, failures: Failures, grows: bool) -> u32 {
        if grows {
            return backoff::delay_ms(failures.round, self.policy, self.random);
        }
        let short = self.policy.backoff_limit_ms.min(OWN_PAUSE_MS);
        let policy = Policy { backoff_initial_ms: short, backoff_limit_ms: short, ..*self.policy };
        backoff::delay_ms(0, &policy, self.random)
    }

    /// The SEGW that a round starts with. If all are barred it is the one that has been for longest: rounds are paced by
    /// their pauses.
    pub(super) fn round_start(&self, stay: Option<SegwId>) -> SegwId {
        stay.or_else(|| self.first()).unwrap_or(self.unbarred_first)
    }

    /// What counts if the active SEGW is left through no fault of its own.
    #[inline(never)]
    pub(super) fn failures_after_leaving(&self, since: Instant, failures: Failures) -> Failures {
        if self.now.since(since) >= u64::from(self.policy.stable_ms) {
            Failures { relapses: failures.relapses, ..Failures::default() }
        } else {
            failures
        }
    }

    /// What counts against the SEGWs when the active one is lost.
    pub(super) fn failures_after_loss(&self, segw: SegwId, since: Instant, failures: Failures) -> Failures {
        let lasted = self.now.since(since);
        let relapses = match (self.ranks.is_first(segw), lasted < u64::from(self.policy.hold_down_ms)) {
            (true, true) => failures.relapses.saturating_add(1),
            (true, false) => 0,
            _ => failures.relapses,
        };
        if lasted >= u64::from(self.policy.stable_ms) {
            Failures { relapses, ..Failures::default() }
        } else {
            let flapped = failures.flapped.with(segw);
            Failures { failed: failures.failed.union(flapped), flapped, relapses, ..failures }
        }
    }
}
