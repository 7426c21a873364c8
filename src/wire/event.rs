//! Events for clients: their kinds, and what each tells.

#[cfg(feature = "json")]
use serde::{Serialize, Serializer, ser::SerializeStruct};
#[cfg(feature = "json")]
use serde_json_core::str::EscapedStr;

use crate::connection::Name;
#[cfg(feature = "json")]
use crate::wire::text::Text;

named! {
    /// What an event tells.
    #[derive(Hash)]
    #[non_exhaustive]
    pub enum EventKind {
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

/// The length of a text of an event in the queue.
pub(crate) type Len = u16;

/// A member of an event.
#[cfg(feature = "json")]
trait Member {
    /// Tells it under its name. `texts`: those of the event that were not told yet.
    fn tell<S: SerializeStruct>(self, name: &'static str, told: &mut S, texts: &mut &str) -> Result<(), S::Error>;
}

#[cfg(feature = "json")]
impl Member for Len {
    fn tell<S: SerializeStruct>(self, name: &'static str, told: &mut S, texts: &mut &str) -> Result<(), S::Error> {
        let (text, rest) = texts.split_at_checked(usize::from(self)).unwrap_or_default();
        *texts = rest;
        told.serialize_field(name, &Text(text))
    }
}

#[cfg(feature = "json")]
impl Member for Option<Len> {
    fn tell<S: SerializeStruct>(self, name: &'static str, told: &mut S, texts: &mut &str) -> Result<(), S::Error> {
        match self {
            Some(len) => len.tell(name, told, texts),
            None => told.serialize_field(name, &()),
        }
    }
}

macro_rules! as_they_are {
    ($($type:ty)*) => {
        $(
            #[cfg(feature = "json")]
            impl Member for $type {
                fn tell<S: SerializeStruct>(self, name: &'static str, told: &mut S, _: &mut &str) -> Result<(), S::Error> {
                    told.serialize_field(name, &self)
                }
            }
        )*
    };
}

as_they_are!(u32 Option<u32> bool);

/// Whether a member is told: `omitted` is one that is not, if there is none of it.
#[cfg(feature = "json")]
macro_rules! is_told {
    ($member:ident) => {
        true
    };
    ($member:ident omitted) => {
        $member.is_some()
    };
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident { $($member:ident: $type:ty $(= $omitted:ident)?,)* })*) => {
        /// What an event tells beside its time and its number, in the order in which clients read it.
        #[derive(Clone, Copy, Debug)]
        #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "nobody reads it"))]
        pub(crate) enum Event {
            $($(#[$doc])* $name { event: EventKind, $($member: $type,)* },)*
        }

        #[cfg(feature = "json")]
        impl Event {
            const fn kind(&self) -> EventKind {
                match *self {
                    $(Self::$name { event, .. } => event,)*
                }
            }

            /// Tells its members.
            fn tell<S: SerializeStruct>(&self, told: &mut S, texts: &mut &str) -> Result<(), S::Error> {
                match *self {
                    $(
                        Self::$name { event: _, $($member),* } => {
                            $(
                                if is_told!($member $($omitted)?) {
                                    $member.tell(stringify!($member), told, texts)?;
                                }
                            )*
                        }
                    )*
                }
                Ok(())
            }
        }
    };
}

events! {
    /// Of a connection, with nothing else to tell.
    Connection {
        connection: Len,
    }
    IkeSa {
        ike_sa_name: Len,
        state: Len,
        unique_id: u32,
        remote: Len,
    }
    ChildSa {
        ike_sa_name: Len,
        child_sa_name: Len,
        ike_sa_state: Len,
        child_sa_state: Len,
        spi: u32,
        spi_out: u32,
        proto: Len,
        mode: Len,
        enc_alg: Len,
        integ_alg: Len,
        src: Len,
        dst: Len,
        local_ts: Len,
        remote_ts: Len,
        direction: Len,
        policy_action: Len,
    }
    Rekeyed {
        old_ike_sa_name: Len,
        new_ike_sa_name: Len,
        unique_id: u32,
    }
    ChildRekeyed {
        ike_sa_name: Len,
        old_child_sa_name: Len,
        new_child_sa_name: Len,
    }
    Alert {
        ike_sa_name: Len,
        unique_id: u32,
        remote: Len,
        alert: Len,
        child_sa_name: Option<Len> = omitted,
    }
    ChildDown {
        connection: Len,
        child_sa_name: Len,
        cause: Len,
        delay_ms: Option<u32>,
    }
    SilentData {
        connection: Len,
        segw: Len,
        action: Len,
    }
    Standby {
        connection: Len,
        segw: Len,
        state: Len,
        cause: Option<Len>,
    }
    Probe {
        connection: Len,
        segw: Len,
        targets: Len,
        action: Len,
        cause: Option<Len> = omitted,
    }
    Redirect {
        connection: Len,
        from: Len,
        to: Len,
        followed: bool,
    }
    NotGuarded {
        connection: Len,
        reason: Option<Len>,
    }
    Drill {
        connection: Len,
        from: Len,
        to: Len,
        done: bool,
        cause: Option<Len>,
        out_ms: Option<u32>,
        back_ms: Option<u32>,
        gap_ms: u32,
    }
    Decision {
        connection: Len,
        from: Option<Len>,
        to: Option<Len>,
        from_index: Option<u32>,
        to_index: Option<u32>,
        cause: Option<Len>,
        detail: Option<Len> = omitted,
        attempt: u32,
        delay_ms: Option<u32> = omitted,
    }
    TableFull {
        table: Len,
        connection: Len,
    }
    Missed {
        count: u32,
    }
}

/// An event as a line of its own.
#[cfg(feature = "json")]
pub(super) struct Line<'q> {
    pub(super) event: &'q Event,
    pub(super) time_ms: u64,
    pub(super) seq: u32,
    /// Its texts, one behind the other, in the order of its members.
    pub(super) texts: &'q str,
}

#[cfg(feature = "json")]
impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { event, time_ms, seq, mut texts } = *self;
        let mut told = serializer.serialize_struct("", 0)?;
        told.serialize_field("event", &event.kind())?;
        told.serialize_field("time_ms", &time_ms)?;
        told.serialize_field("seq", &seq)?;
        event.tell(&mut told, &mut texts)?;
        told.end()
    }
}

#[cfg(feature = "json")]
impl Line<'_> {
    /// What it is about.
    pub(super) fn subject(&self) -> Subject {
        let (before, len) = match *self.event {
            Event::Connection { connection, .. }
            | Event::Decision { connection, .. }
            | Event::ChildDown { connection, .. }
            | Event::SilentData { connection, .. }
            | Event::Standby { connection, .. }
            | Event::Probe { connection, .. }
            | Event::Redirect { connection, .. }
            | Event::NotGuarded { connection, .. }
            | Event::Drill { connection, .. } => (0, connection),
            Event::TableFull { table, connection, .. } => (table, connection),
            Event::IkeSa { ike_sa_name, .. }
            | Event::ChildSa { ike_sa_name, .. }
            | Event::ChildRekeyed { ike_sa_name, .. }
            | Event::Alert { ike_sa_name, .. } => (0, ike_sa_name),
            Event::Rekeyed { old_ike_sa_name, .. } => (0, old_ike_sa_name),
            Event::Missed { .. } => (0, 0),
        };
        let (start, end) = (usize::from(before), usize::from(before.saturating_add(len)));
        let connection = self.texts.get(start..end).unwrap_or_default();
        // A longer name is of no connection that was applied or adopted.
        Subject { kind: self.event.kind(), connection: Name::try_from(connection).unwrap_or_default() }
    }
}
