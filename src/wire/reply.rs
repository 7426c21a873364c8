//! Replies: one line of JSON to each request.

use serde::{Serialize, Serializer};

use crate::addr::Fqdn;
use crate::cause::{Cause, Tally};
use crate::children::Child;
use crate::connection::{Connection, Slot};
use crate::error::{Error, Result};
use crate::history::Record;
use crate::ike::{IkeSa, Role};
use crate::ike_table::IkeSaTable;
use crate::not_guarded::NotGuardedList;
use crate::refusal::Refusal;
use crate::segw::Segw;
use crate::time::Instant;

/// Writes a value as a line; its length, with the newline.
pub(crate) fn line<T: Serialize>(value: &T, out: &mut [u8]) -> Result<usize> {
    let (end, room) = out.split_last_mut().ok_or(Error::Short)?;
    let len = serde_json_core::to_slice(value, room).map_err(|_| Error::Short)?;
    match room.get_mut(len) {
        Some(end) => *end = b'\n',
        None => *end = b'\n',
    }
    Ok(len.saturating_add(1))
}

/// A list of what an iterator yields, each time it is asked for.
pub(crate) struct Each<F>(pub(crate) F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}

/// `{"reply":…,"ok":true}`; this and all others return the length of the line, with its newline.
///
/// # Errors
/// `Short`: it does not fit into `out`.
pub fn done(verb: &str, out: &mut [u8]) -> Result<usize> {
    #[derive(Serialize)]
    struct Done<'a> {
        reply: &'a str,
        ok: bool,
    }
    line(&Done { reply: verb, ok: true }, out)
}

/// The reply to `APPLY_CONFIG`: the names; of them those that were the same before and run on; and those that were there with
/// another configuration, whose tunnels are set up anew.
///
/// # Errors
/// See [`done`].
pub(crate) fn applied<N: Serialize>(
    verb: &str,
    connections: N,
    unchanged: N,
    restarted: N,
    out: &mut [u8],
) -> Result<usize> {
    #[derive(Serialize)]
    struct Applied<'a, N> {
        reply: &'a str,
        ok: bool,
        connections: N,
        unchanged: N,
        restarted: N,
    }
    line(&Applied { reply: verb, ok: true, connections, unchanged, restarted }, out)
}

/// `{"reply":…,"ok":false,…}`: what is wrong and what would be right, and where, as a path and in bytes.
///
/// # Errors
/// See [`done`].
pub fn refused(verb: &str, refusal: &Refusal, out: &mut [u8]) -> Result<usize> {
    #[derive(Serialize)]
    struct Refused<'a> {
        reply: &'a str,
        ok: bool,
        error: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        path: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
    }
    let Refusal { message, path, offset } = refusal;
    let offset = offset.map(|offset| u64::try_from(offset).unwrap_or(u64::MAX));
    line(&Refused { reply: verb, ok: false, error: message, path, offset }, out)
}

/// The reply to `VERSION`.
///
/// # Errors
/// See [`done`].
pub fn version(verb: &str, out: &mut [u8]) -> Result<usize> {
    #[derive(Serialize)]
    struct Version<'a> {
        reply: &'a str,
        ok: bool,
        version: &'a str,
        abi: u32,
    }
    line(&Version { reply: verb, ok: true, version: crate::VERSION, abi: crate::ABI }, out)
}

/// The reply to `STATUS` or `HISTORY`.
#[derive(Serialize)]
struct Listing<'a, C> {
    reply: &'a str,
    ok: bool,
    now_ms: u64,
    connections: C,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_error: Option<Wrong<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    more_policy_error: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_guarded: Option<Unguarded<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    more_not_guarded: Option<u32>,
}

/// Those that are not guarded.
struct Unguarded<'a>(&'a NotGuardedList);

/// Options that are wrong.
struct Wrong<'a>(&'a NotGuardedList);

/// One of them.
#[derive(Serialize)]
struct Named<'a> {
    connection: &'a str,
    reason: &'a str,
}

impl Serialize for Unguarded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.of(false).map(|it| Named { connection: &it.connection, reason: &it.reason }))
    }
}

impl Serialize for Wrong<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.of(true).map(|it| it.reason.as_str()))
    }
}

