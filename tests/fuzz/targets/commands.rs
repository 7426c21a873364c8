//! Requests and charon's events in any order, sensible or not. The input is a script that a person can write: a capital
//! letter starts a request, which ends as on the wire; a small letter is a step (see [`Play::step`]), the characters after
//! it are its parameters, `0` for none of it; anything else says nothing.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use segw::charon::{Alert, ChildSa, IkeEvent};
use segw::engine::{Action, Engine};
use segw::ike::{Facts, IkeState, Role};
use segw::limits::{EVENT_CAP, MEMORY_CAP, REPLY_CAP};
use segw::policy::Policy;
use segw::segw::SegwSet;
use segw::time::Instant;
use segw::wire::event::EventKind;
use segw::wire::frame::Frame;
use serde_json::Value;

const NAMES: [&str; 4] = ["vpn", "a", "b", "nobody \"\\\u{7}\u{e9}"];
const REMOTES: [&str; 4] = ["10.0.0.1", "10.0.0.2", "2001:db8::1", "192.0.2.9"];
/// Milliseconds that can pass: nothing, one liveness interval, a timeout, a pause, a day, until the end of all clocks.
const WAITS: [u64; 8] = [0, 1, 1_000, 10_000, 60_000, 300_000, 86_400_000, u64::MAX];

struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next parameter.
    fn parameter(&mut self) -> u8 {
        self.next().unwrap_or(b'0').wrapping_sub(b'0')
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.parameter()) % choices.len()]
    }

    fn flag(&mut self) -> bool {
        self.parameter() & 1 == 1
    }

    /// An IKE_SA: one of those that were dialled lately, or one that nobody knows.
    fn id(&mut self, last: u32) -> u32 {
        (last + 3).saturating_sub(u32::from(self.parameter() % 16))
    }

    /// Seven bits, who began it: charon almost always; and two of their own.
    fn facts(&mut self) -> Facts {
        let bits = self.parameter();
        let bit = |n: u32| bits >> n & 1 == 1;
        Facts {
            delete_pending: bit(0),
            local_delete: bit(1),
            peer_delete: bit(2),
            expired: bit(3),
            reauthenticating: bit(4),
            authenticated: bit(5),
            initiator: !bit(6),
            idle: bit(7),
            laid_down: self.flag(),
            again: self.flag(),
        }
    }

    /// A request, up to its end on the wire.
    fn request(&mut self, first: u8) -> Vec<u8> {
        let mut frame = Frame::new();
        // No request ends with its first letter.
        let _ = frame.push(&[first]);
        let used = frame.push(self.0).unwrap_or(self.0.len());
        let (request, rest) = self.0.split_at(used);
        self.0 = rest;
        [&[first], request].concat()
    }
}

struct Play {
    engine: Engine,
    now: u64,
    /// The unique id that charon gave last; it never gives one twice.
    last: u32,
    /// How charon answers an INITIATE.
    mood: u8,
    names: BTreeSet<String>,
    reply: Vec<u8>,
    seq: u64,
}

impl Play {
    fn new() -> Self {
        let names = NAMES.map(str::to_owned).into();
        Self { engine: Engine::new(Instant(0), 7), now: 0, last: 0, mood: 0, names, reply: vec![0; REPLY_CAP], seq: 0 }
    }

    fn request(&mut self, request: &[u8]) {
        let answer = self.engine.command(Instant(self.now), request, &mut self.reply).expect("REPLY_CAP suffices");
        if request.trim_ascii().is_empty() {
            assert_eq!(answer.len, 0);
            return;
        }
        let json = line(&self.reply[..answer.len]);
        assert_eq!(json["ok"], answer.ok, "{json}");
        assert!(json["reply"].is_string(), "{json}");
        assert_eq!(json.get("error").is_some(), !answer.ok, "{json}");
        if json["reply"] == "APPLY_CONFIG" && answer.ok {
            self.names.extend(
                json["connections"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned),
            );
        }
        if let Some(at) = json["offset"].as_u64() {
            assert!(usize::try_from(at).is_ok_and(|at| at <= request.len()), "{json}");
        }
    }

    fn feed(&mut self, event: &IkeEvent) {
        let _ = self.engine.ike_event(Instant(self.now), event);
    }

