//! Events for clients: their kinds, and what each tells.

#[cfg(feature = "json")]
use serde::{Serialize, Serializer};
#[cfg(feature = "json")]
use serde_json_core::str::EscapedStr;

use crate::connection::Name;
#[cfg(feature = "json")]
use crate::wire::text::Text;

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

/// What a member of an event in the queue is when the event is told.
#[cfg(feature = "json")]
trait Member<'t> {
    type Told;

    /// `texts`: those of the event that were not read yet.
    fn told(self, texts: &mut &'t str) -> Self::Told;
}

/// The length of a text: the text.
#[cfg(feature = "json")]
impl<'t> Member<'t> for u16 {
    type Told = Text<'t>;

    fn told(self, texts: &mut &'t str) -> Text<'t> {
        let (text, rest) = texts.split_at_checked(usize::from(self)).unwrap_or_default();
        *texts = rest;
        Text(text)
    }
}

#[cfg(feature = "json")]
impl<'t> Member<'t> for Option<u16> {
    type Told = Option<Text<'t>>;

    fn told(self, texts: &mut &'t str) -> Option<Text<'t>> {
        self.map(|len| len.told(texts))
    }
}

macro_rules! as_they_are {
    ($($type:ty)*) => {
        $(
            #[cfg(feature = "json")]
            impl Member<'_> for $type {
                type Told = Self;

                fn told(self, _: &mut &str) -> Self {
                    self
                }
            }
        )*
    };
}

as_they_are!(u32 Option<u32> bool);

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident { $($(#[$serde:meta])* $member:ident: $type:ty,)* })*) => {
        /// An event, as clients read it. `T` is a text: what it says, or in the queue its length.
        #[derive(Clone, Copy, Debug)]
        #[cfg_attr(feature = "json", derive(Serialize))]
        #[cfg_attr(feature = "json", serde(untagged))]
        #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "nobody reads it"))]
        pub(crate) enum Event<T> {
            $(
                $(#[$doc])*
                $name {
                    event: EventKind,
                    time_ms: u64,
                    seq: u32,
                    $($(#[$serde])* $member: $type,)*
                },
            )*
        }

        #[cfg(feature = "json")]
        impl Event<u16> {
            /// The same with its number and its texts, which are taken from the beginning of `texts`.
            #[inline(never)]
            pub(super) fn told<'t>(self, seq: u32, texts: &mut &'t str) -> Event<Text<'t>> {
                match self {
                    $(
                        Self::$name { event, time_ms, seq: _, $($member),* } => {
                            Event::$name { event, time_ms, seq, $($member: $member.told(texts)),* }
                        }
                    )*
                }
            }
        }
    };
}

events! {
    /// Of a connection, with nothing else to tell.
    Connection {
        connection: T,
    }
    IkeSa {
        ike_sa_name: T,
        state: T,
        unique_id: u32,
        remote: T,
    }
    ChildSa {
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
    }
    Rekeyed {
        old_ike_sa_name: T,
        new_ike_sa_name: T,
        unique_id: u32,
    }
    ChildRekeyed {
        ike_sa_name: T,
        old_child_sa_name: T,
        new_child_sa_name: T,
    }
    Alert {
        ike_sa_name: T,
        unique_id: u32,
        remote: T,
        alert: T,
        #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
        child_sa_name: Option<T>,
    }
    ChildDown {
        connection: T,
        child_sa_name: T,
        cause: T,
        delay_ms: Option<u32>,
    }
    SilentData {
        connection: T,
        segw: T,
        action: T,
    }
    Standby {
        connection: T,
        segw: T,
        state: T,
        cause: Option<T>,
    }
    Probe {
        connection: T,
        segw: T,
        targets: T,
        action: T,
        #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
        cause: Option<T>,
    }
    Redirect {
        connection: T,
        from: T,
        to: T,
        followed: bool,
    }
    NotGuarded {
        connection: T,
        reason: Option<T>,
    }
    Drill {
        connection: T,
        from: T,
        to: T,
        done: bool,
        cause: Option<T>,
        out_ms: Option<u32>,
        back_ms: Option<u32>,
        gap_ms: u32,
    }
    Decision {
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
    }
    TableFull {
        table: T,
        connection: T,
    }
    Missed {
        count: u32,
    }
}

#[cfg(feature = "json")]
impl Event<Text<'_>> {
    /// What it is about.
    pub(super) fn subject(&self) -> Subject {
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
            Self::Missed { event, .. } => (event, Text("")),
        };
        // A longer name is of no connection that was applied or adopted.
        Subject { kind, connection: Name::try_from(connection.0).unwrap_or_default() }
    }
}
