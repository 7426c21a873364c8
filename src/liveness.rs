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

/// A question to a SEGW.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Ask, if no other request waits for its answer; else send that one again.
    Ask,
    /// Send again what waits for its answer.
    Again,
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
    /// When the next probe of a new interval is due; until then the one that waits is sent again.
    ask_at: Instant,
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
            ask_at: now.after(interval_ms(policy)),
            packets: 0,
            pending: false,
        };
        (policy.liveness_interval_ms > 0).then_some(watch)
    }

    /// The SEGW was heard.
    pub fn heard(&mut self, now: Instant, policy: &Policy) {
        self.heard_at = now;
        self.ask_at = now.after(interval_ms(policy));
    }

    /// This host did nothing for so many milliseconds: they say nothing about the SEGW.
    pub fn excuse(&mut self, late_ms: u32) {
        self.heard_at = self.heard_at.after(late_ms);
        self.ask_at = self.ask_at.after(late_ms);
    }

    /// So many packets have come in altogether. Whether and how the SEGW is to be probed: if nothing is new it is asked when
    /// it was silent for an interval, and from then on the question is sent again at each look, because one packet that is
    /// lost is no answer.
    pub fn counted(&mut self, packets: u64, now: Instant, policy: &Policy) -> Option<Probe> {
        self.pending = false;
        let before = core::mem::replace(&mut self.counted_at, now);
        if packets != self.packets {
            self.packets = packets;
            // A charon that was too busy to count says nothing about the SEGW.
            let recently = Instant(now.0.saturating_sub(u64::from(step_ms(policy))));
            self.heard(before.max(recently).max(self.heard_at), policy);
            return None;
        }
        if now >= self.ask_at {
            self.ask_at = self.ask_at.after(interval_ms(policy)).max(now);
            return Some(Probe::Ask);
        }
        (now >= self.heard_at.after(interval_ms(policy))).then_some(Probe::Again)
    }

    /// Nothing could be counted, the IKE_SA is on its way out.
    pub const fn uncounted(&mut self) {
        self.pending = false;
    }

    /// A look is due.
    pub fn look(&mut self, now: Instant, policy: &Policy) -> Look {
        if self.pending {
            // What charon has no time for it has not asked either.
            self.excuse(step_ms(policy));
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
    use super::{Look, Probe, Watch};
    use crate::policy::Policy;
    use crate::time::Instant;

    const POLICY: Policy = Policy { liveness_interval_ms: 1_000, liveness_misses: 3, ..Policy::DEFAULT };

    /// Looks until the SEGW is lost; when it was asked, when it was asked again, and when it was lost. `packets` come in
    /// until `dies`.
    fn watch(dies: u64) -> (std::vec::Vec<u64>, std::vec::Vec<u64>, u64) {
        let mut watch = Watch::new(Instant(0), &POLICY).unwrap();
        let (mut asked, mut again) = (std::vec::Vec::new(), std::vec::Vec::new());
        loop {
            let now = watch.look_at;
            if watch.look(now, &POLICY) == Look::Lost {
                return (asked, again, now.0);
            }
            match watch.counted(now.0.min(dies), now, &POLICY) {
                Some(Probe::Ask) => asked.push(now.0),
                Some(Probe::Again) => again.push(now.0),
                None => (),
            }
        }
    }

    #[test]
    fn a_silent_segw_is_lost_after_its_misses_and_one_interval() {
        let (asked, again, lost) = watch(0);
        assert_eq!((asked, lost), (std::vec![1_000, 2_000, 3_000], 4_000));
        // A lost packet is sent again at the next look.
        assert_eq!(again, [1_250, 1_500, 1_750, 2_250, 2_500, 2_750, 3_250, 3_500, 3_750]);
    }

    #[test]
    fn traffic_is_life_and_its_end_is_noticed_in_time_or_a_quarter_early() {
        for dies in [1, 249, 250, 251, 7_001, 7_100] {
            let (asked, _, lost) = watch(dies);
            assert_eq!(asked.len(), 3, "{dies}");
            assert!(lost >= dies + 3_750 && lost <= dies + 4_000, "{dies}: {lost}");
        }
    }

    #[test]
    fn a_message_is_life() {
        let mut watch = Watch::new(Instant(0), &POLICY).unwrap();
        watch.heard(Instant(3_900), &POLICY);
        assert_eq!(watch.look(Instant(7_800), &POLICY), Look::Ask);
        assert_eq!(watch.look_at, Instant(7_900));
        watch.uncounted();
        assert_eq!(watch.look(Instant(7_900), &POLICY), Look::Lost);
    }

    #[test]
    fn a_busy_charon_is_no_dead_segw() {
        let mut watch = Watch::new(Instant(0), &POLICY).unwrap();
        assert_eq!(watch.look(Instant(250), &POLICY), Look::Ask);
        for look in 2..240 {
            assert_eq!(watch.look(Instant(look * 250), &POLICY), Look::Wait);
        }
        assert_eq!(watch.counted(0, Instant(59_900), &POLICY), None, "nothing was asked meanwhile");
        assert_eq!(watch.look(Instant(60_000), &POLICY), Look::Ask);
        assert_eq!(watch.counted(0, Instant(60_000), &POLICY), None);
        assert_eq!(watch.look(Instant(60_750), &POLICY), Look::Ask);
        assert_eq!(watch.counted(0, Instant(60_750), &POLICY), Some(Probe::Ask));
    }

    #[test]
    fn time_that_this_host_slept_through_says_nothing() {
        let mut watch = Watch::new(Instant(0), &POLICY).unwrap();
        watch.excuse(20_000);
        assert_eq!(watch.look(Instant(20_250), &POLICY), Look::Ask);
        assert_eq!(watch.counted(0, Instant(20_250), &POLICY), None);
        watch.uncounted();
        assert_eq!(watch.look(Instant(24_000), &POLICY), Look::Lost);
    }

    #[test]
    fn off_means_off() {
        assert_eq!(Watch::new(Instant(0), &Policy { liveness_interval_ms: 0, ..POLICY }), None);
    }
}
