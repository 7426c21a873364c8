//! The CHILD_SAs of a connection as a set: which are wanted, and which of them an IKE_SA has.

use crate::cause::Cause;
use crate::connection::Name;
use crate::limits::CHILD_CAP;
use crate::time::{Instant, Sometime};

/// Who had a CHILD_SA set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The configuration has it set up with each dial.
    Dialled,
    /// The configuration has it, no dial sets it up.
    Configured,
    /// Somebody, by hand.
    Hand,
}

/// One CHILD_SA by its name.
#[derive(Clone, Debug)]
pub struct Child {
    /// Its name.
    pub name: Name,
    /// Whether a dial is to set it up.
    pub wanted: bool,
    /// Why it was refused or went, since it was last up.
    pub cause: Option<Cause>,
    /// When it was last asked for by itself.
    asked_at: Sometime,
    origin: Origin,
}

/// The CHILD_SAs of one connection.
#[derive(Clone, Debug)]
pub struct Children {
    known: [Option<Child>; CHILD_CAP],
    /// Those a dial sets up whose names are not known yet.
    unnamed: u8,
    /// How many a dial sets up as configured.
    configured: u8,
}

impl Children {
    /// `configured` of them are set up with each dial; their names may be told later.
    #[must_use]
    pub const fn new(configured: u8) -> Self {
        Self { known: [const { None }; CHILD_CAP], unnamed: configured, configured }
    }

    /// How many are set up with each dial as configured; none: the IKE_SA is up by itself.
    #[must_use]
    pub const fn configured(&self) -> u8 {
        self.configured
    }

    /// The configuration has another number of them.
    pub fn configure(&mut self, configured: u8) {
        if configured != self.configured {
            *self = Self::new(configured);
        }
    }

    /// The configuration has a child of that name, which is set up with each dial or not. No names are told before all are.
    pub fn name(&mut self, name: &str, dialled: bool) {
        let (Ok(name), Some(free)) = (Name::try_from(name), self.known.iter_mut().find(|place| place.is_none())) else {
            return;
        };
        let origin = if dialled { Origin::Dialled } else { Origin::Configured };
        *free = Some(Child { name, wanted: dialled, cause: None, asked_at: Sometime::NONE, origin });
        self.unnamed = self.unnamed.saturating_sub(u8::from(dialled));
    }

    /// All whose names are known, each with its place.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Child)> {
        self.known.iter().enumerate().filter_map(|(at, child)| Some((at, child.as_ref()?)))
    }

    /// Whether a dial is to set up the child of that name; one that nobody has heard of is what the configuration says it is.
    #[must_use]
    pub fn wants(&self, name: &str) -> Option<bool> {
        self.iter().find(|(_, child)| child.name == name).map(|(_, child)| child.wanted)
    }

    /// How many are wanted.
    #[must_use]
    pub fn wanted(&self) -> u8 {
        let known = self.iter().filter(|(_, child)| child.wanted).count();
        u8::try_from(known).unwrap_or(u8::MAX).saturating_add(self.unnamed)
    }

    /// The place of the child of that name, which gets one if there is room. `None`: it is only counted. So is one whose
    /// name a reply would have to write longer than it is.
    pub fn place(&mut self, name: &str) -> Option<usize> {
        if name.is_empty() || name.bytes().any(|byte| byte.is_ascii_control() || matches!(byte, b'"' | b'\\')) {
            return None;
        }
        if let Some((at, _)) = self.iter().find(|(_, child)| child.name == name) {
            return Some(at);
        }
        let at = self.known.iter().position(Option::is_none)?;
        let wanted = self.unnamed > 0;
        let origin = if wanted { Origin::Dialled } else { Origin::Hand };
        let child = Child { name: Name::try_from(name).ok()?, wanted, cause: None, asked_at: Sometime::NONE, origin };
        *self.known.get_mut(at)? = Some(child);
        self.unnamed = self.unnamed.saturating_sub(1);
        Some(at)
    }

    /// A child is up: it is wanted from now on.
    pub fn came_up(&mut self, at: Option<usize>) {
        if let Some(child) = self.get_mut(at) {
            (child.wanted, child.cause) = (true, None);
        }
    }

    /// A child was refused or went without anybody's wish: it is asked for again, if it is wanted.
    pub fn failed(&mut self, at: Option<usize>, cause: Cause) {
        if let Some(child) = self.get_mut(at) {
            child.cause = Some(cause);
        }
    }

    /// Somebody on this side has ended a child: it is not wanted until it is set up again, or the next start.
    pub fn ended(&mut self, at: Option<usize>) {
        let Some(child) = self.get_mut(at) else { return };
        (child.wanted, child.cause) = (false, None);
        if child.origin == Origin::Hand {
            self.known.get_mut(at.unwrap_or_default()).map(Option::take);
        }
    }

    /// Those that are wanted and not up are asked for.
    pub fn asked(&mut self, up: &UpChildren, now: Instant) {
        for (at, place) in self.known.iter_mut().enumerate() {
            if let Some(child) = place.as_mut().filter(|child| child.wanted && !up.has(Some(at))) {
                child.asked_at = Sometime::at(now);
            }
        }
    }

    /// Whether the child at that place, or any of them, was asked for by itself within so many milliseconds.
    #[must_use]
    pub fn asked_within(&self, at: Option<usize>, now: Instant, ms: u32) -> bool {
        let lately = |child: &Child| child.asked_at.get().is_some_and(|asked| now.since(asked) < u64::from(ms));
        self.iter().any(|(place, child)| at.is_none_or(|at| at == place) && lately(child))
    }

    /// Whether one that is wanted was refused or went since it was last up.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.iter().any(|(_, child)| child.wanted && child.cause.is_some())
    }

    /// The next dial begins with what the configuration says.
    pub fn reset(&mut self) {
        for place in &mut self.known {
            *place = place.take().filter(|child| child.origin != Origin::Hand).map(|child| Child {
                wanted: child.origin == Origin::Dialled,
                cause: None,
                asked_at: Sometime::NONE,
                ..child
            });
        }
    }

    fn get_mut(&mut self, at: Option<usize>) -> Option<&mut Child> {
        self.known.get_mut(at?)?.as_mut()
    }
}

