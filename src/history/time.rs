//! Days and moments of a shop's own clock: no zone, no daylight saving, since order tables have none.

use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};

use chrono::{Datelike as _, NaiveDate, Weekday};

const DAY_SECONDS: u32 = 86_400;

/// A second between 1970 and 2105. An `Option` of it takes no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(NonZeroU32);

/// A calendar day between 1970 and 2105. An `Option` of it takes no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NonZeroU16);

impl Moment {
    /// When 1970 began.
    pub(super) const EARLIEST: Self = Self(NonZeroU32::MIN);

    /// The moment so many seconds after 1970 began; `None` outside the years 1970 to 2105.
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        let last = (i64::from(Day::LAST) + 1) * i64::from(DAY_SECONDS) - 1;
        let seconds = u32::try_from(seconds).ok().filter(|&s| i64::from(s) <= last)?;
        NonZeroU32::new(seconds + 1).map(Self)
    }

    /// Seconds since 1970 began.
    pub fn seconds(self) -> i64 {
        i64::from(self.0.get() - 1)
    }

    /// `2018-03-01 17:30:00`, with `T` or a blank between; seconds and then the time may be left out, and
    /// fractions of a second are cut off. `None` if it is not that, or no such moment exists.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let day = Day::parse(date)?;
        let mut rest = rest.as_bytes();
        let mut seconds = 0;
        if let [b'T' | b' ', h1, h2, b':', m1, m2, after @ ..] = rest {
            let (hours, minutes) = (two_digits(*h1, *h2)?, two_digits(*m1, *m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            seconds = hours * 3600 + minutes * 60;
            rest = after;
            if let [b':', s1, s2, after @ ..] = rest {
                // A leap second is the last second of its minute.
                seconds += two_digits(*s1, *s2).filter(|&s| s <= 60)?.min(59);
                rest = after;
                if let [b'.', fraction @ ..] = rest {
                    if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
                        return None;
                    }
                    rest = &[];
                }
            }
        }
        if !rest.is_empty() {
            return None;
        }
        Self::from_seconds(day.start().seconds() + i64::from(seconds))
    }

    /// The calendar day.
    pub fn day(self) -> Day {
        // The last day of a moment is the last day there is.
        let days = (self.0.get() - 1) / DAY_SECONDS;
        Day(NonZeroU16::MIN.saturating_add(days as u16))
    }
}

impl fmt::Display for Moment {
    /// As `2018-03-01 17:30:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = (self.0.get() - 1) % DAY_SECONDS;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(f, "{} {hours:02}:{minutes:02}:{:02}", self.day(), seconds % 60)
    }
}

impl Day {
    /// The first of 1970.
    pub(super) const EARLIEST: Self = Self(NonZeroU16::MIN);

    /// The last of 2105, in days since 1970.
    const LAST: u16 = 49_672;

    /// The day so many days after the first of 1970; `None` outside the years 1970 to 2105.
    pub fn from_days(days: i64) -> Option<Self> {
        let days = u16::try_from(days).ok().filter(|&days| days <= Self::LAST)?;
        NonZeroU16::new(days + 1).map(Self)
    }

    /// Days since the first of 1970.
    pub fn days(self) -> i64 {
        i64::from(self.0.get() - 1)
    }

    /// A day of the calendar; `None` if it has none such, or outside the years 1970 to 2105.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        let date = NaiveDate::from_ymd_opt(year, month, day)?;
        Self::from_days(date.signed_duration_since(NaiveDate::default()).num_days())
    }

    /// `2018-03-01`; `None` if it is not that, or no such day exists.
    pub fn parse(text: &str) -> Option<Self> {
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return None;
        };
        let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
        Self::from_ymd(year as i32, two_digits(m1, m2)?, two_digits(d1, d2)?)
    }

    /// Its first second.
    pub fn start(self) -> Moment {
        Moment(NonZeroU32::MIN.saturating_add(u32::from(self.0.get() - 1) * DAY_SECONDS))
    }

    /// Its last second.
    pub fn end(self) -> Moment {
        Moment(self.start().0.saturating_add(DAY_SECONDS - 1))
    }

    /// Days from `earlier` to this one; negative if that is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.days() - earlier.days()
    }

    /// The same day so many months earlier, or the last of that month where it has no such day; `None`
    /// before 1970.
    pub fn months_before(self, n: u32) -> Option<Self> {
        let date = self.date().checked_sub_months(chrono::Months::new(n))?;
        Self::from_days(date.signed_duration_since(NaiveDate::default()).num_days())
    }

    /// Whether it is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        matches!(self.date().weekday(), Weekday::Sat | Weekday::Sun)
    }

    /// Months since the year 0.
    pub fn month(self) -> i32 {
        let date = self.date();
        date.year() * 12 + date.month0() as i32
    }

    /// Its year, month (1 to 12) and day of the month.
    pub fn ymd(self) -> (i32, u32, u32) {
        let date = self.date();
        (date.year(), date.month(), date.day())
    }

    fn date(self) -> NaiveDate {
        NaiveDate::default() + chrono::Days::new(u64::from(self.0.get() - 1))
    }
}

impl fmt::Display for Day {
    /// As `2018-03-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year}-{month:02}-{day:02}")
    }
}

fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_take_no_room() {
        assert_eq!(size_of::<Option<Moment>>(), 4);
        assert_eq!(size_of::<Option<Day>>(), 2);
    }

    #[test]
    fn moments_read_back() {
        for text in ["1970-01-01 00:00:00", "2016-02-29 23:59:59", "2105-12-31 23:59:59"] {
            let moment = Moment::parse(text).unwrap();
            assert_eq!(moment.to_string(), text);
            assert_eq!(Moment::from_seconds(moment.seconds()), Some(moment));
            assert_eq!(moment.day().to_string(), text[..10]);
        }
        let same = Moment::parse("2018-03-01 17:30:00");
        for text in ["2018-03-01T17:30", "2018-03-01 17:30:00.123"] {
            assert_eq!(Moment::parse(text), same, "{text}");
        }
        assert_eq!(Moment::parse("2018-03-01"), Some(Day::parse("2018-03-01").unwrap().start()));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2018",
            "2018-02-30",
            "2018-13-01",
            "1969-12-31",
            "2106-01-01",
            "2018-03-01 24:00:00",
            "2018-03-01 12:61",
            "2018-03-01 12",
            "2018-03-01 12:00:00.",
            "2018-03-01 12:00:00Z",
            "01/03/2018 12:00",
            "2018-03-0é",
            "2018-03-01x",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_know_the_calendar() {
        let day = |text| Day::parse(text).unwrap();
        assert_eq!(day("2018-03-01").since(day("2018-02-27")), 2);
        assert!(day("2018-03-03").is_weekend() && !day("2018-03-05").is_weekend());
        assert_eq!(day("2018-01-01").month() - day("2017-12-31").month(), 1);
        assert_eq!(day("2018-03-31").months_before(1), Some(day("2018-02-28")));
        assert_eq!(day("2018-03-31").months_before(13), Some(day("2017-02-28")));
        assert_eq!(day("1970-03-01").months_before(3), None);
        assert_eq!(day("2018-03-01").end().day(), day("2018-03-01"));
        assert_eq!(
            Day::from_days(i64::from(Day::LAST)).unwrap().end().to_string(),
            "2105-12-31 23:59:59"
        );
    }
}
