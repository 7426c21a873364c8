//! Replies: one line of JSON to each request.

use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};

use crate::cause::{CAUSES, Cause, Tally};
use crate::connection::{Connection, Name};
use crate::error::{Error, Result};
use crate::history::Record;
use crate::ike::IkeSa;
use crate::ike_table::IkeSaTable;
use crate::json::refusal::Refusal;
use crate::segw::Segw;
use crate::time::Instant;

/// Writes a reply and its newline; their length.
///
/// # Errors
/// `Short`: it does not fit.
pub fn line<T: Serialize>(reply: &T, out: &mut [u8]) -> Result<usize> {
    let len = serde_json_core::to_slice(reply, out).map_err(|_| Error::Short)?;
    *out.get_mut(len).ok_or(Error::Short)? = b'\n';
    Ok(len.saturating_add(1))
}

/// A sequence that can be walked more than once.
struct Each<F>(F);

impl<I, F> Serialize for Each<F>
where
    I: Iterator<Item: Serialize>,
    F: Fn() -> I,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for item in (self.0)() {
            list.serialize_element(&item)?;
        }
        list.end()
    }
}

/// `{"reply":…,"ok":true}`
#[derive(serde::Serialize)]
pub struct Done<'a> {
    /// The verb.
    pub reply: &'a str,
    /// `true`.
    pub ok: bool,
}

/// The reply to `APPLY_CONFIG`.
#[derive(serde::Serialize)]
pub struct Applied<'a> {
    /// The verb.
    pub reply: &'a str,
    /// `true`.
    pub ok: bool,
    /// The names.
    pub connections: &'a [Name],
    /// Names of those that were the same before and run on.
    pub unchanged: &'a [&'a str],
    /// Names of those that were there with another configuration: their tunnels are set up anew.
    pub restarted: &'a [&'a str],
}

/// `{"reply":…,"ok":false,…}`
#[derive(serde::Serialize)]
pub struct Refused<'a> {
    /// The verb.
    pub reply: &'a str,
    /// `false`.
    pub ok: bool,
    /// What is wrong and what would be right.
    pub error: &'a str,
    /// Where, as a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<&'a str>,
    /// Where, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
}

impl<'a> Refused<'a> {
    /// The reply to a refused request.
    #[must_use]
    pub fn new(verb: &'a str, refusal: &'a Refusal) -> Self {
        let path = (!refusal.path.is_empty()).then_some(refusal.path.as_str());
        Self { reply: verb, ok: false, error: &refusal.message, path, offset: refusal.offset }
    }
}

/// The reply to `VERSION`.
#[derive(serde::Serialize)]
pub struct Versions<'a> {
    /// The verb.
    pub reply: &'a str,
    /// `true`.
    pub ok: bool,
    /// The library's version.
    pub version: &'a str,
    /// The C API's number.
    pub abi: u32,
}

/// The reply to `STATUS` or `HISTORY`; `each` yields the connections as [`Status`] or [`Past`].
pub struct Listing<'a, F> {
    /// The verb.
    pub verb: &'a str,
    /// The time, to tell ages.
    pub now_ms: u64,
    /// Yields the connections.
    pub each: F,
}

impl<I, F> Serialize for Listing<'_, F>
where
    I: Iterator<Item: Serialize>,
    F: Fn() -> I,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut reply = serializer.serialize_struct("Listing", 4)?;
        reply.serialize_field("reply", self.verb)?;
        reply.serialize_field("ok", &true)?;
        reply.serialize_field("now_ms", &self.now_ms)?;
        reply.serialize_field("connections", &Each(&self.each))?;
        reply.end()
    }
}

/// A connection in `STATUS`.
pub struct Status<'a> {
    /// The connection.
    pub connection: &'a Connection,
    /// Its place in the table.
    pub slot: u8,
    /// All tracked IKE_SAs.
    pub sas: &'a IkeSaTable,
    /// The time.
    pub now: Instant,
}

