//! When orders are placed.

use super::draw::{DAY, HOUR, date, moment, pick};
use super::marginals::{HOURS, MONTHS, SPECIAL_DAYS, WEEKDAYS};
use crate::history::{Day, Moment};
use crate::seed::Stream;

/// Which days have how many orders.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    /// With the share of orders up to its end.
    days: Vec<(Day, f64)>,
}

impl Calendar {
    /// When the very first order is placed, and the last that is delivered.
    pub(super) fn first() -> Moment {
        moment(date(2016, 9, 4).start().seconds() + 76_500)
    }

    pub(super) fn last_delivered() -> Moment {
        moment(date(2018, 8, 29).start().seconds() + 54_037)
    }

    /// When the very last order is placed: canceled, weeks after the last delivered one.
    pub(super) fn last() -> Moment {
        moment(date(2018, 10, 17).start().seconds() + 63_018)
    }

    pub(super) fn new() -> Self {
        let all: f64 = MONTHS.iter().map(|month| month.2).sum();
        let mut days = Vec::new();
        let mut total = 0.0;
        for (year, month, orders) in MONTHS {
            let of_month: Vec<_> = (1..=31)
                .filter_map(|day| Day::from_ymd(year, month, day))
                .filter(|day| (Self::first().day()..=Self::last_delivered().day()).contains(day))
                .collect();
            let weight = |day: &Day| {
                // The first of 1970 was a Thursday.
                let weekday = (day.days() + 3) % 7;
                let special = SPECIAL_DAYS.iter().find(|&&(y, m, d, _)| date(y, m, d) == *day);
                WEEKDAYS[weekday as usize] * special.map_or(1.0, |special| special.3)
            };
            let sum: f64 = of_month.iter().map(weight).sum();
            for day in of_month {
                total += orders / all * weight(&day) / sum;
                days.push((day, total));
            }
        }
        Self { days }
    }

    /// When somebody places a first order that the shop hears more of.
    pub(super) fn draw(&self, stream: &mut Stream) -> Moment {
        let u = stream.uniform();
        let at = self.days.partition_point(|&(_, share)| share <= u).min(self.days.len() - 1);
        let placed = self.days[at].0.start().seconds() + time_of_day(stream);
        // In the afternoon of the last day there is nothing any more.
        let is_over = placed >= Self::last_delivered().seconds();
        moment(if is_over { placed - (0.5 * DAY) as i64 } else { placed })
    }

    /// When somebody places one after the last delivered order.
    pub(super) fn draw_late(stream: &mut Stream) -> Moment {
        let days = Self::last().day().since(Self::last_delivered().day());
        let day = 1 + stream.below(days as usize) as i64;
        let start = Self::last_delivered().day().start().seconds() + day * DAY as i64;
        moment(start + time_of_day(stream)).min(Self::last())
    }
}

/// Seconds since midnight.
fn time_of_day(stream: &mut Stream) -> i64 {
    let hour = pick(stream, &HOURS) as f64;
    ((hour + stream.uniform()) * HOUR) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_days_rise_to_one() {
        let calendar = Calendar::new();
        assert!(calendar.days.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        assert!((calendar.days.last().unwrap().1 - 1.0).abs() < 1e-9);
        assert_eq!(calendar.days[0].0.to_string(), "2016-09-04");
    }
}
