//! Events of charon's bus in words for clients.

use super::{Engine, Slot};
use crate::charon::ChildSa;
use crate::connection::Connection;
use crate::ike::IkeState;
use crate::wire::line::Value;

impl Engine {
    /// Tells one of those events that have a connection and nothing else.
    pub(super) fn emit(&mut self, event: &str, connection: &str) {
        self.events.push(self.now, event, &[("connection", Value::Text(connection))]);
    }

    /// Tells that an IKE_SA is up or down.
    pub(super) fn emit_updown(&mut self, unique_id: u32, connection: &str, remote: &str, state: IkeState, up: bool) {
        let members = [
            ("ike_sa_name", Value::Text(connection)),
            ("state", Value::Text(state.name())),
            ("unique_id", Value::Number(unique_id)),
            ("remote", Value::Text(remote)),
        ];
        self.events.push(self.now, if up { "ike_sa_up" } else { "ike_sa_down" }, &members);
    }

    /// Tells that a CHILD_SA is up or down.
    pub(super) fn emit_tunnel(&mut self, connection: &str, state: IkeState, remote: &str, child: &ChildSa, up: bool) {
        let members = [
            ("ike_sa_name", Value::Text(connection)),
            ("child_sa_name", Value::Text(child.name)),
            ("ike_sa_state", Value::Text(state.name())),
            ("child_sa_state", Value::Text(child.state)),
            ("spi", Value::Number(child.spi_in)),
            ("spi_out", Value::Number(child.spi_out)),
            ("proto", Value::Text(child.protocol)),
            ("mode", Value::Text(child.mode)),
            ("enc_alg", Value::Text(child.enc_alg)),
            ("integ_alg", Value::Text(child.integ_alg)),
            ("src", Value::Text(child.local)),
            ("dst", Value::Text(remote)),
            ("local_ts", Value::Text(child.local_ts)),
            ("remote_ts", Value::Text(child.remote_ts)),
            // These two always, as existing clients expect.
            ("direction", Value::Text("out")),
            ("policy_action", Value::Text("protect")),
        ];
        self.events.push(self.now, if up { "tunnel_up" } else { "tunnel_down" }, &members);
    }

    /// Tells that an IKE_SA was rekeyed. The same name twice: it keeps it.
    pub(super) fn emit_rekeyed(&mut self, new: u32, connection: &str) {
        let members = [
            ("old_ike_sa_name", Value::Text(connection)),
            ("new_ike_sa_name", Value::Text(connection)),
            ("unique_id", Value::Number(new)),
        ];
        self.events.push(self.now, "ike_rekey", &members);
    }

    /// Tells that a CHILD_SA was rekeyed. The same name twice as well.
    pub(super) fn emit_child_rekeyed(&mut self, connection: &str, child: &str) {
        let members = [
            ("ike_sa_name", Value::Text(connection)),
            ("old_child_sa_name", Value::Text(child)),
            ("new_child_sa_name", Value::Text(child)),
        ];
        self.events.push(self.now, "child_rekey", &members);
    }

    /// Tells that an IKE_SA could not be followed.
    pub(super) fn emit_table_full(&mut self, slot: Slot) {
        let name = get(&self.connections, slot).map_or("", |connection| &connection.name);
        log!(error, "IKE_SA table full, connection {}", name);
        let members = [("table", Value::Text("ike_sas")), ("connection", Value::Text(name))];
        self.events.push(self.now, "table_full", &members);
    }
}

/// A connection, while other parts of the engine are changed.
pub(super) fn get(connections: &[Option<Connection>], slot: Slot) -> Option<&Connection> {
    connections.get(usize::from(slot))?.as_ref()
}
