//! Events of charon's bus in words for clients.

use super::{Engine, Slot};
use crate::charon::ChildSa;
use crate::connection::Connection;
use crate::ike::IkeState;
use crate::wire::event::{Always, Event, EventKind, WAITS};

impl Engine {
    /// Tells one of those events that have a connection and nothing else.
    pub(super) fn emit(&mut self, event: EventKind, connection: &str) {
        self.events.push(self.now, Event::Connection { event, time_ms: self.now.0, seq: WAITS, connection });
    }

    /// Tells that an IKE_SA is up or down.
    pub(super) fn emit_updown(&mut self, unique_id: u32, connection: &str, remote: &str, state: IkeState, up: bool) {
        let told = Event::IkeSa {
            event: if up { EventKind::IkeSaUp } else { EventKind::IkeSaDown },
            time_ms: self.now.0,
            seq: WAITS,
            ike_sa_name: connection,
            state: state.name(),
            unique_id,
            remote,
        };
        self.events.push(self.now, told);
    }

    /// Tells that a CHILD_SA is up or down.
    pub(super) fn emit_tunnel(&mut self, connection: &str, state: IkeState, remote: &str, child: &ChildSa, up: bool) {
        let told = Event::ChildSa {
            event: if up { EventKind::TunnelUp } else { EventKind::TunnelDown },
            time_ms: self.now.0,
            seq: WAITS,
            ike_sa_name: connection,
            child_sa_name: child.name,
            ike_sa_state: state.name(),
            child_sa_state: child.state,
            spi: child.spi_in,
            spi_out: child.spi_out,
            proto: child.protocol,
            mode: child.mode,
            enc_alg: child.enc_alg,
            integ_alg: child.integ_alg,
            src: child.local,
            dst: remote,
            local_ts: child.local_ts,
            remote_ts: child.remote_ts,
            direction: Always::Out,
            policy_action: Always::Protect,
        };
        self.events.push(self.now, told);
    }

    /// Tells that an IKE_SA was rekeyed. The same name twice: it keeps it.
    pub(super) fn emit_rekeyed(&mut self, new: u32, connection: &str) {
        let told = Event::Rekeyed {
            event: EventKind::IkeRekey,
            time_ms: self.now.0,
            seq: WAITS,
            old_ike_sa_name: connection,
            new_ike_sa_name: connection,
            unique_id: new,
        };
        self.events.push(self.now, told);
    }

    /// Tells that a CHILD_SA was rekeyed. The same name twice as well.
    pub(super) fn emit_child_rekeyed(&mut self, connection: &str, child: &str) {
        let told = Event::ChildRekeyed {
            event: EventKind::ChildRekey,
            time_ms: self.now.0,
            seq: WAITS,
            ike_sa_name: connection,
            old_child_sa_name: child,
            new_child_sa_name: child,
        };
        self.events.push(self.now, told);
    }

    /// Tells that an IKE_SA could not be followed.
    pub(super) fn emit_table_full(&mut self, slot: Slot) {
        let connection = get(&self.connections, slot).map_or("", |connection| &connection.name);
        log!(error, "IKE_SA table full, connection {}", connection);
        let (event, table) = (EventKind::TableFull, "ike_sas");
        let told = Event::TableFull { event, time_ms: self.now.0, seq: WAITS, table, connection };
        self.events.push(self.now, told);
    }
}

/// A connection, while other parts of the engine are changed.
pub(super) fn get(connections: &[Option<Connection>], slot: Slot) -> Option<&Connection> {
    connections.get(usize::from(slot))?.as_ref()
}
