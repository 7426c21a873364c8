//! The reply to `POLICY`: every tunable in effect, its unit, whether it is the default, and where it was set.

use core::fmt;

use serde::Serialize;

use super::next::said;
use super::reply::{Each, line};
use super::text::Told;
use crate::connection::{self, Connection};
use crate::error::Result;
use crate::policy::{Each as PerSegw, Origin, PROBE, PROBE_AT, Policy, SETTINGS, Setting, Windows};

/// A tunable's value.
#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Number(u32),
    Word(&'a str),
    Each(Told<PerSegw>),
    Windows(Told<Windows>),
}

impl<'a> Value<'a> {
    fn of(policy: &'a Policy, setting: Setting) -> Self {
        let value = setting.get(policy);
        match setting {
            Setting::Number(..) | Setting::Time(..) | Setting::Optional(..) => Self::Number(value),
            Setting::Word(words) => {
                let word = usize::try_from(value).ok().and_then(|place| words.get(place));
                Self::Word(word.map_or("", |(word, _)| word))
            }
            Setting::Targets => Self::Word(policy.probe.targets.text()),
            Setting::Each(field) => Self::Each(Told(*field(&mut policy.clone()))),
            Setting::Windows => Self::Windows(Told(policy.failback_window)),
        }
    }
}

/// A tunable's name: that of one of the `probe` block with that before it.
#[derive(Clone, Copy)]
struct Name {
    block: &'static str,
    key: &'static str,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        said(f, &[self.block, self.key])
    }
}

/// Where a tunable was set, below `charon.plugins.extsock` or in a request.
struct Path<'a> {
    name: Name,
    origin: Origin,
    connection: &'a connection::Name,
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Name { block, key } = self.name;
        match self.origin {
            Origin::Own => said(f, &["connections.", self.connection, ".", block, key]),
            Origin::Default | Origin::Set if block.is_empty() => said(f, &["failover.", key]),
            Origin::Default | Origin::Set => said(f, &[block, key]),
        }
    }
}

/// One tunable.
#[derive(Serialize)]
struct Tuned<'a> {
    key: Told<Name>,
    value: Value<'a>,
    unit: Option<&'static str>,
    default: Value<'a>,
    set_in: Option<&'static str>,
    path: Option<Told<Path<'a>>>,
}

/// The reply to `POLICY`.
///
/// # Errors
/// See [`done`](super::reply::done).
pub(crate) fn policy<'c, I: Iterator<Item = &'c Connection>>(
    verb: &str,
    connections: impl Fn() -> I,
    out: &mut [u8],
) -> Result<usize> {
    #[derive(Serialize)]
    struct Policies<'a, C> {
        reply: &'a str,
        ok: bool,
        connections: C,
    }
    #[derive(Serialize)]
    struct InEffect<'a, S> {
        connection: &'a str,
        settings: S,
    }
    let in_effect = |connection: &'c Connection| InEffect {
        connection: &connection.name,
        settings: Each(move || {
            let failover = (0..).zip(SETTINGS).map(move |(at, it)| tuned(connection, at, "", it));
            let probe = (PROBE_AT..).zip(PROBE).map(move |(at, it)| tuned(connection, at, "probe.", it));
            failover.chain(probe)
        }),
    };
    let connections = Each(|| connections().map(in_effect));
    line(&Policies { reply: verb, ok: true, connections }, out)
}

fn tuned<'c>(
    connection: &'c Connection,
    at: u32,
    block: &'static str,
    (key, setting): (&'static str, Setting),
) -> Tuned<'c> {
    let name = Name { block, key };
    let origin = connection.policy.origin(at);
    let set = origin != Origin::Default;
    let source = if connection.adopted { "strongswan.conf" } else { "APPLY_CONFIG" };
    Tuned {
        key: Told(name),
        value: Value::of(&connection.policy, setting),
        unit: match setting {
            Setting::Time(..) | Setting::Optional(..) => Some("ms"),
            Setting::Number(..) if key.ends_with("_pct") => Some("%"),
            Setting::Number(..) | Setting::Word(_) | Setting::Targets | Setting::Each(_) | Setting::Windows => None,
        },
        default: Value::of(&Policy::DEFAULT, setting),
        set_in: set.then_some(source),
        path: set.then_some(Told(Path { name, origin, connection: &connection.name })),
    }
}
