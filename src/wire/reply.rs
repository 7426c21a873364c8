//! Replies: one line of JSON to each request.

use serde::{Serialize, Serializer};

use crate::cause::Cause;
use crate::connection::{Connection, Slot};
use crate::detail::Detail;
use crate::error::{Error, Result};
use crate::history::{Kind, Record};
use crate::not_guarded::NotGuardedList;
use crate::outside::Outside;
use crate::ranks::Choice;
use crate::refusal::Refusal;
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
pub(super) struct Listing<'a, C> {
    reply: &'a str,
    ok: bool,
    now_ms: u64,
    unix_ms: Option<u64>,
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

impl<'a, C> Listing<'a, C> {
    /// A reply of these connections, and of what is wrong besides, if that is to be told.
    pub(super) fn new(
        reply: &'a str,
        now: Instant,
        outside: &Outside,
        connections: C,
        not_guarded: Option<&'a NotGuardedList>,
    ) -> Self {
        Self {
            reply,
            ok: true,
            now_ms: now.0,
            unix_ms: outside.unix_ms,
            connections,
            policy_error: not_guarded.map(Wrong),
            more_policy_error: not_guarded.map(|it| it.more_policy),
            not_guarded: not_guarded.map(Unguarded),
            more_not_guarded: not_guarded.map(|it| it.more),
        }
    }
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
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    choice: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
}

/// The reply to `HISTORY`.
///
/// # Errors
/// See [`done`].
pub(crate) fn history<'c, I: Iterator<Item = (Slot, &'c Connection)>>(
    verb: &str,
    now: Instant,
    outside: &Outside,
    connections: impl Fn() -> I,
    out: &mut [u8],
) -> Result<usize> {
    let past = |(_, connection): (Slot, &'c Connection)| Past {
        connection: &connection.name,
        overwritten: connection.history.overwritten(),
        records: Each(|| connection.history.iter().map(transition)),
    };
    let connections = Each(|| connections().map(past));
    line(&Listing::new(verb, now, outside, connections, None), out)
}

fn transition(record: Record) -> Transition<'static> {
    Transition {
        time_ms: record.at.0,
        kind: record.kind.name(),
        from: record.from.map(u32::from),
        to: record.to.map(u32::from),
        cause: record.cause.map(Cause::name),
        detail: record.detail.map(Detail::name),
        choice: record.choice.map(Choice::name),
        count: Some(u32::from(record.count)).filter(|count| *count > 1 || record.kind == Kind::Backoff),
    }
}
