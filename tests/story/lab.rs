//! Connection "vpn" of a real engine, and a charon that does what a story says, in charon's order of events.

use segw::charon::{Alert, ChildSa, IkeEvent};
use segw::engine::{Action, Engine};
use segw::error::Error;
use segw::failover::State;
use segw::ike::{Facts, IkeState, Role};
use segw::policy::Policy;
use segw::segw::SegwSet;
use segw::time::Instant;

pub const FACTS: Facts = Facts { initiator: true, ..Facts::NONE };
/// Of an IKE_SA that comes of a rekeying.
pub const REKEYED: Facts = Facts { authenticated: true, ..FACTS };
pub const REAUTHENTICATING: Facts = Facts { reauthenticating: true, ..FACTS };
pub const LOCAL_DELETE: Facts = Facts { local_delete: true, ..FACTS };
pub const PEER_DELETE: Facts = Facts { peer_delete: true, ..FACTS };

pub const TWO: &str = "10.0.0.1,10.0.0.2";
pub const THREE: &str = "10.0.0.1,10.0.0.2,10.0.0.3";
pub const WEEK_MS: u64 = 7 * 86_400_000;
/// How many IKE_SAs the engine follows at most.
const TABLE: u32 = 64;

pub struct Lab {
    pub engine: Engine,
    pub now: u64,
    /// The serial of the dial that was asked for last.
    pub serial: u32,
}

impl Lab {
    pub fn new() -> Self {
        Self { engine: Engine::new(Instant(0), 7), now: 0, serial: 0 }
    }

    /// Connection "vpn", applied by a client.
    pub fn applied(addrs: &str, failover: &str) -> Self {
        let mut lab = Self::new();
        lab.apply(addrs, failover);
        lab
    }

    /// The same, with other random numbers.
    pub fn seeded(seed: u64, addrs: &str, failover: &str) -> Self {
        let mut lab = Self { engine: Engine::new(Instant(0), seed), ..Self::new() };
        lab.apply(addrs, failover);
        lab
    }

    /// Connection "vpn" of charon's own configuration.
    pub fn adopted(addrs: &str) -> Self {
        let mut lab = Self::new();
        lab.adopt(addrs);
        lab
    }

