//! The pause between two rounds: exponential, capped, jittered; a moment within a window. Pure; stores nothing.

use crate::policy::Policy;

/// The pause after round number `round` (0 for the first) in milliseconds, at least 1.
///
/// With `d = min(initial * base^round, limit)` and `j = jitter_pct / 100` it lies in `(d * (1 - j), d]`: jitter only
/// shortens, as charon's `retransmit_jitter` does. `random` is uniform over all of its values.
#[must_use]
pub fn delay_ms(round: u32, policy: &Policy, random: u32) -> u32 {
    let mut full = policy.backoff_initial_ms;
    for _ in 0..round.min(u32::BITS) {
        full = full.saturating_mul(policy.backoff_base.max(1));
        if full >= policy.backoff_limit_ms {
            break;
        }
    }
    let full = full.min(policy.backoff_limit_ms).max(1);
    let span = u64::from(full).saturating_mul(u64::from(policy.jitter_pct.min(100)));
    // Hundredths of a millisecond (below 2^39) times random / 2^32: less than the span, without a wider product than u64.
    let cut = hundredth((span >> 8).saturating_mul(u64::from(random)) >> 24);
    full.saturating_sub(cut).max(1)
}

/// A moment within `span_ms` milliseconds, less than that. `random` is uniform over all of its values.
#[must_use]
pub const fn within(span_ms: u32, random: u32) -> u32 {
    ((span_ms as u64).saturating_mul(random as u64) >> u32::BITS) as u32
}

/// A hundredth of what is below 2^39, rounded down. In two steps of 32 bits, because most routers would need a routine for
/// more.
fn hundredth(value: u64) -> u32 {
    const HALF: u32 = 20;
    let (high, low) = ((value >> HALF) as u32, value as u32 & ((1 << HALF) - 1));
    ((high / 100) << HALF) | ((((high % 100) << HALF) | low) / 100)
}

#[cfg(test)]
mod tests {
    use super::{delay_ms, hundredth, within};
    use crate::policy::Policy;

    #[test]
    fn hundredths() {
        for value in (0..39).map(|bit| 1u64 << bit).flat_map(|bit| [bit - 1, bit, bit + 99]).chain([(1 << 39) - 1]) {
            assert_eq!(u64::from(hundredth(value)), (value / 100) & u64::from(u32::MAX), "{value}");
        }
    }

    #[test]
    fn grows_by_the_base_up_to_the_limit() {
        let policy = Policy { jitter_pct: 0, ..Policy::DEFAULT };
        let delays: [u32; 8] = core::array::from_fn(|n| delay_ms(n as u32, &policy, u32::MAX));
        assert_eq!(delays, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!(delay_ms(u32::MAX, &policy, 0), 60_000);
    }

    #[test]
    fn jitter_stays_in_its_half_open_interval() {
        for pct in [1, 37, 50, 100] {
            let policy = Policy { jitter_pct: pct, ..Policy::DEFAULT };
            let floor = 1_000 - 1_000 * pct / 100;
            assert_eq!(delay_ms(0, &policy, 0), 1_000);
            for random in [1, u32::MAX / 3, u32::MAX / 2, u32::MAX - 1, u32::MAX] {
                let delay = delay_ms(0, &policy, random);
                assert!(delay > floor && delay <= 1_000, "{pct} % {random}: {delay}");
            }
        }
    }

    #[test]
    fn a_moment_is_within_its_span() {
        for span in [1, 2, 60_000, u32::MAX] {
            assert_eq!(within(span, 0), 0);
            assert_eq!(within(span, u32::MAX), span - 1);
            assert_eq!(within(span, 1 << 31), span / 2);
        }
        assert_eq!(within(0, u32::MAX), 0);
    }

    #[test]
    fn extreme_policies_neither_overflow_nor_reach_zero() {
        let policy = Policy {
            backoff_initial_ms: u32::MAX,
            backoff_base: u32::MAX,
            backoff_limit_ms: u32::MAX,
            jitter_pct: 100,
            ..Policy::DEFAULT
        };
        assert!(delay_ms(u32::MAX, &policy, u32::MAX) >= 1);
        let zero = Policy { backoff_initial_ms: 0, backoff_base: 0, backoff_limit_ms: 0, ..Policy::DEFAULT };
        assert_eq!(delay_ms(3, &zero, 1), 1);
    }
}
