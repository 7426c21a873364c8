//! `APPLY_CONFIG`: all of a request's connections are taken over, or none.

use core::hash::{Hash, Hasher};

use heapless::Vec;

use super::request::No;
use super::{Engine, Slot};
use crate::addr::{self, AddrList};
use crate::config::model::Config;
use crate::config::read::{self, Connections};
use crate::connection::Name;
use crate::diagnosis::Plain;
use crate::failover::Input;
use crate::json;
use crate::limits::{CONFIG_TEXT_CAP, CONNECTION_CAP, NAME_CAP};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::wire::event::EventKind;
use crate::wire::reply::{self, Each};
use crate::wire::request::Request;

/// What the engine keeps of a configuration.
struct Wanted {
    name: Name,
    digest: u64,
    addrs: AddrList,
    children: u8,
    start: bool,
}

impl Wanted {
    fn new(config: &Config) -> Self {
        let mut addrs = AddrList::new();
        for text in config.texts(&config.remote_addrs) {
            // The walk has checked them.
            let _ = addr::push(&mut addrs, text);
        }
        Self {
            name: name_of(config),
            digest: digest(config),
            addrs,
            children: config.dialled_children(),
            start: config.children().any(|child| child.start_action & 1 != 0),
        }
    }
}

/// What became of a connection that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    /// It was not there.
    Added,
    /// It was there, and its IKE_SAs had to be ended.
    Restarted,
    /// It was there; at most its policy is another one, and its tunnel runs on.
    Unchanged,
}

impl Engine {
    /// Takes over all of a request, or nothing. What this and the next two keep on the stack is large: they share no frame
    /// with each other or their caller.
    #[inline(never)]
    pub(super) fn apply(&mut self, request: &Request, out: &mut [u8]) -> core::result::Result<usize, No> {
        let mut policy = Policy::DEFAULT;
        let mut taken: Vec<(Slot, Taken), CONNECTION_CAP> = Vec::new();
        // All of it is checked before anything is changed.
        let done = self.check(request, &mut policy);
        if let Ok((mut connections, count)) = done {
            for _ in 0..count {
                // A single one is in `scratch` already.
                if count == 1 || connections.read(&mut self.scratch, &mut policy) {
                    let _ = self.take_over(&policy).map(|one| taken.push(one));
                }
            }
        }
        // The text held the secret.
        self.scratch.reset();
        done?;
        let (engine, taken) = (&*self, &taken);
        let names = move |only: Option<Taken>| {
            Each(move || {
                let these = taken.iter().filter(move |(_, it)| only.is_none_or(|only| only == *it));
                these.filter_map(|(slot, _)| engine.get(*slot)).map(|connection| connection.name.as_str())
            })
        };
        let (unchanged, restarted) = (names(Some(Taken::Unchanged)), names(Some(Taken::Restarted)));
        Ok(reply::applied(request.word, names(None), unchanged, restarted, out)?)
    }

    /// Reads all connections of a request: how many there are. Their names are all different, and there is room for them.
    #[inline(never)]
    fn check<'r>(
        &mut self,
        request: &Request<'r>,
        policy: &mut Policy,
    ) -> core::result::Result<(Connections<'r>, usize), Refusal> {
        let mut names: Vec<&str, CONNECTION_CAP> = Vec::new();
        let mut named = |name| {
            let _ = names.push(name);
        };
        let (text, offset) = (request.argument, request.offset);
        let (connections, count) = Connections::check(text, offset, &mut self.scratch, policy, &mut named)?;
        let mut added = 0usize;
        for (index, written) in names.iter().enumerate() {
            if names.iter().take(index).any(|other| json::is_same(other, written)) {
                return Err(read::refuse(text, offset, index, "name", "two connections have this name"));
            }
            let name: Name = json::unescaped(written);
            added = added.saturating_add(usize::from(self.find(&name).is_none()));
        }
        let free = self.connections.iter().filter(|slot| slot.is_none()).count();
        if added > free {
            return Err(Refusal::new(&[concat!(
                "no room; at most ",
                env!("SEGW_CONNECTIONS"),
                " connections fit, remove one first"
            )]));
        }
        Ok((connections, count))
    }

    /// Takes over the checked configuration in `scratch`.
    #[inline(never)]
    fn take_over(&mut self, policy: &Policy) -> Option<(Slot, Taken)> {
        let Wanted { name, digest, addrs, children, start } = Wanted::new(&self.scratch);
        let known = self.find(&name);
        let same = |slot: &Slot| self.get(*slot).is_some_and(|it| it.digest == digest && !it.adopted);
        if let Some(slot) = known.filter(same) {
            self.replan(slot, policy);
            self.emit(EventKind::ConfigApplied, &name);
            return Some((slot, Taken::Unchanged));
        }
        let slot = known.or_else(|| self.vacant())?;
        // What the old configuration set up goes with it.
        self.end(slot, |_| true);
        let alone = addrs.len() == 1;
        if let Some(connection) = self.install(slot, &name, &addrs, children, policy) {
            connection.digest = digest;
        }
        self.name_children(slot);
        self.emit(EventKind::ConfigApplied, &name);
        if alone {
            log!(warn, "connection {} has one SEGW: there is nowhere to fail over to", Plain(&name));
            self.emit(EventKind::SegwAlone, &name);
        }
        if start {
            let last = self.remembered(slot);
            self.step(slot, last.map_or(Input::Start, Input::Resume));
        }
        Some((slot, if known.is_some() { Taken::Restarted } else { Taken::Added }))
    }

    /// Which CHILD_SAs the configuration in `scratch` has, and which of them a dial sets up.
    #[inline(never)]
    fn name_children(&mut self, slot: Slot) {
        let (config, connections) = (&self.scratch, &mut self.connections);
        if let Some(connection) = connections.get_mut(usize::from(slot)).and_then(Option::as_mut) {
            let started = config.children().any(|child| child.start_action == 1);
            for child in config.children() {
                connection.children.name(config.text(child.name), child.start_action == 1 || !started);
            }
        }
    }
}

fn name_of(config: &Config) -> Name {
    // The walk lets no longer name pass.
    const { assert!(NAME_CAP > 1) };
    Name::try_from(config.text(config.name)).unwrap_or_default()
}

/// FNV-1a, 64 bits: tells a changed configuration from the same one again, whatever the order of its keys. Not for secrets
/// to rely on.
struct Fnv<'c> {
    hash: u64,
    /// All strings.
    text: &'c [u8],
    /// Where the string starts whose length comes next.
    start: Option<u16>,
}

impl Hasher for Fnv<'_> {
    fn write(&mut self, bytes: &[u8]) {
        // The strings are hashed where they belong.
        for byte in bytes.iter().filter(|_| bytes.len() != CONFIG_TEXT_CAP) {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    // Most of a configuration are these; without functions of their own each takes the way over a buffer.
    #[inline(never)]
    fn write_u32(&mut self, value: u32) {
        self.write(&value.to_le_bytes());
    }

    // Numbers of 16 bits only come in pairs, of a string's place and length: what it says counts, not where it lies.
    fn write_u16(&mut self, value: u16) {
        let Some(start) = self.start.take() else {
            self.start = Some(value);
            return;
        };
        let span = usize::from(start)..usize::from(start).saturating_add(usize::from(value));
        self.write_u32(u32::from(value));
        self.write(self.text.get(span).unwrap_or_default());
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}

fn digest(config: &Config) -> u64 {
    let mut hasher = Fnv { hash: 0xcbf2_9ce4_8422_2325, text: &config.text, start: None };
    config.hash(&mut hasher);
    hasher.finish()
}
