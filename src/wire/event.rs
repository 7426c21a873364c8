//! Events for clients. They wait in a queue that is drained after every input, and become a line of JSON each when they are
//! taken.

#[cfg(feature = "json")]
use heapless::Deque;
#[cfg(feature = "json")]
use serde::{Serialize, Serializer};
#[cfg(feature = "json")]
use serde_json_core::str::EscapedStr;

use crate::connection::Name;
use crate::error::Error;
#[cfg(feature = "json")]
use crate::limits::{EVENT_CAP, EVENT_QUEUE_CAP};
use crate::time::Instant;
#[cfg(feature = "json")]
use crate::wire::reply;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What an event tells.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[$doc])* $kind,)*
        }

        impl EventKind {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Its name, as it stands in the line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// A connection's configuration was taken over.
    ConfigApplied = "config_applied",
    /// A connection was removed.
    ConfigRemoved = "config_removed",
    /// An IKE_SA is up.
    IkeSaUp = "ike_sa_up",
    /// An IKE_SA is down.
    IkeSaDown = "ike_sa_down",
    /// A CHILD_SA is up.
    TunnelUp = "tunnel_up",
    /// A CHILD_SA is down.
    TunnelDown = "tunnel_down",
    /// An IKE_SA was rekeyed.
    IkeRekey = "ike_rekey",
    /// A CHILD_SA was rekeyed.
    ChildRekey = "child_rekey",
    /// Charon's reason for trouble.
    Alert = "alert",
    /// A connection has one SEGW: there is nowhere to fail over to.
    SegwAlone = "segw_alone",
    /// A connection moves after a loss.
    SegwFailover = "segw_failover",
    /// A connection moved to a more preferred SEGW that recovered.
    SegwFailback = "segw_failback",
    /// A connection moved because an operator asked for it.
    SegwSwitch = "segw_switch",
    /// A connection stays where it is: the trial of a move failed.
    SegwMoveFailed = "segw_move_failed",
    /// Another address of the same SEGW is dialled.
    SegwNextAddress = "segw_next_address",
    /// A CHILD_SA that is wanted is not up, alone: it was refused, or went.
    SegwChildDown = "segw_child_down",
    /// A SEGW answers, and no data come in though they go out; or they do again.
    SegwSilentData = "segw_silent_data",
    /// The IKE_SA to the SEGW that would be next is up, is gone, took the place of a dial, or is not possible.
    SegwStandby = "segw_standby",
    /// No target that is asked through the tunnel answers, or one does again; or none can be asked.
    SegwProbe = "segw_probe",
    /// A SEGW sends a connection to another one (RFC 5685).
    SegwRedirect = "segw_redirect",
    /// A drill is over: a switch that returned by itself, or could not.
    SegwDrill = "segw_drill",
    /// Every SEGW of the list failed; a pause.
    SegwBackoff = "segw_backoff",
    /// The limit of rounds is reached.
    SegwExhausted = "segw_exhausted",
    /// This host has no route towards any SEGW.
    SegwHold = "segw_hold",
    /// It has one again.
    SegwResumed = "segw_resumed",
    /// A connection of charon's own configuration is guarded.
    SegwAdopted = "segw_adopted",
    /// It is guarded no longer.
    SegwReleased = "segw_released",
    /// A connection is not guarded, or can be used in part only, and why; or this is over.
    SegwNotGuarded = "segw_not_guarded",
    /// An operator stopped a connection.
    SegwStopped = "segw_stopped",
    /// A table is full.
    TableFull = "table_full",
    /// Events were lost.
    Missed = "missed",
}

#[cfg(feature = "json")]
impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // No name needs an escape sequence.
        EscapedStr(self.name()).serialize(serializer)
    }
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What it tells.
    pub kind: EventKind,
    /// Of which connection; empty: of none.
    pub connection: Name,
}

