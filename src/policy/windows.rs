//! The weekdays and hours in which a failback may happen: `failback_window`.

use core::fmt;

use crate::addr::cut;

/// Windows of one connection at most.
const MOST: usize = 4;

/// Milliseconds of a minute, a day and a week.
const MINUTE_MS: u32 = 60_000;
const DAY_MS: u32 = 86_400_000;
const WEEK_MS: u32 = 604_800_000;
/// Minutes of a day.
const DAY_MINUTES: u16 = 1_440;

/// The days of a week, as they are written.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The word for any time.
const ALWAYS: &str = "always";
/// Stands for that word where it was written, so that no window can come after it. No window is kept like this.
const ANY_TIME: u32 = u32::MAX;

/// Weekdays and hours of the local time. None: any time, whatever the clock says.
///
/// Each is kept in a word: its first day, its last day, the minute it begins at, and how many minutes it lasts. None is 0, because it
/// lasts.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Windows([u32; MOST]);

/// Why a window is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadWindow {
    /// It is not written as one.
    Form,
    /// This is no day.
    Day,
    /// This is no time of day.
    Time,
    /// It ends when it begins.
    Empty,
    /// `always` and a window.
    Always,
    /// One more than there may be.
    Full,
}

impl BadWindow {
    /// In words, with what would be right.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Form => "expected \"always\", or days and hours, as in \"mon-fri 02:00-04:00\" or \"22:00-02:00\"",
            Self::Day => {
                "expected days, mon, tue, wed, thu, fri, sat or sun, or the first and the last, as in \"mon-fri\""
            }
            Self::Time => "expected times of day from 00:00 to 24:00, with two digits each, as in \"02:00-04:00\"",
            Self::Empty => "this window ends when it begins; a whole day is \"00:00-24:00\"",
            Self::Always => "\"always\" stands alone",
            Self::Full => "too many windows; at most 4",
        }
    }
}

/// A window that is open, or the next that opens, as seen from a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// For how long it has been open, in milliseconds.
    pub since_ms: u32,
    /// After how long it opens; 0 if it is open.
    pub in_ms: u32,
    /// How long it lasts in all.
    pub length_ms: u32,
}

/// One of them.
#[derive(Clone, Copy)]
struct Window {
    first: u8,
    last: u8,
    from: u16,
    minutes: u16,
}

impl Window {
    const fn unpack(word: u32) -> Option<Self> {
        if word == 0 || word == ANY_TIME {
            return None;
        }
        let (first, last) = ((word & 7) as u8, (word >> 3 & 7) as u8);
        Some(Self { first, last, from: (word >> 6 & 0x7ff) as u16, minutes: (word >> 17 & 0x7ff) as u16 })
    }

    const fn pack(self) -> u32 {
        self.first as u32 | (self.last as u32) << 3 | (self.from as u32) << 6 | (self.minutes as u32) << 17
    }

    /// Reads one as it is written.
    fn read(text: &str) -> Result<Self, BadWindow> {
        let (days, hours) = match text.rsplit_once(' ') {
            Some((days, hours)) => (Some(days.trim_ascii()), hours),
            None => (None, text),
        };
        let (from, to) = hours.split_once('-').ok_or(BadWindow::Form)?;
        let (from, to) = (minute(from)?, minute(to)?);
        let (first, last) = match days {
            None => (0, 6),
            Some(days) => match days.split_once('-') {
                None => (day(days)?, day(days)?),
                Some((first, last)) => (day(first)?, day(last)?),
            },
        };
        // What ends before it begins ends on the next day.
        let minutes =
            if from < to { to.saturating_sub(from) } else { to.saturating_add(DAY_MINUTES).saturating_sub(from) };
        if from == to || from == DAY_MINUTES {
            return Err(BadWindow::Empty);
        }
        Ok(Self { first, last, from, minutes })
    }

    const fn length_ms(self) -> u32 {
        (self.minutes as u32).saturating_mul(MINUTE_MS)
    }

    /// The days it begins on, and all others: by how many days each is behind the first.
    fn days(self) -> impl Iterator<Item = u8> {
        let (first, many) = (self.first, self.last.saturating_add(7).saturating_sub(self.first) % 7);
        (0..=many).map(move |day| first.saturating_add(day) % 7)
    }

