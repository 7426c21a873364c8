//! A key of the `failover` block as an option of strongswan.conf has it: a name and a text. For connections that nobody
//! applied with JSON.

use crate::config::schema::{FAILOVER, Key, Kind};
use crate::policy::Policy;
use crate::refusal::{Refusal, nearest, number, one_of};

/// Puts one key's value into the policy.
///
/// # Errors
/// The refusal says what was expected; the policy is as before.
pub fn set(policy: &mut Policy, key: &str, value: &str) -> Result<(), Refusal> {
    let Some(Key { kind, .. }) = FAILOVER.iter().find(|known| known.name == key) else {
        let meant = nearest(key, &mut FAILOVER.iter().map(|key| key.name));
        return Err(match meant {
            Some(meant) => Refusal::new(&["unknown key; did you mean ", meant, "?"]),
            None => Refusal::new(&["unknown key"]),
        });
    };
    match *kind {
        Kind::Tunable(least, most, place) => match value.parse::<u32>() {
            Ok(value) if (least..=most).contains(&value) => {
                *place(policy) = value;
                Ok(())
            }
            _ => {
                let [least, most] = [least, most].map(|bound| number(usize::try_from(bound).unwrap_or(usize::MAX)));
                Err(Refusal::new(&["expected a number from ", &least, " to ", &most]))
            }
        },
        Kind::Choice(words) => match words.iter().find(|(word, _)| *word == value) {
            Some((_, choose)) => {
                choose(policy);
                Ok(())
            }
            None => Err(Refusal::new(&one_of(words))),
        },
        _ => Err(Refusal::new(&["not an option"])),
    }
}

#[cfg(test)]
mod tests {
    use super::set;
    use crate::policy::{Failback, OnRefusal, Policy};

    #[test]
    fn every_kind_of_key_is_set() {
        let mut policy = Policy::DEFAULT;
        set(&mut policy, "hold_down_ms", "3000").unwrap();
        set(&mut policy, "failback", "hold_down").unwrap();
        set(&mut policy, "on_refusal", "stay").unwrap();
        assert_eq!(policy.hold_down_ms, 3_000);
        assert_eq!((policy.failback, policy.on_refusal), (Failback::HoldDown, OnRefusal::Stay));
    }

    #[test]
    fn refused_with_what_was_expected() {
        for (key, value, reason) in [
            ("hold_dwn_ms", "1", "unknown key; did you mean hold_down_ms?"),
            ("colour", "1", "unknown key"),
            ("liveness_misses", "0", "expected a number from 1 to 100"),
            ("liveness_misses", "3s", "expected a number from 1 to 100"),
            ("liveness_misses", "", "expected a number from 1 to 100"),
            ("failback", "maybe", "expected one of off hold_down"),
        ] {
            let mut policy = Policy::DEFAULT;
            assert_eq!(set(&mut policy, key, value).unwrap_err().message.as_str(), reason, "{key} = {value}");
            assert_eq!(policy, Policy::DEFAULT);
        }
    }
}