/// The number of an event that was not taken yet.
pub(crate) const WAITS: u32 = 0;

/// An event, as clients read it. `T` is a text: what it says, or in the queue its length.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "json", derive(Serialize))]
#[cfg_attr(feature = "json", serde(untagged))]
#[cfg_attr(not(feature = "json"), expect(dead_code, reason = "nobody reads it"))]
pub(crate) enum Event<T> {
    /// Of a connection, with nothing else to tell.
    Connection {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        connection: T,
    },
    IkeSa {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        ike_sa_name: T,
        state: T,
        unique_id: u32,
        remote: T,
    },
    ChildSa {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        ike_sa_name: T,
        child_sa_name: T,
        ike_sa_state: T,
        child_sa_state: T,
        spi: u32,
        spi_out: u32,
        proto: T,
        mode: T,
        enc_alg: T,
        integ_alg: T,
        src: T,
        dst: T,
        local_ts: T,
        remote_ts: T,
        direction: T,
        policy_action: T,
    },
    Rekeyed {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        old_ike_sa_name: T,
        new_ike_sa_name: T,
        unique_id: u32,
    },
    ChildRekeyed {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        ike_sa_name: T,
        old_child_sa_name: T,
        new_child_sa_name: T,
    },
    Alert {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        ike_sa_name: T,
        unique_id: u32,
        remote: T,
        alert: T,
        #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
        child_sa_name: Option<T>,
    },
    ChildDown {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        connection: T,
        child_sa_name: T,
        cause: T,
        delay_ms: Option<u32>,
    },
    SilentData {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        connection: T,
        segw: T,
        action: T,
    },
    Standby {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        connection: T,
        segw: T,
        state: T,
        cause: Option<T>,
    },
    Probe {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        connection: T,
        segw: T,
        targets: T,
        action: T,
        #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
        cause: Option<T>,
    },
    Redirect {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        connection: T,
        from: T,
        to: T,
        followed: bool,
    },
    NotGuarded {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        connection: T,
        reason: Option<T>,
    },
    Drill {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        connection: T,
        from: T,
        to: T,
        done: bool,
        cause: Option<T>,
        out_ms: Option<u32>,
        back_ms: Option<u32>,
        gap_ms: u32,
    },
    Decision {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        connection: T,
        from: Option<T>,
        to: Option<T>,
        from_index: Option<u32>,
        to_index: Option<u32>,
        cause: Option<T>,
        #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
        detail: Option<T>,
        attempt: u32,
        #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
        delay_ms: Option<u32>,
    },
    TableFull {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        table: T,
        connection: T,
    },
    Missed {
        event: EventKind,
        time_ms: u64,
        seq: u32,
        count: u32,
    },
}

