//! The SEGWs of one connection: preference order and what is known of each. Decides nothing.

use heapless::Vec;

use crate::addr::{self, Addr, AddrList, Fqdn};
use crate::answers::Answers;
use crate::cause::{Cause, Tally};
#[cfg(feature = "json")]
use crate::detail::Detail;
use crate::hint::Said;
use crate::limits::SEGW_CAP;
use crate::time::{Instant, Sometime};

/// A SEGW's place in its connection's list; 0 is the most preferred, the primary.
pub type SegwId = u8;

/// A set of SEGWs of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SegwSet(u8);

impl SegwSet {
    /// The set of no SEGW.
    pub const EMPTY: Self = Self(0);

    /// This set and `segw`.
    #[must_use]
    pub const fn with(self, segw: SegwId) -> Self {
        Self(self.0 | bit(segw))
    }

    /// This set but `segw`.
    #[must_use]
    pub const fn without(self, segw: SegwId) -> Self {
        Self(self.0 & !bit(segw))
    }

    /// All that is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set of those whose bits are set, bit 0 for the primary.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Those of the first `count` SEGWs that are not in the set.
    #[must_use]
    pub const fn others(self, count: u8) -> Self {
        let all = if count >= 8 { u8::MAX } else { bit(count).wrapping_sub(1) };
        Self(!self.0 & all)
    }

    /// Whether no SEGW is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `segw` is in the set.
    #[must_use]
    pub const fn contains(self, segw: SegwId) -> bool {
        self.0 & bit(segw) != 0
    }
}

const fn bit(segw: SegwId) -> u8 {
    1u8.wrapping_shl(segw as u32)
}

/// One security gateway.
#[derive(Clone, Debug)]
pub struct Segw {
    /// Where it is reached.
    pub addr: Addr,
    /// Dials so far.
    pub attempts: u32,
    /// Dials that came up.
    pub successes: u32,
    /// Dials that failed and connections that were lost.
    pub failures: u32,
    /// The last failure's cause.
    pub last_cause: Option<Cause>,
    /// What exactly went wrong then.
    #[cfg(feature = "json")]
    pub last_detail: Option<Detail>,
    /// All failures by their causes.
    pub causes: Tally,
    /// How long it has carried the connection in all, in milliseconds; without the time since it does so now.
    pub carried_ms: u64,
    /// How long its answers take.
    pub answers: Answers,
    /// When it last came up, failed or was left.
    pub changed_at: Sometime,
    /// Its name has addresses that were not dialled since it was last turned to.
    pub more: bool,
    /// After AUTH failures: not dialled by ourselves before this instant.
    pub barred_until: Sometime,
    /// AUTH failures in a row.
    pub refusals: u8,
    /// Failures since it last came up.
    pub lapses: u8,
    /// What it has said of its load since it was last dialled, or before it last failed.
    pub said: Said,
    /// Until when an operator wants nobody on it; 0: nobody said so.
    pub drained_until: Instant,
}

/// Within this time a SEGW that deletes an IKE_SA and initiates another one has only reauthenticated, in milliseconds.
const REAUTHENTICATED_MS: u64 = 5_000;

impl Segw {
    /// Until when it is not dialled by ourselves, if there is such a time.
    #[must_use]
    pub fn shut_until(&self) -> Option<Instant> {
        self.barred_until.get().max(self.said.counting().map(|said| said.until))
    }

    /// Whether it has asked, with proof, to be left alone at `now`.
    #[must_use]
    pub fn is_resting(&self, now: Instant) -> bool {
        self.rests(now).is_some_and(|rests| rests.proved)
    }

    /// What it has asked to be left alone with, if it is at `now`.
    #[must_use]
    pub fn rests(&self, now: Instant) -> Option<Said> {
        self.said.counting().filter(|said| said.until > now)
    }

    /// It may be dialled: it works, or somebody asked for it.
    pub fn open(&mut self) {
        (self.barred_until, self.said) = (Sometime::NONE, Said::NOTHING);
    }