impl Serialize for Status<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let connection = self.connection;
        let counters = &connection.counters;
        let mut status = serializer.serialize_struct("Status", 13)?;
        status.serialize_field("connection", connection.name.as_str())?;
        status.serialize_field("state", connection.state.name())?;
        status.serialize_field("active", &connection.state.active())?;
        status.serialize_field("since_ms", &connection.since.0)?;
        status.serialize_field("retry_at_ms", &connection.state.poll_at().map(|at| at.0))?;
        status.serialize_field("round", &connection.round())?;
        status.serialize_field("attempts", &counters.attempts)?;
        status.serialize_field("failovers", &counters.failovers)?;
        status.serialize_field("failbacks", &counters.failbacks)?;
        status.serialize_field("switches", &counters.switches)?;
        status.serialize_field("adopted", &connection.adopted)?;
        let each = || {
            let carried = |id| connection.carried_ms(id, self.now);
            (0u8..).zip(connection.segws.iter()).map(move |(id, segw)| SegwStatus { segw, carried_ms: carried(id) })
        };
        status.serialize_field("segws", &Each(each))?;
        status.serialize_field("ike_sas", &Each(|| self.sas.of(self.slot).map(IkeSaStatus)))?;
        status.end()
    }
}

struct SegwStatus<'a> {
    segw: &'a Segw,
    carried_ms: u64,
}

impl Serialize for SegwStatus<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let segw = self.segw;
        let mut status = serializer.serialize_struct("Segw", 9)?;
        status.serialize_field("address", segw.addr.to_text().as_str())?;
        status.serialize_field("attempts", &segw.attempts)?;
        status.serialize_field("successes", &segw.successes)?;
        status.serialize_field("failures", &segw.failures)?;
        status.serialize_field("causes", &Causes(&segw.causes))?;
        status.serialize_field("last_cause", &segw.last_cause.map(Cause::name))?;
        status.serialize_field("connected_ms", &self.carried_ms)?;
        status.serialize_field("changed_ms", &segw.changed_at.map(|at| at.0))?;
        status.serialize_field("barred_until_ms", &segw.barred_until.map(|at| at.0))?;
        status.end()
    }
}

/// Failures by cause, those that occurred.
struct Causes<'a>(&'a Tally);

impl Serialize for Causes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut causes = serializer.serialize_struct("Causes", CAUSES.len())?;
        for (cause, count) in self.0.iter() {
            causes.serialize_field(cause.name(), &count)?;
        }
        causes.end()
    }
}

struct IkeSaStatus<'a>(&'a IkeSa);

impl Serialize for IkeSaStatus<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut status = serializer.serialize_struct("IkeSa", 3)?;
        status.serialize_field("unique_id", &self.0.unique_id)?;
        status.serialize_field("segw", &self.0.segw)?;
        status.serialize_field("state", self.0.state.name())?;
        status.end()
    }
}

/// A connection in `HISTORY`.
pub struct Past<'a>(pub &'a Connection);

impl Serialize for Past<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut past = serializer.serialize_struct("Past", 3)?;
        past.serialize_field("connection", self.0.name.as_str())?;
        past.serialize_field("overwritten", &self.0.history.overwritten())?;
        past.serialize_field("records", &Each(|| self.0.history.iter().map(PastRecord)))?;
        past.end()
    }
}

struct PastRecord<'a>(&'a Record);

impl Serialize for PastRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut record = serializer.serialize_struct("Record", 5)?;
        record.serialize_field("time_ms", &self.0.at.0)?;
        record.serialize_field("kind", self.0.kind.name())?;
        record.serialize_field("from", &self.0.from)?;
        record.serialize_field("to", &self.0.to)?;
        record.serialize_field("cause", &self.0.cause.map(Cause::name))?;
        record.end()
    }
}

#[cfg(test)]
mod tests {
    use super::{Listing, Past, Status, line};
    use crate::addr::{AddrList, push};
    use crate::cause::{CAUSES, Cause};
    use crate::connection::{Connection, Counters, Name};
    use crate::failover::{Course, State};
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
        let name = Name::try_from("n".repeat(NAME_CAP - 1).as_str()).unwrap();
        let mut connection = Connection::new(name, &addrs, 1, Policy::DEFAULT, Instant(0));
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
        let course = Course { round: u32::MAX, ..Course::default() };
        connection.state = State::Connecting { segw: 7, course, give_up_at: Some(Instant(u64::MAX)) };
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
        let each = || slots().map(|slot| Status { connection: &connection, slot, sas: &sas, now });
        let len = line(&Listing { verb: "STATUS", now_ms: u64::MAX, each }, &mut out).unwrap();
        assert!(len > REPLY_CAP * 3 / 4, "{len} bytes: the limit is too wide");
        let each = || slots().map(|_| Past(&connection));
        line(&Listing { verb: "HISTORY", now_ms: u64::MAX, each }, &mut out).unwrap();
    }
}