/// A connection in the reply to `STATUS`.
#[derive(Serialize)]
struct Standing<'a, S, C, I> {
    connection: &'a str,
    state: &'a str,
    active: Option<u32>,
    since_ms: u64,
    retry_at_ms: Option<u64>,
    round: u32,
    attempts: u32,
    failovers: u32,
    failbacks: u32,
    switches: u32,
    adopted: bool,
    segws: S,
    children: C,
    ike_sas: I,
}

/// A SEGW in it.
#[derive(Serialize)]
struct Gateway<'a> {
    address: Fqdn,
    attempts: u32,
    successes: u32,
    failures: u32,
    causes: Causes<'a>,
    last_cause: Option<&'a str>,
    connected_ms: u64,
    srtt_ms: Option<u32>,
    rttvar_ms: Option<u32>,
    changed_ms: Option<u64>,
    barred_until_ms: Option<u64>,
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
    name: &'a str,
    state: &'a str,
    cause: Option<&'a str>,
    retry_at_ms: Option<u64>,
}

/// An IKE_SA in it.
#[derive(Serialize)]
struct Tracked<'a> {
    unique_id: u32,
    segw: u32,
    state: &'a str,
}

/// The reply to `STATUS`: the connections, each with its slot, and those that are not guarded.
///
/// # Errors
/// See [`done`].
pub(crate) fn status<'c, I: Iterator<Item = (Slot, &'c Connection)>>(
    verb: &str,
    now: Instant,
    connections: impl Fn() -> I,
    sas: &IkeSaTable,
    not_guarded: Option<&NotGuardedList>,
    out: &mut [u8],
) -> Result<usize> {
    let standing = |(slot, connection): (Slot, &'c Connection)| {
        let counters = &connection.counters;
        Standing {
            connection: &connection.name,
            state: connection.state.name(),
            active: connection.state.active().map(u32::from),
            since_ms: connection.since.0,
            retry_at_ms: connection.state.poll_at().map(|at| at.0),
            round: connection.round(),
            attempts: counters.attempts,
            failovers: counters.failovers,
            failbacks: counters.failbacks,
            switches: counters.switches,
            adopted: connection.adopted,
            segws: Each(move || {
                (0u8..)
                    .zip(connection.segws.iter())
                    .map(move |(id, segw)| gateway(segw, connection.carried_ms(id, now)))
            }),
            children: Each(move || {
                let main = sas.of(slot).find(|sa| sa.role == Role::Main).map(|sa| sa.children).unwrap_or_default();
                let complete_at = connection.complete_at.filter(|_| connection.state.active().is_some());
                connection.children.iter().map(move |(at, child)| offspring(child, main.has(Some(at)), complete_at))
            }),
            ike_sas: Each(move || sas.of(slot).map(tracked)),
        }
    };
    let connections = Each(|| connections().map(standing));
    let more_policy_error = not_guarded.map(|it| it.more_policy);
    let policy_error = not_guarded.map(Wrong);
    let (more_not_guarded, not_guarded) = (not_guarded.map(|it| it.more), not_guarded.map(Unguarded));
    line(
        &Listing {
            reply: verb,
            ok: true,
            now_ms: now.0,
            connections,
            not_guarded,
            more_not_guarded,
            policy_error,
            more_policy_error,
        },
        out,
    )
}

fn gateway(segw: &Segw, connected_ms: u64) -> Gateway<'_> {
    Gateway {
        address: segw.addr.to_text(),
        attempts: segw.attempts,
        successes: segw.successes,
        failures: segw.failures,
        causes: Causes(&segw.causes),
        last_cause: segw.last_cause.map(Cause::name),
        connected_ms,
        srtt_ms: segw.answers.is_known().then(|| segw.answers.mean_ms()),
        rttvar_ms: segw.answers.is_known().then(|| segw.answers.variation_ms()),
        changed_ms: segw.changed_at.map(|at| at.0),
        barred_until_ms: segw.barred_until.map(|at| at.0),
    }
}

