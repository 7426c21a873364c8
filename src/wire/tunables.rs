//! The reply to `POLICY`: every tunable in effect, its unit, whether it is the default, and where it was set.

use core::fmt;

use serde::Serialize;

use super::next::{Told, said};
use super::reply::{Each, line};
use crate::connection::{Connection, Name};
use crate::error::Result;
use crate::policy::{Origin, Policy, SETTINGS, Setting};

/// A tunable's value.
#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Number(u32),
    Word(&'static str),
}

impl Value {
    fn of(policy: &Policy, setting: Setting) -> Self {
        let value = setting.get(policy);
        match setting {
            Setting::Number(..) | Setting::Time(..) | Setting::Optional(..) => Self::Number(value),
            Setting::Word(words) => {
                let word = usize::try_from(value).ok().and_then(|place| words.get(place));
                Self::Word(word.map_or("", |(word, _)| word))
            }
        }
    }
}

/// Where a tunable was set, below `charon.plugins.extsock` or in a request.
struct Path<'a> {
    key: &'static str,
    origin: Origin,
    connection: &'a Name,
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::Own => said(f, &["connections.", self.connection, ".", self.key]),
            Origin::Default | Origin::Set => said(f, &["failover.", self.key]),
        }
    }
}

/// One tunable.
#[derive(Serialize)]
struct Tuned<'a> {
    key: &'static str,
    value: Value,
    unit: Option<&'static str>,
    default: Value,
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
        settings: Each(move || (0..).zip(SETTINGS).map(move |(at, it)| tuned(connection, at, it))),
    };
    let connections = Each(|| connections().map(in_effect));
    line(&Policies { reply: verb, ok: true, connections }, out)
}

fn tuned<'c>(connection: &'c Connection, at: u32, (key, setting): (&'static str, Setting)) -> Tuned<'c> {
    let origin = connection.policy.origin(at);
    let set = origin != Origin::Default;
    let source = if connection.adopted { "strongswan.conf" } else { "APPLY_CONFIG" };
    Tuned {
        key,
        value: Value::of(&connection.policy, setting),
        unit: match setting {
            Setting::Time(..) | Setting::Optional(..) => Some("ms"),
            Setting::Number(..) if key.ends_with("_pct") => Some("%"),
            Setting::Number(..) | Setting::Word(_) => None,
        },
        default: Value::of(&Policy::DEFAULT, setting),
        set_in: set.then_some(source),
        path: set.then_some(Told(Path { key, origin, connection: &connection.name })),
    }
}
