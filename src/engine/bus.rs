//! Charon's bus: which part of the engine an event is for, and what an alert means.

use super::{Engine, Slot};
use crate::cause::Cause;
use crate::charon::{Alert, IkeEvent};
use crate::children::UpChildren;
#[cfg(feature = "json")]
use crate::detail::Detail;
use crate::error::{Error, Result};
use crate::failover::Input;
use crate::ike::{IkeSa, IkeState, Role};
use crate::time::Instant;

impl Engine {
    /// Something happened in charon.
    ///
    /// # Errors
    /// `Unknown`: no IKE_SA of that id is followed, there is no connection of that name, or this dial is not wanted any more.
    /// An IKE_SA that is not ours is not followed, and nor is one whose place another has taken. Clients are told what they
    /// are told of any IKE_SA all the same; nothing else is changed. `Full`: the IKE_SA could not be tracked (an event says so
    /// too). `Refused`: an IKE_SA that is announced with `Reestablish` is not to be dialled. After `Dialling` any error means
    /// that.
    pub fn ike_event(&mut self, now: Instant, event: &IkeEvent) -> Result<()> {
        self.tick(now);
        let done = self.take(event);
        self.settle();
        done
    }

    fn take(&mut self, event: &IkeEvent) -> Result<()> {
        match *event {
            IkeEvent::Shutdown => {
                self.shutdown = true;
                self.actions.clear();
                self.removed.clear();
                Ok(())
            }
            IkeEvent::State { unique_id, connection, state: IkeState::Destroying, facts, .. } => {
                if self.sas.get(unique_id).is_none() {
                    return self.ended_undialled(connection, facts);
                }
                self.destroyed(unique_id, facts);
                Ok(())
            }
            IkeEvent::State { unique_id, connection, remote, state, facts } => {
                if self.follows(unique_id) {
                    self.entered(unique_id, remote, state, facts);
                    Ok(())
                } else if !facts.initiator {
                    // Half of a rekeying is told of by `rekeyed`.
                    let comes = matches!(state, IkeState::Connecting | IkeState::Established) && !facts.authenticated;
                    if comes { self.accepted(unique_id, connection, remote, state) } else { Ok(()) }
                } else if state == IkeState::Connecting {
                    self.appeared(unique_id, connection, remote, facts)
                } else {
                    Err(Error::Unknown)
                }
            }
            IkeEvent::UpDown { unique_id, connection, remote, state, up } => {
                let known = self.known(unique_id);
                self.updown(unique_id, connection, remote, state, up);
                known
            }
            IkeEvent::ChildUpDown { unique_id, connection, remote, child, up, facts } => {
                let known = self.known(unique_id);
                self.child_updown(unique_id, connection, remote, &child, up, facts);
                known
            }
            IkeEvent::Rekeyed { old, new, connection } => {
                let known = self.known(old);
                self.rekeyed(old, new, connection);
                known
            }
            IkeEvent::Reestablish { old, new, facts } => self.reestablish(old, new, facts),
            IkeEvent::Reestablished { old, new, initiated } => {
                self.reestablished(old, new, initiated);
                self.known(old).or(self.known(new))
            }
            IkeEvent::ChildRekeyed { connection, child } => {
                self.emit_child_rekeyed(connection, child);
                self.slot_of(connection).map(|_| ())
            }
            IkeEvent::Alert { unique_id, alert, child } => {
                let known = self.known(unique_id);
                self.alert(unique_id, alert, child);
                known
            }
            IkeEvent::Heard { unique_id, answer_ms } => {
                let known = self.known(unique_id);
                self.heard(unique_id, answer_ms);
                known
            }
            IkeEvent::Notify { unique_id, notify } => {
                #[cfg(feature = "json")]
                self.note_reason(unique_id, Detail::of_notify(notify));
                #[cfg(not(feature = "json"))]
                let _ = notify;
                self.known(unique_id)
            }
            IkeEvent::Hint { unique_id, notify, data, protected } => {
                self.hinted(unique_id, notify, data, protected);
                self.known(unique_id)
            }
            IkeEvent::Counted { unique_id, packets, sent, route } => {
                let known = self.known(unique_id);
                self.counted(unique_id, packets.map(|received| (received, sent)));
                self.routed(unique_id, route);
                known
            }
            IkeEvent::Reached { connection, serial, outcome } => self.reached(connection, serial, outcome),
            IkeEvent::Redirect { unique_id, target } => self.redirect(unique_id, target),
            IkeEvent::NotChildless { unique_id } => self.not_childless(unique_id),
            IkeEvent::Roam => {
                self.roamed();
                Ok(())
            }
            IkeEvent::Routes { connection, routes } => {
                let slot = self.slot_of(connection)?;
                self.step(slot, Input::Routes(routes));
                Ok(())
            }
            IkeEvent::Found { unique_id, connection, remote, state, up, children, facts } => {
                let mut sa = IkeSa::new(unique_id, 0, 0, Role::Spare);
                sa.enter(state, facts);
                (sa.up, sa.children, sa.inbound) = (up, UpChildren::unnamed(children), !facts.initiator);
                self.found(sa, connection, remote)
            }
            IkeEvent::Dialling { unique_id, connection, serial, more } => {
                self.dialling(unique_id, connection, serial, more)
            }
            IkeEvent::NotDialled { connection, serial, alert } => {
                self.not_dialled(connection, serial, alert.cause().unwrap_or(Cause::NotDialled))
            }
        }
    }

    /// Whether an IKE_SA is followed.
    pub(super) fn known(&self, unique_id: u32) -> Result<()> {
        self.sas.get(unique_id).map(|_| ()).ok_or(Error::Unknown)
    }

    /// The slot of a connection that somebody named.
    pub(super) fn slot_of(&self, name: &str) -> Result<Slot> {
        self.find(name).ok_or(Error::Unknown)
    }
    /// `child`: the CHILD_SA that an alert about one is of, if charon tells.
    pub(super) fn alert(&mut self, unique_id: u32, alert: Alert, child: &str) {
        #[cfg(feature = "json")]
        self.emit_alert(unique_id, alert, child);
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        if let Some(cause) = alert.cause() {
            sa.alert(cause);
        }
        #[cfg(feature = "json")]
        if let Some(reason) = alert.reason() {
            sa.note_reason(reason);
        }
        let (slot, role, failure) = (sa.connection, sa.role, sa.child_failure());
        let Some(connection) = self.get(slot) else { return };
        if alert == Alert::InitUnreachable && connection.adopted {
            // Its `keyingtries` may be without end; exactly one retry loop exists.
            self.give_up(slot, unique_id, role, Cause::InitUnreachable);
        } else if alert == Alert::ChildFailed {
            self.child_refused(slot, unique_id, role, failure, child);
        }
    }
}
