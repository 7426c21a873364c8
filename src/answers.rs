//! How long a SEGW takes to answer: smoothed, and how much that varies, as RFC 6298 §2 has it. Of requests that were sent
//! once: the answer to another may be that to any of its packets (§3).

/// The times of a SEGW's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Answers {
    /// The smoothed time, in eighths of a millisecond; 0: none is known.
    mean: u32,
    /// The mean deviation from it, in quarters.
    variation: u32,
    /// What the answers to a dial took at most, in milliseconds, if none of them could be measured since; 0: nothing is guessed.
    guess: u32,
}

/// More is not learned from one answer, in milliseconds: a SEGW that was away for long is not far away.
const LONGEST_MS: u32 = 5_000;

impl Answers {
    /// Takes one more.
    pub fn add(&mut self, ms: u32) {
        self.guess = 0;
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

    /// A dial was answered `ms` after it began, and its request was sent more than once by then, so that nobody knows which of
    /// them was answered.
    pub fn guess(&mut self, ms: u32) {
        self.guess = ms.max(1);
    }

    /// The next message of that dial came `ms` after the one before: if one was lost there was no other both times.
    pub fn guess_again(&mut self, ms: u32) {
        self.guess = self.guess.min(ms.max(1));
    }

    /// What is most likely, in milliseconds: what was measured, or guessed where that is more; 0 if nothing is known.
    #[must_use]
    pub fn likely_ms(self) -> u32 {
        self.mean_ms().max(self.guess)
    }

    /// Twice the time after which RFC 6298 §2 would send a request again, in milliseconds: time for an answer, and for that
    /// to a request that was lost. 0 if nothing is known.
    #[must_use]
    pub fn patience_ms(self) -> u32 {
        let likely = self.likely_ms();
        likely.saturating_add(self.variation_ms().saturating_mul(4)).saturating_mul(2)
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
    fn a_guess_is_the_shortest_of_a_dial_and_lasts_until_one_is_measured() {
        let mut answers = Answers::default();
        assert_eq!((answers.likely_ms(), answers.patience_ms()), (0, 0));
        answers.guess_again(700);
        assert_eq!(answers.likely_ms(), 0, "what belongs to no guess is none");
        answers.guess(5_000);
        answers.guess_again(5_400);
        assert_eq!((answers.likely_ms(), answers.is_known(), answers.patience_ms()), (5_000, false, 10_000));
        answers.guess_again(40);
        assert_eq!(answers.likely_ms(), 40);
        answers.add(100);
        assert_eq!((answers.likely_ms(), answers.patience_ms()), (100, 600));
        answers.guess(3_000);
        assert_eq!((answers.likely_ms(), answers.mean_ms()), (3_000, 100));
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
