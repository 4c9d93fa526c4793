//! What a shop knew at the end of a day: the one place where rows are held against the date.

use super::time::{Day, Moment};
use super::{Order, Review};

/// The day of which a shop's knowledge is asked, its end included.
///
/// Orders are known when they are placed, with their items, their payments and the day that was
/// promised; deliveries when they arrive; reviews when they are answered. Tables say *that* an order
/// was canceled or could not be had and not *when*: that counts as known from the promised day on (from
/// the order on where none was promised).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knowledge {
    day: Day,
    from: Option<Day>,
    hindsight: bool,
}

impl Knowledge {
    /// What was known at the end of `day`.
    pub fn at(day: Day) -> Self {
        Self { day, from: None, hindsight: false }
    }

    /// Without the orders that were placed before `from`.
    #[must_use]
    pub fn from(self, from: Option<Day>) -> Self {
        Self { from, ..self }
    }

    /// With what became of the orders later: deliveries, reviews, failures. Nobody knew that, and
    /// features that tell it look better than they will be; this shows by how much.
    #[must_use]
    pub fn with_hindsight(self) -> Self {
        Self { hindsight: true, ..self }
    }

    /// The day.
    pub fn day(self) -> Day {
        self.day
    }

    /// The first day of which orders count, where there is one.
    pub fn first_day(self) -> Option<Day> {
        self.from
    }

    /// Whether later knowledge is mixed in.
    pub fn has_hindsight(self) -> bool {
        self.hindsight
    }

    /// Whether the order was placed, and counts.
    pub(super) fn has(self, order: &Order) -> bool {
        let day = order.placed.day();
        day <= self.day && self.from.is_none_or(|from| day >= from)
    }

    /// When the order arrived, if that is known.
    pub(super) fn delivered(self, order: &Order) -> Option<Day> {
        let day = order.delivered?.day();
        (self.hindsight || day <= self.day).then_some(day)
    }

    /// Whether the order is known to be one that never arrives.
    pub(super) fn failed(self, order: &Order) -> bool {
        let from = order.promised.unwrap_or_else(|| order.placed.day());
        order.status.is_failure() && (self.hindsight || from <= self.day)
    }

    /// Days from the promise to the delivery, or to today if the order is overdue; negative where it
    /// came early. `None` where neither is known, or nothing was promised.
    pub(super) fn delay(self, order: &Order) -> Option<i64> {
        /// What is overdue for longer is not awaited any more: it is lost, or arrived unseen.
        const AWAITED_DAYS: i64 = 90;
        let promised = order.promised?;
        match self.delivered(order) {
            Some(delivered) => Some(delivered.since(promised)),
            None if promised < self.day && !self.failed(order) => {
                Some(self.day.since(promised).min(AWAITED_DAYS))
            }
            None => None,
        }
    }

    /// When the review was answered, if that is known.
    pub(super) fn answered(self, review: &Review) -> Option<Moment> {
        review.answered.filter(|answered| self.hindsight || answered.day() <= self.day)
    }
}
