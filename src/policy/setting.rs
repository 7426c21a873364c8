//! The policy's settings: the keys of the `failover` block of a configuration, and the options of strongswan.conf for
//! connections that nobody applied.

use crate::bounds::Bounds;
use crate::policy::{
    DataAction, Each, Failback, OnRefusal, Order, Policy, ProbeAction, Redirect, StandbyMode, Targets, Windows,
};
use crate::refusal::{Refusal, begins, nearest, one_of};
use crate::unit::Unit;

/// A number of the policy.
pub type Tunable = fn(&mut Policy) -> &mut u32;

/// Numbers of the policy, one for each SEGW.
pub type PerSegw = fn(&mut Policy) -> &mut Each;

/// What a word means for the policy.
pub type Choose = fn(&mut Policy);

/// What a setting's value must be, and where it goes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Setting {
    /// A whole number within bounds.
    Number(u32, u32, Tunable),
    /// Milliseconds within bounds.
    Time(u32, u32, Tunable),
    /// 0, or milliseconds within bounds: fewer make no sense.
    Optional(u32, u32, Tunable),
    /// One of a few words.
    Word(&'static [(&'static str, Choose)]),
    /// What is asked through the tunnel.
    Targets,
    /// A number from 1 to 255 for each SEGW.
    Each(PerSegw),
    /// Weekdays and hours.
    Windows,
}

/// A tenth of a second: no SEGW far away answers sooner.
const SHORTEST_MS: u32 = 100;

/// Thirty days, in milliseconds: no pause or hold-down is longer.
const LONGEST_MS: u32 = 2_592_000_000;

/// Every setting, by its name.
pub const SETTINGS: [(&str, Setting); 28] = [
    ("connect_timeout_ms", Setting::Optional(SHORTEST_MS, LONGEST_MS, |policy| &mut policy.connect_timeout_ms)),
    ("init_timeout_ms", Setting::Optional(1_000, LONGEST_MS, |policy| &mut policy.init_timeout_ms)),
    ("liveness_interval_ms", Setting::Optional(SHORTEST_MS, LONGEST_MS, |policy| &mut policy.liveness_interval_ms)),
    ("liveness_misses", Setting::Number(1, 100, |policy| &mut policy.liveness_misses)),
    ("suspect_ms", Setting::Optional(200, LONGEST_MS, |policy| &mut policy.suspect_ms)),
    ("probe_ms", Setting::Time(50, LONGEST_MS, |policy| &mut policy.probe_ms)),
    ("probe_misses", Setting::Number(1, 100, |policy| &mut policy.probe_misses)),
    ("data_suspect_ms", Setting::Optional(1_000, LONGEST_MS, |policy| &mut policy.data_suspect_ms)),
    ("data_action", Setting::Word(DATA_ACTION)),
    ("backoff_initial_ms", Setting::Time(100, LONGEST_MS, |policy| &mut policy.backoff_initial_ms)),
    ("backoff_base", Setting::Number(1, 10, |policy| &mut policy.backoff_base)),
    ("backoff_limit_ms", Setting::Time(100, LONGEST_MS, |policy| &mut policy.backoff_limit_ms)),
    ("jitter_pct", Setting::Number(0, 100, |policy| &mut policy.jitter_pct)),
    ("spread_ms", Setting::Time(0, LONGEST_MS, |policy| &mut policy.spread_ms)),
    ("max_rounds", Setting::Number(0, 1_000_000, |policy| &mut policy.max_rounds)),
    ("stable_ms", Setting::Time(0, LONGEST_MS, |policy| &mut policy.stable_ms)),
    ("auth_penalty_ms", Setting::Time(0, LONGEST_MS, |policy| &mut policy.auth_penalty_ms)),
    ("on_refusal", Setting::Word(ON_REFUSAL)),
    ("redirect", Setting::Word(REDIRECT)),
    ("exhausted_retry_ms", Setting::Optional(SHORTEST_MS, LONGEST_MS, |policy| &mut policy.exhausted_retry_ms)),
    ("failback", Setting::Word(FAILBACK)),
    ("hold_down_ms", Setting::Time(100, LONGEST_MS, |policy| &mut policy.hold_down_ms)),
    ("hold_down_limit_ms", Setting::Time(100, LONGEST_MS, |policy| &mut policy.hold_down_limit_ms)),
    ("failback_window", Setting::Windows),
    ("standby", Setting::Word(STANDBY)),
    ("order", Setting::Word(ORDER)),
    ("preferences", Setting::Each(|policy| &mut policy.preferences)),
    ("weights", Setting::Each(|policy| &mut policy.weights)),
];

