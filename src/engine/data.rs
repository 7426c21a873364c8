//! A SEGW that answers IKE and that no data come from: told, and left where the policy says so, but never in circles.

use super::{Engine, Slot};
use crate::cause::Cause;
use crate::diagnosis::Plain;
use crate::ike::Role;
use crate::policy::DataAction;
use crate::segw::SegwSet;
#[cfg(feature = "json")]
use crate::wire::event::{Event, EventKind, WAITS};

/// What is done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Nothing comes in: told only.
    Report,
    /// The next SEGW.
    Move,
    /// All SEGWs have been silent: what does not answer is behind them.
    Settle,
    /// Packets come in again.
    Resume,
}

impl Step {
    const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Move => "move",
            Self::Settle => "settle",
            Self::Resume => "resume",
        }
    }
}

impl Engine {
    /// Acts on what the last look said of the traffic through the IKE_SA that carries it.
    pub(super) fn heed_data(&mut self, slot: Slot, unique_id: u32) {
        let Some(connection) = self.get_mut(slot) else { return };
        let Some(segw) = connection.state.active() else { return };
        let Some(flows) = connection.watch.as_mut().and_then(|watch| watch.data.news()) else { return };
        let before = connection.silent;
        let step = if flows {
            connection.silent = SegwSet::EMPTY;
            // The first packet of all is no news.
            if before.is_empty() {
                return;
            }
            Step::Resume
        } else {
            connection.silent = before.with(segw);
            let rest = connection.silent.others(connection.segws.len());
            match connection.policy.data_action {
                DataAction::Report => Step::Report,
                DataAction::Move if before.contains(segw) || rest.is_empty() => Step::Settle,
                DataAction::Move => Step::Move,
            }
        };
        log!(info, "{}: SILENT_DATA: {}", Plain(&connection.name), Plain(step.name()));
        #[cfg(feature = "json")]
        self.emit_silent_data(slot, segw, step);
        if step == Step::Move {
            self.give_up(slot, unique_id, Role::Main, Cause::DataPlane);
        }
    }

    #[cfg(feature = "json")]
    fn emit_silent_data(&mut self, slot: Slot, segw: crate::segw::SegwId, step: Step) {
        let Some(connection) = super::emit::get(&self.connections, slot) else { return };
        let address = connection.segws.get(segw).map(|segw| segw.addr.to_text()).unwrap_or_default();
        let mut draft = self.events.begin(self.now);
        let told = Event::SilentData {
            event: EventKind::SegwSilentData,
            time_ms: self.now.0,
            seq: WAITS,
            connection: draft.text(&connection.name),
            segw: draft.text(&address),
            action: draft.text(step.name()),
        };
        draft.end(told);
    }
}