    /// How long after it begins on some day of the week a moment of the week is, for each of its days.
    fn ages(self, week_ms: u32) -> impl Iterator<Item = u32> {
        let from_ms = u32::from(self.from).saturating_mul(MINUTE_MS);
        self.days().map(move |day| {
            let begins = u32::from(day).saturating_mul(DAY_MS).saturating_add(from_ms);
            week_ms.saturating_add(WEEK_MS).saturating_sub(begins) % WEEK_MS
        })
    }
}

/// A day's number, from 0 for Monday.
fn day(text: &str) -> Result<u8, BadWindow> {
    (0..).zip(DAYS).find(|(_, day)| day.eq_ignore_ascii_case(text)).map(|(day, _)| day).ok_or(BadWindow::Day)
}

/// The minute of the day: `02:00`; midnight at a day's end is `24:00`.
fn minute(text: &str) -> Result<u16, BadWindow> {
    let (hour, minute) = text.split_once(':').ok_or(BadWindow::Form)?;
    let two = |text: &str| -> Result<u16, BadWindow> {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| digits).ok_or(BadWindow::Time)
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    let minutes = hour.saturating_mul(60).saturating_add(minute);
    if minute < 60 && minutes <= DAY_MINUTES { Ok(minutes) } else { Err(BadWindow::Time) }
}

impl Windows {
    /// Any time.
    pub const ANY: Self = Self([0; MOST]);

    /// Reads them from a text with commas and blanks between them, or the word `always`.
    ///
    /// # Errors
    /// What is wrong with the first one that is refused.
    pub fn read(text: &str) -> Result<Self, BadWindow> {
        let mut windows = Self::ANY;
        let mut rest = Some(text);
        while let Some(text) = rest {
            let (window, more) = cut(text, b',');
            windows.push(window.trim_ascii())?;
            rest = more;
        }
        Ok(windows)
    }

    /// Adds one, or the word `always`.
    ///
    /// # Errors
    /// What is wrong with it; nothing has changed then.
    pub fn push(&mut self, window: &str) -> Result<(), BadWindow> {
        let word = match window.eq_ignore_ascii_case(ALWAYS) {
            true => ANY_TIME,
            false => Window::read(window)?.pack(),
        };
        let begun = self.0.first().is_some_and(|first| *first != 0);
        if begun && (word == ANY_TIME || self.0.contains(&ANY_TIME)) {
            return Err(BadWindow::Always);
        }
        let place = self.0.iter_mut().find(|word| **word == 0).ok_or(BadWindow::Full)?;
        *place = word;
        Ok(())
    }

    /// They as C keeps them.
    #[must_use]
    pub const fn words(&self) -> [u32; MOST] {
        self.0
    }

    /// The same, from what may be anything; `None` if it was not written by [`Windows::words`].
    #[must_use]
    pub fn from_words(words: [u32; MOST]) -> Option<Self> {
        let sound = |window: Window| {
            let times = window.from < DAY_MINUTES && (1..=DAY_MINUTES).contains(&window.minutes);
            times && window.first < 7 && window.last < 7
        };
        let sound = words.iter().all(|word| Window::unpack(*word).is_none_or(|it| sound(it) && it.pack() == *word));
        sound.then_some(Self(words))
    }

    fn iter(&self) -> impl Iterator<Item = Window> {
        self.0.into_iter().filter_map(Window::unpack)
    }

    /// Whether any time will do.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        matches!(self.0, [0 | ANY_TIME, ..])
    }

    /// The window that is open at a moment of the week, in milliseconds since it began on Monday at midnight, or else the next
    /// that opens; `None` if there are none.
    #[must_use]
    pub fn at(&self, week_ms: u32) -> Option<Opening> {
        let mut next: Option<Opening> = None;
        for window in self.iter() {
            let length_ms = window.length_ms();
            for since_ms in window.ages(week_ms) {
                if since_ms < length_ms {
                    return Some(Opening { since_ms, in_ms: 0, length_ms });
                }
                let in_ms = WEEK_MS.saturating_sub(since_ms);
                if next.is_none_or(|next| in_ms < next.in_ms) {
                    next = Some(Opening { since_ms: 0, in_ms, length_ms });
                }
            }
        }
        next
    }
}