fn offspring(child: &Child, up: bool, complete_at: Option<Instant>) -> Offspring<'_> {
    let missing = child.wanted && !up;
    Offspring {
        name: &child.name,
        state: match (up, child.wanted) {
            (true, _) => "UP",
            (false, true) => "DOWN",
            (false, false) => "OFF",
        },
        cause: child.cause.filter(|_| missing).map(Cause::name),
        retry_at_ms: complete_at.filter(|_| missing).map(|at| at.0),
    }
}

fn tracked(sa: &IkeSa) -> Tracked<'static> {
    Tracked { unique_id: sa.unique_id, segw: u32::from(sa.segw), state: sa.state.name() }
}

/// A connection in the reply to `HISTORY`.
#[derive(Serialize)]
struct Past<'a, R> {
    connection: &'a str,
    overwritten: u32,
    records: R,
}

/// A transition in it.
#[derive(Serialize)]
struct Transition<'a> {
    time_ms: u64,
    kind: &'a str,
    from: Option<u32>,
    to: Option<u32>,
    cause: Option<&'a str>,
}

/// The reply to `HISTORY`.
///
/// # Errors
/// See [`done`].
pub(crate) fn history<'c, I: Iterator<Item = (Slot, &'c Connection)>>(
    verb: &str,
    now: Instant,
    connections: impl Fn() -> I,
    out: &mut [u8],
) -> Result<usize> {
    let past = |(_, connection): (Slot, &'c Connection)| Past {
        connection: &connection.name,
        overwritten: connection.history.overwritten(),
        records: Each(|| connection.history.iter().map(transition)),
    };
    let connections = Each(|| connections().map(past));
    line(
        &Listing {
            reply: verb,
            ok: true,
            now_ms: now.0,
            connections,
            not_guarded: None,
            more_not_guarded: None,
            policy_error: None,
            more_policy_error: None,
        },
        out,
    )
}

fn transition(record: &Record) -> Transition<'static> {
    Transition {
        time_ms: record.at.0,
        kind: record.kind.name(),
        from: record.from.map(u32::from),
        to: record.to.map(u32::from),
        cause: record.cause.map(Cause::name),
    }
}

#[cfg(test)]
mod tests {
    use super::{history, status};
    use crate::addr::{AddrList, push};
    use crate::cause::{CAUSES, Cause};
    use crate::connection::{Connection, Counters, Slot};
    use crate::failover::{Failures, Move, State};
    use crate::history::{Kind, Record};
    use crate::ike::{IkeSa, Role};
    use crate::ike_table::IkeSaTable;
    use crate::limits::{
        CHILD_CAP, CONNECTION_CAP, HISTORY_CAP, IKE_SA_CAP, NAME_CAP, NOT_GUARDED_CAP, REPLY_CAP, SEGW_CAP,
    };
    use crate::not_guarded::NotGuardedList;
    use crate::policy::Policy;
    use crate::time::Instant;
    use std::{format, vec};

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
            segw.last_cause = Some(Cause::RetransmitTimeout);
            for cause in CAUSES {
                for _ in 0..u16::MAX {
                    segw.causes.add(cause);
                }
            }
            segw.carried_ms = u64::MAX;
            segw.answers.add(u32::MAX);
            (segw.changed_at, segw.barred_until) = (Some(Instant(u64::MAX)), Some(Instant(u64::MAX)));
        }
        for _ in 0..HISTORY_CAP {
            let (cause, at) = (Some(Cause::RetransmitTimeout), Instant(u64::MAX));
            connection.history.push(Record { at, kind: Kind::MoveFailed, from: Some(7), to: Some(7), cause });
        }
        let failures = Failures { round: u32::MAX, ..Failures::default() };
        let (since, give_up_at) = (Instant(u64::MAX), Some(Instant(u64::MAX)));
        connection.state = State::Moving { from: 7, to: 7, since, why: Move::Switch, failures, give_up_at };
        connection.since = Instant(u64::MAX);
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
                Role::Main,
            ))
            .unwrap();
        }
        let (mut out, now) = (vec![0; REPLY_CAP], Instant(u64::MAX));
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
        let len = status("STATUS", now, each, &sas, Some(&not_guarded), &mut out).unwrap();
        assert!(len > REPLY_CAP * 3 / 4, "{len} bytes: the limit is too wide");
        history("HISTORY", now, each, &mut out).unwrap();
    }
}