#[cfg(feature = "json")]
impl<T> Event<T> {
    /// The same with its number, and each text as another one, in their order.
    #[inline(never)]
    fn map<U>(self, seq: u32, text: &mut dyn FnMut(T) -> U) -> Event<U> {
        match self {
            Self::Connection { event, time_ms, connection, .. } => {
                Event::Connection { event, time_ms, seq, connection: text(connection) }
            }
            Self::IkeSa { event, time_ms, ike_sa_name, state, unique_id, remote, .. } => Event::IkeSa {
                event,
                time_ms,
                seq,
                ike_sa_name: text(ike_sa_name),
                state: text(state),
                unique_id,
                remote: text(remote),
            },
            Self::ChildSa {
                event,
                time_ms,
                ike_sa_name,
                child_sa_name,
                ike_sa_state,
                child_sa_state,
                spi,
                spi_out,
                proto,
                mode,
                enc_alg,
                integ_alg,
                src,
                dst,
                local_ts,
                remote_ts,
                direction,
                policy_action,
                ..
            } => Event::ChildSa {
                event,
                time_ms,
                seq,
                ike_sa_name: text(ike_sa_name),
                child_sa_name: text(child_sa_name),
                ike_sa_state: text(ike_sa_state),
                child_sa_state: text(child_sa_state),
                spi,
                spi_out,
                proto: text(proto),
                mode: text(mode),
                enc_alg: text(enc_alg),
                integ_alg: text(integ_alg),
                src: text(src),
                dst: text(dst),
                local_ts: text(local_ts),
                remote_ts: text(remote_ts),
                direction: text(direction),
                policy_action: text(policy_action),
            },
            Self::Rekeyed { event, time_ms, old_ike_sa_name, new_ike_sa_name, unique_id, .. } => Event::Rekeyed {
                event,
                time_ms,
                seq,
                old_ike_sa_name: text(old_ike_sa_name),
                new_ike_sa_name: text(new_ike_sa_name),
                unique_id,
            },
            Self::ChildRekeyed { event, time_ms, ike_sa_name, old_child_sa_name, new_child_sa_name, .. } => {
                Event::ChildRekeyed {
                    event,
                    time_ms,
                    seq,
                    ike_sa_name: text(ike_sa_name),
                    old_child_sa_name: text(old_child_sa_name),
                    new_child_sa_name: text(new_child_sa_name),
                }
            }
            Self::Alert { event, time_ms, ike_sa_name, unique_id, remote, alert, child_sa_name, .. } => Event::Alert {
                event,
                time_ms,
                seq,
                ike_sa_name: text(ike_sa_name),
                unique_id,
                remote: text(remote),
                alert: text(alert),
                child_sa_name: child_sa_name.map(&mut *text),
            },
            Self::ChildDown { event, time_ms, connection, child_sa_name, cause, delay_ms, .. } => Event::ChildDown {
                event,
                time_ms,
                seq,
                connection: text(connection),
                child_sa_name: text(child_sa_name),
                cause: text(cause),
                delay_ms,
            },
            Self::SilentData { event, time_ms, connection, segw, action, .. } => Event::SilentData {
                event,
                time_ms,
                seq,
                connection: text(connection),
                segw: text(segw),
                action: text(action),
            },
            Self::Standby { event, time_ms, connection, segw, state, cause, .. } => Event::Standby {
                event,
                time_ms,
                seq,
                connection: text(connection),
                segw: text(segw),
                state: text(state),
                cause: cause.map(&mut *text),
            },
            Self::Probe { event, time_ms, connection, segw, targets, action, cause, .. } => Event::Probe {
                event,
                time_ms,
                seq,
                connection: text(connection),
                segw: text(segw),
                targets: text(targets),
                action: text(action),
                cause: cause.map(&mut *text),
            },
            Self::Redirect { event, time_ms, connection, from, to, followed, .. } => Event::Redirect {
                event,
                time_ms,
                seq,
                connection: text(connection),
                from: text(from),
                to: text(to),
                followed,
            },
            Self::Drill { event, time_ms, connection, from, to, done, cause, out_ms, back_ms, gap_ms, .. } => {
                Event::Drill {
                    event,
                    time_ms,
                    seq,
                    connection: text(connection),
                    from: text(from),
                    to: text(to),
                    done,
                    cause: cause.map(&mut *text),
                    out_ms,
                    back_ms,
                    gap_ms,
                }
            }
            Self::NotGuarded { event, time_ms, connection, reason, .. } => {
                Event::NotGuarded { event, time_ms, seq, connection: text(connection), reason: reason.map(&mut *text) }
            }
            Self::Decision {
                event,
                time_ms,
                connection,
                from,
                to,
                from_index,
                to_index,
                cause,
                detail,
                attempt,
                delay_ms,
                ..
            } => Event::Decision {
                event,
                time_ms,
                seq,
                connection: text(connection),
                from: from.map(&mut *text),
                to: to.map(&mut *text),
                from_index,
                to_index,
                cause: cause.map(&mut *text),
                detail: detail.map(&mut *text),
                attempt,
                delay_ms,
            },
            Self::TableFull { event, time_ms, table, connection, .. } => {
                Event::TableFull { event, time_ms, seq, table: text(table), connection: text(connection) }
            }
            Self::Missed { event, time_ms, count, .. } => Event::Missed { event, time_ms, seq, count },
        }
    }
}

