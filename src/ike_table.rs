//! The table of IKE_SAs that are followed: found by their unique id, listed by their connection. Judges nothing.

use heapless::Vec;

use crate::chains::{Chains, Place};
use crate::connection::Slot;
use crate::error::{Error, Result};
use crate::ike::{IkeSa, Role};
use crate::limits::{CONNECTION_CAP, IKE_SA_CAP};
use crate::time::Instant;

/// The chain of places that are free, behind one for each connection.
const FREE: usize = CONNECTION_CAP;

/// The IKE_SAs by their ids.
type Ids = Chains<IKE_SA_CAP, IKE_SA_CAP>;

/// The tracked IKE_SAs of all connections.
#[derive(Debug)]
pub struct IkeSaTable {
    /// An IKE_SA keeps its place.
    pub(crate) sas: Vec<IkeSa, IKE_SA_CAP>,
    pub(crate) by_id: Ids,
    pub(crate) by_connection: Chains<{ CONNECTION_CAP + 1 }, IKE_SA_CAP>,
}

impl IkeSaTable {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self { sas: Vec::new(), by_id: Chains::new(), by_connection: Chains::new() }
    }

    fn place(&self, unique_id: u32) -> Option<Place> {
        let named = |place: &Place| self.at(*place).is_some_and(|sa| sa.unique_id == unique_id);
        self.by_id.iter(Ids::of_hash(unique_id)).find(named)
    }

    fn at(&self, place: Place) -> Option<&IkeSa> {
        self.sas.get(usize::from(place))
    }

    /// Tracks one more IKE_SA, in place of what was tracked under its id: an id is of one IKE_SA.
    ///
    /// # Errors
    /// `Full`; nothing is changed.
    pub fn insert(&mut self, sa: IkeSa) -> Result<()> {
        let (unique_id, connection) = (sa.unique_id, sa.connection);
        self.remove(unique_id);
        let place = match self.by_connection.first(FREE) {
            Some(place) => {
                self.by_connection.remove(FREE, place);
                if let Some(free) = self.sas.get_mut(usize::from(place)) {
                    *free = sa;
                }
                place
            }
            None => {
                let place = Place::try_from(self.sas.len()).map_err(|_| Error::Full)?;
                self.sas.push(sa).map_err(|_| Error::Full)?;
                place
            }
        };
        self.by_id.push(Ids::of_hash(unique_id), place);
        self.by_connection.push(usize::from(connection), place);
        Ok(())
    }

    /// Stops tracking an IKE_SA.
    pub fn remove(&mut self, unique_id: u32) -> Option<IkeSa> {
        let place = self.place(unique_id)?;
        let sa = self.at(place).cloned();
        self.drop_at(place);
        sa
    }

    /// Stops tracking all IKE_SAs of a connection.
    pub fn remove_connection(&mut self, connection: Slot) {
        while let Some(place) = self.by_connection.first(usize::from(connection)) {
            self.drop_at(place);
        }
    }

    fn drop_at(&mut self, place: Place) {
        let Some((unique_id, connection)) = self.at(place).map(|sa| (sa.unique_id, sa.connection)) else { return };
        self.by_id.remove(Ids::of_hash(unique_id), place);
        self.by_connection.remove(usize::from(connection), place);
        self.by_connection.push(FREE, place);
    }

    /// Puts an IKE_SA of the same connection in the place of the one of id `old`, and of what was tracked under its own id.
    pub fn replace(&mut self, old: u32, sa: IkeSa) {
        if sa.unique_id != old && self.place(old).is_some() {
            self.remove(sa.unique_id);
        }
        if let Some(place) = self.place(old) {
            self.by_id.remove(Ids::of_hash(old), place);
            self.by_id.push(Ids::of_hash(sa.unique_id), place);
            if let Some(known) = self.sas.get_mut(usize::from(place)) {
                *known = sa;
            }
        }
    }

    /// The IKE_SA of that id.
    #[must_use]
    pub fn get(&self, unique_id: u32) -> Option<&IkeSa> {
        self.place(unique_id).and_then(|place| self.at(place))
    }

    /// The IKE_SA of that id, to note something.
    pub fn get_mut(&mut self, unique_id: u32) -> Option<&mut IkeSa> {
        let place = self.place(unique_id)?;
        self.sas.get_mut(usize::from(place))
    }

    /// When the next IKE_SA of a connection is to be ended.
    #[must_use]
    pub fn end_at(&self, connection: Slot) -> Option<Instant> {
        self.of(connection).filter_map(|sa| sa.end_at.get()).min()
    }

    /// The IKE_SAs of a connection, as they came.
    pub fn of(&self, connection: Slot) -> impl Iterator<Item = &IkeSa> {
        self.by_connection.iter(usize::from(connection)).filter_map(|place| self.at(place))
    }

    /// The one that carries a connection's traffic, or is to.
    pub fn main(&self, connection: Slot) -> Option<&IkeSa> {
        self.of(connection).find(|sa| sa.role == Role::Main)
    }

    /// Notes something about the IKE_SAs of a connection.
    pub fn each(&mut self, connection: Slot, note: &mut dyn FnMut(&mut IkeSa)) {
        let mut next = self.by_connection.first(usize::from(connection));
        while let Some(place) = next {
            if let Some(sa) = self.sas.get_mut(usize::from(place)) {
                note(sa);
            }
            next = self.by_connection.after(usize::from(connection), place);
        }
    }

    /// The first IKE_SA of a connection that `which` takes, to note something.
    pub fn find(&mut self, connection: Slot, which: &dyn Fn(&IkeSa) -> bool) -> Option<&mut IkeSa> {
        let mut places = self.by_connection.iter(usize::from(connection));
        let place = places.find(|place| self.at(*place).is_some_and(which))?;
        drop(places);
        self.sas.get_mut(usize::from(place))
    }
}