    /// It initiates an IKE_SA: if it has deleted the last one for that, this was no failure. Whether that is so.
    pub fn came_back(&mut self, now: Instant) -> bool {
        let recently = self.changed_at.get().is_some_and(|at| now.since(at) < REAUTHENTICATED_MS);
        let redials = recently && self.last_cause == Some(Cause::PeerDeleted);
        if redials {
            self.failures = self.failures.saturating_sub(1);
            self.causes.take_back(Cause::PeerDeleted);
            self.last_cause = None;
            #[cfg(feature = "json")]
            {
                self.last_detail = None;
            }
        }
        redials
    }
}

/// The SEGWs of one connection in order of preference.
#[derive(Clone, Debug, Default)]
pub struct SegwTable {
    segws: Vec<Segw, SEGW_CAP>,
}

impl SegwTable {
    /// A table of the addresses, none of them tried yet.
    #[must_use]
    pub fn new(addrs: &AddrList) -> Self {
        let mut table = Self::default();
        table.fill(addrs);
        table
    }

    /// Adds SEGWs that were not tried yet. Where the table is: as one value it is large on the stack.
    #[inline(never)]
    pub fn fill(&mut self, addrs: &AddrList) {
        for addr in addrs {
            // There are no more addresses than places.
            let _ = self.segws.push(Segw {
                addr: addr.clone(),
                attempts: 0,
                successes: 0,
                failures: 0,
                last_cause: None,
                #[cfg(feature = "json")]
                last_detail: None,
                causes: Tally::default(),
                carried_ms: 0,
                answers: Answers::default(),
                changed_at: Sometime::NONE,
                more: false,
                barred_until: Sometime::NONE,
                refusals: 0,
                lapses: 0,
                said: Said::NOTHING,
                drained_until: Instant(0),
            });
        }
    }

    /// How many SEGWs there are.
    #[must_use]
    pub fn len(&self) -> u8 {
        u8::try_from(self.segws.len()).unwrap_or(u8::MAX)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segws.is_empty()
    }

    /// All SEGWs, the primary first.
    pub fn iter(&self) -> impl Iterator<Item = &Segw> {
        self.segws.iter()
    }

    /// The address of one SEGW as texts have it, empty if there is none.
    #[must_use]
    pub fn text(&self, id: SegwId) -> Fqdn {
        self.get(id).map(|segw| segw.addr.to_text()).unwrap_or_default()
    }

    /// One SEGW.
    #[must_use]
    pub fn get(&self, id: SegwId) -> Option<&Segw> {
        self.segws.get(usize::from(id))
    }

    /// One SEGW, to note something about it.
    pub fn get_mut(&mut self, id: SegwId) -> Option<&mut Segw> {
        self.segws.get_mut(usize::from(id))
    }

    /// Makes what is only counted 0.
    #[cfg(feature = "json")]
    pub fn reset_counters(&mut self) {
        for segw in &mut self.segws {
            (segw.attempts, segw.successes, segw.failures) = (0, 0, 0);
            segw.causes = Tally::default();
        }
    }

    /// Takes over what was known of a SEGW in another table, if it is in this one.
    pub fn keep(&mut self, old: &Segw) {
        if let Some(segw) = self.segws.iter_mut().find(|segw| segw.addr == old.addr) {
            *segw = old.clone();
        }
    }

