//! One router: a real engine, and what its charon does, in charon's order of events.

use segw::charon::{Alert, ChildSa, IkeEvent};
use segw::engine::{Action, Engine};
use segw::ike::{Facts, IkeState};
use segw::policy::Policy;
use segw::segw::SegwSet;
use segw::time::Instant;

const NAME: &str = "vpn";
const FACTS: Facts = Facts { initiator: true, ..Facts::NONE };
const FIRST_ID: u32 = 1;

/// An IKE_SA of a router's; id 0: none.
#[derive(Clone, Copy, Default)]
struct Sa {
    id: u32,
    /// Its place in the router's list.
    segw: u8,
    up: bool,
}

pub struct Router {
    engine: Engine,
    /// The main one and the trial of a move, and the one before.
    sas: [Sa; 3],
    next_id: u32,
    /// When it wants to be called, in milliseconds; 0: not at all.
    pub timer: u32,
}

/// A dial, for the network to carry.
pub struct Dial {
    pub id: u32,
    pub segw: u8,
}

impl Router {
    /// The router of that number, carried by its first SEGW since now.
    pub fn new(now: u32, number: u32, addrs: &str, policy: Policy) -> Self {
        let mut engine = Engine::new(at(now), u64::from(number) << 20 | 7);
        engine.set_device(at(now), &number.to_be_bytes());
        assert_eq!(engine.adopt(at(now), NAME, addrs, 1, policy), Ok(true));
        let mut router = Self { engine, sas: Default::default(), next_id: FIRST_ID + 1, timer: 0 };
        router.sas[0] = Sa { id: FIRST_ID, segw: 0, up: true };
        let remote = addrs.split(',').next().unwrap_or_default();
        let state = IkeState::Established;
        let (connection, up, children) = (NAME, true, 1);
        router
            .feed(now, &IkeEvent::Found { unique_id: FIRST_ID, connection, remote, state, up, children, facts: FACTS });
        router
    }

    /// The place of the SEGW that carries the traffic.
    pub fn active(&self) -> Option<u8> {
        self.engine.state(NAME).and_then(|state| state.active())
    }

    fn feed(&mut self, now: u32, event: &IkeEvent) {
        // It need not know what it let go.
        let _ = self.engine.ike_event(at(now), event);
    }

    fn state(&mut self, now: u32, unique_id: u32, state: IkeState, facts: Facts) {
        self.feed(now, &IkeEvent::State { unique_id, connection: NAME, remote: "", state, facts });
    }

    fn updown(&mut self, now: u32, unique_id: u32, up: bool) {
        let state = IkeState::Established;
        self.feed(now, &IkeEvent::UpDown { unique_id, connection: NAME, remote: "", state, up });
        let child = ChildSa { name: "net", ..ChildSa::default() };
        self.feed(now, &IkeEvent::ChildUpDown { unique_id, connection: NAME, remote: "", child, up, facts: FACTS });
    }

    /// An IKE_SA ends.
    fn end(&mut self, now: u32, id: u32, facts: Facts) {
        let Some(sa) = self.sas.iter_mut().find(|sa| sa.id == id) else { return };
        let was_up = std::mem::take(sa).up;
        if was_up {
            self.updown(now, id, false);
        }
        self.state(now, id, IkeState::Destroying, facts);
    }

    /// Its SEGW answers no more: charon gives up.
    pub fn lose(&mut self, now: u32) {
        let Some(id) = self.sas.iter().find(|sa| sa.up).map(|sa| sa.id) else { return };
        self.feed(now, &IkeEvent::Alert { unique_id: id, alert: Alert::RetransmitTimeout, child: "" });
        self.end(now, id, FACTS);
    }

    /// Where a dial goes that still waits for its answer.
    pub fn awaited(&self, id: u32) -> Option<u8> {
        self.sas.iter().find(|sa| sa.id == id && !sa.up).map(|sa| sa.segw)
    }

    /// The handshake of an IKE_SA is complete. Whether it was still wanted.
    pub fn answered(&mut self, now: u32, id: u32) -> bool {
        let Some(sa) = self.sas.iter_mut().find(|sa| sa.id == id && !sa.up) else { return false };
        sa.up = true;
        self.state(now, id, IkeState::Established, FACTS);
        self.updown(now, id, true);
        true
    }

    pub fn timeout(&mut self, now: u32) {
        self.engine.timeout(at(now));
    }

    /// Carries out what the engine asks for. Its dials are the network's; the timer is set.
    pub fn drain(&mut self, now: u32, mut dialled: impl FnMut(Dial)) {
        while let Ok(action) = self.engine.next_action() {
            match action {
                Action::Initiate { segw, serial, .. } => {
                    let id = self.next_id;
                    self.next_id += 1;
                    self.feed(now, &IkeEvent::Dialling { unique_id: id, connection: NAME, serial, more: false });
                    self.state(now, id, IkeState::Connecting, FACTS);
                    let place = self.sas.iter_mut().find(|sa| sa.id == 0).expect("three IKE_SAs at most");
                    *place = Sa { id, segw, up: false };
                    dialled(Dial { id, segw });
                }
                Action::Terminate { unique_id } => {
                    self.end(now, unique_id, Facts { delete_pending: true, ..FACTS });
                }
                Action::Routes { .. } => {
                    let routes = SegwSet::from_bits(u8::MAX);
                    self.feed(now, &IkeEvent::Routes { connection: NAME, routes });
                }
                Action::Probe { .. }
                | Action::Measure { .. }
                | Action::Complete { .. }
                | Action::Reach { .. }
                | Action::Rekey { .. }
                | Action::Unload { .. } => (),
            }
        }
    }

    /// When it wants to be called next, if that has changed.
    pub fn rearm(&mut self) -> Option<u32> {
        let due = self.engine.poll_at().map_or(0, |at| u32::try_from(at.0).unwrap_or(u32::MAX).max(1));
        let changed = due != self.timer;
        self.timer = due;
        (changed && due != 0).then_some(due)
    }

    /// IKE_SAs that carry traffic.
    pub fn carriers(&self) -> usize {
        self.sas.iter().filter(|sa| sa.up).count()
    }
}

fn at(ms: u32) -> Instant {
    Instant(u64::from(ms))
}
