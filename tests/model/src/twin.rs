//! The real engine as a state of a model: it can be copied.

use std::fmt;
use std::ops::{Deref, DerefMut};

use segw::engine::Engine;

/// An engine that can be copied.
pub struct Twin(Box<Engine>);

impl Twin {
    pub fn new(engine: Engine) -> Self {
        Self(Box::new(engine))
    }
}

impl Clone for Twin {
    fn clone(&self) -> Self {
        // SAFETY: an engine is plain data: it owns no memory outside of itself, and keeps no address of its own (libsegw
        // allocates nothing, its caller may have it in any memory). The copy is as good as what it was made of.
        let engine = unsafe { std::ptr::read(&raw const *self.0) };
        Self(Box::new(engine))
    }
}

impl Deref for Twin {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.0
    }
}

impl DerefMut for Twin {
    fn deref_mut(&mut self) -> &mut Engine {
        &mut self.0
    }
}

impl fmt::Debug for Twin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("engine")
    }
}
