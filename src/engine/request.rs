//! Requests of clients: each is done whole or refused whole, and answered with one line.

use core::hash::{Hash, Hasher};

use heapless::Vec;

use super::{Engine, Queued, Slot};
use crate::addr::{self, AddrList};
use crate::connection::{Connection, Counters, Name};
use crate::error::{Error, Result};
use crate::failover::{Input, State};
use crate::history::History;
use crate::ike::{IkeState, Role};
use crate::json::command::{Request, Target, Verb, verbs};
use crate::json::config::Config;
use crate::json::event::OfConnection;
use crate::json::refusal::{Refusal, nearest};
use crate::json::reply::{self, Applied, Done, Listing, Past, Refused, Status, Versions};
use crate::json::walk;
use crate::limits::{CONNECTION_CAP, NAME_CAP};
use crate::liveness::Watch;
use crate::policy::Policy;
use crate::segw::SegwTable;
use crate::time::Instant;

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Bytes of the reply, with its newline; 0 if the request was blank, or a refusal did not fit.
    pub len: usize,
    /// Whether it was done. If not, the reply says why.
    pub ok: bool,
}

/// Either a refusal or a reply buffer that is too short.
enum No {
    Refused(Refusal),
    Failed(Error),
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Engine {
    /// Answers one complete request.
    ///
    /// # Errors
    /// `Short`: the request was done, its reply does not fit into `out`. With
    /// [`REPLY_CAP`](crate::limits::REPLY_CAP) bytes that cannot happen.
    pub fn command(&mut self, now: Instant, request: &[u8], out: &mut [u8]) -> Result<Answer> {
        self.tick(now);
        let Some(request) = Request::split(request) else {
            return Ok(Answer { len: 0, ok: true });
        };
        match self.serve(&request, out) {
            Ok(len) => Ok(Answer { len, ok: true }),
            Err(No::Failed(error)) => Err(error),
            Err(No::Refused(refusal)) => {
                // What does not fit is left out: that nothing was done is the news.
                let len = reply::line(&Refused::new(request.word, &refusal), out).unwrap_or(0);
                Ok(Answer { len, ok: false })
            }
        }
    }

    fn serve(&mut self, request: &Request, out: &mut [u8]) -> core::result::Result<usize, No> {
        match request.verb {
            Verb::ApplyConfig => return self.apply(request, out),
            Verb::RemoveConfig => self.remove(request)?,
            Verb::StartDpd => self.start_dpd(request)?,
            Verb::Initiate => {
                let slot = self.named(request)?;
                self.step(slot, Input::Start);
            }
            Verb::Terminate => {
                let slot = self.named(request)?;
                self.step(slot, Input::Stop);
            }
            Verb::Switch => self.switch(request)?,
            Verb::Status => {
                let only = self.optional(request)?;
                let sas = &self.sas;
                let now = self.now;
                let each = || self.some(only).map(|(slot, connection)| Status { connection, slot, sas, now });
                return Ok(reply::line(&Listing { verb: request.word, now_ms: now.0, each }, out)?);
            }
            Verb::History => {
                let only = self.optional(request)?;
                let each = || self.some(only).map(|(_, connection)| Past(connection));
                return Ok(reply::line(&Listing { verb: request.word, now_ms: self.now.0, each }, out)?);
            }
            Verb::Version => {
                let versions = Versions { reply: request.word, ok: true, version: crate::VERSION, abi: crate::ABI };
                return Ok(reply::line(&versions, out)?);
            }
            Verb::Unknown => {
                let refusal = match nearest(request.word, verbs()) {
                    Some(meant) => Refusal::new(&["unknown request; did you mean ", meant, "?"]),
                    None => Refusal::new(&["unknown request"]),
                };
                return Err(refusal.into());
            }
        }
        Ok(reply::line(&Done { reply: request.word, ok: true }, out)?)
    }

    /// The connection that the argument names.
    fn named(&self, request: &Request) -> core::result::Result<Slot, Refusal> {
        let name = request.words();
        if name.is_empty() {
            return Err(Refusal::new(&["the name of a connection is missing: ", request.word, " NAME"]));
        }
        self.find(name).ok_or_else(|| Refusal::new(&["there is no connection of that name"]))
    }

    fn optional(&self, request: &Request) -> core::result::Result<Option<Slot>, Refusal> {
        if request.argument.is_empty() { Ok(None) } else { self.named(request).map(Some) }
    }

    /// One connection, or all.
    fn some(&self, only: Option<Slot>) -> impl Iterator<Item = (Slot, &Connection)> {
        self.each().filter(move |(slot, _)| only.is_none_or(|only| only == *slot))
    }

    fn remove(&mut self, request: &Request) -> core::result::Result<(), Refusal> {
        let slot = self.named(request)?;
        if self.get(slot).is_some_and(|connection| connection.adopted) {
            return Err(Refusal::new(&["this connection is charon's own: remove it there (swanctl --load-conns)"]));
        }
        self.end(slot, |_| true);
        self.sas.remove_connection(slot);
        if let Some(connection) = self.connections.get_mut(usize::from(slot)).and_then(Option::take) {
            self.tell("config_removed", &connection.name);
            self.news |= self.memory.forget(&connection.name);
            self.queue(Queued::Unload(connection.name));
        }
        Ok(())
    }

    fn start_dpd(&mut self, request: &Request) -> core::result::Result<(), Refusal> {
        let slot = self.named(request)?;
        let up = |sa: &&crate::ike::IkeSa| sa.role == Role::Main && sa.state == IkeState::Established;
        let Some(unique_id) = self.sas.of(slot).find(up).map(|sa| sa.unique_id) else {
            return Err(Refusal::new(&["no IKE_SA of this connection is established"]));
        };
        self.queue(Queued::Probe(unique_id));
        Ok(())
    }

    fn switch(&mut self, request: &Request) -> core::result::Result<(), Refusal> {
        let usage = || Refusal::new(&["expected SWITCH NAME primary|secondary|next|INDEX|ADDRESS"]);
        let (name, target) = request.words().split_once(char::is_whitespace).ok_or_else(usage)?;
        let slot = self.find(name).ok_or_else(|| Refusal::new(&["there is no connection of that name"]))?;
        let connection = self.get(slot).ok_or_else(usage)?;
        let count = connection.segws.len();
        let to = match Target::parse(target.trim_start()) {
            Target::Index(index) => Some(index).filter(|index| *index < count),
            Target::Next => connection.turned_to().map_or(Some(0), |here| here.saturating_add(1).checked_rem(count)),
            Target::Address(text) => connection.segws.find(text),
        };
        let to = to.ok_or_else(|| Refusal::new(&["this connection has no such SEGW"]))?;
        self.step(slot, Input::Switch(to));
        Ok(())
    }

    fn apply(&mut self, request: &Request, out: &mut [u8]) -> core::result::Result<usize, No> {
        // Read whole before anything is changed.
        let (mut config, mut policy) = (Config::new(), Policy::DEFAULT);
        let mut names: Vec<Name, CONNECTION_CAP> = Vec::new();
        let mut unchanged: Vec<Name, CONNECTION_CAP> = Vec::new();
        let done = self.check(request, &mut config, &mut policy, &mut names);
        if done.is_ok() {
            for index in 0..names.len() {
                if walk::read(request.argument, request.offset, index, &mut config, &mut policy).is_ok()
                    && !self.take_over(&config, policy)
                {
                    let _ = unchanged.push(name_of(&config));
                }
            }
        }
        // The text held the secret.
        config.reset();
        done?;
        let applied = Applied { reply: request.word, ok: true, connections: &names, unchanged: &unchanged };
        Ok(reply::line(&applied, out)?)
    }

    /// Reads all connections of a request; their names, all different, for which there is room.
    fn check(
        &self,
        request: &Request,
        config: &mut Config,
        policy: &mut Policy,
        names: &mut Vec<Name, CONNECTION_CAP>,
    ) -> core::result::Result<(), Refusal> {
        let mut count = 1usize;
        let mut index = 0usize;
        while index < count {
            count = walk::read(request.argument, request.offset, index, config, policy)?;
            let name = name_of(config);
            if names.contains(&name) {
                return Err(walk::refuse(
                    request.argument,
                    request.offset,
                    index,
                    "name",
                    "two connections have this name",
                ));
            }
            let _ = names.push(name);
            index = index.saturating_add(1);
        }
        let added = names.iter().filter(|name| self.find(name).is_none()).count();
        let free = self.connections.iter().filter(|slot| slot.is_none()).count();
        if added > free {
            return Err(Refusal::new(&["no room; at most 16 connections fit, remove one first"]));
        }
        Ok(())
    }

    /// Takes over a checked configuration; `false` if it was there already, but for its policy.
    fn take_over(&mut self, config: &Config, policy: Policy) -> bool {
        let name = name_of(config);
        let digest = digest(config);
        let known = self.find(&name);
        let now = self.now;
        let same = known.and_then(|slot| self.get_mut(slot)).filter(|it| it.digest == digest && !it.adopted);
        if let Some(connection) = same {
            connection.policy = policy;
            connection.watch = connection.state.active().and_then(|_| Watch::new(now, &policy));
            self.tell("config_applied", &name);
            return false;
        }
        let mut addrs = AddrList::new();
        for text in config.texts(&config.remote_addrs) {
            // The walk has checked them.
            let _ = addr::push(&mut addrs, text);
        }
        let Some(slot) = known.or_else(|| self.vacant()) else { return false };
        // What the old configuration set up goes with it.
        self.end(slot, |_| true);
        let alone = addrs.len() == 1;
        let connection = Connection {
            name: name.clone(),
            segws: SegwTable::new(&addrs),
            policy,
            state: State::Idle,
            since: self.now,
            dial: None,
            watch: None,
            held_packets: None,
            children: config.dialled_children(),
            adopted: false,
            carried_since: now,
            digest,
            counters: Counters::default(),
            history: History::new(),
        };
        if let Some(place) = self.connections.get_mut(usize::from(slot)) {
            *place = Some(connection);
        }
        self.tell("config_applied", &name);
        if alone {
            log::warn!("connection {} has one SEGW: there is nowhere to fail over to", name);
            self.tell("segw_alone", &name);
        }
        if config.children().any(|child| child.start_action == 1) {
            let last = self.memory.of(&name).and_then(|addr| self.get(slot)?.segws.find(addr));
            self.step(slot, last.map_or(Input::Start, Input::Resume));
        }
        true
    }

    pub(super) fn vacant(&self) -> Option<Slot> {
        (0u8..).zip(&self.connections).find(|(_, place)| place.is_none()).map(|(slot, _)| slot)
    }

    pub(super) fn tell(&mut self, event: &str, connection: &str) {
        self.events.push(self.now, OfConnection { event, time_ms: 0, seq: 0, connection });
    }
}

fn name_of(config: &Config) -> Name {
    // The walk lets no longer name pass.
    const { assert!(NAME_CAP > 1) };
    Name::try_from(config.text(config.name)).unwrap_or_default()
}

/// FNV-1a, 64 bits: tells a changed configuration from the same one again. Not for secrets to rely on.
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn digest(config: &Config) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    config.hash(&mut hasher);
    hasher.finish()
}