/// Those of the `probe` block.
pub const PROBE: [(&str, Setting); 5] = [
    ("targets", Setting::Targets),
    ("interval_ms", Setting::Time(500, LONGEST_MS, |policy| &mut policy.probe.interval_ms)),
    ("misses", Setting::Number(1, 100, |policy| &mut policy.probe.misses)),
    ("recover", Setting::Number(1, 100, |policy| &mut policy.probe.recover)),
    ("action", Setting::Word(PROBE_ACTION)),
];

/// The bit of the first of them in [`Policy::set`].
pub const PROBE_AT: u32 = 56;

/// What stands before a key of that block where keys of all blocks may.
const PROBE_PREFIX: &str = "probe.";

/// A policy has a bit for each.
const _: () = assert!(SETTINGS.len() <= 56 && PROBE.len() <= 8);

const PROBE_ACTION: &[(&str, Choose)] = &[
    ("report", |policy| policy.probe.action = ProbeAction::Report),
    ("rekey", |policy| policy.probe.action = ProbeAction::Rekey),
    ("move", |policy| policy.probe.action = ProbeAction::Move),
];

const DATA_ACTION: &[(&str, Choose)] = &[
    ("report", |policy| policy.data_action = DataAction::Report),
    ("move", |policy| policy.data_action = DataAction::Move),
];
const FAILBACK: &[(&str, Choose)] =
    &[("off", |policy| policy.failback = Failback::Off), ("hold_down", |policy| policy.failback = Failback::HoldDown)];
const STANDBY: &[(&str, Choose)] =
    &[("off", |policy| policy.standby = StandbyMode::Off), ("ike", |policy| policy.standby = StandbyMode::Ike)];
const ORDER: &[(&str, Choose)] = &[
    ("list", |policy| policy.order = Order::List),
    ("rtt", |policy| policy.order = Order::Rtt),
    ("hash", |policy| policy.order = Order::Hash),
];
const REDIRECT: &[(&str, Choose)] = &[
    ("off", |policy| policy.redirect = Redirect::Off),
    ("listed", |policy| policy.redirect = Redirect::Listed),
    ("any", |policy| policy.redirect = Redirect::Any),
];
const ON_REFUSAL: &[(&str, Choose)] =
    &[("next", |policy| policy.on_refusal = OnRefusal::Next), ("stay", |policy| policy.on_refusal = OnRefusal::Stay)];

/// The settings of a key's block, what stands before the key in that, and the bit of the first of them.
fn block(key: &str) -> (&'static [(&'static str, Setting)], &str, u32) {
    match key.strip_prefix(PROBE_PREFIX) {
        Some(key) => (&PROBE, key, PROBE_AT),
        None => (&SETTINGS, key, 0),
    }
}

/// The key that was probably meant by one that is unknown, without what stands before it.
#[must_use]
pub fn key_meant(key: &str) -> Option<&'static str> {
    let (settings, key, _) = block(key);
    nearest_of(settings, key)
}

fn nearest_of(settings: &'static [(&'static str, Setting)], key: &str) -> Option<&'static str> {
    let names = || settings.iter().map(|(name, _)| *name);
    // Without its unit, or more of it.
    nearest(key, &mut names()).or_else(|| names().find(|name| begins(key, name)))
}

impl Setting {
    /// What numbers it takes; `None` if it takes words.
    #[must_use]
    pub const fn bounds(self) -> Option<Bounds> {
        let (least, most, or_zero, unit) = match self {
            Self::Number(least, most, _) => (least, most, false, None),
            Self::Time(least, most, _) => (least, most, false, Some(Unit::Milliseconds)),
            Self::Optional(least, most, _) => (least, most, true, Some(Unit::Milliseconds)),
            Self::Word(_) | Self::Targets | Self::Each(_) | Self::Windows => return None,
        };
        Some(Bounds { least, most, or_zero, unit })
    }