impl Default for IkeSaTable {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::{CONNECTION_CAP, IkeSaTable, Slot};
    use crate::ike::{IkeSa, Role};
    use std::vec;
    use std::vec::Vec;

    /// Another connection, if there is room for one.
    const OTHER: Slot = if CONNECTION_CAP > 1 { 1 } else { 0 };

    fn of(table: &IkeSaTable, connection: Slot) -> Vec<(u32, Role)> {
        table.of(connection).map(|sa| (sa.unique_id, sa.role)).collect()
    }

    #[test]
    fn an_id_is_of_one_ike_sa() {
        let mut table = IkeSaTable::new();
        table.insert(IkeSa::new(1, 0, 0, Role::Spare)).unwrap();
        table.insert(IkeSa::new(2, 0, 0, Role::Spare)).unwrap();
        // Announced again: of the same connection, of another one, as what another IKE_SA becomes.
        table.insert(IkeSa::new(1, 0, 0, Role::Main)).unwrap();
        assert_eq!(of(&table, 0), vec![(2, Role::Spare), (1, Role::Main)]);
        table.insert(IkeSa::new(2, OTHER, 0, Role::Trial)).unwrap();
        assert_eq!(table.get(2).map(|sa| sa.role), Some(Role::Trial));
        table.insert(IkeSa::new(3, 0, 0, Role::Spare)).unwrap();
        table.replace(1, IkeSa::new(3, 0, 0, Role::Leaving));
        assert_eq!(table.of(0).filter(|sa| sa.unique_id == 3).count(), 1);
        assert_eq!(table.get(3).map(|sa| sa.role), Some(Role::Leaving));
        assert!(table.get(1).is_none());
        // What is not there replaces nothing, and nothing is lost.
        table.replace(9, IkeSa::new(3, 0, 0, Role::Main));
        assert_eq!(table.get(3).map(|sa| sa.role), Some(Role::Leaving));
        assert!(table.remove(3).is_some() && table.remove(3).is_none());
    }
}
