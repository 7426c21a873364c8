//! One connection: its SEGWs, its policy, where it stands and what it went through.

#[cfg(feature = "json")]
use core::num::NonZeroU32;

use heapless::String;

use crate::addr::AddrList;
#[cfg(feature = "json")]
use crate::cause::Cause;
use crate::chains::Chains;
use crate::children::Children;
use crate::clock::Clock;
#[cfg(feature = "json")]
use crate::detail::Detail;
#[cfg(feature = "json")]
use crate::engine::drill::Drill;
use crate::failover::{State, World};
use crate::hash::hash;
#[cfg(feature = "json")]
use crate::history::History;
use crate::limits::{CONNECTION_CAP, NAME_CAP};
use crate::liveness::{Pace, Watch};
use crate::order;
use crate::policy::Policy;
use crate::ranks::Ranks;
use crate::reach::{Reach, Tempo};
use crate::segw::{SegwId, SegwSet, SegwTable};
use crate::silence::Silence;
use crate::standby::{Standby, Warm, Wish};
use crate::time::{Instant, earliest};

/// A connection's place in the table; it keeps it until it is removed.
pub type Slot = u16;

/// A connection's name.
pub type Name = String<{ NAME_CAP - 1 }, u8>;

/// An index of a table by connections' names.
pub(crate) type Names = Chains<CONNECTION_CAP, CONNECTION_CAP>;

/// The chain that a name is in.
pub(crate) fn chain(name: &str) -> usize {
    Names::of_hash(hash(name.as_bytes()))
}

/// Whether a text has only characters that a name may have: what requests can say and events need not escape.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    let odd = |byte: u8| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\\' | b'{' | b'}' | b',');
    !text.is_empty() && !text.bytes().any(odd)
}

/// The end of time.
const NEVER: Instant = Instant(u64::MAX);

/// An INITIATE action whose IKE_SA is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dial {
    /// The action's serial.
    pub serial: u32,
    /// The SEGW it dials.
    pub segw: SegwId,
    /// Whether it is the trial of a move.
    pub trial: bool,
}

/// Where an operator wants a connection to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// On this SEGW.
    pub segw: SegwId,
    /// For so long; the end of time: for ever.
    pub until: Instant,
}

/// How a SEGW that carried a connection was lost.
#[cfg(feature = "json")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// When.
    pub at: Instant,
    /// For how long nothing had been heard of it then, in milliseconds, if that was watched.
    pub silent_ms: Option<NonZeroU32>,
    /// Which one.
    pub segw: SegwId,
    /// Why; `None`: charon sets it up anew by itself.
    pub cause: Option<Cause>,
    /// What exactly went wrong.
    pub detail: Option<Detail>,
}

