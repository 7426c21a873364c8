//! Whether a SEGW still lives: asks when nothing was heard for an interval, and counts the questions without an answer.
//! Independent of charon's retransmission, which is global and slow (RFC 7296 §2.4 leaves the times to us).

use crate::policy::Policy;
use crate::time::Instant;

/// What to do when a look is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Ask for a sign of life: see whether traffic came in, and probe if none did.
    Ask,
    /// The last question is not answered yet, so nothing can be said: charon is busy.
    Wait,
    /// Too many questions without an answer.
    Lost,
}

/// The watch over one IKE_SA that carries traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// When to look next.
    pub look_at: Instant,
    /// The last sign of life. Traffic came in at some moment between two looks: the first of them counts, so that a SEGW
    /// is never lost later than its policy says.
    heard_at: Instant,
    /// When packets were last counted.
    counted_at: Instant,
    /// Probes since then.
    asked: u32,
    /// Packets that had come in through its CHILD_SAs at the last look.
    packets: u64,
    /// The last look has no answer of charon's yet.
    pending: bool,
}

/// Shortest time between two looks, in milliseconds; less would be a load for nothing.
const SHORTEST_MS: u32 = 100;
/// Looks in an interval: a SEGW whose traffic stops is lost so much of an interval early at most.
const LOOKS: u32 = 4;

impl Watch {
    /// Starts watching; `None` if the policy does not ask for it.
    #[must_use]
    pub fn new(now: Instant, policy: &Policy) -> Option<Self> {
        let watch = Self {
            look_at: now.after(step_ms(policy)),
            heard_at: now,
            counted_at: now,
            asked: 0,
            packets: 0,
            pending: false,
        };
        (policy.liveness_interval_ms > 0).then_some(watch)
    }

    /// The SEGW was heard.
    pub const fn heard(&mut self, now: Instant) {
        self.heard_at = now;
        self.asked = 0;
    }

    /// So many packets have come in altogether. Whether the SEGW is to be probed: nothing is new, and it was silent for
    /// one more interval.
    pub fn counted(&mut self, packets: u64, now: Instant, policy: &Policy) -> bool {
        self.pending = false;
        let before = core::mem::replace(&mut self.counted_at, now);
        if packets != self.packets {
            self.packets = packets;
            // A charon that was too busy to count says nothing about the SEGW.
            let recently = Instant(now.0.saturating_sub(u64::from(step_ms(policy))));
            self.heard(before.max(recently).max(self.heard_at));
            return false;
        }
        let probe = now >= self.heard_at.after(interval_ms(policy).saturating_mul(self.asked.saturating_add(1)));
        self.asked = self.asked.saturating_add(u32::from(probe));
        probe
    }

    /// Nothing could be counted, the IKE_SA is on its way out.
    pub const fn uncounted(&mut self) {
        self.pending = false;
    }

    /// A look is due.
    pub fn look(&mut self, now: Instant, policy: &Policy) -> Look {
        if self.pending {
            self.look_at = now.after(step_ms(policy));
            return Look::Wait;
        }
        let misses = policy.liveness_misses.saturating_add(1);
        let lost_at = self.heard_at.after(interval_ms(policy).saturating_mul(misses));
        if now >= lost_at {
            return Look::Lost;
        }
        self.look_at = now.after(step_ms(policy)).min(lost_at);
        self.pending = true;
        Look::Ask
    }
}

fn interval_ms(policy: &Policy) -> u32 {
    policy.liveness_interval_ms.max(SHORTEST_MS)
}

fn step_ms(policy: &Policy) -> u32 {
    (interval_ms(policy) / LOOKS).max(SHORTEST_MS)
}

#[cfg(test)]
mod tests {
    use super::{Look, Watch};
    use crate::policy::Policy;
    use crate::time::Instant;

    const POLICY: Policy = Policy { liveness_interval_ms: 1_000, liveness_misses: 3, ..Policy::DEFAULT };

    /// Looks until the SEGW is lost; when it was probed, and when it was lost. `packets` come in until `dies`.
    fn watch(dies: u64) -> (std::vec::Vec<u64>, u64) {
        let mut watch = Watch::new(Instant(0), &POLICY).unwrap();
        let mut probes = std::vec::Vec::new();
        loop {
            let now = watch.look_at;
            if watch.look(now, &POLICY) == Look::Lost {
                return (probes, now.0);
            }
            if watch.counted(now.0.min(dies), now, &POLICY) {
                probes.push(now.0);
            }
        }
    }

    #[test]
    fn a_silent_segw_is_lost_after_its_misses_and_one_interval() {
        assert_eq!(watch(0), (std::vec![1_000, 2_000, 3_000], 4_000));
    }

    #[test]
    fn traffic_is_life_and_its_end_is_noticed_in_time_or_a_quarter_early() {
        for dies in [1, 249, 250, 251, 7_001, 7_100] {
            let (probes, lost) = watch(dies);
            assert_eq!(probes.len(), 3, "{dies}");
            assert!(lost >= dies + 3_750 && lost <= dies + 4_000, "{dies}: {lost}");
        }
    }

    #[test]
    fn a_message_is_life() {
        let mut watch = Watch::new(Instant(0), &POLICY).unwrap();
        watch.heard(Instant(3_900));
        assert_eq!(watch.look(Instant(7_800), &POLICY), Look::Ask);
        assert_eq!(watch.look_at, Instant(7_900));
        watch.uncounted();
        assert_eq!(watch.look(Instant(7_900), &POLICY), Look::Lost);
    }

    #[test]
    fn a_busy_charon_is_no_dead_segw() {
        let mut watch = Watch::new(Instant(0), &POLICY).unwrap();
        assert_eq!(watch.look(Instant(250), &POLICY), Look::Ask);
        for now in [500, 4_000, 60_000] {
            assert_eq!(watch.look(Instant(now), &POLICY), Look::Wait);
        }
        assert!(!watch.counted(7, Instant(60_100), &POLICY));
        assert_eq!(watch.look(Instant(60_250), &POLICY), Look::Ask);
    }

    #[test]
    fn off_means_off() {
        assert_eq!(Watch::new(Instant(0), &Policy { liveness_interval_ms: 0, ..POLICY }), None);
    }
}
