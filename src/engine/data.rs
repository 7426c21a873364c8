//! A SEGW that answers IKE and that no data come from: told, and left where the policy says so, but never in circles.

use super::{Engine, Slot};
use crate::cause::Cause;
use crate::diagnosis::Plain;
use crate::ike::Role;
use crate::policy::DataAction;
use crate::silence::Step;
#[cfg(feature = "json")]
use crate::wire::event::{Event, EventKind};

impl Engine {
    /// Acts on what the last look said of the traffic through the IKE_SA that carries it.
    pub(super) fn heed_data(&mut self, slot: Slot, unique_id: u32) {
        let Some(connection) = self.get_mut(slot) else { return };
        let Some(segw) = connection.state.active() else { return };
        let Some(flows) = connection.watch.as_mut().and_then(|watch| watch.data.news()) else { return };
        let leave = connection.policy.data_action == DataAction::Move;
        let step = if flows {
            // The first packet of all is no news.
            let Some(step) = connection.silent.ends() else { return };
            step
        } else {
            connection.silent.begins(segw, connection.segws.len(), leave)
        };
        log!(info, "{}: SILENT_DATA: {}", Plain(&connection.name), Plain(step.name()));
        #[cfg(feature = "json")]
        self.emit_silent_data(slot, segw, step);
        self.leave_silent(slot, unique_id, step);
    }

    /// Leaves a SEGW that nothing comes through, where that is the step.
    pub(super) fn leave_silent(&mut self, slot: Slot, unique_id: u32, step: Step) {
        if step == Step::Move {
            self.give_up(slot, unique_id, Role::Main, Cause::DataPlane);
        }
    }

    #[cfg(feature = "json")]
    fn emit_silent_data(&mut self, slot: Slot, segw: crate::segw::SegwId, step: Step) {
        let Some(connection) = super::emit::get(&self.connections, slot) else { return };
        let address = connection.segws.text(segw);
        let mut draft = self.events.begin(self.now);
        let told = Event::SilentData {
            event: EventKind::SegwSilentData,
            connection: draft.text(&connection.name),
            segw: draft.text(&address),
            action: draft.text(step.name()),
        };
        draft.end(told);
    }
}
