//! Replies: one line of JSON to each request.

use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};

use crate::cause::Cause;
use crate::connection::{Connection, Name};
use crate::error::{Error, Result};
use crate::history::Record;
use crate::ike::IkeSa;
use crate::ike_table::IkeSaTable;
use crate::json::refusal::Refusal;
use crate::segw::Segw;

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
    pub unchanged: &'a [Name],
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
}

impl Serialize for Status<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let connection = self.connection;
        let counters = &connection.counters;
        let mut status = serializer.serialize_struct("Status", 12)?;
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
        status.serialize_field("segws", &Each(|| connection.segws.iter().map(SegwStatus)))?;
        status.serialize_field("ike_sas", &Each(|| self.sas.of(self.slot).map(IkeSaStatus)))?;
        status.end()
    }
}

struct SegwStatus<'a>(&'a Segw);

impl Serialize for SegwStatus<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut status = serializer.serialize_struct("Segw", 6)?;
        status.serialize_field("address", self.0.addr.to_text().as_str())?;
        status.serialize_field("attempts", &self.0.attempts)?;
        status.serialize_field("successes", &self.0.successes)?;
        status.serialize_field("failures", &self.0.failures)?;
        status.serialize_field("last_cause", &self.0.last_cause.map(Cause::name))?;
        status.serialize_field("barred_until_ms", &self.0.barred_until.map(|at| at.0))?;
        status.end()
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
