//! Whether anything comes in through a tunnel whose SEGW answers IKE. Applications that only send look the same, so this is
//! a reason to tell, and to move only where somebody has said so.

use crate::time::Instant;

/// What is known of the traffic through one IKE_SA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataPlane {
    /// Packets go out since then, again and again, and none has come in.
    since: Option<Instant>,
    /// When packets last went out.
    sent_at: Instant,
    /// `Some(false)`: it is silent; `Some(true)`: packets come in; `None`: nobody can say yet.
    flows: Option<bool>,
    /// What was said of that last.
    told: Option<bool>,
}

/// Packets that go out so rarely that some of the time of suspicion passes between two, one in so many, are none that go on.
const GAPS: u32 = 4;

impl DataPlane {
    /// Of a new IKE_SA.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self { since: None, sent_at: now, flows: None, told: None }
    }

    /// Packets came in since `before`, or went out. When the SEGW was last `heard`; `None`: it
    /// owes an answer.
    pub fn saw(
        &mut self,
        came: bool,
        went: bool,
        before: Instant,
        now: Instant,
        heard: Option<Instant>,
        suspect_ms: u32,
    ) {
        if came {
            (self.since, self.flows) = (None, Some(true));
        }
        if came || !went {
            return;
        }
        let gap_ms = now.since(self.sent_at);
        self.sent_at = now;
        if self.flows == Some(false) {
            return;
        }
        let since = match self.since {
            Some(since) if gap_ms <= u64::from(suspect_ms / GAPS) => since,
            _ => before,
        };
        self.since = Some(since);
        let answers = heard.is_some_and(|at| at > since);
        if suspect_ms > 0 && answers && now.since(since) >= u64::from(suspect_ms) {
            self.flows = Some(false);
        }
    }

    /// This host did nothing for so many milliseconds.
    pub fn excuse(&mut self, late_ms: u32) {
        if self.flows != Some(false) {
            self.since = self.since.map(|at| at.after(late_ms));
        }
    }

    /// Since when nothing has come in, if that has been said.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn silent_since(&self) -> Option<Instant> {
        self.since.filter(|_| self.flows == Some(false))
    }

    /// It is, since then.
    #[cfg(test)]
    pub const fn be_silent(&mut self, since: Instant) {
        (self.since, self.flows) = (Some(since), Some(false));
    }

    /// Whether packets come in, if that is another thing than what was said last.
    pub fn news(&mut self) -> Option<bool> {
        if self.told == self.flows {
            return None;
        }
        self.told = self.flows;
        self.flows
    }
}

#[cfg(test)]
mod tests {
    use super::DataPlane;
    use crate::time::Instant;

    const SUSPECT_MS: u32 = 30_000;

    /// A look each second: whether packets came in, went out, and how long ago the SEGW was heard.
    fn look(data: &mut DataPlane, second: u32, came: bool, went: bool, heard: Option<u32>) -> Option<bool> {
        let at = |second: u32| Instant(0).after(second.saturating_mul(1_000));
        data.saw(came, went, at(second.saturating_sub(1)), at(second), heard.map(at), SUSPECT_MS);
        data.news()
    }

    #[test]
    fn traffic_that_nothing_answers_is_told_once_and_its_end_too() {
        let mut data = DataPlane::new(Instant(0));
        assert_eq!(look(&mut data, 1, true, true, Some(1)), Some(true));
        for second in 2..31 {
            assert_eq!(look(&mut data, second, false, true, Some(second)), None, "{second}");
        }
        assert_eq!(look(&mut data, 31, false, true, Some(31)), Some(false));
        assert_eq!(data.silent_since(), Some(Instant(1_000)));
        assert_eq!(look(&mut data, 32, false, true, Some(32)), None);
        assert_eq!(look(&mut data, 33, true, true, Some(33)), Some(true));
        assert_eq!(data.silent_since(), None);
    }

    #[test]
    fn a_segw_that_answers_nothing_is_no_matter_of_data() {
        let mut data = DataPlane::new(Instant(0));
        for second in 1..100 {
            assert_eq!(look(&mut data, second, false, true, Some(0)), None);
            assert_eq!(look(&mut data, second, false, true, None), None);
        }
    }

    #[test]
    fn a_packet_now_and_then_is_no_traffic_that_goes_on() {
        let mut data = DataPlane::new(Instant(0));
        for second in 1..600 {
            assert_eq!(look(&mut data, second, false, second % 10 == 0, Some(second)), None, "{second}");
        }
    }

    #[test]
    fn off_means_off() {
        let mut data = DataPlane::new(Instant(0));
        for at in (0u32..100_000).step_by(1_000) {
            let at = Instant(0).after(at);
            data.saw(false, true, at, at, Some(at), 0);
        }
        assert_eq!(data.news(), None);
    }
}
