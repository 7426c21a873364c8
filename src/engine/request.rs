//! Requests of clients: each is done whole or refused whole, and answered with one line.

use super::{Engine, Queued, Slot};
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::failover::Input;
use crate::ike::{IkeState, Role};
use crate::outside::Outside;
use crate::refusal::{Refusal, nearest, number};
use crate::segw::SegwId;
use crate::time::Instant;
use crate::wire::event::EventKind;
use crate::wire::explain::explain;
use crate::wire::reply;
use crate::wire::request::{Request, Target, Verb, verbs};
use crate::wire::status::status;
use crate::wire::tunables::policy;

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Bytes of the reply, with its newline; 0 if the request was blank, or a refusal did not fit.
    pub len: usize,
    /// Whether it was done. If not, the reply says why.
    pub ok: bool,
}

/// Either a refusal or a reply buffer that is too short.
pub(super) enum No {
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
        self.command_with(now, &Outside::NONE, request, out)
    }

    /// The same, with what only the caller knows, for the reply.
    ///
    /// # Errors
    /// See [`Engine::command`].
    pub fn command_with(&mut self, now: Instant, outside: &Outside, request: &[u8], out: &mut [u8]) -> Result<Answer> {
        self.tick(now);
        let Some(request) = Request::split(request) else {
            return Ok(Answer { len: 0, ok: true });
        };
        let served = self.serve(&request, outside, out);
        self.settle();
        match served {
            Ok(len) => Ok(Answer { len, ok: true }),
            Err(No::Failed(error)) => Err(error),
            Err(No::Refused(refusal)) => {
                // What does not fit is left out: that nothing was done is the news.
                let len = reply::refused(request.word, &refusal, out).unwrap_or(0);
                Ok(Answer { len, ok: false })
            }
        }
    }

    fn serve(&mut self, request: &Request, outside: &Outside, out: &mut [u8]) -> core::result::Result<usize, No> {
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
            Verb::Pin => self.pin(request)?,
            Verb::Unpin => {
                let slot = self.named(request)?;
                self.unpin(slot);
            }
            Verb::Drill => self.drill(request)?,
            Verb::Drain => self.drain(request)?,
            Verb::Undrain => self.undrain(request)?,
            Verb::Status | Verb::ResetCounters => {
                let only = self.optional(request)?;
                let not_guarded = only.is_none().then_some(&self.not_guarded);
                let some = || self.some(only);
                let len = status(request.word, self.now, outside, some, &self.sas, not_guarded, out)?;
                // Told as they were, so that none is lost between the reply and the reset.
                if request.verb == Verb::ResetCounters {
                    self.reset_counters(only);
                }
                return Ok(len);
            }
            Verb::History => {
                let only = self.optional(request)?;
                return Ok(reply::history(request.word, self.now, outside, || self.some(only), out)?);
            }
            Verb::Policy => {
                let only = self.optional(request)?;
                return Ok(policy(request.word, || self.some(only).map(|(_, connection)| connection), out)?);
            }
            Verb::Explain => {
                let slot = self.named(request)?;
                let Some(connection) = self.get(slot) else { return Err(Error::Unknown.into()) };
                return Ok(explain(request.word, self.now, outside, (slot, connection), &self.sas, out)?);
            }
            Verb::Version => return Ok(reply::version(request.word, out)?),
            Verb::Subscribe => {
                return Err(Refusal::new(&["a subscription is the business of the client's connection"]).into());
            }
            Verb::Record => return Err(Refusal::new(&["nothing is recorded here"]).into()),
            Verb::Unknown => {
                let refusal = match nearest(request.word, &mut verbs()) {
                    Some(meant) => Refusal::new(&["unknown request; did you mean ", meant, "?"]),
                    None => Refusal::new(&["unknown request"]),
                };
                return Err(refusal.into());
            }
        }
        Ok(reply::done(request.word, out)?)
    }

    /// The connection that the argument names.
    fn named(&self, request: &Request) -> core::result::Result<Slot, Refusal> {
        let name = request.words();
        if name.is_empty() {
            return Err(Refusal::new(&["the name of a connection is missing: ", request.word, " NAME"]));
        }
        self.find(name).ok_or_else(|| self.unknown(name))
    }

    /// That there is no connection of that name, and which was probably meant.
    pub(super) fn unknown(&self, name: &str) -> Refusal {
        match nearest(name, &mut self.each().map(|(_, connection)| connection.name.as_str())) {
            Some(meant) => Refusal::new(&["there is no connection of that name; did you mean \"", meant, "\"?"]),
            None => Refusal::new(&["there is no connection of that name"]),
        }
    }

    fn optional(&self, request: &Request) -> core::result::Result<Option<Slot>, Refusal> {
        if request.argument.is_empty() { Ok(None) } else { self.named(request).map(Some) }
    }

    /// One connection, or all.
    fn some(&self, only: Option<Slot>) -> impl Iterator<Item = (Slot, &Connection)> {
        self.each().filter(move |(slot, _)| only.is_none_or(|only| only == *slot))
    }

    /// Makes the counters of one connection 0, or of all. Nothing is decided by them.
    fn reset_counters(&mut self, only: Option<Slot>) {
        let chosen = |slot: Slot| only.is_none_or(|only| only == slot);
        for (_, connection) in (0..).zip(&mut self.connections).filter(|(slot, _)| chosen(*slot)) {
            if let Some(connection) = connection {
                connection.reset_counters();
            }
        }
    }

    #[inline(never)]
    fn remove(&mut self, request: &Request) -> core::result::Result<(), Refusal> {
        let slot = self.named(request)?;
        if self.get(slot).is_some_and(|connection| connection.adopted) {
            return Err(Refusal::new(&["this connection is charon's own: remove it there (swanctl --load-conns)"]));
        }
        self.end(slot, |_| true);
        self.sas.remove_connection(slot);
        if let Some(name) = self.vacate(slot) {
            self.emit(EventKind::ConfigRemoved, &name);
            self.memory_changed |= self.memory.forget(&name);
            self.not_guarded.forget(&name);
            if self.removed.push_back(name).is_ok() {
                self.queue(Queued::Unload);
            }
        }
        Ok(())
    }

    fn start_dpd(&mut self, request: &Request) -> core::result::Result<(), Refusal> {
        let slot = self.named(request)?;
        let up = |sa: &&crate::ike::IkeSa| sa.role == Role::Main && sa.state == IkeState::Established;
        let Some(unique_id) = self.sas.of(slot).find(up).map(|sa| sa.unique_id) else {
            return Err(Refusal::new(&["no IKE_SA of this connection is established"]));
        };
        self.queue(Queued::Probe { unique_id, again: false });
        Ok(())
    }

    fn switch(&mut self, request: &Request) -> core::result::Result<(), Refusal> {
        let (slot, to) =
            self.named_segw(request.words(), "expected SWITCH NAME primary|secondary|next|INDEX|ADDRESS")?;
        self.step(slot, Input::Switch(to));
        Ok(())
    }

    /// The connection and the SEGW of it that words name.
    pub(super) fn named_segw(&self, words: &str, usage: &'static str) -> core::result::Result<(Slot, SegwId), Refusal> {
        let usage = || Refusal::new(&[usage]);
        let blank = words.char_indices().find(|(_, character)| character.is_whitespace());
        let (name, target) = blank.and_then(|(at, _)| words.split_at_checked(at)).ok_or_else(usage)?;
        let slot = self.find(name).ok_or_else(|| self.unknown(name))?;
        let connection = self.get(slot).ok_or_else(usage)?;
        let count = connection.segws.len();
        let target = target.trim_start();
        if target.contains(char::is_whitespace) {
            return Err(usage());
        }
        let to = match Target::parse(target) {
            Target::Index(index) => Some(index).filter(|index| *index < count),
            Target::Place(place) => connection.natural_ranks().iter().nth(usize::from(place)),
            Target::Next => {
                let ranks = connection.natural_ranks();
                let next = connection.turned_to().and_then(|here| ranks.around(here).next());
                next.or_else(|| ranks.iter().next())
            }
            Target::Address(text) => connection.segws.find(text),
        };
        let to = to.ok_or_else(|| {
            Refusal::new(&[
                "this connection has no such SEGW; its places go from 0 to ",
                &number(u32::from(count.saturating_sub(1))),
                ", an address is one of its list",
            ])
        })?;
        Ok((slot, to))
    }
}
