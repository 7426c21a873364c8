//! A fresh engine where the caller wants it: as one value it would pass over the stack, which may be smaller than it is.

use core::ptr::addr_of_mut;

use heapless::Deque;

use crate::engine::Engine;
use crate::ike_table::IkeSaTable;
use crate::limits::CONNECTION_CAP;
#[cfg(feature = "json")]
use crate::memory::Memory;
use crate::rand::Rand;
use crate::time::Instant;
use crate::wire::event::EventQueue;

/// Does not compile if [`engine`] forgets a member.
const fn every_member(engine: &Engine) {
    let Engine {
        connections: _,
        sas: _,
        actions: _,
        events: _,
        rand: _,
        serial: _,
        now: _,
        shutdown: _,
        #[cfg(feature = "json")]
            memory: _,
        #[cfg(feature = "json")]
            memory_changed: _,
        #[cfg(feature = "json")]
            scratch: _,
    } = engine;
}
const _: fn(&Engine) = every_member;

/// [`Engine::new`], in place.
///
/// # Safety
/// `to` is aligned and may be written.
pub(super) unsafe fn engine(to: *mut Engine, now: Instant, seed: u64) {
    // SAFETY: all members are inside of what may be written, the connections inside of theirs.
    unsafe {
        for slot in 0..CONNECTION_CAP {
            addr_of_mut!((*to).connections).cast::<Option<_>>().add(slot).write(None::<crate::connection::Connection>);
        }
        addr_of_mut!((*to).sas).write(IkeSaTable::new());
        addr_of_mut!((*to).actions).write(Deque::new());
        addr_of_mut!((*to).events).write(EventQueue::new());
        addr_of_mut!((*to).rand).write(Rand::new(seed));
        addr_of_mut!((*to).serial).write(0);
        addr_of_mut!((*to).now).write(now);
        addr_of_mut!((*to).shutdown).write(false);
        #[cfg(feature = "json")]
        {
            addr_of_mut!((*to).memory).write(Memory::new());
            addr_of_mut!((*to).memory_changed).write(false);
        }
        // All bytes zero are a `Config`, `Config::zeroed`.
        #[cfg(feature = "json")]
        addr_of_mut!((*to).scratch).write_bytes(0, 1);
    }
}
