//! The C function for what happened in charon, put in words of the engine.

use core::ffi::c_char;

use super::{bytes, engine, status, text};
use crate::abi::{
    SEGW_ERR_ALIGN, SEGW_ERR_ARGUMENT, SEGW_ERR_NULL, SEGW_FACT_AGAIN, SEGW_FACT_AUTHENTICATED,
    SEGW_FACT_DELETE_PENDING, SEGW_FACT_EXPIRED, SEGW_FACT_IDLE, SEGW_FACT_INITIATOR, SEGW_FACT_LAID_DOWN,
    SEGW_FACT_LOCAL_DELETE, SEGW_FACT_NO_ROUTE, SEGW_FACT_PEER_DELETE, SEGW_FACT_PROTECTED, SEGW_FACT_REAUTHENTICATING,
    SEGW_IKE_ALERT, SEGW_IKE_CHILD_REKEYED, SEGW_IKE_CHILD_UPDOWN, SEGW_IKE_COUNTED, SEGW_IKE_DIALLING, SEGW_IKE_FOUND,
    SEGW_IKE_HEARD, SEGW_IKE_HINT, SEGW_IKE_NOT_CHILDLESS, SEGW_IKE_NOT_DIALLED, SEGW_IKE_NOTIFY, SEGW_IKE_REACHED,
    SEGW_IKE_REDIRECT, SEGW_IKE_REESTABLISH, SEGW_IKE_REESTABLISHED, SEGW_IKE_REKEYED, SEGW_IKE_ROAM, SEGW_IKE_ROUTES,
    SEGW_IKE_SHUTDOWN, SEGW_IKE_STATE, SEGW_IKE_UPDOWN, SEGW_OK, SegwCtx, SegwIkeEvent, SegwStatus,
};
use crate::charon::{Alert, ChildSa, IkeEvent};
use crate::ike::{Facts, IkeState};
use crate::reach::{Outcome, Unasked};
use crate::segw::SegwSet;
use crate::time::Instant;

/// Tells what happened in charon. Drain actions and events afterwards. Allocates nothing, never blocks: it may be
/// called from a listener hook.
///
/// Errors: SEGW_ERR_UNKNOWN (no IKE_SA of that id is followed, or there is no connection of that name: one of the daemon's
/// that is none of ours, one whose place another has taken, or a mistake; nothing was changed, though clients are told of any
/// IKE_SA and CHILD_SA. With SEGW_IKE_DIALLING: the dial is not wanted any more); SEGW_ERR_FULL (the IKE_SA could not be
/// tracked; an event says so too). After SEGW_IKE_DIALLING either means that the IKE_SA must not be dialled, as SEGW_ERR_FULL
/// and SEGW_ERR_REFUSED do after SEGW_IKE_REESTABLISH; after SEGW_IKE_REDIRECT SEGW_ERR_REFUSED means that it must not be
/// followed. SEGW_ERR_ARGUMENT (an unknown kind
/// or state, a text without NUL or not UTF-8; nothing was changed; a `child` that is not UTF-8 is told as empty instead);
/// SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
///
/// # Safety
/// `event` points at an initialised event; nothing of it is kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_ike_event(ctx: *mut SegwCtx, now_ms: u64, event: *const SegwIkeEvent) -> SegwStatus {
    let engine = try_engine!(ctx);
    let Some(event) = translate(try_ref!(event)) else {
        return SEGW_ERR_ARGUMENT;
    };
    match engine.ike_event(Instant(now_ms), &event) {
        Ok(()) => SEGW_OK,
        Err(error) => status(error),
    }
}

