//! When orders are placed.

use super::draw::{DAY, HOUR, chance, date, day, moment, pick};
use super::marginals::{HOURS, MONTHS, SPECIAL_DAYS, WEEKDAYS};
use crate::history::{Day, Moment};
use crate::seed::Stream;

/// When an order is placed, and whether that is within 24 hours of the person's order before.
pub(super) type Visit = (Moment, bool);

/// Which days have how many orders.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    /// With the share of orders up to its end.
    days: Vec<(Day, f64)>,
    /// Whether no day is like another but for its weekday.
    pub(super) is_steady: bool,
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

    /// The first day that is whole.
    pub(super) fn first_whole_day() -> Day {
        day(Self::first().day().days() + 1)
    }

    /// Of a shop that neither grows nor changes: the weekdays alone differ.
    pub(super) fn steady() -> Self {
        let days = Self::first_whole_day().days()..=Self::last_delivered().day().days();
        let all: f64 = days.clone().map(|number| weight_of_weekday(day(number))).sum();
        let mut total = 0.0;
        let days = days.map(day).map(|day| {
            total += weight_of_weekday(day) / all;
            (day, total)
        });
        Self { days: days.collect(), is_steady: true }
    }

    /// Of the shop whose months are published.
    pub(super) fn published() -> Self {
        let all: f64 = MONTHS.iter().map(|month| month.2).sum();
        let mut days = Vec::new();
        let mut total = 0.0;
        for (year, month, orders) in MONTHS {
            let of_month: Vec<_> = (1..=31)
                .filter_map(|day| Day::from_ymd(year, month, day))
                .filter(|day| (Self::first().day()..=Self::last_delivered().day()).contains(day))
                .collect();
            let weight = |day: &Day| {
                let special = SPECIAL_DAYS.iter().find(|&&(y, m, d, _)| date(y, m, d) == *day);
                weight_of_weekday(*day) * special.map_or(1.0, |special| special.3)
            };
            let sum: f64 = of_month.iter().map(weight).sum();
            for day in of_month {
                total += orders / all * weight(&day) / sum;
                days.push((day, total));
            }
        }
        Self { days, is_steady: false }
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

    /// When somebody orders `n` times, the last one first, such that each order by itself is as likely
    /// on every day: later or earlier than another by `days`, and at both ends time runs back.
    pub(super) fn draw_steadily(
        &self,
        n: u32,
        stream: &mut Stream,
        mut days: impl FnMut(&mut Stream) -> f64,
    ) -> Vec<Visit> {
        let start = Self::first_whole_day().start().seconds() as f64;
        let width = Self::last_delivered().seconds() as f64 - start;
        let mut at = self.draw(stream).seconds() as f64 - start;
        let mut times = vec![at];
        for _ in 1..n {
            let step = days(stream) * DAY;
            at += if chance(stream, 0.5) { step } else { -step };
            at = at.rem_euclid(2.0 * width);
            at = at.min(2.0 * width - at);
            times.push(at);
        }
        times.sort_by(f64::total_cmp);
        let mut before = f64::NEG_INFINITY;
        let mut visits: Vec<Visit> = Vec::with_capacity(times.len());
        for time in times {
            visits.push((moment((start + time) as i64), time - before < DAY));
            before = time;
        }
        visits.reverse();
        visits
    }

    /// When somebody places one after the last delivered order.
    pub(super) fn draw_late(stream: &mut Stream) -> Moment {
        let days = Self::last().day().since(Self::last_delivered().day());
        let day = 1 + stream.below(days as usize) as i64;
        let start = Self::last_delivered().day().start().seconds() + day * DAY as i64;
        moment(start + time_of_day(stream)).min(Self::last())
    }
}

/// How many orders a day has for its weekday.
fn weight_of_weekday(day: Day) -> f64 {
    // The first of 1970 was a Thursday.
    WEEKDAYS[((day.days() + 3) % 7) as usize]
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
        let both = [Calendar::published(), Calendar::steady()];
        for (calendar, first) in both.into_iter().zip(["2016-09-04", "2016-09-05"]) {
            assert!(calendar.days.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
            assert!((calendar.days.last().unwrap().1 - 1.0).abs() < 1e-9);
            assert_eq!(calendar.days[0].0.to_string(), first);
        }
    }
}
