//! Events for clients: one line of JSON each, in a queue of bytes that is drained after every input.

use heapless::Deque;

use crate::error::{Error, Result};
use crate::limits::{EVENT_CAP, EVENT_QUEUE_CAP};
use crate::time::Instant;
use crate::wire::line::{Line, Member, Value};

/// Lines that wait for the caller.
#[derive(Debug)]
pub struct EventQueue {
    bytes: Deque<u8, EVENT_QUEUE_CAP>,
    seq: u32,
    missed: u32,
}

impl EventQueue {
    /// No events.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Deque::new(), seq: 0, missed: 0 }
    }

    /// Adds an event: what it is called, and what it tells besides its time and number. If there is no room it is counted,
    /// and the next one that fits is preceded by the count.
    #[inline]
    pub fn push(&mut self, now: Instant, event: &str, members: &[Member]) {
        if cfg!(feature = "json") {
            self.add(now, event, members);
        }
    }

    fn add(&mut self, now: Instant, event: &str, members: &[Member]) {
        if self.missed > 0 && self.line(now, "missed", &[("count", Value::Number(self.missed))]) {
            self.missed = 0;
        }
        if !self.line(now, event, members) {
            self.missed = self.missed.saturating_add(1);
        }
    }

    /// Never part of `add`, whose stack would hold two lines then.
    #[inline(never)]
    fn line(&mut self, now: Instant, event: &str, members: &[Member]) -> bool {
        let mut bytes = [0u8; EVENT_CAP];
        let mut line = Line::new(&mut bytes);
        line.open_item();
        line.text("event", event);
        line.number("time_ms", now.0);
        line.number("seq", u64::from(self.seq.wrapping_add(1)));
        line.members(members);
        line.close("}");
        let Ok(len) = line.end() else { return false };
        if len > self.bytes.capacity().saturating_sub(self.bytes.len()) {
            return false;
        }
        for byte in bytes.iter().take(len) {
            let _ = self.bytes.push_back(*byte);
        }
        self.seq = self.seq.wrapping_add(1);
        true
    }

    /// Moves the oldest event, with its newline, to the start of `line`; its length.
    ///
    /// # Errors
    /// `WouldBlock`: there is none. `Short`: `line` cannot hold it; it stays.
    pub fn pop(&mut self, line: &mut [u8]) -> nb::Result<usize, Error> {
        let Some(last) = self.bytes.iter().position(|byte| *byte == b'\n') else {
            return Err(nb::Error::WouldBlock);
        };
        let len = last.saturating_add(1);
        let room: Result<&mut [u8]> = line.get_mut(..len).ok_or(Error::Short);
        for cell in room.map_err(nb::Error::Other)? {
            *cell = self.bytes.pop_front().unwrap_or(b'\n');
        }
        Ok(len)
    }
}

impl Default for EventQueue {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::EventQueue;
    use crate::error::Error;
    use crate::time::Instant;
    use crate::wire::line::Value;
    use std::string::String;

    fn push(queue: &mut EventQueue, n: u64) {
        queue.push(Instant(n), "config_applied", &[("connection", Value::Text("vpn \"x\""))]);
    }

    fn pop(queue: &mut EventQueue) -> Option<String> {
        let mut line = [0; 1024];
        queue.pop(&mut line).ok().map(|len| String::from_utf8(line[..len].into()).unwrap())
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
}