/// As they are written: `mon-fri 02:00-04:00, sat 22:00-02:00`.
impl fmt::Display for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_any() {
            return f.write_str(ALWAYS);
        }
        for (place, window) in self.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { ", " })?;
            let name = |day: u8| DAYS.get(usize::from(day)).copied().unwrap_or_default();
            match (window.first, window.last) {
                (0, 6) => (),
                (first, last) if first == last => words(f, &[name(first), " "])?,
                (first, last) => words(f, &[name(first), "-", name(last), " "])?,
            }
            let to = window.from.saturating_add(window.minutes);
            let to = if to > DAY_MINUTES { to.saturating_sub(DAY_MINUTES) } else { to };
            clock(f, window.from)?;
            f.write_str("-")?;
            clock(f, to)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn words(f: &mut fmt::Formatter<'_>, parts: &[&str]) -> fmt::Result {
    parts.iter().try_for_each(|part| f.write_str(part))
}

/// A minute of the day: `02:00`.
fn clock(f: &mut fmt::Formatter<'_>, minutes: u16) -> fmt::Result {
    use fmt::Write as _;
    let digit = |number: u16| char::from(b'0'.saturating_add(u8::try_from(number % 10).unwrap_or(0)));
    for (number, before) in [(minutes / 60, ""), (minutes % 60, ":")] {
        f.write_str(before)?;
        f.write_char(digit(number / 10))?;
        f.write_char(digit(number))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{BadWindow, DAY_MS, Opening, WEEK_MS, Windows};
    use std::string::ToString;

    /// A moment of the week.
    fn moment(day: u32, hour: u32, minute: u32, second: u32) -> u32 {
        let parts = [(day, DAY_MS), (hour, 3_600_000), (minute, 60_000), (second, 1_000)];
        parts.iter().map(|(count, unit)| count.saturating_mul(*unit)).sum()
    }

    #[test]
    fn windows_are_kept_as_they_are_meant() {
        for (text, kept) in [
            ("always", "always"),
            ("Always", "always"),
            ("mon-fri 02:00-04:00", "mon-fri 02:00-04:00"),
            (" Mon-Fri   02:00-04:00 ,sat 22:00-02:00", "mon-fri 02:00-04:00, sat 22:00-02:00"),
            ("22:00-02:00", "22:00-02:00"),
            ("mon-sun 02:00-04:00", "02:00-04:00"),
            ("sun-mon 00:00-24:00", "sun-mon 00:00-24:00"),
            ("sat-fri 23:59-24:00", "sat-fri 23:59-24:00"),
            ("sun 23:59-00:00", "sun 23:59-24:00"),
            ("tue-tue 04:00-03:59", "tue 04:00-03:59"),
        ] {
            let windows = Windows::read(text).unwrap();
            assert_eq!(windows.to_string(), kept, "{text}");
            assert_eq!(Windows::from_words(windows.words()), Some(windows));
            assert_eq!(windows.is_any(), kept == "always");
        }
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for (text, why) in [
            ("", BadWindow::Form),
            ("mon", BadWindow::Form),
            ("night", BadWindow::Form),
            ("02:00", BadWindow::Form),
            ("mon-fri 02:00", BadWindow::Form),
            ("mon-fri 2-4", BadWindow::Form),
            ("02:00-04:00,", BadWindow::Form),
            ("monday 02:00-04:00", BadWindow::Day),
            ("mon-frei 02:00-04:00", BadWindow::Day),
            ("mon-wed-fri 02:00-04:00", BadWindow::Day),
            ("mon fri 02:00-04:00", BadWindow::Day),
            ("mon - fri 02:00-04:00", BadWindow::Day),
            ("2:00-04:00", BadWindow::Time),
            ("02:00-4:00", BadWindow::Time),
            ("02:00-04:60", BadWindow::Time),
            ("02:00-24:01", BadWindow::Time),
            ("02:00-25:00", BadWindow::Time),
            ("02:00-99:99", BadWindow::Time),
            ("+2:00-04:00", BadWindow::Time),
            ("02:00:30-04:00", BadWindow::Time),
            ("mon 02:00-02:00", BadWindow::Empty),
            ("24:00-02:00", BadWindow::Empty),
            ("always, 02:00-04:00", BadWindow::Always),
            ("02:00-04:00, always", BadWindow::Always),
            ("always, always", BadWindow::Always),
            ("01:00-02:00,03:00-04:00,05:00-06:00,07:00-08:00,09:00-10:00", BadWindow::Full),
        ] {
            assert_eq!(Windows::read(text), Err(why), "{text}");
        }
    }

    #[test]
    fn what_is_open_at_a_moment_and_what_opens_next() {
        let minutes = |minutes: u32| minutes * 60_000;
        for (text, at, since_ms, in_ms, length_ms) in [
            // Before it, at both edges, and behind it.
            ("mon-fri 02:00-04:00", moment(0, 1, 59, 59), 0, 1_000, minutes(120)),
            ("mon-fri 02:00-04:00", moment(0, 2, 0, 0), 0, 0, minutes(120)),
            ("mon-fri 02:00-04:00", moment(0, 3, 59, 59), minutes(120) - 1_000, 0, minutes(120)),
            ("mon-fri 02:00-04:00", moment(0, 4, 0, 0), 0, minutes(22 * 60), minutes(120)),
            // Over a weekend, and over the end of the week.
            ("mon-fri 02:00-04:00", moment(4, 4, 0, 0), 0, minutes(70 * 60), minutes(120)),
            ("mon 02:00-04:00", moment(0, 4, 0, 0), 0, minutes((7 * 24 - 2) * 60), minutes(120)),
            // Over midnight: it belongs to the day on which it begins.
            ("sat 22:00-02:00", moment(6, 1, 59, 59), minutes(240) - 1_000, 0, minutes(240)),
            ("sat 22:00-02:00", moment(5, 1, 0, 0), 0, minutes(21 * 60), minutes(240)),
            ("sun 22:00-02:00", moment(0, 1, 0, 0), minutes(180), 0, minutes(240)),
            ("sun 22:00-02:00", moment(0, 2, 0, 0), 0, minutes((6 * 24 + 20) * 60), minutes(240)),
            // The first that opens.
            ("wed 10:00-11:00, tue 10:00-10:30", moment(1, 9, 0, 0), 0, minutes(60), minutes(30)),
            ("sun-mon 00:00-24:00", moment(0, 23, 59, 59), minutes(1_440) - 1_000, 0, minutes(1_440)),
            ("sun-mon 00:00-24:00", moment(1, 0, 0, 0), 0, minutes(5 * 1_440), minutes(1_440)),
        ] {
            let opening = Opening { since_ms, in_ms, length_ms };
            assert_eq!(Windows::read(text).unwrap().at(at), Some(opening), "{text} at {at}");
        }
        assert_eq!(Windows::ANY.at(5), None);
    }

    #[test]
    fn whatever_c_hands_over_is_looked_at() {
        assert_eq!(Windows::from_words([0; 4]), Some(Windows::ANY));
        for word in [1, 7 << 3, 0x7ff << 6, 1 << 28, u32::MAX - 1] {
            assert_eq!(Windows::from_words([word, 0, 0, 0]), None, "{word:x}");
        }
    }

    #[test]
    fn an_opening_is_the_one_that_a_walk_over_the_week_finds() {
        for text in ["mon-fri 02:00-04:00", "22:00-02:00, wed 12:00-12:01", "sat-tue 23:30-23:29", "thu 00:00-24:00"] {
            let windows = Windows::read(text).unwrap();
            let open = |week_ms: u32| windows.at(week_ms % WEEK_MS).unwrap().in_ms == 0;
            for at in (0..WEEK_MS).step_by(60_000) {
                let next = windows.at(at).unwrap();
                assert!(next.in_ms < WEEK_MS && next.since_ms < next.length_ms, "{text} {at} {next:?}");
                assert!(open(at + next.in_ms), "{text} {at}");
                assert!(next.in_ms == 0 || !open(at + next.in_ms - 1), "{text} {at}: {next:?}");
            }
        }
    }
}
