//! IKE_SAs that take the place of others: rekeyed, reauthenticated, dialled anew by charon.

use super::{Engine, Queued, Slot};
use crate::cause::Cause;
use crate::error::{Error, Result};
use crate::failover::Input;
use crate::ike::{Facts, IkeSa, Replacement, Role};
use crate::time::Instant;

impl Engine {
    pub(super) fn rekeyed(&mut self, old: u32, new: u32, connection: &str) {
        let sa = self.sas.get(old).map(|sa| sa.rekeyed(new));
        if sa.as_ref().is_none_or(|sa| sa.role != Role::Standby) {
            self.emit_rekeyed(new, connection);
        }
        let Some(sa) = sa else { return };
        let (slot, ends) = (sa.connection, sa.role == Role::Leaving && sa.end_at.get().is_none());
        // In the old one's place: there is always room for it, and nothing the old one does counts any more.
        self.replace(old, sa);
        if ends {
            // The job that was to end the old one comes too late for it.
            self.queue(Queued::Terminate(new));
        }
        self.sas.each(slot, &mut |sa| {
            if sa.replaces == Some(old) {
                sa.replaces = Some(new);
            }
        });
        if let Some((_, watch, _)) = self.watch(new) {
            // What was asked of the old one has no answer.
            watch.uncounted();
        }
    }

    /// Charon is about to dial by itself in place of an IKE_SA that is still there. Where the new one is followed it takes
    /// the old one's entry, so that there is always room; else the answer is an error, and it is not to be dialled.
    pub(super) fn reestablish(&mut self, old: u32, new: u32, facts: Facts) -> Result<()> {
        let sa = self.sas.get_mut(old).ok_or(Error::Unknown)?;
        let (slot, segw, role) = (sa.connection, sa.segw, sa.role);
        match (sa.replacement(facts), role) {
            // It was told to end, and charon only comes to it now. A standby is dialled as one or not at all.
            (_, Role::Leaving | Role::Standby) => Err(Error::Refused),
            (Replacement::MakeBeforeBreak, Role::Trial) => {
                sa.role = Role::Leaving;
                self.track(IkeSa::new(new, slot, segw, Role::Trial))
            }
            (Replacement::MakeBeforeBreak, _) => {
                let mut spare = IkeSa::new(new, slot, segw, Role::Spare);
                spare.replaces = Some(old);
                spare.end_at = self.spare_ends_at(slot).into();
                self.track(spare)
            }
            (Replacement::Redialled, _) => {
                self.replace(old, IkeSa::new(new, slot, segw, role));
                if role == Role::Main {
                    self.step(slot, Input::Redialled(segw));
                }
                Ok(())
            }
            (Replacement::Lost(cause), Role::Main) => {
                sa.role = Role::Leaving;
                #[cfg(feature = "json")]
                let detail = sa.detail(cause);
                #[cfg(feature = "json")]
                self.note_detail(slot, detail);
                self.step(slot, Input::Lost(cause));
                // Charon's dial takes the place of ours: one retry loop, one IKE_SA.
                let dial = self.get_mut(slot).and_then(|connection| connection.dial.take());
                let Some(dial) = dial.filter(|_| self.sas.get(old).is_some()) else { return Err(Error::Refused) };
                let mut sa = IkeSa::new(new, slot, dial.segw, Role::Main);
                sa.incomplete = true;
                self.replace(old, sa);
                Ok(())
            }
            (Replacement::Lost(_) | Replacement::Unwanted, _) => Err(Error::Refused),
        }
    }

    /// Whether some SEGW carries the traffic.
    pub(super) fn carries(&self, slot: Slot) -> bool {
        self.get(slot).is_some_and(|connection| connection.state.active().is_some())
    }

    /// When a spare IKE_SA that charon dials is given up. Nothing else would end it: charon goes on asking for as long as it
    /// retransmits.
    pub(super) fn spare_ends_at(&self, slot: Slot) -> Option<Instant> {
        self.get(slot).and_then(|it| it.world(self.now, 0).give_up_at())
    }

    /// Charon has begun to dial `new` in place of `old`, or could not.
    pub(super) fn reestablished(&mut self, old: u32, new: u32, initiated: bool) {
        let followed = self.sas.get(old).is_some();
        match self.sas.get_mut(new) {
            Some(sa) if !initiated => sa.alert(Cause::NotDialled),
            // Dialled although it was refused: a redirected one cannot be kept from it, nor one that charon has put off.
            None if initiated && followed => self.queue(Queued::Terminate(new)),
            Some(_) | None => (),
        }
    }
}
