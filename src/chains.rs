//! Which places of a table belong together: chains through the table's places, each in the order in which its places were
//! added. With a hash as the chain's number they are an index. Keeps numbers only: what is in a place is the table's.

/// A place in a table. There are fewer than its largest value.
pub type Place = u16;

/// No place, and the end of a chain.
const NONE: Place = Place::MAX;

/// The neighbours of a place in its chain, which is a ring.
#[derive(Clone, Copy, Debug)]
struct Link {
    prev: Place,
    next: Place,
}

/// `HEADS` chains through `PLACES` places; a place is in one chain at most.
#[derive(Debug)]
pub struct Chains<const HEADS: usize, const PLACES: usize> {
    heads: [Place; HEADS],
    links: [Link; PLACES],
}

impl<const HEADS: usize, const PLACES: usize> Chains<HEADS, PLACES> {
    /// Every chain is empty.
    pub const fn new() -> Self {
        const { assert!(HEADS > 0 && HEADS < NONE as usize && PLACES < NONE as usize) };
        Self { heads: [NONE; HEADS], links: [Link { prev: NONE, next: NONE }; PLACES] }
    }

    /// The number of the chain for a hash.
    pub const fn of_hash(hash: u32) -> usize {
        match (hash as usize).checked_rem(HEADS) {
            Some(chain) => chain,
            None => 0,
        }
    }

    /// Adds a place, which is in none, to a chain's end.
    pub fn push(&mut self, chain: usize, place: Place) {
        if let Some(head) = self.heads.get_mut(chain) {
            push(head, &mut self.links, place);
        }
    }

    /// Takes a place out of the chain that it is in.
    pub fn remove(&mut self, chain: usize, place: Place) {
        if let Some(head) = self.heads.get_mut(chain) {
            remove(head, &mut self.links, place);
        }
    }

    /// The first place of a chain.
    pub fn first(&self, chain: usize) -> Option<Place> {
        self.heads.get(chain).copied().filter(|place| *place != NONE)
    }

    /// The place after `place` in its chain.
    pub fn after(&self, chain: usize, place: Place) -> Option<Place> {
        let next = self.links.get(usize::from(place))?.next;
        (self.first(chain) != Some(next)).then_some(next)
    }

    /// The places of a chain.
    pub fn iter(&self, chain: usize) -> impl Iterator<Item = Place> {
        core::iter::successors(self.first(chain), move |place| self.after(chain, *place))
    }
}

// One copy each, whatever the table's size.

#[inline(never)]
fn push(head: &mut Place, links: &mut [Link], place: Place) {
    let first = if *head == NONE { place } else { *head };
    let last = links.get(usize::from(first)).map_or(place, |link| link.prev);
    let last = if first == place { place } else { last };
    if let Some(link) = links.get_mut(usize::from(place)) {
        *link = Link { prev: last, next: first };
    }
    join(links, last, place);
    join(links, place, first);
    *head = first;
}

#[inline(never)]
fn remove(head: &mut Place, links: &mut [Link], place: Place) {
    let Some(Link { prev, next }) = links.get(usize::from(place)).copied() else { return };
    join(links, prev, next);
    if *head == place {
        *head = if next == place { NONE } else { next };
    }
}

/// Makes two places neighbours.
fn join(links: &mut [Link], before: Place, after: Place) {
    if let Some(link) = links.get_mut(usize::from(before)) {
        link.next = after;
    }
    if let Some(link) = links.get_mut(usize::from(after)) {
        link.prev = before;
    }
}

#[cfg(test)]
mod tests {
    use super::{Chains, Place};
    use std::vec::Vec;

    /// Against lists, with numbers that are as good as random.
    #[test]
    fn chains_are_lists() {
        const HEADS: usize = 3;
        let mut chains: Chains<HEADS, 10> = Chains::new();
        let mut lists: [Vec<Place>; HEADS] = core::array::from_fn(|_| Vec::new());
        let mut random = 1u32;
        for _ in 0..10_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let place = Place::try_from((random >> 8) % 10).unwrap();
            let chain = Chains::<HEADS, 10>::of_hash(random >> 20);
            match (0..HEADS).find(|chain| lists[*chain].contains(&place)) {
                Some(chain) => {
                    chains.remove(chain, place);
                    lists[chain].retain(|other| *other != place);
                }
                None => {
                    chains.push(chain, place);
                    lists[chain].push(place);
                }
            }
            for (chain, list) in lists.iter().enumerate() {
                assert_eq!(&chains.iter(chain).collect::<Vec<_>>(), list);
            }
        }
        assert_eq!(chains.first(HEADS), None);
    }
}
