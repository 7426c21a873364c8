//! C functions for what is to be done, and for whether it still is.

use core::ffi::c_char;

use super::{engine, put, text_at};
use crate::abi::{
    SEGW_ACTION_COMPLETE, SEGW_ACTION_INITIATE, SEGW_ACTION_MEASURE, SEGW_ACTION_PROBE, SEGW_ACTION_REACH,
    SEGW_ACTION_REKEY, SEGW_ACTION_ROUTES, SEGW_ACTION_TERMINATE, SEGW_ACTION_UNLOAD, SEGW_AGAIN, SEGW_ERR_ALIGN,
    SEGW_ERR_NULL, SEGW_ERR_UNKNOWN, SEGW_OK, SegwAction, SegwCtx, SegwStatus,
};
use crate::engine::Action;
use crate::limits::{ADDR_CAP, NAME_CAP};

/// Hands out the next action. Carry it out soon, but not within a listener hook.
///
/// Returns SEGW_AGAIN if none is left; `action` is not touched then.
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE.
///
/// # Safety
/// `action` points at a writable action.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_next_action(ctx: *mut SegwCtx, action: *mut SegwAction) -> SegwStatus {
    let engine = try_engine!(ctx);
    let place = try_out!(action);
    let Ok(action) = engine.next_action() else {
        return SEGW_AGAIN;
    };
    let mut out = SegwAction {
        kind: 0,
        unique_id: 0,
        serial: 0,
        segw: 0,
        wait_ms: 0,
        parallel: false,
        again: false,
        standby: false,
        connection: [0; NAME_CAP],
        address: [0; ADDR_CAP],
    };
    match action {
        Action::Initiate { connection, segw, addr, serial, parallel, again, standby } => {
            out.kind = SEGW_ACTION_INITIATE;
            out.serial = serial;
            out.segw = u32::from(segw);
            out.parallel = parallel;
            out.again = again;
            out.standby = standby;
            put(&mut out.connection, connection);
            put(&mut out.address, &addr.to_text());
        }
        Action::Terminate { unique_id } => {
            out.kind = SEGW_ACTION_TERMINATE;
            out.unique_id = unique_id;
        }
        Action::Probe { unique_id, again } => {
            out.kind = SEGW_ACTION_PROBE;
            out.unique_id = unique_id;
            out.again = again;
        }
        Action::Measure { unique_id, owed } => {
            out.kind = SEGW_ACTION_MEASURE;
            out.unique_id = unique_id;
            out.again = owed;
        }
        Action::Complete { unique_id, connection, segw, standby } => {
            out.kind = SEGW_ACTION_COMPLETE;
            out.standby = standby;
            out.unique_id = unique_id;
            out.segw = u32::from(segw);
            put(&mut out.connection, connection);
        }
        Action::Reach { connection, unique_id, serial, targets, wait_ms, used } => {
            out.kind = SEGW_ACTION_REACH;
            out.unique_id = unique_id;
            out.serial = serial;
            out.wait_ms = wait_ms;
            out.again = used;
            put(&mut out.connection, connection);
            put(&mut out.address, targets);
        }
        Action::Rekey { unique_id } => {
            out.kind = SEGW_ACTION_REKEY;
            out.unique_id = unique_id;
        }
        Action::Routes { connection } => {
            out.kind = SEGW_ACTION_ROUTES;
            put(&mut out.connection, connection);
        }
        Action::Unload { connection } => {
            out.kind = SEGW_ACTION_UNLOAD;
            put(&mut out.connection, &connection);
        }
    }
    // SAFETY: not NULL, aligned.
    unsafe { place.write(out) };
    SEGW_OK
}

/// Says whether the dial of a SEGW_ACTION_INITIATE is still wanted: SEGW_OK if it was neither answered by
/// SEGW_IKE_DIALLING or SEGW_IKE_NOT_DIALLED nor overtaken by another. For a caller whose dial has to wait, for a name
/// server or for its turn.
///
/// Errors: SEGW_ERR_UNKNOWN (it is not: leave it undone, no answer is needed); SEGW_ERR_NULL, SEGW_ERR_ALIGN,
/// SEGW_ERR_STATE, SEGW_ERR_ARGUMENT.
///
/// # Safety
/// `connection` ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_wants(ctx: *const SegwCtx, connection: *const c_char, serial: u32) -> SegwStatus {
    let engine = try_engine_ref!(ctx);
    if engine.wants(try_text!(connection), serial) { SEGW_OK } else { SEGW_ERR_UNKNOWN }
}

/// Tells whether CHILD_SA `child` of a connection is to be initiated with an INITIATE or COMPLETE action. Call it from any
/// thread, as everything else under the caller's lock; it changes nothing.
///
/// Returns SEGW_OK (it is), SEGW_AGAIN (it is not: somebody on this side ended it) or SEGW_ERR_UNKNOWN (nobody has heard of it:
/// what the configuration says counts).
///
/// Errors: SEGW_ERR_NULL, SEGW_ERR_ALIGN, SEGW_ERR_STATE, SEGW_ERR_ARGUMENT (a text is not UTF-8).
///
/// # Safety
/// The texts are NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn segw_wants_child(
    ctx: *const SegwCtx,
    connection: *const c_char,
    child: *const c_char,
) -> SegwStatus {
    let engine = try_engine_ref!(ctx);
    match engine.wants_child(try_text!(connection), try_text!(child)) {
        Some(true) => SEGW_OK,
        Some(false) => SEGW_AGAIN,
        None => SEGW_ERR_UNKNOWN,
    }
}
