//! The reply to `STATUS`: where each connection stands.

use serde::{Serialize, Serializer};

use super::next::Next;
use super::reply::{Each, Listing, line};
use super::text::Text;
use crate::addr::Addr;
use crate::cause::{Cause, Tally};
use crate::children::Child;
use crate::connection::{Connection, Loss, Slot};
use crate::detail::Detail;
use crate::error::Result;
use crate::ike::{IkeSa, Role};
use crate::ike_table::IkeSaTable;
use crate::not_guarded::NotGuardedList;
use crate::outside::{Outside, Traffic};
use crate::policy::StandbyMode;
use crate::reach::{Reach, Unasked};
use crate::segw::Segw;
use crate::standby::{Stage, Standby};
use crate::time::Instant;

/// A connection in the reply to `STATUS`.
#[derive(Serialize)]
pub(super) struct Standing<'a, S, C, I, T> {
    connection: Text<'a>,
    state: Text<'a>,
    active: Option<u32>,
    since_ms: u64,
    up_since_ms: Option<u64>,
    down_since_ms: Option<u64>,
    lost: Option<Lost>,
    heard_ms: Option<u64>,
    retry_at_ms: Option<u64>,
    next: Next<'a>,
    round: u32,
    attempts: u32,
    failovers: u32,
    failbacks: u32,
    switches: u32,
    adopted: bool,
    pinned: Option<u32>,
    pinned_until_ms: Option<u64>,
    silent_data_since_ms: Option<u64>,
    probe: Option<Probing<T>>,
    standby: Option<Reserve<'a>>,
    segws: S,
    children: C,
    ike_sas: I,
}

/// What is known of the targets that are asked through it.
#[derive(Serialize)]
struct Probing<T> {
    state: Text<'static>,
    since_ms: Option<u64>,
    cause: Option<Text<'static>>,
    missed: u32,
    targets: T,
}

/// One of them.
#[derive(Serialize)]
struct Target<'a> {
    target: Text<'a>,
    answers: Option<bool>,
}

/// What is known of the targets of a connection, if it has any.
fn probing(connection: &Connection) -> Option<Probing<impl Serialize + '_>> {
    let targets = &connection.policy.probe.targets;
    let reach = connection.asking();
    let each = move || {
        (0..).zip(targets.iter()).map(move |(place, target)| Target {
            target: Text(target),
            answers: reach.and_then(|reach| reach.answers(place)),
        })
    };
    (!targets.is_empty()).then(|| Probing {
        state: Text(reach.map_or("OFF", Reach::name)),
        since_ms: reach.map(|reach| reach.since.0),
        cause: reach.and_then(Reach::unasked).map(Unasked::name).map(Text),
        missed: reach.map_or(0, Reach::missed),
        targets: Each(each),
    })
}

/// How the SEGW that carried it last was lost.
#[derive(Serialize)]
struct Lost {
    time_ms: u64,
    segw: u32,
    cause: Option<Text<'static>>,
    detail: Option<Text<'static>>,
    silent_ms: Option<u32>,
}

impl Lost {
    fn new(loss: Loss) -> Self {
        Self {
            time_ms: loss.at.0,
            segw: u32::from(loss.segw),
            cause: loss.cause.map(Cause::name).map(Text),
            detail: loss.detail.map(Detail::name).map(Text),
            silent_ms: loss.silent_ms.map(Into::into),
        }
    }
}

/// The SEGW that would be next.
#[derive(Serialize)]
struct Reserve<'a> {
    segw: u32,
    state: Text<'a>,
    since_ms: u64,
    reason: Option<Text<'a>>,
    retry_at_ms: Option<u64>,
    unique_id: Option<u32>,
    uses: u32,
    failures: u32,
}

impl Reserve<'_> {
    /// `None`: none is wanted.
    fn new(connection: &Connection, slot: Slot, sas: &IkeSaTable) -> Option<Self> {
        let Standby { segw, stage, since, uses, failures, .. } = connection.standby;
        (connection.policy.standby != StandbyMode::Off).then(|| Self {
            segw: u32::from(segw),
            state: Text(stage.name()),
            since_ms: since.0,
            reason: if let Stage::Refused(why) = stage { Some(Text(why.name())) } else { None },
            retry_at_ms: if let Stage::Waiting(at) = stage { Some(at.0) } else { None },
            unique_id: sas.of(slot).find(|sa| sa.role == Role::Standby).map(|sa| sa.unique_id),
            uses,
            failures,
        })
    }
}