#[cfg(feature = "json")]
impl Event<&str> {
    /// What it is about.
    fn subject(&self) -> Subject {
        let (kind, connection) = match *self {
            Self::Connection { event, connection, .. }
            | Self::Decision { event, connection, .. }
            | Self::ChildDown { event, connection, .. }
            | Self::SilentData { event, connection, .. }
            | Self::Standby { event, connection, .. }
            | Self::Probe { event, connection, .. }
            | Self::Redirect { event, connection, .. }
            | Self::NotGuarded { event, connection, .. }
            | Self::Drill { event, connection, .. }
            | Self::TableFull { event, connection, .. } => (event, connection),
            Self::IkeSa { event, ike_sa_name, .. }
            | Self::ChildSa { event, ike_sa_name, .. }
            | Self::ChildRekeyed { event, ike_sa_name, .. }
            | Self::Alert { event, ike_sa_name, .. } => (event, ike_sa_name),
            Self::Rekeyed { event, old_ike_sa_name, .. } => (event, old_ike_sa_name),
            Self::Missed { event, .. } => (event, ""),
        };
        // A longer name is of no connection that was applied or adopted.
        Subject { kind, connection: Name::try_from(connection).unwrap_or_default() }
    }
}

/// Bytes of the queue that hold the events' texts; the others hold what else they tell.
#[cfg(feature = "json")]
const TEXT_CAP: usize = EVENT_QUEUE_CAP - EVENT_QUEUE_CAP * 3 / 8;
/// Events that wait at most.
#[cfg(feature = "json")]
const COUNT_CAP: usize = EVENT_QUEUE_CAP * 3 / 8 / size_of::<Event<u16>>();

/// Events that wait for the caller.
#[derive(Debug)]
pub struct EventQueue {
    #[cfg(feature = "json")]
    pub(crate) events: Deque<Event<u16>, COUNT_CAP>,
    /// Their texts, one behind the other.
    #[cfg(feature = "json")]
    pub(crate) texts: [u8; TEXT_CAP],
    /// Where those of the oldest event start, and those of the newest end.
    #[cfg(feature = "json")]
    pub(crate) start: usize,
    #[cfg(feature = "json")]
    pub(crate) end: usize,
    /// The number of the last event that was taken.
    #[cfg(feature = "json")]
    pub(crate) seq: u32,
    /// Events that were lost and not told of yet.
    #[cfg(feature = "json")]
    pub(crate) missed: u32,
}

#[cfg(feature = "json")]
impl EventQueue {
    /// No events.
    #[must_use]
    pub const fn new() -> Self {
        Self { events: Deque::new(), texts: [0; TEXT_CAP], start: 0, end: 0, seq: 0, missed: 0 }
    }