    /// Its value in a policy: a number, or the word's place among its words; 0 for what is no number.
    #[must_use]
    pub fn get(self, policy: &Policy) -> u32 {
        let mut copy = *policy;
        match self {
            Self::Number(.., field) | Self::Time(.., field) | Self::Optional(.., field) => *field(&mut copy),
            Self::Targets | Self::Each(_) | Self::Windows => 0,
            Self::Word(words) => {
                // The one that changes nothing.
                let chosen = |(_, choose): &(&str, Choose)| {
                    copy = *policy;
                    choose(&mut copy);
                    copy == *policy
                };
                words.iter().position(chosen).and_then(|place| u32::try_from(place).ok()).unwrap_or_default()
            }
        }
    }

    /// Takes over a value that [`Setting::get`] gave; `None` if there is no such word.
    pub fn put(self, policy: &mut Policy, value: u32) -> Option<()> {
        match self {
            Self::Number(.., field) | Self::Time(.., field) | Self::Optional(.., field) => *field(policy) = value,
            Self::Targets | Self::Each(_) | Self::Windows => (),
            Self::Word(words) => {
                let (_, choose) = words.get(usize::try_from(value).ok()?)?;
                choose(policy);
            }
        }
        Some(())
    }
}

impl Policy {
    /// Takes over a setting that is the connection's own, where others are for all.
    ///
    /// # Errors
    /// See [`Policy::set`].
    pub fn set_own(&mut self, key: &str, value: &str) -> Result<(), Refusal> {
        let before = self.set;
        self.set = 0;
        let done = self.set(key, value);
        self.own |= self.set;
        self.set |= before;
        done
    }