    /// The SEGW of that address.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<SegwId> {
        self.place(&addr::parse(text).ok()?)
    }

    /// The SEGW of that address, as a value.
    #[must_use]
    pub fn place(&self, addr: &Addr) -> Option<SegwId> {
        (0u8..).zip(&self.segws).find(|(_, segw)| segw.addr == *addr).map(|(id, _)| id)
    }

    /// How long each SEGW is to be waited for before it has answered anything, in milliseconds, by what is known of it, or else
    /// by the slowest of the others: it may be the line. 0 if nothing is known.
    #[must_use]
    pub fn patience_ms(&self) -> [u32; SEGW_CAP] {
        let known = |segw: &Segw| Some(segw.answers.patience_ms()).filter(|ms| *ms > 0);
        let others = self.iter().filter_map(known).max().unwrap_or(0);
        let mut each = [others; SEGW_CAP];
        for (patience, known) in each.iter_mut().zip(self.iter().map(known)) {
            *patience = known.unwrap_or(others);
        }
        each
    }

    /// The SEGWs whose names have more addresses to dial.
    #[must_use]
    pub fn more(&self) -> SegwSet {
        (0u8..).zip(self.iter()).filter(|(_, segw)| segw.more).fold(SegwSet::EMPTY, |set, (id, _)| set.with(id))
    }

    /// The SEGWs that are left alone at `now`: after AUTH failures, or because they have asked for it.
    #[must_use]
    pub fn barred(&self, now: Instant) -> SegwSet {
        (0u8..)
            .zip(self.iter())
            .filter(|(_, segw)| segw.shut_until().is_some_and(|until| until > now))
            .fold(SegwSet::EMPTY, |set, (id, _)| set.with(id))
    }

    /// Leaves none alone for longer than until then.
    pub fn limit_barring(&mut self, latest: Instant) {
        for segw in &mut self.segws {
            segw.barred_until = segw.barred_until.get().map(|until| until.min(latest)).into();
        }
    }

    /// The barred SEGW that may be dialled again first, 0 if none is barred. One that has not asked for it is sooner.
    #[must_use]
    pub fn unbarred_first(&self, now: Instant) -> SegwId {
        let barred =
            (0u8..).zip(self.iter()).filter_map(|(id, segw)| Some((segw.is_resting(now), segw.shut_until()?, id)));
        barred.filter(|(_, until, _)| *until > now).min().map_or(0, |(.., id)| id)
    }

    /// The SEGWs that have asked, with proof, to be left alone at `now`.
    #[must_use]
    pub fn resting(&self, now: Instant) -> SegwSet {
        let resting = (0u8..).zip(self.iter()).filter(|(_, segw)| segw.is_resting(now));
        resting.fold(SegwSet::EMPTY, |set, (id, _)| set.with(id))
    }

    /// When the first SEGW may be dialled again, if all of them have asked, with proof, to be left alone.
    #[must_use]
    pub fn rested_at(&self, now: Instant) -> Option<Instant> {
        let all = self.iter().all(|segw| segw.is_resting(now));
        if all { self.iter().filter_map(Segw::shut_until).min() } else { None }
    }

    /// The SEGWs that an operator wants nobody on at `now`.
    #[must_use]
    pub fn drained(&self, now: Instant) -> SegwSet {
        let drained = (0u8..).zip(self.iter()).filter(|(_, segw)| segw.drained_until > now);
        drained.fold(SegwSet::EMPTY, |set, (id, _)| set.with(id))
    }

    /// When the first of them is free again, if one is.
    #[must_use]
    pub fn drained_until(&self) -> Option<Instant> {
        self.iter().map(|segw| segw.drained_until).filter(|until| until.0 > 0 && until.0 < u64::MAX).min()
    }

    /// Takes over until when each is drained.
    #[cfg(feature = "json")]
    pub fn drain(&mut self, until: &[Instant; SEGW_CAP]) {
        for (segw, until) in self.segws.iter_mut().zip(until) {
            segw.drained_until = *until;
        }
    }

    /// Forgets what was drained until `now`.
    pub fn undrain(&mut self, now: Instant) {
        for segw in self.segws.iter_mut().filter(|segw| segw.drained_until <= now) {
            segw.drained_until = Instant(0);
        }
    }

    /// When the first of the `preferred` SEGWs may be dialled again, if at `at` none of them may.
    #[must_use]
    pub fn opens_at(&self, set: SegwSet, at: Instant) -> Option<Instant> {
        let preferred = || self.some(set);
        let shut = |segw: &Segw| segw.shut_until().is_some_and(|until| until > at);
        if preferred().all(shut) { preferred().filter_map(Segw::shut_until).min() } else { None }
    }

    fn some(&self, set: SegwSet) -> impl Iterator<Item = &Segw> {
        (0u8..).zip(self.iter()).filter(move |(id, _)| set.contains(*id)).map(|(_, segw)| segw)
    }

    /// When the first of the barred ones among the `preferred` SEGWs may be dialled again.
    #[must_use]
    pub fn unbarred_at(&self, preferred: SegwSet, now: Instant) -> Option<Instant> {
        self.some(preferred).filter_map(Segw::shut_until).filter(|until| *until > now).min()
    }
}
