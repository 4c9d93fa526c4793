//! Charts over dates as SVG: a curve with its band, lines, stacked parts, and who flows where.

use std::fmt::Write as _;

use super::escaped;
use super::locale::Language;
use super::plot::ticks;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 270.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 120.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 34.0;

/// A line over dates.
pub(super) struct TimeLine<'a> {
    pub(super) name: &'a str,
    /// A class of the style sheet.
    pub(super) class: &'a str,
    /// One per date; `None` where there is none.
    pub(super) values: Vec<Option<f64>>,
}

/// What is drawn over dates.
pub(super) struct TimeChart<'a> {
    pub(super) title: &'a str,
    /// The dates, as they are to be written.
    pub(super) dates: &'a [String],
    /// Lower and upper edge on each date.
    pub(super) band: Option<&'a [(f64, f64)]>,
    pub(super) lines: Vec<TimeLine<'a>>,
    /// Horizontal lines, each with what it says.
    pub(super) levels: &'a [(f64, &'a str)],
    /// The index of a date that a vertical line marks.
    pub(super) marked: Option<usize>,
    /// What the vertical axis includes at least.
    pub(super) range: (f64, f64),
    /// Of the numbers.
    pub(super) language: Language,
}

/// Where things are drawn.
struct Frame {
    n: usize,
    low: f64,
    high: f64,
    step: f64,
}

impl Frame {
    fn new(n: usize, low: f64, high: f64) -> Self {
        let (low, high, step) = ticks(low, high);
        Self { n, low, high, step }
    }

    fn x(&self, at: usize) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * at as f64 / (self.n.max(2) - 1) as f64
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE);
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share)
    }

    /// The title and both axes.
    fn begin(&self, title: &str, dates: &[String], language: Language) -> String {
        let title = escaped(title);
        let mut svg = format!(
            "<svg class=\"over-time\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\
             <title>{title}</title><text class=\"title\" x=\"{LEFT}\" y=\"15\">{title}</text>"
        );
        for i in 0..=((self.high - self.low) / self.step).round().min(20.0) as usize {
            let value = self.low + self.step * i as f64;
            let (y, label) = (self.y(value), language.number(value));
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                y + 3.5
            );
        }
        // So many that they do not run into each other.
        let letters = dates.iter().map(|date| date.chars().count()).max().unwrap_or(0) as f64;
        let steps = dates.len().max(2) as f64 - 1.0;
        let needed = (6.4 * letters + 8.0) * steps / (WIDTH - LEFT - RIGHT);
        let every = dates.len().div_ceil(6).max(needed.ceil() as usize).max(1);
        for (at, date) in dates.iter().enumerate().step_by(every) {
            let _ = write!(
                svg,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                self.x(at).max(3.3 * date.chars().count() as f64),
                HEIGHT - BOTTOM + 16.0,
                escaped(date)
            );
        }
        svg
    }
}

impl TimeChart<'_> {
    /// As SVG.
    pub(super) fn svg(&self) -> String {
        let values = || self.lines.iter().flat_map(|line| line.values.iter().flatten().copied());
        let edges = || self.band.iter().flat_map(|band| band.iter());
        let low = values().chain(edges().map(|edge| edge.0)).fold(self.range.0, f64::min);
        let high = values().chain(edges().map(|edge| edge.1)).fold(self.range.1, f64::max);
        let frame = Frame::new(self.dates.len(), low, high);
        let mut svg = frame.begin(self.title, self.dates, self.language);
        if let Some(band) = self.band {
            let point =
                |(at, value): (usize, f64)| format!("{:.1},{:.1}", frame.x(at), frame.y(value));
            let upper = band.iter().enumerate().map(|(at, edge)| point((at, edge.1)));
            let lower = band.iter().enumerate().rev().map(|(at, edge)| point((at, edge.0)));
            let points: Vec<String> = upper.chain(lower).collect();
            let _ = write!(svg, "<polygon class=\"band\" points=\"{}\"/>", points.join(" "));
        }
        for (level, name) in self.levels {
            let (y, name) = (frame.y(*level), escaped(name));
            let _ = write!(
                svg,
                "<line class=\"chosen\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{name}</text>",
                WIDTH - RIGHT,
                WIDTH - RIGHT + 6.0,
                y + 3.5
            );
        }
        if let Some(at) = self.marked.filter(|&at| at < self.dates.len()) {
            let (x, bottom) = (frame.x(at), HEIGHT - BOTTOM);
            let _ = write!(
                svg,
                "<line class=\"chosen\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>"
            );
        }
        let mut taken: Vec<f64> = self.levels.iter().map(|(level, _)| frame.y(*level)).collect();
        for line in &self.lines {
            svg += &draw(line, &frame, &mut taken);
        }
        svg + "</svg>"
    }
}

