//! Redirects of a SEGW to another one (RFC 5685): which are followed, and what those mean.

use super::Engine;
use crate::addr::Addr;
use crate::cause::Cause;
use crate::diagnosis::Plain;
use crate::error::{Error, Result};
use crate::failover::Input;
use crate::ike::Role;
use crate::policy::Redirect;

/// Redirects of a connection that are followed within `REDIRECT_MS`; RFC 5685 §3 has the numbers against loops. Of those that
/// are not as many are told: anybody may make them up.
const REDIRECTS: u8 = 5;
/// In milliseconds.
const REDIRECT_MS: u32 = 300_000;

impl Engine {
    /// Whether a redirect is to be followed.
    pub(super) fn redirect(&mut self, unique_id: u32, target: &str) -> Result<()> {
        let now = self.now;
        let Some((slot, role)) = self.sas.get(unique_id).map(|sa| (sa.connection, sa.role)) else { return Ok(()) };
        if role == Role::Standby {
            // It is to that SEGW or none.
            return Err(Error::Refused);
        }
        let Some(connection) = self.get_mut(slot) else { return Ok(()) };
        let allowed = match connection.policy.redirect {
            Redirect::Off => false,
            Redirect::Listed => connection.segws.find(target).is_some(),
            Redirect::Any => true,
        };
        if now.since(connection.redirected_at) >= u64::from(REDIRECT_MS) {
            (connection.redirected_at, connection.redirects, connection.unfollowed) = (now, 0, 0);
        }
        let follow = allowed && connection.redirects < REDIRECTS;
        let count = if follow { &mut connection.redirects } else { &mut connection.unfollowed };
        *count = count.saturating_add(1);
        #[cfg(feature = "json")]
        let told = *count <= REDIRECTS;
        log!(
            info,
            "connection {}: redirect to {} followed: {}",
            Plain(&connection.name),
            Plain(target),
            Plain(if follow { "true" } else { "false" })
        );
        #[cfg(feature = "json")]
        if told {
            self.note_redirect(unique_id, target, follow);
        }
        if follow { Ok(()) } else { Err(Error::Refused) }
    }

    /// An IKE_SA is dialled at another SEGW of its list than it was: the first one has redirected it (RFC 5685).
    pub(super) fn redirected(&mut self, unique_id: u32, remote: &str) {
        let Some(sa) = self.sas.get_mut(unique_id) else { return };
        let (slot, role, before) = (sa.connection, sa.role, sa.segw);
        let Some(connection) = self.get(slot) else { return };
        // Which address a name stands for is not known here.
        let literal = connection.segws.get(before).is_some_and(|segw| !matches!(segw.addr, Addr::Name(_)));
        let Some(to) = connection.segws.find(remote).filter(|to| literal && *to != before) else { return };
        match role {
            Role::Trial | Role::Standby => self.give_up(slot, unique_id, role, Cause::Redirected),
            Role::Main | Role::Spare | Role::Leaving => {
                if let Some(sa) = self.sas.get_mut(unique_id) {
                    sa.segw = to;
                }
                if role == Role::Main {
                    self.step(slot, Input::Redialled(to));
                }
            }
        }
    }
}
