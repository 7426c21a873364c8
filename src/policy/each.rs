//! A number for each SEGW of a list: `preferences` and `weights`.

use core::fmt;

use crate::limits::SEGW_CAP;
use crate::refusal::number;

/// A number from 1 to 255 for each SEGW, in the order of the list; or none at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Each {
    /// What is 0 is not there, and nothing behind it.
    numbers: [u8; SEGW_CAP],
}

/// Why a number is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadNumber {
    /// It is none, or out of its bounds.
    Bounds,
    /// One more than there may be SEGWs.
    Full,
}

impl BadNumber {
    /// In words, with what would be right.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Bounds => "expected a number from 1 to 255 for each SEGW, in the order of their list, as \"1 1 2\"",
            Self::Full => concat!("too many numbers; a connection has at most ", env!("SEGW_SEGWS"), " SEGWs"),
        }
    }
}

impl Each {
    /// None.
    pub const NONE: Self = Self { numbers: [0; SEGW_CAP] };

    /// Reads them from a text with blanks or commas between them; an empty one has none.
    ///
    /// # Errors
    /// What is wrong with the first one that is refused.
    pub fn read(text: &str) -> Result<Self, BadNumber> {
        let mut each = Self::NONE;
        for word in text.split(|c: char| c == ',' || c.is_ascii_whitespace()).filter(|word| !word.is_empty()) {
            let digits = word.bytes().all(|byte| byte.is_ascii_digit());
            each.push(word.parse().ok().filter(|_| digits).ok_or(BadNumber::Bounds)?)?;
        }
        Ok(each)
    }

    /// Adds one.
    ///
    /// # Errors
    /// What is wrong with it; nothing has changed then.
    pub fn push(&mut self, number: u32) -> Result<(), BadNumber> {
        let number = u8::try_from(number).ok().filter(|number| *number > 0).ok_or(BadNumber::Bounds)?;
        *self.numbers.iter_mut().find(|cell| **cell == 0).ok_or(BadNumber::Full)? = number;
        Ok(())
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = u8> {
        self.numbers.into_iter().take_while(|number| *number > 0)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u8 {
        u8::try_from(self.iter().count()).unwrap_or(u8::MAX)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Those for so many SEGWs: one for each, or as if there were none.
    #[must_use]
    pub fn of(self, segws: u8) -> Self {
        if self.count() == segws { self } else { Self::NONE }
    }

    /// As C keeps them: what is not there is 0.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; SEGW_CAP] {
        self.numbers
    }

    /// Takes over what [`Each::to_bytes`] gave; `None` if nothing can have given that.
    #[must_use]
    pub fn from_bytes(numbers: [u8; SEGW_CAP]) -> Option<Self> {
        let behind = numbers.iter().skip_while(|number| **number > 0);
        if behind.into_iter().all(|number| *number == 0) { Some(Self { numbers }) } else { None }
    }
}

/// With blanks between them.
impl fmt::Display for Each {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for it in self.iter() {
            f.write_str(gap)?;
            f.write_str(&number(u32::from(it)))?;
            gap = " ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{BadNumber, Each};
    use crate::limits::SEGW_CAP;
    use std::string::ToString;
    use std::vec::Vec;

    #[test]
    fn numbers_are_read_and_written() {
        for (text, numbers, written) in [
            ("", [].as_slice(), ""),
            (" , ", &[], ""),
            ("1 1 2", &[1, 1, 2], "1 1 2"),
            ("10,20, 5", &[10, 20, 5], "10 20 5"),
            ("\t255", &[255], "255"),
        ] {
            let each = Each::read(text).unwrap();
            assert_eq!((each.iter().collect::<Vec<_>>().as_slice(), each.to_string().as_str()), (numbers, written));
            assert_eq!((usize::from(each.count()), each.is_empty()), (numbers.len(), numbers.is_empty()));
            assert_eq!(Each::from_bytes(each.to_bytes()), Some(each));
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["0", "256", "-1", "1.5", "x", "1 1 x", "+", "+1", "99999999999"] {
            assert_eq!(Each::read(text), Err(BadNumber::Bounds), "{text}");
        }
        let many = "1 ".repeat(SEGW_CAP + 1);
        assert_eq!(Each::read(&many), Err(BadNumber::Full));
        let mut gap = [1; SEGW_CAP];
        gap[0] = 0;
        assert_eq!(Each::from_bytes(gap), None);
    }

    #[test]
    fn another_count_than_that_of_the_segws_is_none() {
        let each = Each::read("1 2 3").unwrap();
        assert_eq!((each.of(3), each.of(2), each.of(4)), (each, Each::NONE, Each::NONE));
    }
}