/// A line with its name where it ends, moved out of the way of names that stand there.
fn draw(line: &TimeLine<'_>, frame: &Frame, taken: &mut Vec<f64>) -> String {
    let seen = line.values.iter().enumerate();
    let points: Vec<(usize, f64)> = seen.filter_map(|(at, value)| Some((at, (*value)?))).collect();
    let Some(&(_, last)) = points.last() else { return String::new() };
    let at = points.iter().map(|&(at, value)| format!("{:.1},{:.1}", frame.x(at), frame.y(value)));
    let class = line.class;
    let mut svg =
        format!("<polyline class=\"{class}\" points=\"{}\"/>", at.collect::<Vec<_>>().join(" "));
    if line.name.is_empty() {
        return svg;
    }
    let y = free_place(frame.y(last), taken);
    taken.push(y);
    let _ = write!(
        svg,
        "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        WIDTH - RIGHT + 6.0,
        y + 3.5,
        escaped(line.name)
    );
    svg
}

/// The place nearest to `y` within the chart that no other name takes; `y` itself where all are taken.
fn free_place(y: f64, taken: &[f64]) -> f64 {
    const STEP: f64 = 2.0;
    let is_free = |place: &f64| {
        (TOP..=HEIGHT - BOTTOM).contains(place)
            && taken.iter().all(|other| (other - place).abs() >= 11.0)
    };
    let offsets = (0..120).map(|i| STEP * f64::from(i));
    offsets.flat_map(|offset| [y + offset, y - offset]).find(is_free).unwrap_or(y)
}

/// Parts on each date, stacked from zero: positive ones upwards, negative ones downwards.
pub(super) fn stacked(title: &str, dates: &[String], parts: &[(&str, &str, Vec<f64>)]) -> String {
    let sum = |at: usize, sign: f64| -> f64 {
        let of_date = parts.iter().map(|(_, _, values)| (values[at] * sign).max(0.0));
        sign * of_date.sum::<f64>()
    };
    let sums = |sign| (0..dates.len()).map(move |at| sum(at, sign));
    let (low, high) = (sums(-1.0).fold(0.0, f64::min), sums(1.0).fold(0.0, f64::max));
    let frame = Frame::new(dates.len(), low, high);
    let mut svg = frame.begin(title, dates, Language::English);
    let width = 0.6 * (WIDTH - LEFT - RIGHT) / dates.len().max(1) as f64;
    for at in 0..dates.len() {
        let (mut up, mut down) = (0.0, 0.0);
        for (name, class, values) in parts {
            let value = values[at];
            let from = if value < 0.0 { &mut down } else { &mut up };
            let (a, b) = (frame.y(*from), frame.y(*from + value));
            *from += value;
            let _ = write!(
                svg,
                "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" \
                 height=\"{:.1}\"><title>{}: {} {value:.3}</title></rect>",
                frame.x(at) - width / 2.0,
                a.min(b),
                (a - b).abs(),
                escaped(&dates[at]),
                escaped(name)
            );
        }
    }
    for (i, (name, class, _)) in parts.iter().enumerate() {
        let y = TOP + 6.0 + 18.0 * i as f64;
        let x = WIDTH - RIGHT + 18.0;
        let _ = write!(
            svg,
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"10\" height=\"10\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            y - 5.0,
            x + 15.0,
            y + 3.5,
            escaped(name)
        );
    }
    svg + "</svg>"
}

