//! Targets that are asked through the tunnel, and what is done when none of them answers.

use super::{Engine, Queued, Slot};
use crate::diagnosis::Plain;
use crate::error::{Error, Result};
use crate::policy::ProbeAction;
use crate::reach::{News, Outcome};
use crate::silence::Step;
#[cfg(feature = "json")]
use crate::wire::event::{Event, EventKind};

impl Engine {
    /// Asks the targets of a connection, if that is due.
    pub(super) fn ask_targets(&mut self, slot: Slot) {
        let now = self.now;
        if self.get(slot).and_then(|it| it.asking()).is_none_or(|reach| reach.due_at > now) {
            return;
        }
        let serial = self.next_serial();
        let Some(connection) = self.get_mut(slot) else { return };
        let tempo = connection.tempo();
        let Some(reach) = &mut connection.reach else { return };
        let used = reach.ask(serial, now, &tempo);
        self.queue(Queued::Reach { slot, used });
    }

    /// The IKE_SA through which the targets of a connection are being asked, and the question's serial.
    pub(super) fn asked(&self, slot: Slot) -> Option<(u32, u32)> {
        self.sas.main(slot).map(|sa| sa.unique_id).zip(self.get(slot)?.asking()?.serial())
    }

    /// What has become of a question to the targets of a connection.
    pub(super) fn reached(&mut self, connection: &str, serial: u32, outcome: Outcome) -> Result<()> {
        let now = self.now;
        let slot = self.slot_of(connection)?;
        let Some(connection) = self.get_mut(slot).filter(|it| it.asking().is_some()) else { return Ok(()) };
        let tempo = connection.tempo();
        let Some(segw) = connection.state.active() else { return Ok(()) };
        let count = connection.segws.len();
        let Some(reach) = &mut connection.reach else { return Ok(()) };
        let Some(news) = reach.told(serial, outcome, now, &tempo) else { return Ok(()) };
        let action = connection.policy.probe.action;
        let step = match news {
            News::Unasked(why) => {
                log!(warn, "{}: PROBE: {}", Plain(&connection.name), Plain(why.name()));
                #[cfg(feature = "json")]
                self.emit_probe(slot, "unasked", Some(why.name()));
                return Ok(());
            }
            News::Answers => connection.unreached.ends().or(Some(Step::Resume).filter(|_| reach.is_renewed())),
            News::Silent if action == ProbeAction::Rekey && reach.renew(now, &tempo) => Some(Step::Rekey),
            News::Silent => Some(connection.unreached.begins(segw, count, action != ProbeAction::Report)),
        };
        if news == News::Answers {
            reach.settle();
        }
        // The first answer of all is no news.
        let Some(step) = step else { return Ok(()) };
        log!(info, "{}: PROBE: {}", Plain(&connection.name), Plain(step.name()));
        #[cfg(feature = "json")]
        self.emit_probe(slot, step.name(), None);
        let unique_id = self.sas.main(slot).ok_or(Error::Unknown)?.unique_id;
        if step == Step::Rekey {
            self.queue(Queued::Rekey(unique_id));
        }
        self.leave_silent(slot, unique_id, step);
        Ok(())
    }

    #[cfg(feature = "json")]
    fn emit_probe(&mut self, slot: Slot, action: &str, cause: Option<&str>) {
        let Some(connection) = super::emit::get(&self.connections, slot) else { return };
        let address = connection.state.active().map(|segw| connection.segws.text(segw)).unwrap_or_default();
        let mut draft = self.events.begin(self.now);
        let told = Event::Probe {
            event: EventKind::SegwProbe,
            connection: draft.text(&connection.name),
            segw: draft.text(&address),
            targets: draft.text(connection.policy.probe.targets.text()),
            action: draft.text(action),
            cause: draft.optional(cause),
        };
        draft.end(told);
    }
}
