//! Sees to the standbys of connections: has them dialled, watched, put in the place of a dial, and ended. Which and when
//! [`standby`](crate::standby) decides.

use super::decision::terminate;
use super::{Engine, Queued, Slot};
use crate::cause::Cause;
use crate::connection::Connection;
#[cfg(feature = "json")]
use crate::detail::Detail;
use crate::diagnosis::Plain;
use crate::error::{Error, Result};
use crate::failover::State;
#[cfg(feature = "json")]
use crate::history::{Kind, Record};
use crate::ike::{Facts, IkeSa, IkeState, Role, Verdict};
use crate::liveness::Finding;
use crate::segw::SegwId;
use crate::standby::{Refusal, Stage, Step, Warm};

/// What is told of a standby.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    /// It is there.
    Up,
    /// It could not be set up, or it is gone: it is dialled again.
    Down(Option<Cause>),
    /// It took the place of a dial.
    Used,
    /// That did not work: the SEGW is dialled.
    Failed(Cause),
    /// It is not possible with this SEGW, and not tried again.
    Refused(Refusal),
    /// Somebody has ended it.
    Ended,
}

impl News {
    const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down(_) => "down",
            Self::Used => "used",
            Self::Failed(_) => "failed",
            Self::Refused(_) => "refused",
            Self::Ended => "ended",
        }
    }

    const fn cause(self) -> Option<&'static str> {
        match self {
            Self::Down(Some(cause)) | Self::Failed(cause) => Some(cause.name()),
            Self::Refused(why) => Some(why.name()),
            Self::Ended => Some(Cause::Operator.name()),
            Self::Up | Self::Down(None) | Self::Used => None,
        }
    }

    /// Only what says why a loss took as long as it did is kept.
    #[cfg(feature = "json")]
    const fn record(self) -> Option<(Kind, Option<Cause>, Option<Detail>)> {
        match self {
            Self::Used => Some((Kind::Standby, None, None)),
            Self::Failed(cause) => Some((Kind::StandbyFailed, Some(cause), None)),
            Self::Refused(Refusal::Childless) => Some((Kind::StandbyRefused, None, Some(Detail::SegwNotChildless))),
            Self::Refused(Refusal::Unique) => Some((Kind::StandbyRefused, None, Some(Detail::SegwUnique))),
            Self::Up | Self::Down(_) | Self::Ended => None,
        }
    }
}

impl Engine {
    /// Whether this is the dial of a connection's standby, and still wanted.
    pub(super) fn awaits_standby(&self, slot: Slot, serial: u32) -> bool {
        self.get(slot).is_some_and(|connection| connection.standby.serial == Some(serial))
    }

    /// Does what a connection wants of its standby, after whatever has happened.
    pub(super) fn tend(&mut self, slot: Slot) {
        let (now, shutdown) = (self.now, self.shutdown);
        let Some(connection) = self.connections.get_mut(usize::from(slot)).and_then(Option::as_mut) else { return };
        if shutdown || connection.standby.is_off(&connection.policy) {
            return;
        }
        let standby = &connection.standby;
        let there = standby.serial.is_some() || self.sas.of(slot).any(|sa| sa.role == Role::Standby);
        if standby.is_there() && !there {
            connection.standby.gone(now);
        }
        // What has to end first, and what then.
        for _ in 0..2 {
            let Some(connection) = self.get_mut(slot) else { return };
            let (wish, give_up_at) = (connection.standby_wish(now), connection.world(now, 0).give_up_at());
            match connection.standby.step(wish, give_up_at, now) {
                Step::Nothing => break,
                Step::End => self.end_standby(slot),
                Step::Dial => {
                    let serial = self.next_serial();
                    if let Some(connection) = self.get_mut(slot) {
                        connection.standby.serial = Some(serial);
                    }
                    self.queue(Queued::Standby { slot, serial });
                    break;
                }
            }
        }
        let used = self.get_mut(slot).is_some_and(|connection| core::mem::take(&mut connection.standby.used));
        if used {
            self.tell_used(slot);
        }
    }

    fn end_standby(&mut self, slot: Slot) {
        let actions = &mut self.actions;
        self.sas.each(slot, &mut |sa| {
            if sa.role == Role::Standby {
                terminate(actions, sa);
            }
        });
    }

    /// The dial of a standby got its IKE_SA.
    pub(super) fn standby_dialling(&mut self, slot: Slot, unique_id: u32) -> Result<()> {
        let Some(connection) = self.get_mut(slot) else { return Err(Error::Unknown) };
        connection.standby.serial = None;
        let segw = connection.standby.segw;
        let done = self.track(IkeSa::new(unique_id, slot, segw, Role::Standby));
        if done.is_err() {
            self.standby_failed(slot, None, Some(Cause::NotDialled));
        }
        done
    }