    /// What the letter stands for.
    fn step(&mut self, letter: u8, script: &mut Script) {
        let (connection, remote) = (NAMES[0], REMOTES[0]);
        let last = self.last;
        match letter {
            b'w' => self.wait(script.of(&WAITS)),
            b't' => self.wait(self.engine.poll_at().map_or(0, |at| at.0.saturating_sub(self.now))),
            b'm' => self.mood = script.parameter(),
            b'u' => self.comes_up(script.id(last)),
            b'e' => self.ends(script.id(last), script.facts()),
            b's' => {
                let (unique_id, number, facts) = (script.id(last), script.parameter(), script.facts());
                let state = IkeState::from_u32(u32::from(number % 8)).expect("eight states");
                self.feed(&IkeEvent::State {
                    unique_id,
                    connection: script.of(&NAMES),
                    remote: script.of(&REMOTES),
                    state,
                    facts,
                });
            }
            b'i' => {
                let (unique_id, up) = (script.id(last), script.flag());
                self.feed(&IkeEvent::UpDown { unique_id, connection, remote, state: IkeState::Established, up });
            }
            b'c' => {
                let (unique_id, up, facts) = (script.id(last), script.flag(), script.facts());
                let child = ChildSa { name: NAMES[3], local_ts: "10.1.0.0/16", ..ChildSa::default() };
                self.feed(&IkeEvent::ChildUpDown { unique_id, connection, remote, child, up, facts });
            }
            b'l' => {
                let (unique_id, alert) = (script.id(last), Alert::from_u32(u32::from(script.parameter() % 16)));
                self.feed(&IkeEvent::Alert { unique_id, alert, child: "" });
            }
            b'r' => {
                let old = script.id(last);
                let new = self.fresh();
                self.feed(&IkeEvent::State {
                    unique_id: new,
                    connection,
                    remote,
                    state: IkeState::Connecting,
                    facts: Facts { initiator: true, authenticated: true, ..Facts::NONE },
                });
                self.feed(&IkeEvent::Rekeyed { old, new, connection });
            }
            b'b' => {
                let (old, facts) = (script.id(last), script.facts());
                let new = self.fresh();
                self.feed(&IkeEvent::Reestablish { old, new, facts });
                self.feed(&IkeEvent::Reestablished { old, new, initiated: script.flag() });
            }
            b'h' => self.feed(&IkeEvent::Heard { unique_id: script.id(last), answer_ms: None }),
            b'n' => {
                let (unique_id, packets, route) = (script.id(last), script.parameter(), script.flag());
                self.feed(&IkeEvent::Counted { unique_id, packets: u64::from(packets).checked_sub(1), sent: 0, route });
            }
            b'o' => self.feed(&IkeEvent::Roam),
            b'p' => {
                let (connection, bits) = (script.of(&NAMES), script.parameter());
                self.feed(&IkeEvent::Routes { connection, routes: SegwSet::from_bits(bits) });
            }
            b'f' => {
                let (connection, remote, up, facts) =
                    (script.of(&NAMES), script.of(&REMOTES), script.flag(), script.facts());
                let unique_id = self.fresh();
                let (state, children) = (IkeState::Established, u8::from(up));
                self.feed(&IkeEvent::Found { unique_id, connection, remote, state, up, children, facts });
            }
            b'd' => {
                let (connection, serial, more) = (script.of(&NAMES), u32::from(script.parameter()), script.flag());
                let unique_id = self.fresh();
                self.feed(&IkeEvent::Dialling { unique_id, connection, serial, more });
            }
            b'k' => self.feed(&IkeEvent::ChildRekeyed { connection, child: NAMES[3] }),
            b'a' => {
                let (name, children) = (script.of(&NAMES), script.parameter());
                let addrs = script.of(&["10.0.0.1,10.0.0.2", "10.0.0.2, 10.0.0.1, segw.example", "10.0.0.1", "%any"]);
                let done = self.engine.adopt(Instant(self.now), name, addrs, children, Policy::DEFAULT);
                assert!(done.is_err() || name != NAMES[3]);
            }
            b'z' => {
                let _ = self.engine.release(Instant(self.now), script.of(&NAMES));
            }
            b'x' => self.feed(&IkeEvent::Shutdown),
            b'v' => self.restart(),
            _ => (),
        }
    }