/// Who flows from the names on the left to those on the right: `cells` row by row, in any unit.
pub(super) fn flow(
    title: &str,
    from: &[String],
    to: &[String],
    cells: &[f64],
    language: Language,
) -> String {
    const BAR: f64 = 10.0;
    /// Beyond that names would run into each other.
    const NAMED: usize = 16;
    /// Of a character, on average.
    const LETTER: f64 = 6.3;
    /// Of a name at least.
    const LINE: f64 = 13.0;
    /// The share of the height that gaps take at most.
    const GAPS: f64 = 0.3;
    let total: f64 = cells.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let n_gaps = (from.len().max(to.len()).max(2) - 1) as f64;
    let most = from.len().max(to.len());
    let tallest = if most > NAMED { HEIGHT } else { HEIGHT.max(TOP + 8.0 + 24.0 * most as f64) };
    let height = tallest - TOP - 8.0;
    // Names have a share behind them.
    let longest = from.iter().chain(to).map(|name| name.chars().count() + 8).max().unwrap_or(0);
    let side =
        if most > NAMED { 150.0 } else { (24.0 + LETTER * longest as f64).clamp(150.0, 320.0) };
    let width = WIDTH - 300.0 + 2.0 * side;
    let gap = (GAPS * height / n_gaps).min(6.0);
    let room = height - gap * n_gaps;
    let tall = |value: f64| room * value / total;
    let row = |i: usize| cells[i * to.len()..(i + 1) * to.len()].iter().sum::<f64>();
    let column = |j: usize| (0..from.len()).map(|i| cells[i * to.len() + j]).sum::<f64>();
    let tops = |n: usize, size: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let mut y = TOP + 4.0;
        let tops = (0..n).map(|i| {
            let top = y;
            y += tall(size(i)) + gap;
            top
        });
        tops.collect()
    };
    let (lefts, rights) = (tops(from.len(), &row), tops(to.len(), &column));
    let (x1, x2) = (side, width - side);
    let title = escaped(title);
    let mut svg = format!(
        "<svg class=\"over-time\" viewBox=\"0 0 {width:.0} {tallest:.0}\" role=\"img\" aria-label=\"{title}\">\
         <title>{title}</title><text class=\"title\" x=\"4\" y=\"15\">{title}</text>"
    );
    let (mut left_used, mut right_used) = (lefts.clone(), rights.clone());
    for i in 0..from.len() {
        for j in 0..to.len() {
            let value = cells[i * to.len() + j];
            if value <= 0.0 {
                continue;
            }
            let (a, b, height) = (left_used[i], right_used[j], tall(value));
            left_used[i] += height;
            right_used[j] += height;
            let (start, end, middle) = (x1 + BAR, x2, f64::midpoint(x1 + BAR, x2));
            let _ = write!(
                svg,
                "<path class=\"flow hue{}\" d=\"M{start:.1},{a:.1} C{middle:.1},{a:.1} \
                 {middle:.1},{b:.1} {end:.1},{b:.1} L{end:.1},{:.1} C{middle:.1},{:.1} \
                 {middle:.1},{:.1} {start:.1},{:.1} Z\"><title>{} → {}: {}</title></path>",
                i % 10,
                b + height,
                b + height,
                a + height,
                a + height,
                escaped(&from[i]),
                escaped(&to[j]),
                escaped(&language.percent(value / total))
            );
        }
    }
    let bars = |names: &[String], tops: &[f64], size: &dyn Fn(usize) -> f64, is_left: bool| {
        let middles = (0..names.len()).map(|i| tops[i] + tall(size(i)) / 2.0 + 3.5);
        let lines = apart(middles.collect(), LINE, tallest - 4.0);
        let bar = |i: usize| {
            let (value, top) = (size(i), tops[i]);
            let (x, text, anchor) =
                if is_left { (x1, x1 - 6.0, "end") } else { (x2, x2 + BAR + 6.0, "start") };
            let said = escaped(&format!("{} · {}", names[i], language.percent(value / total)));
            let mut bar = format!(
                "<rect class=\"hue{}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{BAR}\" \
                 height=\"{:.1}\"><title>{said}</title></rect>",
                i % 10,
                tall(value)
            );
            if names.len() <= NAMED {
                let _ = write!(
                    bar,
                    "<text class=\"tick\" x=\"{text:.1}\" y=\"{:.1}\" \
                     text-anchor=\"{anchor}\">{said}</text>",
                    lines[i]
                );
            }
            bar
        };
        (0..names.len()).map(bar).collect::<String>()
    };
    svg += &bars(from, &lefts, &row, true);
    svg += &bars(to, &rights, &column, false);
    svg + "</svg>"
}

/// Rising places moved so that they lie `step` from each other and none beyond `end`, if there is room.
fn apart(mut places: Vec<f64>, step: f64, end: f64) -> Vec<f64> {
    for i in 1..places.len() {
        places[i] = places[i].max(places[i - 1] + step);
    }
    let mut limit = end;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - step;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates() -> Vec<String> {
        vec!["2018-01-01".to_owned(), "2018-01-08".to_owned(), "<8>".to_owned()]
    }

    #[test]
    fn a_chart_is_well_formed_and_escapes_names() {
        let dates = dates();
        let chart = TimeChart {
            title: "A & B",
            dates: &dates,
            band: Some(&[(0.8, 1.0), (0.7, 0.9), (0.5, 0.8)]),
            lines: vec![TimeLine {
                name: "<x>",
                class: "a",
                values: vec![Some(0.9), None, Some(0.7)],
            }],
            levels: &[(0.8, "threshold")],
            marked: Some(2),
            range: (0.0, 1.0),
            language: Language::English,
        };
        let svg = chart.svg();
        assert!(svg.contains("A &amp; B") && svg.contains("&lt;x&gt;") && !svg.contains("<x>"));
        assert_eq!(svg.matches("<polygon").count(), 1);
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn parts_stand_on_zero_and_flows_fill_their_bars() {
        let dates = dates();
        let parts = [("up", "hue0", vec![0.1, 0.2, 0.3]), ("down", "hue1", vec![-0.1, 0.0, 0.1])];
        let svg = stacked("loss", &dates, &parts);
        assert_eq!(svg.matches("<rect").count(), 6 + 2);
        let names = |n: usize| (0..n).map(|i| format!("S{i}")).collect::<Vec<_>>();
        let svg =
            flow("flow", &names(2), &names(3), &[1.0, 0.0, 1.0, 0.0, 2.0, 0.0], Language::English);
        assert_eq!((svg.matches("<path").count(), svg.matches("<rect").count()), (3, 5));
        assert!(svg.contains("25%") && svg.contains("50%"));
        let empty = flow("flow", &names(1), &names(1), &[0.0], Language::English);
        assert!(!empty.contains("NaN"));
        assert_eq!(apart(vec![5.0, 6.0, 30.0, 31.0], 10.0, 40.0), [5.0, 15.0, 30.0, 40.0]);
        let many = flow("flow", &names(200), &names(200), &vec![1.0; 40_000], Language::English);
        assert!(!many.contains("height=\"-"));
    }
}