/// The event in words of the engine; `None` if a value is outside its range.
fn translate(event: &SegwIkeEvent) -> Option<IkeEvent<'_>> {
    // Only what the kind reads is looked at.
    let named = ![
        SEGW_IKE_REESTABLISH,
        SEGW_IKE_REESTABLISHED,
        SEGW_IKE_ALERT,
        SEGW_IKE_SHUTDOWN,
        SEGW_IKE_HEARD,
        SEGW_IKE_COUNTED,
        SEGW_IKE_ROAM,
        SEGW_IKE_REDIRECT,
        SEGW_IKE_NOTIFY,
        SEGW_IKE_HINT,
        SEGW_IKE_NOT_CHILDLESS,
    ]
    .contains(&event.kind);
    let connection = if named { text(&event.connection)? } else { "" };
    let remote = if [SEGW_IKE_STATE, SEGW_IKE_UPDOWN, SEGW_IKE_CHILD_UPDOWN, SEGW_IKE_FOUND, SEGW_IKE_REDIRECT]
        .contains(&event.kind)
    {
        text(&event.remote)?
    } else {
        ""
    };
    let (unique_id, facts, alert) = (event.unique_id, facts(event.facts), Alert::from_u32(event.alert));
    Some(match event.kind {
        SEGW_IKE_STATE => {
            IkeEvent::State { unique_id, connection, remote, state: IkeState::from_u32(event.state)?, facts }
        }
        SEGW_IKE_UPDOWN => {
            let state = IkeState::from_u32(event.state)?;
            IkeEvent::UpDown { unique_id, connection, remote, state, up: event.up }
        }
        SEGW_IKE_REKEYED => IkeEvent::Rekeyed { old: unique_id, new: event.other_id, connection },
        SEGW_IKE_REESTABLISH => IkeEvent::Reestablish { old: unique_id, new: event.other_id, facts },
        SEGW_IKE_REESTABLISHED => IkeEvent::Reestablished { old: unique_id, new: event.other_id, initiated: event.up },
        SEGW_IKE_CHILD_UPDOWN => {
            let details = &event.details;
            let child = ChildSa {
                name: told(&event.child)?,
                state: text(&details.state)?,
                spi_in: details.spi_in,
                spi_out: details.spi_out,
                protocol: text(&details.protocol)?,
                mode: text(&details.mode)?,
                enc_alg: text(&details.enc_alg)?,
                integ_alg: text(&details.integ_alg)?,
                local_ts: text(&details.local_ts)?,
                remote_ts: text(&details.remote_ts)?,
                local: text(&details.local)?,
            };
            IkeEvent::ChildUpDown { unique_id, connection, remote, child, up: event.up, facts }
        }
        SEGW_IKE_CHILD_REKEYED => IkeEvent::ChildRekeyed { connection, child: told(&event.child)? },
        SEGW_IKE_ALERT => IkeEvent::Alert { unique_id, alert, child: told(&event.child)? },
        SEGW_IKE_HEARD => {
            IkeEvent::Heard { unique_id, answer_ms: Some(event.answer_ms).filter(|answer_ms| *answer_ms > 0) }
        }
        SEGW_IKE_NOTIFY => IkeEvent::Notify { unique_id, notify: u16::try_from(event.notify).unwrap_or(0) },
        SEGW_IKE_HINT => IkeEvent::Hint {
            unique_id,
            notify: u16::try_from(event.notify).unwrap_or(0),
            data: u8::try_from(event.notify_data).unwrap_or(0),
            protected: event.facts & SEGW_FACT_PROTECTED != 0,
        },
        SEGW_IKE_NOT_CHILDLESS => IkeEvent::NotChildless { unique_id },
        SEGW_IKE_COUNTED => {
            let route = event.facts & SEGW_FACT_NO_ROUTE == 0;
            IkeEvent::Counted { unique_id, packets: event.up.then_some(event.packets), sent: event.sent, route }
        }
        SEGW_IKE_REDIRECT => IkeEvent::Redirect { unique_id, target: remote },
        SEGW_IKE_ROAM => IkeEvent::Roam,
        SEGW_IKE_ROUTES => {
            // A connection has at most 8 SEGWs.
            let routes = SegwSet::from_bits(u8::try_from(event.routes & 0xff).unwrap_or(u8::MAX));
            IkeEvent::Routes { connection, routes }
        }
        SEGW_IKE_REACHED => {
            // A connection has at most 8 targets.
            let bits = |bits: u32| u8::try_from(bits & 0xff).unwrap_or(u8::MAX);
            let (asked, answered) = (bits(event.asked), bits(event.answered));
            let outcome = Outcome { asked, answered, why: Unasked::from_u32(event.unasked) };
            IkeEvent::Reached { connection, serial: event.serial, outcome }
        }
        SEGW_IKE_FOUND => {
            let state = IkeState::from_u32(event.state)?;
            let children = u8::try_from(event.children).unwrap_or(u8::MAX);
            IkeEvent::Found { unique_id, connection, remote, state, up: event.up, children, facts }
        }
        SEGW_IKE_SHUTDOWN => IkeEvent::Shutdown,
        SEGW_IKE_DIALLING => IkeEvent::Dialling { unique_id, connection, serial: event.serial, more: event.more },
        SEGW_IKE_NOT_DIALLED => IkeEvent::NotDialled { connection, serial: event.serial, alert },
        _ => return None,
    })
}

fn facts(mask: u32) -> Facts {
    let has = |fact| mask & fact != 0;
    Facts {
        initiator: has(SEGW_FACT_INITIATOR),
        authenticated: has(SEGW_FACT_AUTHENTICATED),
        reauthenticating: has(SEGW_FACT_REAUTHENTICATING),
        local_delete: has(SEGW_FACT_LOCAL_DELETE),
        peer_delete: has(SEGW_FACT_PEER_DELETE),
        delete_pending: has(SEGW_FACT_DELETE_PENDING),
        expired: has(SEGW_FACT_EXPIRED),
        idle: has(SEGW_FACT_IDLE),
        laid_down: has(SEGW_FACT_LAID_DOWN),
        again: has(SEGW_FACT_AGAIN),
    }
}

/// A text that is only told: empty if it is not UTF-8, as a child's name in a swanctl.conf may be. What is true of the
/// CHILD_SA is so all the same.
fn told(array: &[c_char]) -> Option<&str> {
    Some(core::str::from_utf8(bytes(array)?).unwrap_or_default())
}
