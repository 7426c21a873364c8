//! How one connection fails over: the tunables, their defaults and ranges. Does not read JSON.

mod each;
mod probe;
mod setting;
mod windows;

use crate::refusal::number;

pub use each::{BadNumber, Each};
pub use probe::{BadTarget, Probe, ProbeAction, Targets};
pub use setting::{Choose, PROBE, PROBE_AT, PerSegw, SETTINGS, Setting, Tunable, key_meant};
pub use windows::{BadWindow, Opening, Windows};

/// When to go back to a more preferred SEGW.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failback {
    /// Never by itself; only `SWITCH` moves a connection back.
    Off,
    /// When the less preferred SEGW has carried the connection for the hold-down.
    HoldDown,
}

/// What to do when one side refuses the other with authority: its credentials (AUTH, either way) or its proposals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnRefusal {
    /// Go on with the next SEGW, as after any failure.
    Next,
    /// Stay with this SEGW and ask again after the pause: the others would refuse as well, or are not meant for that.
    Stay,
}

/// What to do about a SEGW that answers and that no data come from, though they go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataAction {
    /// Tell.
    Report,
    /// Go on with the next SEGW, until all were the same.
    Move,
}

/// What the SEGW that would be next has while another one carries the traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StandbyMode {
    /// Nothing.
    Off,
    /// An IKE_SA without CHILD_SAs (RFC 6023).
    Ike,
}

/// In which order SEGWs of equal preference come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// As they are listed.
    List,
    /// The one that answers soonest first, as far as that is known.
    Rtt,
    /// In one that each device has of its own, drawn by `weights`.
    Hash,
}

/// Which redirects of a SEGW are followed (RFC 5685).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Redirect {
    /// None.
    Off,
    /// Those to a SEGW of the connection's list.
    Listed,
    /// All. One that comes before the SEGW has proved who it is may be forged.
    Any,
}

/// The `failover` block of a connection, and its `probe` block. All times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// How long an IKE_SA may take from dialling to its first CHILD_SA; 0 leaves it to charon's retransmission.
    pub connect_timeout_ms: u32,
    /// How long a SEGW that is dialled may leave IKE_SA_INIT unanswered while there is another one to dial, or longer by how long
    /// answers take; then, or without another, `connect_timeout_ms` counts. 0, or with that 0: no limit of its own.
    pub init_timeout_ms: u32,
    /// How long an idle SEGW may be silent until it is asked for a sign of life; 0 leaves the detection to charon's DPD and
    /// retransmission.
    pub liveness_interval_ms: u32,
    /// Intervals without an answer after which the SEGW is lost, one after the first question; 0, the default: the four
    /// below decide instead.
    pub liveness_misses: u32,
    /// How long nothing may come in, by IKE or ESP, after packets went out, until the SEGW is asked; 0: as long as an idle
    /// one may be silent. Twice the time that answers take if that is more.
    pub suspect_ms: u32,
    /// Time after which the question is sent again; twice the time that answers take if that is more.
    pub probe_ms: u32,
    /// Questions without an answer after which the SEGW is lost, one `probe_ms` after the last.
    pub probe_misses: u32,
    /// How long packets may go out and none come in while the SEGW answers, until that is told; 0: it is not.
    pub data_suspect_ms: u32,
    /// What is done then.
    pub data_action: DataAction,
    /// Pause after the first round in which every SEGW failed.
    pub backoff_initial_ms: u32,
    /// Factor between the pauses of two successive rounds.
    pub backoff_base: u32,
    /// Longest pause.
    pub backoff_limit_ms: u32,
    /// How much of a pause is random, in percent; jitter only shortens.
    pub jitter_pct: u32,
    /// A SEGW that carried the connection and is not there any more may have left a whole fleet: the next one is dialled at a
    /// random moment within so long; 0: at once.
    pub spread_ms: u32,
    /// Rounds without success after which the connection is exhausted; 0 for no limit.
    pub max_rounds: u32,
    /// How long a SEGW must carry the connection for its success to count: a SEGW that accepts and drops at once
    /// stays counted as failed in the round.
    pub stable_ms: u32,
    /// How long a SEGW is left alone after an AUTH failure: fast retries may lock the subscriber out.
    pub auth_penalty_ms: u32,
    /// What a refusal of the credentials or proposals does.
    pub on_refusal: OnRefusal,
    /// Which redirects are followed.
    pub redirect: Redirect,
    /// How long an exhausted connection rests before it tries again by itself; 0 for never.
    pub exhausted_retry_ms: u32,
    /// Whether to go back to a more preferred SEGW.
    pub failback: Failback,
    /// How long a less preferred SEGW keeps the connection before a more preferred one is tried.
    pub hold_down_ms: u32,
    /// Longest hold-down; it doubles each time the primary fails again within it.
    pub hold_down_limit_ms: u32,
    /// When it may be tried, by the local time.
    pub failback_window: Windows,
    /// What the SEGW that would be next has.
    pub standby: StandbyMode,
    /// What orders SEGWs of equal preference.
    pub order: Order,
    /// A preference for each SEGW, the lowest the most preferred; none: all are equal.
    pub preferences: Each,
    /// A weight for each SEGW; none: all are equal.
    pub weights: Each,
    /// What is asked for an answer through the tunnel.
    pub probe: Probe,
    /// Which of them were set: a bit for each, in the order of [`SETTINGS`], and from [`PROBE_AT`] on in that of [`PROBE`].
    pub set: u64,
    /// Which of those were set for this connection alone.
    pub own: u64,
}

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody has set it.
    Default,
    /// It was set with the connection, or for all.
    Set,
    /// It was set for the connection, where others are set for all.
    Own,
}

