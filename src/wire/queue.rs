//! The queue of events for clients. It is drained after every input; they become a line of JSON each when they are taken.

#[cfg(feature = "json")]
use heapless::Deque;

use crate::error::Error;
#[cfg(feature = "json")]
use crate::limits::{EVENT_CAP, EVENT_QUEUE_CAP};
use crate::time::Instant;
use crate::wire::event::{Event, Len, Subject};
#[cfg(feature = "json")]
use crate::wire::event::{EventKind, Line};
#[cfg(feature = "json")]
use crate::wire::reply;

/// Bytes of the queue that hold the events' texts; the others hold what else they tell.
#[cfg(feature = "json")]
const TEXT_CAP: usize = EVENT_QUEUE_CAP - EVENT_QUEUE_CAP * 3 / 8;
/// Events that wait at most.
#[cfg(feature = "json")]
const COUNT_CAP: usize = EVENT_QUEUE_CAP * 3 / 8 / size_of::<Queued>();

/// An event that waits.
#[cfg(feature = "json")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queued {
    at: Instant,
    event: Event,
    /// Bytes of its texts.
    len: u16,
}

/// Events that wait for the caller.
#[derive(Debug)]
pub(crate) struct EventQueue {
    #[cfg(feature = "json")]
    pub(crate) events: Deque<Queued, COUNT_CAP>,
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
            let draft = self.draft(now);
            if draft.fits {
                draft.end(Event::Missed { event: EventKind::Missed, count });
            } else {
                self.missed = count;
            }
        }
        self.draft(now)
    }

    fn draft(&mut self, at: Instant) -> Draft<'_> {
        // What an event says has fewer bytes than its line.
        if TEXT_CAP.saturating_sub(self.end) < EVENT_CAP {
            let moved = core::mem::take(&mut self.start);
            self.texts.copy_within(moved..self.end, 0);
            self.end = self.end.saturating_sub(moved);
        }
        Draft { at, start: self.end, end: self.end, fits: !self.events.is_full(), queue: self }
    }

    /// Writes the oldest event as a line, with its newline, to the start of `line`: the length, and what it is about.
    ///
    /// # Errors
    /// `WouldBlock`: there is none. `Short`: `line` cannot hold it; it stays.
    pub(crate) fn pop(&mut self, line: &mut [u8]) -> nb::Result<(usize, Subject), Error> {
        loop {
            let Queued { at, event, len } = self.events.front().ok_or(nb::Error::WouldBlock)?;
            let end = self.start.saturating_add(usize::from(*len));
            let texts = core::str::from_utf8(self.texts.get(self.start..end).unwrap_or_default()).unwrap_or_default();
            let seq = self.seq.wrapping_add(1);
            let told = Line { event, time_ms: at.0, seq, texts };
            let (short, most) = (line.len() < EVENT_CAP, line.len().min(EVENT_CAP));
            let written = reply::line(&told, line.get_mut(..most).unwrap_or_default());
            if written.is_err() && short {
                return Err(nb::Error::Other(Error::Short));
            }
            let subject = told.subject();
            self.start = end;
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
    at: Instant,
    /// Where its texts start, and end.
    start: usize,
    end: usize,
    fits: bool,
}

#[cfg(feature = "json")]
impl Draft<'_> {
    /// Writes its next text.
    #[inline(never)]
    pub(crate) fn text(&mut self, text: &str) -> Len {
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
    pub(crate) fn optional(&mut self, text: Option<&str>) -> Option<Len> {
        text.map(|text| self.text(text))
    }

    /// Ends it.
    #[inline(never)]
    pub(crate) fn end(self, event: Event) {
        let Self { queue, at, start, end, fits } = self;
        let len = u16::try_from(end.saturating_sub(start)).ok().filter(|_| fits);
        match len.map(|len| queue.events.push_back(Queued { at, event, len })) {
            Some(Ok(())) => queue.end = end,
            _ => queue.missed = queue.missed.saturating_add(1),
        }
    }
}

/// Nobody reads it.
#[cfg(not(feature = "json"))]
pub(crate) struct Draft;

#[cfg(not(feature = "json"))]
#[expect(clippy::unused_self, reason = "as the other one")]
impl Draft {
    pub(crate) const fn text(&mut self, _: &str) -> Len {
        0
    }

    pub(crate) const fn end(self, _: Event) {}
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
    use super::{COUNT_CAP, Event, EventKind, EventQueue};
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
        draft.end(Event::Connection { event: EventKind::ConfigApplied, connection });
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
