//! SEGWs that nothing comes through, as somebody has found out: which of them to leave, and when to settle because all of them
//! are the same. The traffic's own silence ([`data_plane`](crate::data_plane)) and that of the targets that are asked
//! ([`reach`](crate::reach)) are judged by the same rule, each by its own list.

use crate::segw::{SegwId, SegwSet};

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing comes in: told only.
    Report,
    /// The CHILD_SAs are set up anew.
    Rekey,
    /// The next SEGW.
    Move,
    /// All SEGWs have been silent: what does not answer is behind them.
    Settle,
    /// It comes in again.
    Resume,
}

impl Step {
    /// In events and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Rekey => "rekey",
            Self::Move => "move",
            Self::Settle => "settle",
            Self::Resume => "resume",
        }
    }
}

/// SEGWs that nothing came through, since something last did through any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Silence(SegwSet);

impl Silence {
    /// None.
    pub const NONE: Self = Self(SegwSet::EMPTY);

    /// Something comes through again. `None`: that is no news.
    pub const fn ends(&mut self) -> Option<Step> {
        let before = core::mem::replace(&mut self.0, SegwSet::EMPTY);
        if before.is_empty() { None } else { Some(Step::Resume) }
    }

    /// Nothing comes through `segw`, one of `count`. Each is left at most once, if they are to be left at all.
    pub const fn begins(&mut self, segw: SegwId, count: u8, leave: bool) -> Step {
        let before = self.0;
        self.0 = before.with(segw);
        if !leave {
            Step::Report
        } else if before.contains(segw) || self.0.others(count).is_empty() {
            Step::Settle
        } else {
            Step::Move
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Silence, Step};

    #[test]
    fn each_segw_is_left_once() {
        let mut silence = Silence::NONE;
        assert_eq!(silence.ends(), None);
        assert_eq!([0, 1].map(|segw| silence.begins(segw, 3, true)), [Step::Move; 2]);
        assert_eq!([2, 0, 1].map(|segw| silence.begins(segw, 3, true)), [Step::Settle; 3]);
        assert_eq!((silence.ends(), silence.ends()), (Some(Step::Resume), None));
        assert_eq!(silence.begins(2, 3, true), Step::Move);
        assert_eq!(silence.begins(2, 3, true), Step::Settle);
        assert_eq!(silence.begins(0, 3, false), Step::Report);
        assert_eq!(Silence::default().begins(0, 1, true), Step::Settle);
    }
}