/// A SEGW in it.
#[derive(Serialize)]
struct Gateway<'a> {
    address: Address<'a>,
    attempts: u32,
    successes: u32,
    failures: u32,
    causes: Causes<'a>,
    last_cause: Option<Text<'a>>,
    last_detail: Option<Text<'a>>,
    connected_ms: u64,
    srtt_ms: Option<u32>,
    rttvar_ms: Option<u32>,
    changed_ms: Option<u64>,
    barred_until_ms: Option<u64>,
    hint: Option<Text<'a>>,
    rests_until_ms: Option<u64>,
    drained: bool,
    drained_until_ms: Option<u64>,
}

/// Its address.
struct Address<'a>(&'a Addr);

impl Serialize for Address<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        Text(&self.0.to_text()).serialize(serializer)
    }
}

/// How often each cause was one.
struct Causes<'a>(&'a Tally);

impl Serialize for Causes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(cause, count)| (cause.name(), u32::from(count))))
    }
}

/// A CHILD_SA in it.
#[derive(Serialize)]
struct Offspring<'a> {
    name: Text<'a>,
    state: Text<'a>,
    cause: Option<Text<'a>>,
    retry_at_ms: Option<u64>,
    traffic: Option<Flow>,
}

/// Its traffic.
#[derive(Serialize)]
struct Flow {
    bytes_in: u64,
    packets_in: u64,
    bytes_out: u64,
    packets_out: u64,
    heard_ms: Option<u64>,
}

impl Flow {
    fn new(traffic: Traffic) -> Self {
        let Traffic { bytes_in, packets_in, bytes_out, packets_out, heard_at } = traffic;
        Self { bytes_in, packets_in, bytes_out, packets_out, heard_ms: heard_at.map(|at| at.0) }
    }
}

/// An IKE_SA in it.
#[derive(Serialize)]
struct Tracked<'a> {
    unique_id: u32,
    segw: u32,
    state: Text<'a>,
}

/// The reply to `STATUS`: the connections, each with its slot, and those that are not guarded.
///
/// # Errors
/// See [`done`](super::reply::done).
pub(crate) fn status<'c, I: Iterator<Item = (Slot, &'c Connection)>>(
    verb: &str,
    now: Instant,
    outside: &Outside,
    connections: impl Fn() -> I,
    sas: &IkeSaTable,
    not_guarded: Option<&NotGuardedList>,
    out: &mut [u8],
) -> Result<usize> {
    let connections = Each(|| connections().map(|(slot, connection)| standing(slot, connection, now, outside, sas)));
    line(&Listing::new(verb, now, outside, connections, not_guarded), out)
}

/// Where a connection stands.
pub(super) fn standing<'a>(
    slot: Slot,
    connection: &'a Connection,
    now: Instant,
    outside: &'a Outside,
    sas: &'a IkeSaTable,
) -> Standing<'a, impl Serialize + 'a, impl Serialize + 'a, impl Serialize + 'a, impl Serialize + 'a> {
    let counters = &connection.counters;
    let active = connection.state.active();
    let turned_ms = connection.turned_at.0;
    let silent_ms = connection.watch.map(|watch| watch.silent_ms(now));
    let next = Next::of(connection, now);
    let pin = connection.pin.filter(|pin| pin.until > now);
    Standing {
        connection: Text(&connection.name),
        state: Text(connection.state.name()),
        active: active.map(u32::from),
        since_ms: connection.since().0,
        up_since_ms: active.map(|_| turned_ms),
        down_since_ms: if active.is_none() { Some(turned_ms) } else { None },
        lost: connection.lost.map(Lost::new),
        heard_ms: silent_ms.map(|silent| now.0.saturating_sub(silent)),
        retry_at_ms: next.at.map(|at| at.0),
        next,
        round: connection.round(),
        attempts: counters.attempts,
        failovers: counters.failovers,
        failbacks: counters.failbacks,
        switches: counters.switches,
        adopted: connection.adopted,
        pinned: pin.map(|pin| u32::from(pin.segw)),
        pinned_until_ms: pin.and_then(|pin| ends(pin.until)),
        silent_data_since_ms: connection.watch.and_then(|watch| watch.data.silent_since()).map(|at| at.0),
        probe: probing(connection),
        standby: Reserve::new(connection, slot, sas),
        segws: Each(move || {
            (0u8..)
                .zip(connection.segws.iter())
                .map(move |(id, segw)| gateway(segw, connection.carried_ms(id, now), now))
        }),
        children: Each(move || {
            let main = sas.of(slot).find(|sa| sa.role == Role::Main);
            let (id, up) = main.map(|sa| (sa.unique_id, sa.children)).unwrap_or_default();
            let complete_at = connection.complete_at.filter(|_| connection.state.active().is_some());
            connection.children.iter().map(move |(at, child)| {
                let up = up.has(Some(at));
                let traffic = if up { (outside.traffic)(id, &child.name) } else { None };
                offspring(child, up, complete_at, traffic)
            })
        }),
        ike_sas: Each(move || sas.of(slot).map(tracked)),
    }
}