    fn fresh(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    fn wait(&mut self, ms: u64) {
        self.now = self.now.saturating_add(ms);
        self.engine.timeout(Instant(self.now));
        for _ in 0..8 {
            if self.engine.poll_at().is_ok_and(|at| at.0 <= self.now) && self.now < u64::MAX {
                self.drain();
                self.engine.timeout(Instant(self.now));
            }
        }
        let due = self.engine.poll_at().ok();
        assert!(
            self.now == u64::MAX || due.is_none_or(|at| at.0 > self.now),
            "a loop without a pause: {due:?} at {}",
            self.now
        );
    }

    /// An IKE_SA and its CHILD_SA come up.
    fn comes_up(&mut self, unique_id: u32) {
        let (connection, remote, facts) = (NAMES[0], REMOTES[0], Facts { initiator: true, ..Facts::NONE });
        let child = ChildSa { name: "net", ..ChildSa::default() };
        self.feed(&IkeEvent::State { unique_id, connection, remote, state: IkeState::Established, facts });
        self.feed(&IkeEvent::UpDown { unique_id, connection, remote, state: IkeState::Established, up: true });
        self.feed(&IkeEvent::ChildUpDown { unique_id, connection, remote, child, up: true, facts });
    }

    fn ends(&mut self, unique_id: u32, facts: Facts) {
        let (connection, remote) = (NAMES[0], REMOTES[0]);
        self.feed(&IkeEvent::State { unique_id, connection, remote, state: IkeState::Destroying, facts });
    }

    /// What is remembered goes through a file.
    fn restart(&mut self) {
        let mut text = [0; MEMORY_CAP];
        if let Ok(len) = self.engine.memory_text(&mut text) {
            assert!(text[..len].starts_with(b"libsegw state 1\n") && text[..len].ends_with(b"end\n"));
            self.engine.restore(&text[..len]);
        }
        assert!(self.engine.memory_text(&mut text).is_err(), "told twice");
    }

    /// Hands out everything that waits, and answers dials in the present mood.
    fn drain(&mut self) {
        // More than every queue holds: what never ends is a bug.
        for _ in 0..400 {
            self.events();
            let Ok(action) = self.engine.next_action() else {
                self.check();
                return;
            };
            match action {
                Action::Initiate { connection, serial, segw, .. } => {
                    let connection = connection.to_owned();
                    assert!(self.engine.addr_at(&connection, segw).is_some());
                    self.dialled(&connection, serial);
                }
                Action::Terminate { unique_id } if self.mood & 8 == 0 => {
                    self.ends(unique_id, Facts { initiator: true, delete_pending: true, ..Facts::NONE });
                }
                Action::Probe { unique_id, .. } if self.mood & 16 == 0 => {
                    self.feed(&IkeEvent::Heard { unique_id, answer_ms: None })
                }
                _ => (),
            }
        }
        panic!("there is no end of actions");
    }

    fn dialled(&mut self, connection: &str, serial: u32) {
        match self.mood % 8 {
            0..=3 => {
                let unique_id = self.fresh();
                let facts = Facts { initiator: true, ..Facts::NONE };
                let dialling = IkeEvent::Dialling { unique_id, connection, serial, more: self.mood % 8 == 3 };
                if self.engine.ike_event(Instant(self.now), &dialling).is_ok() {
                    self.feed(&IkeEvent::State {
                        unique_id,
                        connection,
                        remote: "",
                        state: IkeState::Connecting,
                        facts,
                    });
                    match self.mood % 8 {
                        1 => self.comes_up(unique_id),
                        2 => self.ends(unique_id, facts),
                        _ => (),
                    }
                }
            }
            4 => self.feed(&IkeEvent::NotDialled { connection, serial, alert: Alert::NoRoute }),
            5 => self.feed(&IkeEvent::NotDialled { connection, serial, alert: Alert::NoConfig }),
            // Charon never says what became of it.
            _ => (),
        }
    }

    fn events(&mut self) {
        let mut text = [0; EVENT_CAP];
        while let Ok(len) = self.engine.next_event(&mut text) {
            let json = line(&text[..len]);
            assert!(
                json["event"].as_str().is_some_and(|name| EventKind::ALL.iter().any(|kind| kind.name() == name)),
                "{json} cannot be subscribed to"
            );
            let seq = json["seq"].as_u64().expect("a number");
            assert!(seq == self.seq + 1, "{json} after {}", self.seq);
            self.seq = seq;
        }
    }

    fn check(&self) {
        for name in &self.names {
            let of = |role| self.engine.ike_sas(name).filter(move |sa| sa.role == role).count();
            assert!(of(Role::Main) <= 1, "{name}: two IKE_SAs carry it");
            assert!(of(Role::Trial) <= 1, "{name}: two trials");
            let known = self.engine.state(name).is_some();
            assert!(known || self.engine.ike_sas(name).count() == 0, "{name} is not there, its IKE_SAs are");
        }
    }
}

/// One line of JSON.
fn line(bytes: &[u8]) -> Value {
    let (newline, text) = bytes.split_last().expect("a line");
    assert!(*newline == b'\n' && !text.contains(&b'\n'));
    serde_json::from_slice(text).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(text)))
}

fuzz_target!(|bytes: &[u8]| {
    let (mut play, mut script) = (Play::new(), Script(bytes));
    while let Some(byte) = script.next() {
        match byte {
            b'A'..=b'Z' => {
                let request = script.request(byte);
                play.request(&request);
            }
            letter => play.step(letter, &mut script),
        }
        play.drain();
    }
    play.request(b"STATUS\n");
    play.request(b"HISTORY\n");
});
