//! Events of charon's bus in words for clients.

use super::{Engine, Slot};
use crate::cause::Cause;
use crate::charon::ChildSa;
use crate::connection::{Connection, Names, chain};
use crate::diagnosis::Plain;
use crate::ike::IkeState;
use crate::wire::event::{Event, EventKind};

impl Engine {
    /// Tells one of those events that have a connection and nothing else.
    pub(super) fn emit(&mut self, event: EventKind, connection: &str) {
        let mut draft = self.events.begin(self.now);
        let connection = draft.text(connection);
        draft.end(Event::Connection { event, connection });
    }

    /// Tells that an IKE_SA is up or down.
    pub(super) fn emit_updown(&mut self, unique_id: u32, connection: &str, remote: &str, state: IkeState, up: bool) {
        let mut draft = self.events.begin(self.now);
        let told = Event::IkeSa {
            event: if up { EventKind::IkeSaUp } else { EventKind::IkeSaDown },
            ike_sa_name: draft.text(connection),
            state: draft.text(state.name()),
            unique_id,
            remote: draft.text(remote),
        };
        draft.end(told);
    }

    /// Tells that a CHILD_SA is up or down.
    pub(super) fn emit_tunnel(&mut self, connection: &str, state: IkeState, remote: &str, child: &ChildSa, up: bool) {
        let mut draft = self.events.begin(self.now);
        let told = Event::ChildSa {
            event: if up { EventKind::TunnelUp } else { EventKind::TunnelDown },
            ike_sa_name: draft.text(connection),
            child_sa_name: draft.text(child.name),
            ike_sa_state: draft.text(state.name()),
            child_sa_state: draft.text(child.state),
            spi: child.spi_in,
            spi_out: child.spi_out,
            proto: draft.text(child.protocol),
            mode: draft.text(child.mode),
            enc_alg: draft.text(child.enc_alg),
            integ_alg: draft.text(child.integ_alg),
            src: draft.text(child.local),
            dst: draft.text(remote),
            local_ts: draft.text(child.local_ts),
            remote_ts: draft.text(child.remote_ts),
            // These two always, as existing clients expect.
            direction: draft.text("out"),
            policy_action: draft.text("protect"),
        };
        draft.end(told);
    }

    /// Tells that an IKE_SA was rekeyed. The same name twice: it keeps it.
    pub(super) fn emit_rekeyed(&mut self, new: u32, connection: &str) {
        let mut draft = self.events.begin(self.now);
        let told = Event::Rekeyed {
            event: EventKind::IkeRekey,
            old_ike_sa_name: draft.text(connection),
            new_ike_sa_name: draft.text(connection),
            unique_id: new,
        };
        draft.end(told);
    }

    /// Tells that a CHILD_SA was rekeyed. The same name twice as well.
    pub(super) fn emit_child_rekeyed(&mut self, connection: &str, child: &str) {
        let mut draft = self.events.begin(self.now);
        let told = Event::ChildRekeyed {
            event: EventKind::ChildRekey,
            ike_sa_name: draft.text(connection),
            old_child_sa_name: draft.text(child),
            new_child_sa_name: draft.text(child),
        };
        draft.end(told);
    }

    /// Tells that a wanted CHILD_SA is not up, why, and when it is asked for.
    pub(super) fn emit_child_down(&mut self, slot: Slot, child: &str, cause: Cause) {
        let Some(connection) = get(&self.connections, slot) else { return };
        let delay = connection.complete_at.map(|at| at.since_ms(self.now));
        let mut draft = self.events.begin(self.now);
        let told = Event::ChildDown {
            event: EventKind::SegwChildDown,
            connection: draft.text(&connection.name),
            child_sa_name: draft.text(child),
            cause: draft.text(cause.name()),
            delay_ms: delay,
        };
        draft.end(told);
    }

    /// Tells that an IKE_SA could not be followed.
    pub(super) fn emit_table_full(&mut self, slot: Slot) {
        let connection = get(&self.connections, slot).map_or("", |connection| &connection.name);
        log!(error, "IKE_SA table full, connection {}", Plain(connection));
        let mut draft = self.events.begin(self.now);
        let told = Event::TableFull {
            event: EventKind::TableFull,
            table: draft.text("ike_sas"),
            connection: draft.text(connection),
        };
        draft.end(told);
    }
}

/// A connection, while other parts of the engine are changed.
pub(super) fn get(connections: &[Option<Connection>], slot: Slot) -> Option<&Connection> {
    connections.get(usize::from(slot))?.as_ref()
}

/// The slot of the connection of that name, the same.
pub(super) fn find(names: &Names, connections: &[Option<Connection>], name: &str) -> Option<Slot> {
    names.iter(chain(name)).find(|slot| get(connections, *slot).is_some_and(|it| it.name == name))
}