/// When something ends that may last for ever.
fn ends(until: Instant) -> Option<u64> {
    Some(until.0).filter(|until| *until < u64::MAX)
}

fn gateway(segw: &Segw, connected_ms: u64, now: Instant) -> Gateway<'_> {
    let rests = segw.rests(now);
    Gateway {
        address: Address(&segw.addr),
        attempts: segw.attempts,
        successes: segw.successes,
        failures: segw.failures,
        causes: Causes(&segw.causes),
        last_cause: segw.last_cause.map(Cause::name).map(Text),
        last_detail: segw.last_detail.map(Detail::name).map(Text),
        connected_ms,
        srtt_ms: segw.answers.is_known().then(|| segw.answers.mean_ms()),
        rttvar_ms: segw.answers.is_known().then(|| segw.answers.variation_ms()),
        changed_ms: segw.changed_at.get().map(|at| at.0),
        barred_until_ms: segw.barred_until.get().map(|at| at.0),
        hint: rests.map(|rests| Text(rests.hint.name())),
        rests_until_ms: rests.map(|rests| rests.until.0),
        drained: segw.drained_until > now,
        drained_until_ms: Some(segw.drained_until).filter(|until| *until > now).and_then(ends),
    }
}

fn offspring(child: &Child, up: bool, complete_at: Option<Instant>, traffic: Option<Traffic>) -> Offspring<'_> {
    let missing = child.wanted && !up;
    Offspring {
        name: Text(&child.name),
        state: Text(match (up, child.wanted) {
            (true, _) => "UP",
            (false, true) => "DOWN",
            (false, false) => "OFF",
        }),
        cause: child.cause.filter(|_| missing).map(Cause::name).map(Text),
        retry_at_ms: complete_at.filter(|_| missing).map(|at| at.0),
        traffic: traffic.map(Flow::new),
    }
}

fn tracked(sa: &IkeSa) -> Tracked<'static> {
    Tracked { unique_id: sa.unique_id, segw: u32::from(sa.segw), state: Text(sa.state.name()) }
}

#[cfg(test)]
mod tests {
    use super::status;
    use crate::addr::{AddrList, push};
    use crate::cause::{CAUSES, Cause};
    use crate::connection::{Connection, Counters, Loss, Slot};
    use crate::detail::Detail;
    use crate::failover::{Failures, Move, State};
    use crate::hint::{Hint, Said};
    use crate::history::{Kind, Record};
    use crate::ike::{IkeSa, Role};
    use crate::ike_table::IkeSaTable;
    use crate::limits::{
        CHILD_CAP, CONNECTION_CAP, HISTORY_CAP, IKE_SA_CAP, NAME_CAP, NOT_GUARDED_CAP, PROBE_TEXT_CAP, REPLY_CAP,
        SEGW_CAP,
    };
    use crate::not_guarded::NotGuardedList;
    use crate::outside::{Outside, Traffic};
    use crate::policy::{Each as PerSegw, Order, Policy, StandbyMode, Targets, Windows};
    use crate::ranks::Choice;
    use crate::reach::{Outcome, Reach, Unasked};
    use crate::standby::{Stage, Standby};
    use crate::time::{Instant, Sometime};
    use crate::wire::explain::explain;
    use crate::wire::reply::history;
    use crate::wire::tunables;
    use core::num::NonZeroU32;
    use std::{format, vec};

