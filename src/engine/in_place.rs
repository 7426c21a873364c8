//! A fresh engine where the caller wants it: as one value it would pass over the stack, which may be smaller than it is.
#![allow(unsafe_code)]

use core::mem::MaybeUninit;
use core::ptr::addr_of_mut;

use heapless::{Deque, Vec};

use super::Engine;
use crate::chains::Chains;
use crate::clock::Clock;
use crate::connection::Names;
use crate::deadlines::Deadlines;
use crate::ike_table::IkeSaTable;
use crate::limits::CONNECTION_CAP;
#[cfg(feature = "json")]
use crate::memory::Memory;
#[cfg(feature = "json")]
use crate::not_guarded::NotGuardedList;
use crate::rand::Rand;
use crate::time::Instant;
use crate::wire::queue::EventQueue;

/// Does not compile if [`Engine::new_in`] forgets a member.
const fn every_member(engine: &Engine) {
    let Engine {
        connections: _,
        names: _,
        deadlines: _,
        touched: _,
        sas: IkeSaTable { sas: _, by_id: _, by_connection: _ },
        actions: _,
        removed: _,
        #[cfg(feature = "json")]
            events: EventQueue { events: _, texts: _, start: _, end: _, seq: _, missed: _ },
        #[cfg(not(feature = "json"))]
            events: _,
        rand: _,
        clock: _,
        serial: _,
        device: _,
        now: _,
        shutdown: _,
        #[cfg(feature = "json")]
            memory: Memory { known: _, drains: _, names: _, ages: _ },
        #[cfg(feature = "json")]
            memory_changed: _,
        #[cfg(feature = "json")]
            not_guarded: NotGuardedList { list: _, more: _, more_policy: _ },
        #[cfg(feature = "json")]
            scratch: _,
    } = engine;
}
const _: fn(&Engine) = every_member;

impl Engine {
    /// [`Engine::new`] where it is to live: on the heap, in a static, on a stack that has the room for it once.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use segw::{engine::Engine, time::Instant};
    ///
    /// let mut place = Box::new(MaybeUninit::uninit());
    /// let engine = Engine::new_in(&mut place, Instant(0), 42);
    /// assert!(engine.poll_at().is_err());
    /// ```
    pub fn new_in(place: &mut MaybeUninit<Self>, now: Instant, seed: u64) -> &mut Self {
        let to = place.as_mut_ptr();
        // SAFETY: all members are inside of what may be written, the connections inside of theirs.
        unsafe {
            for slot in 0..CONNECTION_CAP {
                addr_of_mut!((*to).connections)
                    .cast::<Option<_>>()
                    .add(slot)
                    .write(None::<crate::connection::Connection>);
            }
            addr_of_mut!((*to).names).write(Names::new());
            addr_of_mut!((*to).deadlines).write(Deadlines::new());
            addr_of_mut!((*to).touched).write(None);
            addr_of_mut!((*to).sas.sas).write(Vec::new());
            addr_of_mut!((*to).sas.by_id).write(Chains::new());
            addr_of_mut!((*to).sas.by_connection).write(Chains::new());
            addr_of_mut!((*to).actions).write(Deque::new());
            addr_of_mut!((*to).removed).write(Deque::new());
            #[cfg(feature = "json")]
            {
                addr_of_mut!((*to).events.events).write(Deque::new());
                addr_of_mut!((*to).events.texts).write_bytes(0, 1);
                addr_of_mut!((*to).events.start).write(0);
                addr_of_mut!((*to).events.end).write(0);
                addr_of_mut!((*to).events.seq).write(0);
                addr_of_mut!((*to).events.missed).write(0);
            }
            #[cfg(not(feature = "json"))]
            addr_of_mut!((*to).events).write(EventQueue::new());
            addr_of_mut!((*to).rand).write(Rand::new(seed));
            addr_of_mut!((*to).clock).write(Clock::new(now, seed));
            addr_of_mut!((*to).serial).write(0);
            addr_of_mut!((*to).device).write(0);
            addr_of_mut!((*to).now).write(now);
            addr_of_mut!((*to).shutdown).write(false);
            #[cfg(feature = "json")]
            {
                addr_of_mut!((*to).memory.known).write(Vec::new());
                addr_of_mut!((*to).memory.drains).write(Vec::new());
                addr_of_mut!((*to).memory.names).write(Names::new());
                addr_of_mut!((*to).memory.ages).write(Chains::new());
                addr_of_mut!((*to).memory_changed).write(false);
                addr_of_mut!((*to).not_guarded.list).write(Vec::new());
                addr_of_mut!((*to).not_guarded.more).write(0);
                addr_of_mut!((*to).not_guarded.more_policy).write(0);
            }
            // All bytes zero are a `Config`, `Config::zeroed`.
            #[cfg(feature = "json")]
            addr_of_mut!((*to).scratch).write_bytes(0, 1);
        }
        // SAFETY: every member is written; the function above does not compile if one is forgotten.
        unsafe { place.assume_init_mut() }
    }
}