    pub(super) fn standby_came_up(&mut self, slot: Slot) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let segw = connection.standby.segw;
        if !matches!(connection.standby.stage, Stage::Dialling(_)) {
            return;
        }
        let pace = connection.pace_of(segw);
        connection.standby.came_up(&pace, now);
        self.tell_standby(slot, segw, News::Up);
    }

    /// A standby could not be set up, or is gone; its IKE_SA is ended if there is one.
    pub(super) fn standby_failed(&mut self, slot: Slot, unique_id: Option<u32>, cause: Option<Cause>) {
        let (now, random) = (self.now, self.rand.next_u32());
        if let Some(sa) = unique_id.and_then(|id| self.sas.get_mut(id)) {
            terminate(&mut self.actions, sa);
        }
        let Some(connection) = self.get_mut(slot) else { return };
        let (mut standby, segw) = (connection.standby, connection.standby.segw);
        let is_news = standby.failed(cause, connection.calm_ms(), &connection.world(now, random));
        connection.standby = standby;
        if is_news {
            self.tell_standby(slot, segw, News::Down(cause));
        }
    }

    /// The IKE_SA of a standby has ended.
    pub(super) fn standby_ended(&mut self, sa: &IkeSa, verdict: Verdict, facts: Facts) {
        let (now, slot) = (self.now, sa.connection);
        match verdict {
            Verdict::Lost(cause) => self.standby_failed(slot, None, Some(cause)),
            // Charon reauthenticates none that has no CHILD_SA: it only ends it.
            Verdict::Intended | Verdict::LaidDown(_) if facts.reauthenticating => {
                self.standby_failed(slot, None, Some(Cause::Expired))
            }
            Verdict::LaidDown(_) => self.standby_failed(slot, None, None),
            Verdict::Intended => {
                if let Some(connection) = self.get_mut(slot) {
                    connection.standby.ended(now);
                }
                self.tell_standby(slot, sa.segw, News::Ended);
            }
        }
    }

    /// The SEGW of an IKE_SA that is being set up does not support IKE_SAs without CHILD_SAs.
    pub(super) fn not_childless(&mut self, unique_id: u32) -> Result<()> {
        let now = self.now;
        let sa = self.sas.get(unique_id).ok_or(Error::Unknown)?;
        let (slot, segw) = (sa.connection, sa.segw);
        if sa.role != Role::Standby || sa.state != IkeState::Connecting {
            return Ok(());
        }
        if self.get_mut(slot).is_some_and(|connection| connection.standby.not_childless(now)) {
            self.end_standby(slot);
            self.tell_standby(slot, segw, News::Refused(Refusal::Childless));
        } else {
            self.standby_failed(slot, Some(unique_id), None);
        }
        Err(Error::Refused)
    }

    /// The SEGW that carries the traffic has deleted its IKE_SA: if it did so for the standby, that is not tried again.
    pub(super) fn note_unique(&mut self, sa: &IkeSa, verdict: Verdict) {
        if sa.role != Role::Main || verdict != Verdict::Lost(Cause::PeerDeleted) {
            return;
        }
        let (now, slot) = (self.now, sa.connection);
        let Some(connection) = self.get_mut(slot) else { return };
        let segw = connection.standby.segw;
        if connection.standby.is_to_blame(now) {
            self.tell_standby(slot, segw, News::Refused(Refusal::Unique));
        }
    }

    /// A message of the SEGW came in for a standby, or for one that took the place of a dial.
    pub(super) fn heard_standby(&mut self, slot: Slot, segw: SegwId) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let pace = connection.pace_of(segw);
        match &mut connection.warm {
            Some(warm) => warm.heard(now),
            None => connection.standby.heard(&pace, now),
        }
    }

    /// Sees to what is due of a standby, or of one that took the place of a dial.
    pub(super) fn look_at_standby(&mut self, slot: Slot) {
        self.look_at_warm(slot);
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let overdue = matches!(connection.standby.stage, Stage::Dialling(Some(at)) if at <= now);
        let watched = connection.policy.liveness_interval_ms > 0 && connection.state.active().is_some();
        let pace = connection.pace_of(connection.standby.segw);
        let finding = if watched { connection.standby.look(&pace, now) } else { Finding::Well };
        let unique_id = self.sas.of(slot).find(|sa| sa.role == Role::Standby).map(|sa| sa.unique_id);
        if overdue {
            return self.standby_failed(slot, unique_id, Some(Cause::ConnectTimeout));
        }
        match (finding, unique_id) {
            (Finding::Well, _) | (_, None) => (),
            (Finding::Ask, Some(unique_id)) => self.queue(Queued::Probe { unique_id, again: false }),
            (Finding::Again, Some(unique_id)) => self.queue(Queued::Probe { unique_id, again: true }),
            (Finding::Lost, Some(_)) => self.standby_failed(slot, unique_id, Some(Cause::Liveness)),
        }
    }

    /// The same of one that took the place of a dial: it is asked again, or given up.
    fn look_at_warm(&mut self, slot: Slot) {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return };
        let Some(warm) = connection.warm.as_mut().filter(|warm| warm.at <= now) else { return };
        let again = warm.again(now);
        let found = self.sas.of(slot).find(|sa| sa.warm && sa.role != Role::Leaving);
        let Some((unique_id, role)) = found.map(|sa| (sa.unique_id, sa.role)) else {
            // It has gone with what it was for.
            if let Some(connection) = self.get_mut(slot) {
                connection.warm = None;
            }
            return;
        };
        if again {
            self.queue(Queued::Probe { unique_id, again: true });
        } else {
            self.give_up(slot, unique_id, role, Cause::ConnectTimeout);
        }
    }

    /// Puts a standby, which is there, in the place of a dial. Whether it is to that SEGW and could be used: if not it is
    /// ended.
    #[inline(never)]
    pub(super) fn use_standby(&mut self, slot: Slot, segw: SegwId, parallel: bool, again: bool) -> bool {
        let now = self.now;
        let Some(connection) = self.get_mut(slot) else { return false };
        if connection.standby.segw != segw {
            return false;
        }
        let pace = connection.pace_of(segw);
        let usable = |sa: &IkeSa| sa.role == Role::Standby && sa.state == IkeState::Established && sa.up;
        let is_up = connection.standby.stage == Stage::Up && !again;
        let Some(sa) = self.sas.find(slot, &usable).filter(|_| is_up) else {
            if let Some(connection) = self.get_mut(slot) {
                connection.standby.gone(now);
            }
            self.end_standby(slot);
            return false;
        };
        sa.warm_up(if parallel { Role::Trial } else { Role::Main });
        let unique_id = sa.unique_id;
        let Some(connection) = self.get_mut(slot) else { return false };
        connection.dial = None;
        connection.warm = Some(Warm::new(now, &pace, &connection.policy));
        connection.standby.used(now);
        connection.counters.attempts = connection.counters.attempts.saturating_add(1);
        if let Some(segw) = connection.segws.get_mut(segw) {
            segw.attempts = segw.attempts.saturating_add(1);
            segw.more = false;
        }
        self.queue(Queued::Complete(unique_id));
        true
    }

    /// What took the place of a dial did not come up: its SEGW is dialled as if there had been no standby, in all of a dial's
    /// time.
    pub(super) fn cool(&mut self, slot: Slot, segw: SegwId, role: Role, cause: Cause) {
        let Some(connection) = self.get_mut(slot) else { return };
        connection.warm = None;
        let dialled = match connection.state {
            State::Connecting { segw, .. } if role == Role::Main => Some(segw),
            State::Moving { to, .. } if role == Role::Trial => Some(to),
            _ => None,
        };
        if dialled != Some(segw) {
            return;
        }
        self.dialled_anew(slot);
        self.tell_standby(slot, segw, News::Failed(cause));
        self.dial(slot, segw, role == Role::Trial, false);
    }

    /// Tells that a standby took the place of a dial: from now on its IKE_SA is the connection's.
    fn tell_used(&mut self, slot: Slot) {
        let Some(sa) = self.sas.of(slot).find(|sa| sa.warm) else { return };
        let (unique_id, segw, state) = (sa.unique_id, sa.segw, sa.state);
        self.tell_standby(slot, segw, News::Used);
        let Some(connection) = super::emit::get(&self.connections, slot) else { return };
        let remote = connection.segws.text(segw);
        let name = connection.name.clone();
        self.emit_updown(unique_id, &name, &remote, state, true);
    }

    fn tell_standby(&mut self, slot: Slot, segw: SegwId, news: News) {
        #[cfg(feature = "json")]
        if let Some((kind, cause, detail)) = news.record() {
            let record =
                Record { at: self.now, kind, from: None, to: Some(segw), cause, detail, choice: None, count: 1 };
            if let Some(connection) = self.get_mut(slot) {
                connection.history.push(&record);
            }
        }
        let Some(connection) = super::emit::get(&self.connections, slot) else { return };
        let Connection { name, segws, .. } = connection;
        let address = segws.text(segw);
        let (before, cause) = if let Some(cause) = news.cause() { (", ", cause) } else { ("", "") };
        log!(
            info,
            "{}: STANDBY {}: {}{}{}",
            Plain(name),
            Plain(&address),
            Plain(news.name()),
            Plain(before),
            Plain(cause)
        );
        #[cfg(feature = "json")]
        {
            use crate::wire::event::{Event, EventKind};
            let mut draft = self.events.begin(self.now);
            let told = Event::Standby {
                event: EventKind::SegwStandby,
                connection: draft.text(name),
                segw: draft.text(&address),
                state: draft.text(news.name()),
                cause: draft.optional(news.cause()),
            };
            draft.end(told);
        }
    }
}