    /// As many as there may be, which take most of their room.
    const TARGETS: [&str; 8] = [
        "100.100.100.100",
        "100.100.100.101",
        "100.100.100.102",
        "100.100.100.103",
        "100.100.100.104",
        "100.100.100.105",
        "100.100.100.106",
        "10.100.100.107",
    ];

    /// Everything at its longest.
    fn longest() -> Connection {
        let mut addrs = AddrList::new();
        for n in 0..SEGW_CAP {
            let label = "n".repeat(61);
            push(&mut addrs, &format!("{n}{label}.{label}.ab")).unwrap();
        }
        let name = "n".repeat(NAME_CAP - 1);
        let children = u8::try_from(CHILD_CAP).unwrap();
        let mut connection = Connection::new(&name, &addrs, children, &Policy::DEFAULT, Instant(0));
        for n in 0..CHILD_CAP {
            let place = connection.children.place(&format!("{n:x>63}"));
            connection.children.failed(place, Cause::RetransmitTimeout);
        }
        connection.complete_at = Some(Instant(u64::MAX));
        for id in 0..u8::try_from(SEGW_CAP).unwrap() {
            let segw = connection.segws.get_mut(id).unwrap();
            (segw.attempts, segw.successes, segw.failures) = (u32::MAX, u32::MAX, u32::MAX);
            (segw.last_cause, segw.last_detail) = (Some(Cause::RetransmitTimeout), Some(Detail::SegwAuthentication));
            for cause in CAUSES.iter().copied() {
                for _ in 0..u16::MAX {
                    segw.causes.add(cause);
                }
            }
            segw.answers.add(u32::MAX);
            segw.carried_ms = u64::MAX;
            (segw.changed_at, segw.barred_until) = (Sometime::at(Instant(u64::MAX)), Sometime::at(Instant(u64::MAX)));
            let (hint, until) = (Hint::NoAdditionalSas, Instant(u64::MAX));
            segw.said = Said { hint, until, proved: true, counts: true };
        }
        for _ in 0..HISTORY_CAP {
            let (cause, at) = (Some(Cause::RetransmitTimeout), Instant(u64::MAX));
            let detail = Some(Detail::SegwAuthentication);
            let choice = Some(Choice::Preference);
            let record =
                Record { at, kind: Kind::Backoff, from: Some(7), to: Some(7), cause, detail, choice, count: 1 };
            // What is in between keeps each on its own.
            connection.history.push(&record);
            connection.history.push(&Record { kind: Kind::RedirectRefused, ..record });
        }
        let failures = Failures { round: u32::MAX, ..Failures::default() };
        let mut watch = crate::liveness::Watch::new(Instant(0), &Policy::DEFAULT, &connection.pace()).unwrap();
        watch.data.be_silent(Instant(u64::MAX));
        connection.watch = Some(watch);
        connection.policy.probe.targets = Targets::read(&TARGETS.join(",")).unwrap();
        let (since, give_up_at) = (Instant(u64::MAX), Some(Instant(u64::MAX)));
        connection.state = State::Moving { from: 7, to: 7, since, why: Move::Switch, failures, give_up_at };
        connection.turned_at = Instant(u64::MAX);
        connection.policy.standby = StandbyMode::Ike;
        connection.policy.order = Order::Rtt;
        connection.standby = Standby::new(Instant(u64::MAX));
        (connection.standby.segw, connection.standby.stage) = (7, Stage::Waiting(Instant(u64::MAX)));
        (connection.standby.uses, connection.standby.failures) = (u32::MAX, u32::MAX);
        connection.carried_since = Instant(u64::MAX);
        connection.lost = Some(Loss {
            at: Instant(u64::MAX),
            silent_ms: NonZeroU32::new(u32::MAX),
            segw: 7,
            cause: Some(Cause::RetransmitTimeout),
            detail: Some(Detail::SegwAuthentication),
        });
        connection.counters =
            Counters { failovers: u32::MAX, failbacks: u32::MAX, switches: u32::MAX, attempts: u32::MAX };
        connection
    }