    /// Begins an event. If there is no room for it it is counted, and the next one that fits is preceded by the count.
    #[inline(never)]
    pub(crate) fn begin(&mut self, now: Instant) -> Draft<'_> {
        if self.missed > 0 {
            let count = self.missed;
            self.missed = 0;
            let draft = self.draft();
            if draft.fits {
                draft.end(Event::Missed { event: EventKind::Missed, time_ms: now.0, seq: WAITS, count });
            } else {
                self.missed = count;
            }
        }
        self.draft()
    }

    fn draft(&mut self) -> Draft<'_> {
        // What an event says has fewer bytes than its line.
        if TEXT_CAP.saturating_sub(self.end) < EVENT_CAP {
            let moved = core::mem::take(&mut self.start);
            self.texts.copy_within(moved..self.end, 0);
            self.end = self.end.saturating_sub(moved);
        }
        Draft { end: self.end, fits: !self.events.is_full(), queue: self }
    }

    /// Writes the oldest event as a line, with its newline, to the start of `line`: the length, and what it is about.
    ///
    /// # Errors
    /// `WouldBlock`: there is none. `Short`: `line` cannot hold it; it stays.
    pub(crate) fn pop(&mut self, line: &mut [u8]) -> nb::Result<(usize, Subject), Error> {
        loop {
            let event = *self.events.front().ok_or(nb::Error::WouldBlock)?;
            let waiting = self.texts.get(self.start..self.end).unwrap_or_default();
            let mut rest = core::str::from_utf8(waiting).unwrap_or_default();
            let seq = self.seq.wrapping_add(1);
            let event = event.map(seq, &mut |len| {
                let (text, after) = rest.split_at_checked(usize::from(len)).unwrap_or_default();
                rest = after;
                text
            });
            let (short, most) = (line.len() < EVENT_CAP, line.len().min(EVENT_CAP));
            let written = reply::line(&event, line.get_mut(..most).unwrap_or_default());
            if written.is_err() && short {
                return Err(nb::Error::Other(Error::Short));
            }
            let subject = event.subject();
            self.start = self.end.saturating_sub(rest.len());
            self.events.pop_front();
            if self.events.is_empty() {
                (self.start, self.end) = (0, 0);
            }
            match written {
                Ok(len) => {
                    self.seq = seq;
                    return Ok((len, subject));
                }
                // Longer than any line may be: names full of control characters.
                Err(_) => self.missed = self.missed.saturating_add(1),
            }
        }
    }
}

/// An event that is being written. Its texts are, in the order in which the event has them.
#[cfg(feature = "json")]
pub(crate) struct Draft<'q> {
    queue: &'q mut EventQueue,
    /// Where its texts end.
    end: usize,
    fits: bool,
}

#[cfg(feature = "json")]
impl Draft<'_> {
    /// Writes its next text.
    #[inline(never)]
    pub(crate) fn text(&mut self, text: &str) -> u16 {
        let start = self.end;
        self.end = start.saturating_add(text.len());
        match (self.queue.texts.get_mut(start..self.end), u16::try_from(text.len())) {
            (Some(room), Ok(len)) => {
                room.copy_from_slice(text.as_bytes());
                len
            }
            _ => {
                self.fits = false;
                0
            }
        }
    }

    /// The same, if there is one.
    pub(crate) fn optional(&mut self, text: Option<&str>) -> Option<u16> {
        text.map(|text| self.text(text))
    }

    /// Ends it.
    #[inline(never)]
    pub(crate) fn end(self, event: Event<u16>) {
        let Self { queue, end, fits } = self;
        if fits && queue.events.push_back(event).is_ok() {
            queue.end = end;
        } else {
            queue.missed = queue.missed.saturating_add(1);
        }
    }
}

/// Nobody reads it.
#[cfg(not(feature = "json"))]
pub(crate) struct Draft;

#[cfg(not(feature = "json"))]
#[expect(clippy::unused_self, reason = "as the other one")]
impl Draft {
    pub(crate) const fn text(&mut self, _: &str) -> u16 {
        0
    }

    pub(crate) const fn end(self, _: Event<u16>) {}
}

/// Without JSON there are no lines.
#[cfg(not(feature = "json"))]
impl EventQueue {
    /// No events.
    #[must_use]
    pub const fn new() -> Self {
        Self {}
    }

    pub(crate) const fn begin(&mut self, _: Instant) -> Draft {
        Draft
    }

    pub(crate) const fn pop(&mut self, _: &mut [u8]) -> nb::Result<(usize, Subject), Error> {
        Err(nb::Error::WouldBlock)
    }
}

