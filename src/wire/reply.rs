//! Replies: one line of JSON to each request.

use crate::cause::Cause;
use crate::connection::{Connection, Name};
use crate::error::Result;
use crate::ike_table::IkeSaTable;
use crate::refusal::Refusal;
use crate::segw::Segw;
use crate::time::Instant;
use crate::wire::line::Line;

/// What every reply starts with.
fn begin<'o>(verb: &str, ok: bool, out: &'o mut [u8]) -> Line<'o> {
    let mut line = Line::new(out);
    line.open_item();
    line.text("reply", verb);
    line.flag("ok", ok);
    line
}

fn end(mut line: Line) -> Result<usize> {
    line.close("}");
    line.end()
}

/// `{"reply":…,"ok":true}`; this and all others return the length of the line, with its newline.
///
/// # Errors
/// `Short`: it does not fit into `out`.
pub fn done(verb: &str, out: &mut [u8]) -> Result<usize> {
    end(begin(verb, true, out))
}

/// The reply to `APPLY_CONFIG`: the names; of them those that were the same before and run on; and those that were there with
/// another configuration, whose tunnels are set up anew.
///
/// # Errors
/// See [`done`].
pub fn applied(
    verb: &str,
    connections: &[Name],
    unchanged: &[&str],
    restarted: &[&str],
    out: &mut [u8],
) -> Result<usize> {
    let mut line = begin(verb, true, out);
    line.open("connections", "[");
    for name in connections {
        line.item_text(name);
    }
    line.close("]");
    for (key, names) in [("unchanged", unchanged), ("restarted", restarted)] {
        line.open(key, "[");
        for name in names {
            line.item_text(name);
        }
        line.close("]");
    }
    end(line)
}

/// `{"reply":…,"ok":false,…}`: what is wrong and what would be right, and where, as a path and in bytes.
///
/// # Errors
/// See [`done`].
pub fn refused(verb: &str, refusal: &Refusal, out: &mut [u8]) -> Result<usize> {
    let mut line = begin(verb, false, out);
    line.text("error", &refusal.message);
    if !refusal.path.is_empty() {
        line.text("path", &refusal.path);
    }
    if let Some(offset) = refusal.offset {
        line.number("offset", u64::try_from(offset).unwrap_or(u64::MAX));
    }
    end(line)
}

/// The reply to `VERSION`.
///
/// # Errors
/// See [`done`].
pub fn version(verb: &str, out: &mut [u8]) -> Result<usize> {
    let mut line = begin(verb, true, out);
    line.text("version", crate::VERSION);
    line.number("abi", u64::from(crate::ABI));
    end(line)
}

/// The reply to `STATUS` or `HISTORY`; `write` writes a connection.
fn listing(
    verb: &str,
    now: Instant,
    connections: &mut dyn Iterator<Item = (u8, &Connection)>,
    write: &dyn Fn(&mut Line, u8, &Connection),
    out: &mut [u8],
) -> Result<usize> {
    let mut line = begin(verb, true, out);
    line.number("now_ms", now.0);
    line.open("connections", "[");
    for (slot, connection) in connections {
        line.open_item();
        line.text("connection", &connection.name);
        write(&mut line, slot, connection);
        line.close("}");
    }
    line.close("]");
    end(line)
}

/// The reply to `STATUS`: the connections, each with its slot.
///
/// # Errors
/// See [`done`].
pub fn status(
    verb: &str,
    now: Instant,
    connections: &mut dyn Iterator<Item = (u8, &Connection)>,
    sas: &IkeSaTable,
    out: &mut [u8],
) -> Result<usize> {
    let write = |line: &mut Line, slot: u8, connection: &Connection| {
        let counters = &connection.counters;
        line.text("state", connection.state.name());
        line.number_or_null("active", connection.state.active().map(u64::from));
        line.number("since_ms", connection.since.0);
        instant(line, "retry_at_ms", connection.state.poll_at());
        line.number("round", u64::from(connection.round()));
        line.number("attempts", u64::from(counters.attempts));
        line.number("failovers", u64::from(counters.failovers));
        line.number("failbacks", u64::from(counters.failbacks));
        line.number("switches", u64::from(counters.switches));
        line.flag("adopted", connection.adopted);
        line.open("segws", "[");
        for (id, segw) in (0u8..).zip(connection.segws.iter()) {
            write_segw(line, segw, connection.carried_ms(id, now));
        }
        line.close("]");
        line.open("ike_sas", "[");
        for sa in sas.of(slot) {
            line.open_item();
            line.number("unique_id", u64::from(sa.unique_id));
            line.number("segw", u64::from(sa.segw));
            line.text("state", sa.state.name());
            line.close("}");
        }
        line.close("]");
    };
    listing(verb, now, connections, &write, out)
}

