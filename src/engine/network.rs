//! What changes in this host's network, and whether there is a route.

use super::{Engine, slots};
use crate::ike::Role;

/// What is left of a pause has to be longer than this to be cut short, in milliseconds: addresses also change while a link
/// comes up.
const LONG_PAUSE_MS: u32 = 2_000;
/// What is left of a pause when this host's network has changed, in milliseconds: it changes more than once then.
const HURRY_MS: u32 = 500;
/// Shortest time between two pauses of a connection that are cut short, in milliseconds: a network that changes all the time
/// must not undo the backoff.
const CALM_MS: u32 = 30_000;

impl Engine {
    /// Addresses, routes or links of this host may have changed. What failed before may have failed for that: a pause is cut
    /// short, now and then.
    pub(super) fn roamed(&mut self) {
        let now = self.now;
        for slot in slots() {
            let Some(connection) = self.get_mut(slot).filter(|connection| connection.minds_routes()) else { continue };
            let asked = connection.segws.rested_at(now).is_some();
            if !asked
                && now >= connection.hurry_at
                && connection.state.hurry(now.after(LONG_PAUSE_MS), now.after(HURRY_MS))
            {
                connection.hurry_at = now.after(CALM_MS);
            }
            self.ask_routes(slot);
        }
    }

    /// Whether there is a route towards the SEGW of an IKE_SA.
    pub(super) fn routed(&mut self, unique_id: u32, route: bool) {
        let main = self.sas.get(unique_id).filter(|sa| !route && sa.role == Role::Main).map(|sa| sa.connection);
        if let Some(slot) = main {
            self.ask_routes(slot);
        }
    }
}