impl Policy {
    /// What applies where the `failover` block is silent.
    pub const DEFAULT: Self = Self {
        connect_timeout_ms: 15_000,
        init_timeout_ms: 4_000,
        liveness_interval_ms: 10_000,
        liveness_misses: 0,
        suspect_ms: 1_000,
        probe_ms: 250,
        probe_misses: 8,
        data_suspect_ms: 30_000,
        data_action: DataAction::Report,
        backoff_initial_ms: 1_000,
        backoff_base: 2,
        backoff_limit_ms: 60_000,
        jitter_pct: 50,
        spread_ms: 0,
        max_rounds: 0,
        stable_ms: 10_000,
        auth_penalty_ms: 300_000,
        on_refusal: OnRefusal::Next,
        redirect: Redirect::Listed,
        exhausted_retry_ms: 3_600_000,
        failback: Failback::Off,
        hold_down_ms: 300_000,
        hold_down_limit_ms: 3_600_000,
        failback_window: Windows::ANY,
        standby: StandbyMode::Off,
        order: Order::List,
        preferences: Each::NONE,
        weights: Each::NONE,
        probe: Probe::DEFAULT,
        set: 0,
        own: 0,
    };

    /// Where a setting comes from, by its bit.
    #[must_use]
    pub const fn origin(&self, at: u32) -> Origin {
        let bit = 1u64.wrapping_shl(at);
        match (self.set & bit != 0, self.own & bit != 0) {
            (false, _) => Origin::Default,
            (true, false) => Origin::Set,
            (true, true) => Origin::Own,
        }
    }

    /// What a hold-down depends on.
    pub(crate) const fn failback_times(&self) -> (Failback, u32, u32, Windows) {
        (self.failback, self.hold_down_ms, self.hold_down_limit_ms, self.failback_window)
    }

    /// How long a dial may take.
    pub(crate) const fn connect_times(&self) -> [u32; 2] {
        [self.connect_timeout_ms, self.init_timeout_ms]
    }

    /// What the watch over a SEGW depends on.
    pub(crate) const fn liveness_times(&self) -> [u32; 5] {
        [self.liveness_interval_ms, self.liveness_misses, self.suspect_ms, self.probe_ms, self.probe_misses]
    }

    /// Whether SEGWs come as they are listed, and in no other order.
    pub(crate) fn is_as_listed(&self) -> bool {
        self.order == Order::List && self.preferences.is_empty()
    }

    /// What makes the order of the SEGWs.
    pub(crate) const fn ordering(&self) -> (Order, Each, Each) {
        (self.order, self.preferences, self.weights)
    }

    /// The first key that has another number of numbers than there are SEGWs, and how many it has.
    #[must_use]
    pub fn miscounted(&self, segws: u8) -> Option<(&'static str, u8)> {
        let lists = [("preferences", self.preferences), ("weights", self.weights)];
        lists.into_iter().map(|(key, each)| (key, each.count())).find(|(_, count)| *count > 0 && *count != segws)
    }

    /// Whether it lets a connection go on that was exhausted by another policy.
    pub(crate) const fn allows_more(&self, old: &Self) -> bool {
        old.max_rounds > 0 && (self.max_rounds == 0 || self.max_rounds > old.max_rounds)
    }

    /// The first limit that is below the value it limits, or `None` if the policy makes sense.
    #[must_use]
    pub fn inverted(&self) -> Option<Inverted> {
        let pairs = [
            (["backoff_initial_ms", "backoff_limit_ms"], [self.backoff_initial_ms, self.backoff_limit_ms], {
                Self::DEFAULT.backoff_limit_ms
            }),
            (["hold_down_ms", "hold_down_limit_ms"], [self.hold_down_ms, self.hold_down_limit_ms], {
                Self::DEFAULT.hold_down_limit_ms
            }),
        ];
        pairs.into_iter().find(|(_, [value, limit], _)| limit < value).map(|(keys, numbers, default)| Inverted {
            keys,
            numbers,
            unset: numbers.last() == Some(&default),
        })
    }
}

/// A value of the policy that is higher than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inverted {
    /// The keys of the value and of its limit.
    keys: [&'static str; 2],
    /// What they are.
    numbers: [u32; 2],
    /// Whether the limit is the default, hence perhaps nothing that anybody wrote.
    unset: bool,
}

impl Inverted {
    /// The key to blame: one that was written.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        let [value, limit] = self.keys;
        if self.unset { value } else { limit }
    }

    /// What is wrong with it.
    pub fn explain<T>(&self, say: impl FnOnce(&[&str]) -> T) -> T {
        let ([value, limit], [number, most]) = (self.keys, self.numbers.map(number));
        if self.unset {
            say(&["higher than its limit, ", limit, ", which is ", &most, " unless it is set: raise that, too"])
        } else {
            say(&["lower than what it limits, ", value, ", which is ", &number])
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}