fn write_segw(line: &mut Line, segw: &Segw, carried_ms: u64) {
    line.open_item();
    line.text("address", &segw.addr.to_text());
    line.number("attempts", u64::from(segw.attempts));
    line.number("successes", u64::from(segw.successes));
    line.number("failures", u64::from(segw.failures));
    line.open("causes", "{");
    for (cause, count) in segw.causes.iter() {
        line.number(cause.name(), u64::from(count));
    }
    line.close("}");
    line.text_or_null("last_cause", segw.last_cause.map(Cause::name));
    line.number("connected_ms", carried_ms);
    instant(line, "changed_ms", segw.changed_at);
    instant(line, "barred_until_ms", segw.barred_until);
    line.close("}");
}

fn instant(line: &mut Line, key: &str, at: Option<Instant>) {
    line.number_or_null(key, at.map(|at| at.0));
}

/// The reply to `HISTORY`.
///
/// # Errors
/// See [`done`].
pub fn history(
    verb: &str,
    now: Instant,
    connections: &mut dyn Iterator<Item = (u8, &Connection)>,
    out: &mut [u8],
) -> Result<usize> {
    let write = |line: &mut Line, _: u8, connection: &Connection| {
        line.number("overwritten", u64::from(connection.history.overwritten()));
        line.open("records", "[");
        for record in connection.history.iter() {
            line.open_item();
            line.number("time_ms", record.at.0);
            line.text("kind", record.kind.name());
            line.number_or_null("from", record.from.map(u64::from));
            line.number_or_null("to", record.to.map(u64::from));
            line.text_or_null("cause", record.cause.map(Cause::name));
            line.close("}");
        }
        line.close("]");
    };
    listing(verb, now, connections, &write, out)
}

#[cfg(test)]
mod tests {
    use super::{history, status};
    use crate::addr::{AddrList, push};
    use crate::cause::{CAUSES, Cause};
    use crate::connection::{Connection, Counters};
    use crate::failover::{Failures, State};
    use crate::history::{Kind, Record};
    use crate::ike::{IkeSa, Role};
    use crate::ike_table::IkeSaTable;
    use crate::limits::{CONNECTION_CAP, HISTORY_CAP, IKE_SA_CAP, NAME_CAP, REPLY_CAP, SEGW_CAP};
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
        let mut connection = Connection::new(&name, &addrs, 1, &Policy::DEFAULT, Instant(0));
        for id in 0..8 {
            let segw = connection.segws.get_mut(id).unwrap();
            (segw.attempts, segw.successes, segw.failures) = (u32::MAX, u32::MAX, u32::MAX);
            segw.last_cause = Some(Cause::RetransmitTimeout);
            for cause in CAUSES {
                for _ in 0..u16::MAX {
                    segw.causes.add(cause);
                }
            }
            segw.carried_ms = u64::MAX;
            (segw.changed_at, segw.barred_until) = (Some(Instant(u64::MAX)), Some(Instant(u64::MAX)));
        }
        for _ in 0..HISTORY_CAP {
            let (cause, at) = (Some(Cause::RetransmitTimeout), Instant(u64::MAX));
            connection.history.push(Record { at, kind: Kind::MoveFailed, from: Some(7), to: Some(7), cause });
        }
        let failures = Failures { round: u32::MAX, ..Failures::default() };
        connection.state = State::Connecting { segw: 7, failures, give_up_at: Some(Instant(u64::MAX)) };
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
            sas.insert(IkeSa::new(u32::MAX - id, u8::try_from(id % 16).unwrap(), 7, Role::Main)).unwrap();
        }
        let (mut out, now) = (vec![0; REPLY_CAP], Instant(u64::MAX));
        let slots = || 0u8..u8::try_from(CONNECTION_CAP).unwrap();
        let each = || slots().map(|slot| (slot, &connection));
        let len = status("STATUS", now, &mut each(), &sas, &mut out).unwrap();
        assert!(len > REPLY_CAP * 3 / 4, "{len} bytes: the limit is too wide");
        history("HISTORY", now, &mut each(), &mut out).unwrap();
    }
}