/// What happened how often, since the configuration was applied.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    /// Losses of a SEGW that carried it.
    #[cfg(feature = "json")]
    pub failovers: u32,
    /// Moves to a more preferred SEGW that recovered.
    #[cfg(feature = "json")]
    pub failbacks: u32,
    /// Moves that an operator asked for.
    #[cfg(feature = "json")]
    pub switches: u32,
    /// Dials since the connection was last up.
    pub attempts: u32,
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    /// Its name; never changes, whichever SEGW carries it.
    pub name: Name,
    /// Its SEGWs.
    pub segws: SegwTable,
    /// How it fails over.
    pub policy: Policy,
    /// Where it stands.
    pub state: State,
    /// When it last came up or went down, or was started or stopped while it was down.
    #[cfg(feature = "json")]
    pub turned_at: Instant,
    /// How the SEGW that carried it last was lost.
    #[cfg(feature = "json")]
    pub lost: Option<Loss>,
    /// What exactly went wrong with the IKE_SA that the next decision is about.
    #[cfg(feature = "json")]
    pub detail: Option<Detail>,
    /// From when on its windows let it go back by itself, as known when it was last looked after; the end of time: nobody knows.
    pub opens_at: Instant,
    /// Where an operator wants it to be.
    pub pin: Option<Pin>,
    /// The drill that is under way.
    #[cfg(feature = "json")]
    pub(crate) drill: Option<Drill>,
    /// The dial that is on its way to charon.
    pub dial: Option<Dial>,
    /// The watch over the IKE_SA that carries traffic.
    pub watch: Option<Watch>,
    /// The IKE_SA to the SEGW that would be next.
    pub standby: Standby,
    /// A standby that has just taken the place of a dial.
    pub warm: Option<Warm>,
    /// What is known of the targets that are asked through that IKE_SA.
    pub reach: Option<Reach>,
    /// SEGWs that no data came from, since data last did.
    pub silent: Silence,
    /// SEGWs that no target answered through, since one last did.
    pub unreached: Silence,
    /// SEGWs that have deleted their last IKE_SA only to initiate another one, as some reauthenticate.
    pub redials: SegwSet,
    /// On hold: how many packets had come in through the IKE_SA that is kept when there was a route again.
    pub held_packets: Option<u64>,
    /// Its routes are being asked for.
    pub routes_asked: bool,
    /// Its CHILD_SAs; none: the IKE_SA alone counts as up.
    pub children: Children,
    /// When to ask again for those that are wanted and not up.
    pub complete_at: Option<Instant>,
    /// How often they were asked for; a dial is the first time for those that it could not bring up.
    pub completions: u32,
    /// From when on a change of this host's network may cut a pause short.
    pub hurry_at: Instant,
    /// Redirects that were followed since `redirected_at`.
    pub redirects: u8,
    /// Those that were not.
    pub unfollowed: u8,
    /// When the first of them was.
    pub redirected_at: Instant,
    /// This device, as a number: what an order `hash` is drawn by.
    pub device: u32,
    /// Charon's own configuration has it, nobody applied it here.
    pub adopted: bool,
    /// When the SEGW that carries it began to, if one does.
    pub carried_since: Instant,
    /// Tells configurations apart: a hash of everything but the policy.
    #[cfg(feature = "json")]
    pub digest: u64,
    /// Counters.
    pub counters: Counters,
    /// Transitions.
    #[cfg(feature = "json")]
    pub history: History,
}

impl Connection {
    /// One that nobody has started yet; its name has at most 63 characters.
    #[must_use]
    pub fn new(name: &str, addrs: &AddrList, children: u8, policy: &Policy, now: Instant) -> Self {
        let mut connection = Self {
            name: Name::try_from(name).unwrap_or_default(),
            segws: SegwTable::default(),
            policy: *policy,
            state: State::Idle,
            #[cfg(feature = "json")]
            turned_at: now,
            #[cfg(feature = "json")]
            lost: None,
            #[cfg(feature = "json")]
            detail: None,
            opens_at: Instant(0),
            pin: None,
            #[cfg(feature = "json")]
            drill: None,
            dial: None,
            watch: None,
            standby: Standby::new(now),
            warm: None,
            reach: None,
            silent: Silence::NONE,
            unreached: Silence::NONE,
            redials: SegwSet::EMPTY,
            held_packets: None,
            routes_asked: false,
            children: Children::new(children),
            complete_at: None,
            completions: 0,
            hurry_at: now,
            redirects: 0,
            unfollowed: 0,
            redirected_at: now,
            device: 0,
            adopted: false,
            carried_since: now,
            #[cfg(feature = "json")]
            digest: 0,
            counters: Counters::default(),
            #[cfg(feature = "json")]
            history: History::new(),
        };
        connection.segws.fill(addrs);
        connection
    }

