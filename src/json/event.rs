//! Events for clients: one line of JSON each, in a queue of bytes that is drained after every input.

use heapless::Deque;
use serde::Serialize;

use crate::charon::ChildSa;
use crate::error::{Error, Result};
use crate::limits::{EVENT_CAP, EVENT_QUEUE_CAP};
use crate::time::Instant;

/// What every event starts with, then its own fields, flat.
macro_rules! event {
    ($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Serialize)]
        pub struct $name<'a> {
            /// Which event.
            pub event: &'a str,
            /// When, in milliseconds of the caller's monotonic clock.
            pub time_ms: u64,
            /// Counts the events of this context, from 1.
            pub seq: u32,
            $($(#[$attr])* pub $field: $type,)*
        }

        impl Stamped for $name<'_> {
            fn stamp(&mut self, now: Instant, seq: u32) {
                self.time_ms = now.0;
                self.seq = seq;
            }
        }
    };
}

/// An event that can be given its time and number.
pub trait Stamped: Serialize {
    /// Gives them.
    fn stamp(&mut self, now: Instant, seq: u32);
}

event! {
    /// `config_applied`, `config_removed`, `segw_alone`, `segw_adopted`, `segw_released`, `segw_stopped`.
    OfConnection {
        /// The connection.
        connection: &'a str,
    }
}

event! {
    /// `ike_sa_up`, `ike_sa_down`.
    IkeUpDown {
        /// Its name.
        ike_sa_name: &'a str,
        /// Charon's name of its state.
        state: &'a str,
        /// Charon's number of it.
        unique_id: u32,
        /// The SEGW.
        remote: &'a str,
    }
}

event! {
    /// `alert`: charon's reason for trouble.
    OfAlert {
        /// Name of the IKE_SA.
        ike_sa_name: &'a str,
        /// Charon's number of it.
        unique_id: u32,
        /// The SEGW it is to.
        remote: &'a str,
        /// Charon's name of the alert, without `ALERT_`.
        alert: &'a str,
    }
}

event! {
    /// `ike_rekey`.
    IkeRekey {
        /// The same name twice: a rekeyed IKE_SA keeps it.
        old_ike_sa_name: &'a str,
        /// See above.
        new_ike_sa_name: &'a str,
        /// Charon's number of the new one.
        unique_id: u32,
    }
}

event! {
    /// `child_rekey`.
    ChildRekey {
        /// The IKE_SA.
        ike_sa_name: &'a str,
        /// The same name twice.
        old_child_sa_name: &'a str,
        /// See above.
        new_child_sa_name: &'a str,
    }
}

event! {
    /// `tunnel_up`, `tunnel_down`.
    Tunnel {
        /// The IKE_SA.
        ike_sa_name: &'a str,
        /// The CHILD_SA.
        child_sa_name: &'a str,
        /// State of the IKE_SA.
        ike_sa_state: &'a str,
        /// State of the CHILD_SA.
        child_sa_state: &'a str,
        /// Inbound SPI.
        spi: u32,
        /// Outbound SPI.
        spi_out: u32,
        /// `esp` or `ah`.
        proto: &'a str,
        /// `tunnel` or `transport`.
        mode: &'a str,
        /// Encryption algorithm.
        enc_alg: &'a str,
        /// Integrity algorithm.
        integ_alg: &'a str,
        /// Local address.
        src: &'a str,
        /// The SEGW's address.
        dst: &'a str,
        /// Local traffic selectors.
        local_ts: &'a str,
        /// Remote traffic selectors.
        remote_ts: &'a str,
        /// Always `out`, as existing clients expect.
        direction: &'a str,
        /// Always `protect`, as existing clients expect.
        policy_action: &'a str,
    }
}

event! {
    /// `segw_failover`, `segw_failback`, `segw_switch`, `segw_move_failed`, `segw_next_address`, `segw_backoff`,
    /// `segw_exhausted`, `segw_hold`, `segw_resumed`.
    OfMove {
        /// The connection.
        connection: &'a str,
        /// Address of the SEGW that was left or failed.
        from: Option<&'a str>,
        /// Address of the SEGW that is next.
        to: Option<&'a str>,
        /// Its place in the list.
        from_index: Option<u8>,
        /// Its place in the list.
        to_index: Option<u8>,
        /// Why.
        cause: Option<&'a str>,
        /// Dials since the connection was last up.
        attempt: u32,
        /// The pause, with `segw_backoff`.
        #[serde(skip_serializing_if = "Option::is_none")]
        delay_ms: Option<u32>,
    }
}

event! {
    /// `table_full`: something could not be followed.
    TableFull {
        /// Which table.
        table: &'a str,
        /// The connection concerned.
        connection: &'a str,
    }
}

event! {
    /// `missed`: events that found no room.
    Missed {
        /// How many.
        count: u32,
    }
}

impl<'a> Tunnel<'a> {
    /// What is told of a CHILD_SA.
    #[must_use]
    pub const fn new(
        event: &'a str,
        ike_sa_name: &'a str,
        ike_sa_state: &'a str,
        dst: &'a str,
        c: &ChildSa<'a>,
    ) -> Self {
        Self {
            event,
            time_ms: 0,
            seq: 0,
            ike_sa_name,
            child_sa_name: c.name,
            ike_sa_state,
            child_sa_state: c.state,
            spi: c.spi_in,
            spi_out: c.spi_out,
            proto: c.protocol,
            mode: c.mode,
            enc_alg: c.enc_alg,
            integ_alg: c.integ_alg,
            src: c.local,
            dst,
            local_ts: c.local_ts,
            remote_ts: c.remote_ts,
            direction: "out",
            policy_action: "protect",
        }
    }
}

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

    /// Adds an event; if there is no room it is counted, and the next one that fits is preceded by the count.
    pub fn push<E: Stamped>(&mut self, now: Instant, mut event: E) {
        if !cfg!(feature = "json") {
            return;
        }
        if self.missed > 0 {
            let mut missed = Missed { event: "missed", time_ms: 0, seq: 0, count: self.missed };
            if self.line(now, &mut missed) {
                self.missed = 0;
            }
        }
        if !self.line(now, &mut event) {
            self.missed = self.missed.saturating_add(1);
        }
    }

    /// Never part of `push`, whose stack would hold two lines then.
    #[inline(never)]
    fn line<E: Stamped>(&mut self, now: Instant, event: &mut E) -> bool {
        let mut line = [0u8; EVENT_CAP];
        event.stamp(now, self.seq.wrapping_add(1));
        let room = self.bytes.capacity().saturating_sub(self.bytes.len());
        match serde_json_core::to_slice(event, &mut line) {
            // One byte is kept for the newline.
            Ok(len) if len < room && len < line.len() => {
                let bytes = line.iter().take(len).chain(b"\n");
                let fits = bytes.copied().try_for_each(|byte| self.bytes.push_back(byte)).is_ok();
                self.seq = self.seq.wrapping_add(1);
                fits
            }
            _ => false,
        }
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
    use super::{EventQueue, OfConnection};
    use crate::error::Error;
    use crate::time::Instant;
    use std::string::String;

    fn push(queue: &mut EventQueue, n: u64) {
        let event = OfConnection { event: "config_applied", time_ms: 0, seq: 0, connection: "vpn \"x\"" };
        queue.push(Instant(n), event);
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
