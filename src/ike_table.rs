//! The table of IKE_SAs that are followed, by unique id. Judges nothing.

use heapless::Vec;

use crate::error::{Error, Result};
use crate::ike::IkeSa;
use crate::limits::IKE_SA_CAP;
use crate::time::Instant;

/// The tracked IKE_SAs of all connections.
#[derive(Debug, Default)]
pub struct IkeSaTable {
    sas: Vec<IkeSa, IKE_SA_CAP>,
}

impl IkeSaTable {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self { sas: Vec::new() }
    }

    /// Tracks one more IKE_SA.
    ///
    /// # Errors
    /// `Full`; nothing is changed.
    pub fn insert(&mut self, sa: IkeSa) -> Result<()> {
        self.sas.push(sa).map_err(|_| Error::Full)
    }

    /// Stops tracking an IKE_SA.
    pub fn remove(&mut self, unique_id: u32) -> Option<IkeSa> {
        let sa = self.get(unique_id).cloned();
        self.drop_those(unique_id, |sa| sa.unique_id);
        sa
    }

    /// Stops tracking all IKE_SAs of a connection.
    pub fn remove_connection(&mut self, connection: u8) {
        self.drop_those(u32::from(connection), |sa| u32::from(sa.connection));
    }

    /// Drops the IKE_SAs of which `key` is `gone`. Order is kept: `STATUS` lists them as they came.
    fn drop_those(&mut self, gone: u32, key: fn(&IkeSa) -> u32) {
        let mut kept = 0usize;
        for at in 0..self.sas.len() {
            let Some(sa) = self.sas.get(at).filter(|sa| key(sa) != gone).cloned() else { continue };
            if let Some(place) = self.sas.get_mut(kept) {
                *place = sa;
            }
            kept = kept.saturating_add(1);
        }
        self.sas.truncate(kept);
    }

    /// The IKE_SA of that id.
    #[must_use]
    pub fn get(&self, unique_id: u32) -> Option<&IkeSa> {
        self.sas.iter().find(|sa| sa.unique_id == unique_id)
    }

    /// The IKE_SA of that id, to note something.
    pub fn get_mut(&mut self, unique_id: u32) -> Option<&mut IkeSa> {
        self.sas.iter_mut().find(|sa| sa.unique_id == unique_id)
    }

    /// When the next IKE_SA is to be ended.
    #[must_use]
    pub fn end_at(&self) -> Option<Instant> {
        self.sas.iter().filter_map(|sa| sa.end_at).min()
    }

    /// An IKE_SA that is to be ended at `now`; it is not named again.
    pub fn next_end(&mut self, now: Instant) -> Option<u32> {
        let sa = self.sas.iter_mut().find(|sa| sa.end_at.is_some_and(|at| at <= now))?;
        sa.end_at = None;
        Some(sa.unique_id)
    }

    /// The IKE_SAs of a connection.
    pub fn of(&self, connection: u8) -> impl Iterator<Item = &IkeSa> {
        self.sas.iter().filter(move |sa| sa.connection == connection)
    }

    /// The IKE_SAs of a connection, to note something.
    pub fn of_mut(&mut self, connection: u8) -> impl Iterator<Item = &mut IkeSa> {
        self.sas.iter_mut().filter(move |sa| sa.connection == connection)
    }
}