/// The CHILD_SAs that are up of one IKE_SA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpChildren {
    /// How many of each that has a place in its connection's table; a rekeying may make it two for a moment.
    known: [u8; CHILD_CAP],
    /// Others.
    others: u8,
}

impl UpChildren {
    /// So many whose names are not known.
    #[must_use]
    pub const fn unnamed(count: u8) -> Self {
        Self { known: [0; CHILD_CAP], others: count }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u8 {
        self.known.iter().fold(self.others, |sum, count| sum.saturating_add(*count))
    }

    /// How many of them are different children.
    #[must_use]
    pub fn different(&self) -> u8 {
        let known = self.known.iter().filter(|count| **count > 0).count();
        u8::try_from(known).unwrap_or(u8::MAX).saturating_add(self.others)
    }

    /// Whether the child at that place is one.
    #[must_use]
    pub fn has(&self, at: Option<usize>) -> bool {
        at.and_then(|at| self.known.get(at)).is_some_and(|count| *count > 0)
    }

    /// One more, or one less.
    pub fn change(&mut self, at: Option<usize>, up: bool) {
        let known = at.and_then(|at| self.known.get_mut(at));
        // It may have been counted before its name was known.
        let count = match known {
            Some(count) if up || *count > 0 => count,
            _ => &mut self.others,
        };
        *count = if up { count.saturating_add(1) } else { count.saturating_sub(1) };
    }

    /// Whether all that are up of `other` are up here as well, at least as far as a dial of ours could bring them up.
    #[must_use]
    pub fn covers(&self, other: &Self, wanted: u8) -> bool {
        let known = self.known.iter().zip(&other.known).all(|(mine, theirs)| *mine > 0 || *theirs == 0);
        known && self.different() >= other.different().min(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::{Children, UpChildren};
    use crate::cause::Cause;
    use crate::time::Instant;

    #[test]
    fn names_are_learned_and_what_somebody_ends_is_not_wanted() {
        let mut children = Children::new(2);
        assert_eq!((children.wanted(), children.wants("net")), (2, None));
        let net = children.place("net");
        children.came_up(net);
        assert_eq!((children.wanted(), children.wants("net")), (2, Some(true)));
        // One more that is refused, and one that is set up by hand.
        let more = children.place("more");
        children.failed(more, Cause::ChildFailed);
        let hand = children.place("hand");
        children.came_up(hand);
        assert_eq!(children.wanted(), 3);
        children.ended(hand);
        children.ended(net);
        assert_eq!((children.wanted(), children.wants("net"), children.wants("hand")), (1, Some(false), None));
        children.reset();
        assert_eq!((children.wanted(), children.wants("net")), (2, Some(true)));
        // What has no room is counted.
        for name in ["c", "d", "e", "f"] {
            children.place(name);
        }
        assert_eq!(children.place("g"), None);
    }

    #[test]
    fn what_the_configuration_names_is_told_from_what_is_set_up_by_hand() {
        let mut children = Children::new(1);
        children.name("net", true);
        children.name("rest", false);
        let (rest, hand) = (children.place("rest"), children.place("hand"));
        assert_eq!(
            (children.wants("net"), children.wants("rest"), children.wants("hand")),
            (Some(true), Some(false), Some(false))
        );
        children.came_up(rest);
        children.came_up(hand);
        assert_eq!(children.wanted(), 3);
        children.reset();
        assert_eq!((children.wanted(), children.wants("rest"), children.wants("hand")), (1, Some(false), None));
        assert_eq!((children.place(""), children.place("a\"b"), children.place("a\nb")), (None, None, None));
    }

    #[test]
    fn which_was_asked_for_lately() {
        let (mut children, mut up) = (Children::new(2), UpChildren::default());
        let (net, more) = (children.place("net"), children.place("more"));
        up.change(net, true);
        children.asked(&up, Instant(5));
        let lately = |at, now| children.asked_within(at, Instant(now), 10);
        assert_eq!((lately(net, 5), lately(more, 14), lately(more, 15), lately(None, 14)), (false, true, false, true));
    }

    #[test]
    fn a_move_needs_all_that_are_up() {
        let (mut from, mut to) = (UpChildren::default(), UpChildren::default());
        from.change(Some(0), true);
        from.change(Some(1), true);
        to.change(Some(1), true);
        assert!(!to.covers(&from, 2));
        to.change(Some(0), true);
        assert!(to.covers(&from, 2));
        // Those that were there before their names were known count as well, but no more than a dial sets up.
        let found = UpChildren::unnamed(3);
        assert!(to.covers(&found, 2) && !to.covers(&found, 3));
    }

    #[test]
    fn a_child_that_was_counted_before_its_name_was_known_goes_as_well() {
        let mut up = UpChildren::unnamed(1);
        up.change(Some(0), false);
        assert_eq!(up.count(), 0);
    }
}