impl Default for EventQueue {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "json")]
#[cfg(test)]
mod tests {
    use super::{COUNT_CAP, Event, EventKind, EventQueue, WAITS};
    use crate::error::Error;
    use crate::limits::{EVENT_CAP, EVENT_QUEUE_CAP};
    use crate::time::Instant;
    use std::string::String;

    fn push(queue: &mut EventQueue, n: u64) {
        named(queue, n, "vpn \"x\"");
    }

    fn named(queue: &mut EventQueue, n: u64, connection: &str) {
        let mut draft = queue.begin(Instant(n));
        let connection = draft.text(connection);
        draft.end(Event::Connection { event: EventKind::ConfigApplied, time_ms: n, seq: WAITS, connection });
    }

    fn pop(queue: &mut EventQueue) -> Option<String> {
        let mut line = [0; EVENT_CAP];
        queue.pop(&mut line).ok().map(|(len, _)| String::from_utf8(line[..len].into()).unwrap())
    }

    #[test]
    fn lines_come_out_as_they_went_in() {
        let mut queue = EventQueue::new();
        push(&mut queue, 5);
        push(&mut queue, 6);
        assert_eq!(queue.pop(&mut [0; 8]), Err(nb::Error::Other(Error::Short)));
        assert_eq!(
            pop(&mut queue).unwrap(),
            "{\"event\":\"config_applied\",\"time_ms\":5,\"seq\":1,\"connection\":\"vpn \\\"x\\\"\"}\n"
        );
        assert!(pop(&mut queue).unwrap().contains("\"seq\":2"));
        assert_eq!(queue.pop(&mut [0; 1024]), Err(nb::Error::WouldBlock));
    }

    #[test]
    fn what_does_not_fit_is_counted_and_told() {
        let mut queue = EventQueue::new();
        for n in 0..200 {
            push(&mut queue, n);
        }
        let mut kept = 0;
        while pop(&mut queue).is_some() {
            kept += 1;
        }
        assert!(kept < 200);
        push(&mut queue, 1000);
        let missed = pop(&mut queue).unwrap();
        assert!(missed.contains("\"event\":\"missed\"") && missed.contains(&std::format!("\"count\":{}", 200 - kept)));
        assert!(pop(&mut queue).unwrap().contains("config_applied"));
    }

    /// However the texts lie in their room, each event has its own.
    #[test]
    fn the_room_is_used_again() {
        let mut queue = EventQueue::new();
        let name = |n: u64| "n".repeat(usize::try_from(n * 7 % 300).unwrap());
        let (mut pushed, mut popped) = (0, 0);
        for round in 0..2000u64 {
            while pushed < popped + 1 + round % 20 {
                named(&mut queue, pushed, &name(pushed));
                pushed += 1;
            }
            let line = pop(&mut queue).unwrap();
            let expected =
                std::format!("\"time_ms\":{popped},\"seq\":{},\"connection\":\"{}\"}}\n", popped + 1, name(popped));
            assert!(line.ends_with(&expected), "{line} {expected}");
            popped += 1;
        }
        assert_eq!(queue.missed, 0);
    }

    #[test]
    fn what_makes_no_line_is_counted_and_does_not_stay() {
        let mut queue = EventQueue::new();
        named(&mut queue, 1, &"\u{1}".repeat(200));
        named(&mut queue, 2, "vpn");
        named(&mut queue, 3, &"x".repeat(70_000));
        assert!(pop(&mut queue).unwrap().contains("\"seq\":1,\"connection\":\"vpn\""));
        assert_eq!(pop(&mut queue), None);
        push(&mut queue, 4);
        assert!(pop(&mut queue).unwrap().contains("\"count\":2"));
    }

    #[test]
    fn it_takes_the_room_that_it_is_given() {
        assert!(size_of::<EventQueue>() <= EVENT_QUEUE_CAP + 64 && COUNT_CAP >= EVENT_QUEUE_CAP / 256);
        assert!(EventKind::ALL.len() <= 32, "each has a bit");
    }
}