    /// Takes over one setting, as an option of strongswan.conf has it: a name, with `probe.` before it if it is one of that block,
    /// and a text.
    ///
    /// # Errors
    /// The refusal says what was expected; the policy is as before.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Refusal> {
        let (settings, key, first) = block(key);
        let Some((at, (_, setting))) = (first..).zip(settings).find(|(_, (name, _))| *name == key) else {
            let meant = nearest_of(settings, key);
            return Err(match meant {
                Some(meant) => Refusal::new(&["unknown key; did you mean ", meant, "?"]),
                None => Refusal::new(&["unknown key"]),
            });
        };
        let bounds = setting.bounds();
        match *setting {
            Setting::Number(.., field) | Setting::Time(.., field) | Setting::Optional(.., field) => {
                let bare = value.parse::<u32>().ok();
                let unit = bounds.and_then(|bounds| bounds.unit);
                let timed = || unit.and_then(|unit| unit.read(value)).and_then(|value| u32::try_from(value).ok());
                match (bare.or_else(timed), bounds) {
                    (Some(value), Some(bounds)) if bounds.admit(value) => *field(self) = value,
                    (_, bounds) => {
                        let mut refusal =
                            bounds.map_or_else(Refusal::default, |bounds| bounds.refuse(bare, Refusal::new));
                        if unit.is_some() {
                            refusal.say(&[", or a time like 500ms, 5s, 2m, 4h"]);
                        }
                        return Err(refusal);
                    }
                }
            }
            Setting::Word(words) => match words.iter().find(|(word, _)| *word == value) {
                Some((_, choose)) => choose(self),
                None => return Err(Refusal::new(&one_of(value, words))),
            },
            Setting::Targets => match Targets::read(value) {
                Ok(targets) => self.probe.targets = targets,
                Err(why) => return Err(Refusal::new(&[why.reason()])),
            },
            Setting::Each(field) => match Each::read(value) {
                Ok(each) => *field(self) = each,
                Err(why) => return Err(Refusal::new(&[why.reason()])),
            },
            Setting::Windows => match Windows::read(value) {
                Ok(windows) => self.failback_window = windows,
                Err(why) => return Err(Refusal::new(&[why.reason()])),
            },
        }
        self.set |= 1u64.wrapping_shl(at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::{Failback, OnRefusal, Order, Policy};

    #[test]
    fn every_kind_of_key_is_set() {
        let mut policy = Policy::DEFAULT;
        policy.set("hold_down_ms", "3000").unwrap();
        policy.set("failback", "hold_down").unwrap();
        policy.set("on_refusal", "stay").unwrap();
        policy.set("failback_window", "mon-fri 02:00-04:00, sat 01:00-05:00").unwrap();
        assert_eq!(std::format!("{}", policy.failback_window), "mon-fri 02:00-04:00, sat 01:00-05:00");
        policy.set("probe.targets", "10.1.0.1, tcp://10.1.0.1:443").unwrap();
        policy.set("probe.interval_ms", "2s").unwrap();
        assert_eq!((policy.probe.targets.text(), policy.probe.interval_ms), ("10.1.0.1,tcp://10.1.0.1:443", 2_000));
        policy.set("order", "hash").unwrap();
        policy.set("preferences", "1 1 2").unwrap();
        policy.set("weights", "10, 20, 5").unwrap();
        assert_eq!((policy.order, policy.preferences.count()), (Order::Hash, 3));
        assert_eq!((policy.miscounted(3), policy.miscounted(2)), (None, Some(("preferences", 3))));
        policy.set("preferences", "").unwrap();
        assert_eq!(policy.miscounted(4), Some(("weights", 3)));
        assert_eq!(policy.hold_down_ms, 3_000);
        policy.set("hold_down_ms", "5m").unwrap();
        assert_eq!(policy.hold_down_ms, 300_000);
        assert_eq!((policy.failback, policy.on_refusal), (Failback::HoldDown, OnRefusal::Stay));
    }

    #[test]
    fn refused_with_what_was_expected() {
        for (key, value, reason) in [
            ("hold_dwn_ms", "1", "unknown key; did you mean hold_down_ms?"),
            ("colour", "1", "unknown key"),
            ("jitter", "1", "unknown key; did you mean jitter_pct?"),
            ("liveness_misses", "0", "expected a number from 1 to 100"),
            ("liveness_misses", "3s", "expected a number from 1 to 100"),
            ("liveness_misses", "", "expected a number from 1 to 100"),
            ("failback", "maybe", "expected one of off, hold_down"),
            (
                "failback_window",
                "night",
                "expected \"always\", or days and hours, as in \"mon-fri 02:00-04:00\" or \"22:00-02:00\"",
            ),
            ("failback_windw", "always", "unknown key; did you mean failback_window?"),
            (
                "hold_down_ms",
                "5x",
                "expected a number of milliseconds from 100 to 2592000000, or a time like 500ms, 5s, 2m, 4h",
            ),
            (
                "stable_ms",
                "99d",
                "expected a number of milliseconds from 0 to 2592000000, or a time like 500ms, 5s, 2m, 4h",
            ),
            (
                "connect_timeout_ms",
                "5",
                "expected a number of milliseconds from 100 to 2592000000, or 0; seconds are written \"5s\", or a time like 500ms, 5s, 2m, 4h",
            ),
            ("connect_timeout", "5", "unknown key; did you mean connect_timeout_ms?"),
            ("probe.intervall_ms", "5", "unknown key; did you mean interval_ms?"),
            ("probe.hold_down_ms", "5", "unknown key"),
            ("probe.recover", "0", "expected a number from 1 to 100"),
            ("probe.action", "reky", "expected one of report, rekey, move; did you mean \"rekey\"?"),
            ("probe.targets", "10.1.0.1, 0.0.0.0", "this is no address of a single host behind the SEGW"),
            ("order", "random", "expected one of list, rtt, hash"),
            (
                "weights",
                "1 0",
                "expected a number from 1 to 255 for each SEGW, in the order of their list, as \"1 1 2\"",
            ),
            ("failback", "Hold-Down", "expected one of off, hold_down; did you mean \"hold_down\"?"),
        ] {
            let mut policy = Policy::DEFAULT;
            assert_eq!(policy.set(key, value).unwrap_err().message.as_str(), reason, "{key} = {value}");
            assert_eq!(policy, Policy::DEFAULT);
        }
    }
}
