//! How long a SEGW takes to answer: smoothed, and how much that varies, as RFC 6298 §2 has it. Of requests that were sent
//! once: the answer to another may be that to any of its packets (§3).

/// The times of a SEGW's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Answers {
    /// The smoothed time, in eighths of a millisecond; 0: none is known.
    mean: u32,
    /// The mean deviation from it, in quarters.
    variation: u32,
}

/// More is not learned from one answer, in milliseconds: a SEGW that was away for long is not far away.
const LONGEST_MS: u32 = 5_000;

impl Answers {
    /// Takes one more.
    pub fn add(&mut self, ms: u32) {
        let ms = ms.clamp(1, LONGEST_MS);
        if self.mean == 0 {
            (self.mean, self.variation) = (ms.saturating_mul(8), ms.saturating_mul(2));
            return;
        }
        // With the mean before this one, as §2.3 says.
        let off = self.mean_ms().abs_diff(ms);
        self.variation = self.variation.saturating_sub(self.variation / 4).saturating_add(off);
        self.mean = self.mean.saturating_sub(self.mean / 8).saturating_add(ms).max(8);
    }

    /// Whether one has come.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.mean > 0
    }

    /// The smoothed time in milliseconds, 0 if none is known.
    #[must_use]
    pub const fn mean_ms(self) -> u32 {
        self.mean / 8
    }

    /// How much it varies, in milliseconds.
    #[must_use]
    pub const fn variation_ms(self) -> u32 {
        self.variation / 4
    }
}

#[cfg(test)]
mod tests {
    use super::Answers;

    #[test]
    fn as_the_rfc_has_it() {
        let mut answers = Answers::default();
        assert_eq!((answers.is_known(), answers.mean_ms()), (false, 0));
        answers.add(100);
        assert_eq!((answers.mean_ms(), answers.variation_ms()), (100, 50));
        // 7/8 * 100 + 1/8 * 180; 3/4 * 50 + 1/4 * 80.
        answers.add(180);
        assert_eq!((answers.mean_ms(), answers.variation_ms()), (110, 57));
        for _ in 0..100 {
            answers.add(30);
        }
        assert!(answers.mean_ms().abs_diff(30) <= 1 && answers.variation_ms() <= 3, "{answers:?}");
    }

    #[test]
    fn what_is_odd_does_no_harm() {
        let mut answers = Answers::default();
        answers.add(u32::MAX);
        assert_eq!(answers.mean_ms(), 5_000);
        for _ in 0..200 {
            answers.add(0);
        }
        assert!(answers.is_known() && answers.mean_ms() >= 1);
    }
}