    pub fn apply(&mut self, addrs: &str, failover: &str) {
        let (ok, reply) = self.request(&format!(
            r#"APPLY_CONFIG {{"name":"vpn","ike_cfg":{{"remote_addrs":"{addrs}"}},"failover":{failover},
            "local_auth":{{"auth":"psk","secret":"example"}},"remote_auth":{{"auth":"psk"}},
            "children":[{{"name":"net","start_action":"start"}}]}}"#
        ));
        assert!(ok, "{reply}");
    }

    pub fn adopt(&mut self, addrs: &str) {
        assert_eq!(self.engine.adopt(Instant(self.now), "vpn", addrs, 1, Policy::DEFAULT), Ok(true));
    }

    pub fn request(&mut self, request: &str) -> (bool, String) {
        let mut reply = vec![0; 65_536];
        let answer = self.engine.command(Instant(self.now), request.as_bytes(), &mut reply).unwrap();
        (answer.ok, String::from_utf8(reply[..answer.len].to_vec()).unwrap())
    }

    pub fn status(&mut self) -> String {
        self.request("STATUS vpn").1
    }

    /// The events since the last call, one line each.
    pub fn told(&mut self) -> String {
        let (mut told, mut line) = (String::new(), [0; 1024]);
        while let Ok(len) = self.engine.next_event(&mut line) {
            told.push_str(std::str::from_utf8(&line[..len]).unwrap());
        }
        told
    }

    pub fn try_feed(&mut self, event: &IkeEvent) -> Result<(), Error> {
        self.engine.ike_event(Instant(self.now), event)
    }

    pub fn feed(&mut self, event: &IkeEvent) {
        // It need not know what it let go.
        let taken = self.try_feed(event);
        assert!(matches!(taken, Ok(()) | Err(Error::Unknown)), "{taken:?}");
    }

    pub fn state(&self) -> State {
        self.engine.state("vpn").unwrap()
    }

    pub fn active(&self) -> Option<u8> {
        self.state().active()
    }

    /// The SEGW that is dialled, in no other state.
    pub fn dialled(&self) -> Option<u8> {
        if let State::Connecting { segw, .. } = self.state() { Some(segw) } else { None }
    }

    /// The SEGW that is tried beside the one that carries the traffic.
    pub fn dialled_beside(&self) -> Option<u8> {
        if let State::Moving { to, .. } = self.state() { Some(to) } else { None }
    }

    pub fn ike_sas(&self) -> Vec<(u32, u8, Role)> {
        self.engine.ike_sas("vpn").map(|sa| (sa.unique_id, sa.segw, sa.role)).collect()
    }

    /// What is to be done to IKE_SAs.
    pub fn actions(&mut self) -> Vec<String> {
        let mut actions = Vec::new();
        while let Ok(action) = self.engine.next_action() {
            actions.push(match action {
                Action::Initiate { segw, serial, standby, .. } => {
                    self.serial = serial;
                    format!("{} {segw}", if standby { "stand by" } else { "dial" })
                }
                Action::Complete { unique_id, segw, .. } => format!("complete {unique_id} at {segw}"),
                Action::Terminate { unique_id } => format!("end {unique_id}"),
                Action::Probe { unique_id, again: false } => format!("probe {unique_id}"),
                Action::Probe { unique_id, again: true } => format!("probe {unique_id} again"),
                Action::Measure { unique_id, .. } => format!("measure {unique_id}"),
                Action::Routes { .. } => continue,
                other => format!("{other:?}"),
            });
        }
        actions
    }

    /// When the engine has something to do by itself.
    pub fn due(&self) -> Option<u64> {
        self.engine.poll_at().ok().map(|at| at.0)
    }

    pub fn timeout(&mut self, at: u64) {
        self.now = at;
        self.engine.timeout(Instant(at));
    }

    /// Lets time pass until the engine has had something to do.
    pub fn pass(&mut self) {
        let at = self.due().unwrap_or_else(|| panic!("{:?} for ever", self.state()));
        self.timeout(at);
    }

    /// Lets time pass while nothing comes in: what is asked for first, but for questions whether the SEGW is there.
    pub fn silence(&mut self) -> Vec<String> {
        let begun = self.now;
        while self.now < begun + 60_000 {
            self.pass();
            let mut all = Vec::new();
            loop {
                let (asked, rest): (Vec<_>, Vec<_>) =
                    self.actions().into_iter().partition(|it| it.starts_with("measure") || it.starts_with("probe"));
                all.extend(rest);
                if asked.is_empty() {
                    break;
                }
                for id in asked.iter().filter_map(|it| it.strip_prefix("measure ")) {
                    let unique_id = id.parse().unwrap();
                    self.feed(&IkeEvent::Counted { unique_id, packets: Some(0), sent: 0, route: true });
                }
            }
            if !all.is_empty() {
                return all;
            }
        }
        panic!("silent since {begun} ms, and still {:?}", self.state());
    }

    /// Everything that is asked for until nothing is left to do.
    pub fn rest(&mut self) -> Vec<String> {
        let mut all = self.actions();
        while self.due().is_some() {
            self.pass();
            all.extend(self.actions());
        }
        all
    }

    /// An IKE_SA changes its state.
    pub fn becomes(&mut self, unique_id: u32, state: IkeState, facts: Facts) {
        self.feed(&IkeEvent::State { unique_id, connection: "vpn", remote: "", state, facts });
    }

    /// Charon dials by itself.
    pub fn appears(&mut self, unique_id: u32, remote: &str) {
        let state = IkeState::Connecting;
        // No room for it is no fault of the story.
        let _ = self.try_feed(&IkeEvent::State { unique_id, connection: "vpn", remote, state, facts: FACTS });
    }

    /// Charon's own dials fill the table of IKE_SAs; they, for `empty_table`.
    pub fn fill_table(&mut self) {
        for unique_id in 100..100 + TABLE {
            self.appears(unique_id, "10.0.0.2");
        }
        assert_eq!(self.ike_sas().len(), TABLE as usize);
    }

    pub fn empty_table(&mut self) {
        for unique_id in 100..100 + TABLE {
            self.becomes(unique_id, IkeState::Destroying, FACTS);
        }
    }

    /// The answer to the last dial that was asked for.
    pub fn dialling(&mut self, unique_id: u32) -> Result<(), Error> {
        let _ = self.actions();
        self.try_feed(&IkeEvent::Dialling { unique_id, connection: "vpn", serial: self.serial, more: false })
    }

    /// The dial that was asked for begins.
    pub fn dial(&mut self, unique_id: u32) {
        assert_eq!(self.dialling(unique_id), Ok(()), "{:?}", self.state());
        self.becomes(unique_id, IkeState::Connecting, FACTS);
    }

    pub fn child(&mut self, unique_id: u32, up: bool, facts: Facts) {
        let child = ChildSa { name: "net", ..ChildSa::default() };
        self.feed(&IkeEvent::ChildUpDown { unique_id, connection: "vpn", remote: "", child, up, facts });
    }

    pub fn updown(&mut self, unique_id: u32, up: bool) {
        let state = if up { IkeState::Established } else { IkeState::Deleting };
        self.feed(&IkeEvent::UpDown { unique_id, connection: "vpn", remote: "", state, up });
    }

    pub fn come_up(&mut self, unique_id: u32) {
        self.becomes(unique_id, IkeState::Established, FACTS);
        self.updown(unique_id, true);
        self.child(unique_id, true, FACTS);
    }

    /// The dial that was asked for, to its CHILD_SA; what is asked for then is forgotten.
    pub fn connect(&mut self, unique_id: u32) {
        self.dial(unique_id);
        self.come_up(unique_id);
        let _ = self.actions();
    }

    /// An IKE_SA that was there before the connection was.
    pub fn found(&mut self, unique_id: u32, remote: &str) {
        let (connection, state, up, facts) = ("vpn", IkeState::Established, true, FACTS);
        self.feed(&IkeEvent::Found { unique_id, connection, remote, state, up, children: 1, facts });
    }

    pub fn alert(&mut self, unique_id: u32, alert: Alert) {
        self.feed(&IkeEvent::Alert { unique_id, alert, child: "" });
    }

    /// A dial fails.
    pub fn fail(&mut self, unique_id: u32, alert: Alert) {
        self.alert(unique_id, alert);
        self.becomes(unique_id, IkeState::Destroying, FACTS);
    }

    /// The dial that was asked for fails.
    pub fn dial_fails(&mut self, unique_id: u32, alert: Alert) {
        self.dial(unique_id);
        self.fail(unique_id, alert);
    }

    /// An IKE_SA that was up goes.
    pub fn go(&mut self, unique_id: u32) {
        self.updown(unique_id, false);
        self.child(unique_id, false, FACTS);
        self.becomes(unique_id, IkeState::Destroying, FACTS);
    }

    /// No answer to retransmits.
    pub fn lose(&mut self, unique_id: u32) {
        self.alert(unique_id, Alert::RetransmitTimeout);
        self.go(unique_id);
    }

    pub fn delete(&mut self, unique_id: u32, facts: Facts) {
        self.becomes(unique_id, IkeState::Deleting, facts);
        self.go(unique_id);
    }

    /// We begin to rekey the IKE_SA.
    pub fn rekeying(&mut self, old: u32, new: u32) {
        self.becomes(old, IkeState::Rekeying, FACTS);
        self.becomes(new, IkeState::Connecting, REKEYED);
    }

    pub fn rekeyed(&mut self, old: u32, new: u32) {
        self.feed(&IkeEvent::Rekeyed { old, new, connection: "vpn" });
    }

    pub fn reestablish(&mut self, old: u32, new: u32, facts: Facts) -> Result<(), Error> {
        self.try_feed(&IkeEvent::Reestablish { old, new, facts })
    }

    /// Break-before-make reauthentication: the new IKE_SA is dialled.
    pub fn reauthenticate(&mut self, old: u32, new: u32) {
        self.becomes(old, IkeState::Deleting, Facts { local_delete: true, ..REAUTHENTICATING });
        assert_eq!(self.reestablish(old, new, REAUTHENTICATING), Ok(()));
        self.becomes(new, IkeState::Connecting, FACTS);
    }

    /// The SEGWs that this host has a route to, by their bits.
    pub fn routes(&mut self, bits: u8) {
        self.feed(&IkeEvent::Routes { connection: "vpn", routes: SegwSet::from_bits(bits) });
    }
}
