//! What the caller is to do, and the queue of it.

use core::convert::Infallible;

use super::{Engine, Slot};
use crate::addr::Addr;
use crate::connection::Name;
use crate::segw::SegwId;

/// What the caller is to do. Its outcome comes back as an ordinary [`IkeEvent`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<'e> {
    /// Dial a SEGW with a new IKE_SA; answered by `Dialling` or `NotDialled`.
    Initiate {
        /// The connection.
        connection: &'e str,
        /// The SEGW's place in its list.
        segw: SegwId,
        /// The SEGW's address.
        addr: &'e Addr,
        /// To be quoted in the answer.
        serial: u32,
        /// Another IKE_SA of the connection is up and stays: make-before-break.
        parallel: bool,
        /// Dial an address behind the SEGW's name that was not dialled since the last `Initiate` for it without this.
        again: bool,
        /// Without CHILD_SAs (RFC 6023), so that nothing flows through it: it only waits.
        standby: bool,
    },
    /// End an IKE_SA at once; tell the SEGW, but do not wait for its answer.
    Terminate {
        /// The IKE_SA.
        unique_id: u32,
    },
    /// Ask the SEGW for a sign of life: with a DPD exchange, or by sending the request again that waits for its answer.
    Probe {
        /// The IKE_SA.
        unique_id: u32,
        /// Only send a request again, begin no exchange.
        again: bool,
    },
    /// Count the packets that came in through an IKE_SA's CHILD_SAs, and that went out; answered by `Counted`.
    Measure {
        /// The IKE_SA.
        unique_id: u32,
        /// The SEGW owes an answer: count after all that has come in was read, and see if there is a route.
        owed: bool,
    },
    /// Initiate those of the connection's CHILD_SAs that an IKE_SA lacks.
    Complete {
        /// The IKE_SA.
        unique_id: u32,
        /// The connection.
        connection: &'e str,
        /// The SEGW's place in its list.
        segw: SegwId,
        /// It was dialled as standby: it becomes as any other IKE_SA of the connection now.
        standby: bool,
    },
    /// Ask targets for an answer, through the CHILD_SAs of an IKE_SA; answered by `Reached`, in any case.
    Reach {
        /// The connection.
        connection: &'e str,
        /// The IKE_SA.
        unique_id: u32,
        /// To be quoted in the answer.
        serial: u32,
        /// What is asked, with commas: `10.1.0.1` with an ICMP echo request, `tcp://10.1.0.1:443` with a TCP connection.
        targets: &'e str,
        /// How long to wait for answers, in milliseconds.
        wait_ms: u32,
        /// Also if the CHILD_SA ends when it is not used.
        used: bool,
    },
    /// Set up the CHILD_SAs of an IKE_SA anew: rekey them.
    Rekey {
        /// The IKE_SA.
        unique_id: u32,
    },
    /// Find out which SEGWs of a connection this host has a route to; answered by `Routes`.
    Routes {
        /// The connection.
        connection: &'e str,
    },
    /// Forget the configuration and secrets of a connection that was removed.
    Unload {
        /// The connection.
        connection: Name,
    },
}

/// An action as it waits in the queue.
#[derive(Clone, Debug)]
pub(crate) enum Queued {
    Dial {
        slot: Slot,
        serial: u32,
        parallel: bool,
        again: bool,
    },
    Standby {
        slot: Slot,
        serial: u32,
    },
    Routes(Slot),
    Terminate(u32),
    Probe {
        unique_id: u32,
        again: bool,
    },
    Measure {
        unique_id: u32,
        owed: bool,
    },
    Complete(u32),
    Reach {
        slot: Slot,
        used: bool,
    },
    Rekey(u32),
    #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "only a request removes a connection"))]
    /// The first of those that were removed.
    Unload,
}

impl Engine {
    /// The next action to carry out.
    ///
    /// # Errors
    /// `WouldBlock`: none left.
    pub fn next_action(&mut self) -> nb::Result<Action<'_>, Infallible> {
        // A dial whose connection was removed or sent elsewhere meanwhile is passed over.
        let queued = loop {
            let queued = self.actions.pop_front().ok_or(nb::Error::WouldBlock)?;
            match queued {
                Queued::Dial { slot, serial, .. } if !self.awaits(slot, serial) => (),
                Queued::Standby { slot, serial } if !self.awaits_standby(slot, serial) => (),
                Queued::Complete(unique_id) if !self.follows(unique_id) => (),
                Queued::Routes(slot) => {
                    if let Some(connection) = self.connections.get_mut(usize::from(slot)).and_then(Option::as_mut) {
                        connection.routes_asked = false;
                        break queued;
                    }
                }
                // Nobody waits for the answer any more.
                Queued::Reach { slot, .. } if self.asked(slot).is_none() => (),
                queued => break queued,
            }
        };
        match queued {
            Queued::Terminate(unique_id) => Ok(Action::Terminate { unique_id }),
            Queued::Probe { unique_id, again } => Ok(Action::Probe { unique_id, again }),
            Queued::Measure { unique_id, owed } => Ok(Action::Measure { unique_id, owed }),
            Queued::Complete(unique_id) => {
                let sa = self.sas.get(unique_id).ok_or(nb::Error::WouldBlock)?;
                let connection = self.get(sa.connection).ok_or(nb::Error::WouldBlock)?;
                Ok(Action::Complete { unique_id, connection: &connection.name, segw: sa.segw, standby: sa.warm })
            }
            Queued::Rekey(unique_id) => Ok(Action::Rekey { unique_id }),
            Queued::Reach { slot, used } => {
                let (unique_id, serial) = self.asked(slot).ok_or(nb::Error::WouldBlock)?;
                let it = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                let (connection, targets, wait_ms) =
                    (it.name.as_str(), it.policy.probe.targets.text(), it.tempo().wait);
                Ok(Action::Reach { connection, unique_id, serial, targets, wait_ms, used })
            }
            Queued::Unload => Ok(Action::Unload { connection: self.removed.pop_front().ok_or(nb::Error::WouldBlock)? }),
            Queued::Routes(slot) => {
                let connection = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                Ok(Action::Routes { connection: &connection.name })
            }
            Queued::Dial { slot, serial, parallel, again } => {
                let connection = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                let segw = connection.dial.ok_or(nb::Error::WouldBlock)?.segw;
                let addr = &connection.segws.get(segw).ok_or(nb::Error::WouldBlock)?.addr;
                let connection = &connection.name;
                Ok(Action::Initiate { connection, segw, addr, serial, parallel, again, standby: false })
            }
            Queued::Standby { slot, serial } => {
                let connection = self.get(slot).ok_or(nb::Error::WouldBlock)?;
                let segw = connection.standby.segw;
                let addr = &connection.segws.get(segw).ok_or(nb::Error::WouldBlock)?.addr;
                let (parallel, again, standby) = (true, false, true);
                Ok(Action::Initiate { connection: &connection.name, segw, addr, serial, parallel, again, standby })
            }
        }
    }

    pub(super) fn awaits(&self, slot: Slot, serial: u32) -> bool {
        self.get(slot).and_then(|connection| connection.dial).is_some_and(|dial| dial.serial == serial)
    }

    /// Whether the dial of an [`Action::Initiate`] is still wanted: it was neither answered nor overtaken.
    #[must_use]
    pub fn wants(&self, name: &str, serial: u32) -> bool {
        self.find(name).is_some_and(|slot| self.awaits(slot, serial) || self.awaits_standby(slot, serial))
    }
}
