//! A small seeded generator for jitter: the same seed gives the same delays, so every field bug can be replayed.

/// PCG32 (M. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms", 2014), XSH-RR.
/// Not for secrets.
#[derive(Clone, Debug)]
pub struct Rand {
    state: u64,
}

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
const INCREMENT: u64 = 1_442_695_040_888_963_407;

impl Rand {
    /// A generator that repeats itself for the same `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        let mut rand = Self { state: seed.wrapping_add(INCREMENT) };
        rand.step();
        rand
    }

    #[inline(never)]
    const fn step(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT);
    }

    /// The next 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        let old = self.state;
        self.step();
        let mixed = (((old >> 18) ^ old) >> 27) as u32;
        mixed.rotate_right((old >> 59) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::Rand;

    #[test]
    fn repeats_for_a_seed_and_differs_between_seeds() {
        let draw = |seed| {
            let mut rand = Rand::new(seed);
            [rand.next_u32(), rand.next_u32(), rand.next_u32()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