    #[test]
    fn the_longest_reply_fits() {
        let connection = longest();
        let mut sas = IkeSaTable::new();
        for id in 0..u32::try_from(IKE_SA_CAP).unwrap() {
            // Each connection shows its share.
            sas.insert(IkeSa::new(
                u32::MAX - id,
                Slot::try_from(id % u32::try_from(CONNECTION_CAP).unwrap()).unwrap(),
                7,
                // The standby's number stands twice.
                if id < u32::try_from(CONNECTION_CAP).unwrap() { Role::Standby } else { Role::Main },
            ))
            .unwrap();
        }
        let (mut out, now) = (vec![0; REPLY_CAP], Instant(u64::MAX - 1));
        let slots = || 0..Slot::try_from(CONNECTION_CAP).unwrap();
        let each = || slots().map(|slot| (slot, &connection));
        let mut not_guarded = NotGuardedList::new();
        for n in 0..NOT_GUARDED_CAP {
            not_guarded.note(&format!("{n:x>63}"), &"\"".repeat(200));
        }
        for n in 0..NOT_GUARDED_CAP {
            not_guarded.note_policy(&format!("{n:x>63}"), &"\"".repeat(200));
        }
        (not_guarded.more, not_guarded.more_policy) = (u32::MAX, u32::MAX);
        let most = u64::MAX;
        let flow = Traffic {
            bytes_in: most,
            packets_in: most,
            bytes_out: most,
            packets_out: most,
            heard_at: Some(Instant(most)),
        };
        let outside = Outside { unix_ms: Some(most), traffic: &|_, _| Some(flow) };
        let len = status("STATUS", now, &outside, each, &sas, Some(&not_guarded), &mut out).unwrap();
        assert!(len > REPLY_CAP * 3 / 4, "{len} bytes: the limit is too wide");
        history("HISTORY", now, &outside, each, &mut out).unwrap();
        let (mut connection, mut policy) = (longest(), Policy::DEFAULT);
        (policy.set, policy.own) = (u64::MAX, u64::MAX);
        (policy.backoff_initial_ms, policy.hold_down_ms) = (u32::MAX, u32::MAX);
        policy.probe = connection.policy.probe;
        let numbers = PerSegw::read(&"255 ".repeat(SEGW_CAP)).unwrap();
        (policy.order, policy.preferences, policy.weights) = (Order::Rtt, numbers, numbers);
        let window = "mon-tue 02:00-04:00,";
        policy.failback_window = Windows::read(window.repeat(4).trim_end_matches(',')).unwrap();
        connection.policy = policy;
        connection.opens_at = Instant(u64::MAX - 1);
        // With what is known of the targets; the longest words.
        let (since, mut reach) = (Instant(u64::MAX), Reach::new(Instant(u64::MAX), &connection.tempo()));
        reach.ask(1, since, &connection.tempo());
        let outcome = Outcome { asked: 0, answered: 0, why: Unasked::NoSelector };
        reach.told(1, outcome, since, &connection.tempo());
        connection.state =
            State::Active { segw: 7, since, failures: Failures::default(), failback_at: Some(Instant(0)) };
        connection.reach = Some(reach);
        status("STATUS", now, &outside, || slots().map(|slot| (slot, &connection)), &sas, Some(&not_guarded), &mut out)
            .unwrap();
        tunables::policy("POLICY", || slots().map(|_| &connection), &mut out).unwrap();
        explain("EXPLAIN", now, &outside, (0, &connection), &sas, &mut out).unwrap();
        // In a library of one small connection the room is that of these two.
        let (segws, children) = (SEGW_CAP, CHILD_CAP);
        let one = 512 + (1952 + PROBE_TEXT_CAP + 856 * segws + 344 * children) + 1856 + 760 * segws + 256 * children;
        explain("EXPLAIN", Instant(0), &outside, (0, &connection), &sas, &mut out[..one]).unwrap();
        tunables::policy("POLICY", || slots().take(1).map(|_| &connection), &mut out[..512 + 384 + 232 * 37]).unwrap();
    }
}
