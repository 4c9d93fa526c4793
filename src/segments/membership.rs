//! Since when a customer has been in a segment, carried on from one assignment to the next.

use crate::history::Day;

/// The segment of a customer, and how it came to that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// The id of the segment; `None` where the customer has none, for want of values.
    pub segment: Option<u32>,
    /// The segment before; `None` where there was none, or nobody knows.
    pub previous: Option<u32>,
    /// The day on which the segment changed, or the customer was new; `None` where nobody knows.
    pub changed_on: Option<Day>,
}

impl Membership {
    /// Of a customer who is in `segment` on `day`, and was in `before` when last assigned, if there was
    /// such a time.
    ///
    /// As long as the segment stays, what was known of the change stays too. So the same day may be
    /// computed again from its own result: nothing changes.
    #[must_use]
    pub fn on(day: Day, segment: Option<u32>, before: Option<Self>) -> Self {
        match before {
            Some(before) if before.segment == segment => before,
            _ => Self {
                segment,
                previous: before.and_then(|before| before.segment),
                changed_on: Some(day),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_remembered_until_the_next() {
        let day = |text| Day::parse(text).unwrap();
        let (first, second, third) = (day("2018-03-01"), day("2018-03-02"), day("2018-03-03"));
        let new = Membership::on(first, Some(2), None);
        let expected = Membership { segment: Some(2), previous: None, changed_on: Some(first) };
        assert_eq!(new, expected);
        assert_eq!(Membership::on(second, Some(2), Some(new)), new);
        let moved = Membership::on(second, Some(0), Some(new));
        let expected = Membership { segment: Some(0), previous: Some(2), changed_on: Some(second) };
        assert_eq!(moved, expected);
        for day in [second, third] {
            assert_eq!(Membership::on(day, Some(0), Some(moved)), moved);
        }
        let lost = Membership::on(third, None, Some(moved));
        assert_eq!(lost, Membership { segment: None, previous: Some(0), changed_on: Some(third) });
        assert_eq!(Membership::on(third, None, Some(lost)), lost);
    }

    #[test]
    fn what_nobody_knows_stays_unknown() {
        let before = Membership { segment: Some(1), ..Membership::default() };
        let day = Day::parse("2018-03-01").unwrap();
        assert_eq!(Membership::on(day, Some(1), Some(before)), before);
    }
}