    /// What a decision may look at.
    #[must_use]
    pub fn world(&self, now: Instant, random: u32) -> World<'_> {
        let ranks = self.ranks(now);
        let better = ranks.before(self.state.active().unwrap_or(ranks.iter().next().unwrap_or(0)));
        World {
            now,
            segws: self.segws.len(),
            ranks,
            barred: self.segws.barred(now),
            unbarred_first: self.segws.unbarred_first(now),
            resting: self.segws.resting(now),
            rested_at: self.segws.rested_at(now),
            better_at: self.segws.unbarred_at(better, now),
            open: self.opens_at <= now,
            more: self.segws.more(),
            patience_ms: self.segws.patience_ms(),
            redials: self.redials,
            policy: &self.policy,
            random,
        }
    }

    /// The SEGW that is dialled has answered for the first time.
    pub fn answered(&mut self, now: Instant) {
        let mut state = self.state;
        state.answered(&self.world(now, 0));
        self.state = state;
    }

    /// In which order it prefers its SEGWs.
    #[must_use]
    pub fn ranks(&self, now: Instant) -> Ranks {
        let pin = self.pin.filter(|pin| pin.until > now).map(|pin| pin.segw);
        self.ranks_with(pin, self.segws.drained(now))
    }

    /// In which order it would if no operator had said anything.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn natural_ranks(&self) -> Ranks {
        self.ranks_with(None, SegwSet::EMPTY)
    }

    fn ranks_with(&self, pin: Option<SegwId>, drained: SegwSet) -> Ranks {
        if self.policy.is_as_listed() {
            // What is said most often, and asked for at every turn.
            return Ranks::new(self.segws.len(), pin, drained);
        }
        let warm = Some(self.standby.segw).filter(|_| self.standby.is_there());
        let merits = order::merits(&self.policy, &self.segws, self.device, warm);
        Ranks::of(self.policy.order, &merits, self.segws.len(), pin, drained)
    }

    /// Finds out when its windows let it go back by itself.
    pub fn look_at_clock(&mut self, clock: &Clock, now: Instant) {
        let windows = &self.policy.failback_window;
        self.opens_at = match self.state {
            _ if windows.is_any() => Instant(0),
            State::Active { failback_at: Some(at), .. } => {
                clock.moment(windows, at, now, self.policy.connect_timeout_ms).unwrap_or(NEVER)
            }
            _ if clock.is_open(windows, now) => Instant(0),
            _ => NEVER,
        };
    }

    /// When its state wants to be looked after; a failback not before its window opens, but where an operator wants it to go.
    #[must_use]
    pub fn decides_at(&self) -> Option<Instant> {
        match self.state {
            State::Active { segw, failback_at: Some(at), .. } if at < self.opens_at => {
                // What is over is forgotten when its time comes.
                let ranks = self.ranks(Instant(0));
                let called = ranks.iter().take_while(|to| *to != segw).any(|to| ranks.is_called(segw, to));
                if called { Some(at) } else { Some(self.opens_at).filter(|at| *at < NEVER) }
            }
            state => state.poll_at(),
        }
    }

    /// When the first of what an operator said of where it is to be is over, or a drill has to go on.
    #[must_use]
    pub fn steered_until(&self) -> Option<Instant> {
        let pinned = self.pin.map(|pin| pin.until).filter(|until| until.0 < u64::MAX);
        let until = earliest(pinned, self.segws.drained_until());
        #[cfg(feature = "json")]
        let until = earliest(until, self.drill.and_then(|drill| drill.poll_at()));
        until
    }

    /// When the engine has to look after this connection.
    #[must_use]
    pub fn poll_at(&self) -> Option<Instant> {
        let complete_at = self.complete_at.filter(|_| self.state.active().is_some());
        let due_at = self.asking().map(|reach| reach.due_at);
        let watched = earliest(self.watch.map(|watch| watch.look_at), due_at);
        let at = earliest(earliest(self.decides_at(), watched), complete_at);
        earliest(earliest(at, self.standby_at()), self.steered_until())
    }

    /// When its standby wants to be seen to.
    fn standby_at(&self) -> Option<Instant> {
        let watched = self.policy.liveness_interval_ms > 0;
        earliest(self.standby.poll_at(&self.state, watched), self.warm.map(|warm| warm.at))
    }

    /// What it wants of its standby: none where the IKE_SA alone counts as up.
    #[must_use]
    pub fn standby_wish(&self, now: Instant) -> Wish {
        if self.children.configured() == 0 { Wish::Nothing } else { Wish::of(&self.state, &self.world(now, 0)) }
    }

    /// The times of the watch over a standby to this SEGW.
    #[must_use]
    pub fn pace_of(&self, segw: SegwId) -> Pace {
        Pace::new(&self.policy, self.segws.get(segw).map_or(0, |segw| segw.answers.likely_ms()))
    }

    /// The times of the watch over the SEGW that carries it.
    #[must_use]
    pub fn pace(&self) -> Pace {
        let segw = self.state.active().and_then(|segw| self.segws.get(segw));
        Pace::new(&self.policy, segw.map_or(0, |segw| segw.answers.likely_ms()))
    }

    /// What is known of the targets, while they are asked: where one SEGW carries the traffic, and no other is tried.
    #[must_use]
    pub fn asking(&self) -> Option<&Reach> {
        self.reach.as_ref().filter(|_| matches!(self.state, State::Active { .. }))
    }

    /// The times of the questions to the targets.
    #[must_use]
    pub fn tempo(&self) -> Tempo {
        let segw = self.state.active().and_then(|segw| self.segws.get(segw));
        Tempo::new(&self.policy.probe, segw.map_or(0, |segw| segw.answers.mean_ms()))
    }

    /// Another IKE_SA carries the traffic, or other targets are to be asked: what was known says nothing.
    pub fn reach_anew(&mut self, now: Instant) {
        let asks = self.state.active().is_some() && !self.policy.probe.targets.is_empty();
        self.reach = asks.then(|| Reach::new(now, &self.tempo()));
    }

    /// Since when it is as it is: carried by the SEGW that carries it, or down.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn since(&self) -> Instant {
        if self.state.active().is_some() { self.carried_since } else { self.turned_at }
    }

    /// After how long that all is well what is missing is no sequel of what was missing before, in milliseconds.
    #[must_use]
    pub fn calm_ms(&self) -> u32 {
        self.policy.stable_ms.max(1_000)
    }

    /// Takes over where it stands. A failback is due when one of the SEGWs that it could go to may be dialled, no sooner.
    pub fn stand(&mut self, mut state: State) {
        if let State::Active { segw, failback_at: Some(at), .. } = &mut state {
            *at = self.segws.opens_at(self.ranks(*at).before(*segw), *at).unwrap_or(*at);
        }
        self.state = state;
    }

    /// The SEGW it is on or is dialling.
    #[must_use]
    pub const fn turned_to(&self) -> Option<SegwId> {
        match self.state {
            State::Connecting { segw, .. } | State::Hold { segw, .. } => Some(segw),
            state => state.active(),
        }
    }

    /// Whether it minds if this host's routes change.
    #[must_use]
    pub const fn minds_routes(&self) -> bool {
        !matches!(self.state, State::Idle | State::Stopped | State::Exhausted { .. })
    }

    /// How long `segw` has carried it in all, in milliseconds.
    #[must_use]
    pub fn carried_ms(&self, segw: SegwId, now: Instant) -> u64 {
        let before = self.segws.get(segw).map_or(0, |segw| segw.carried_ms);
        let at_present = self.state.active() == Some(segw);
        before.saturating_add(if at_present { now.since(self.carried_since) } else { 0 })
    }

    /// Makes what is only counted 0. Times stay, and what is decided by: the dials of this round, refusals in a row.
    #[cfg(feature = "json")]
    pub fn reset_counters(&mut self) {
        self.counters = Counters { attempts: self.counters.attempts, ..Counters::default() };
        self.segws.reset_counters();
        self.standby.reset_counters();
    }

    /// The number of the round that is running, from 0.
    #[cfg(feature = "json")]
    #[must_use]
    pub const fn round(&self) -> u32 {
        match self.state {
            State::Connecting { failures, .. }
            | State::Active { failures, .. }
            | State::Moving { failures, .. }
            | State::Hold { failures, .. }
            | State::Backoff { failures, .. } => failures.round,
            State::Idle | State::Stopped | State::Exhausted { .. } => 0,
        }
    }
}
