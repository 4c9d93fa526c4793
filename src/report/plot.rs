//! Line charts, curves of costs and silhouette blades as SVG.

use std::fmt::Write as _;

use super::escaped;
use super::locale::Language;
use crate::error::group_digits;

/// One curve over numbers of clusters; `None` where it is not defined.
pub(super) struct Curve<'a> {
    pub(super) name: &'a str,
    /// A class of the style sheet.
    pub(super) class: &'static str,
    pub(super) values: &'a [Option<f64>],
}

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 34.0;

/// `curves` over `ks`, with a line where `marked` is. The scale begins at `floor` if it is given.
pub(super) fn lines(
    title: &str,
    ks: &[usize],
    curves: &[Curve<'_>],
    marked: Option<usize>,
    floor: Option<f64>,
) -> String {
    let values = || curves.iter().flat_map(|curve| curve.values.iter().flatten().copied());
    let low = values().chain(floor).fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    let (low, high, step) = ticks(low, high);
    let (first, last) = (ks.first().copied().unwrap_or(0), ks.last().copied().unwrap_or(1));
    let span = (last - first).max(1) as f64;
    let x = |k: usize| LEFT + (WIDTH - LEFT - RIGHT) * (k - first) as f64 / span;
    let y = |value: f64| {
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - (value - low) / (high - low).max(f64::MIN_POSITIVE))
    };
    let title = escaped(title);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\
         <text class=\"title\" x=\"{LEFT}\" y=\"15\">{title}</text>"
    );
    let n_steps = (((high - low) / step).round() as usize).min(20);
    for i in 0..=n_steps {
        let value = low + step * i as f64;
        let (y, label) = (y(value), number(value));
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 3.5
        );
    }
    let _ = write!(
        svg,
        "<text class=\"tick\" x=\"{LEFT}\" y=\"{:.1}\" text-anchor=\"end\" dx=\"-6\">k</text>",
        HEIGHT - BOTTOM + 15.0
    );
    // So many labels that they do not run into each other.
    let every = ks.len().div_ceil(15).max(1);
    for &k in ks.iter().step_by(every) {
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{k}</text>",
            x(k),
            HEIGHT - BOTTOM + 15.0
        );
    }
    if let Some(k) = marked.filter(|k| ks.contains(k)) {
        let (x, bottom) = (x(k), HEIGHT - BOTTOM);
        let _ = write!(
            svg,
            "<line class=\"chosen\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>"
        );
    }
    for (i, curve) in curves.iter().enumerate() {
        let points: Vec<(usize, f64)> =
            ks.iter().zip(curve.values).filter_map(|(&k, value)| Some((k, (*value)?))).collect();
        let path: Vec<String> =
            points.iter().map(|&(k, value)| format!("{:.1},{:.1}", x(k), y(value))).collect();
        let class = curve.class;
        let _ = write!(svg, "<polyline class=\"{class}\" points=\"{}\"/>", path.join(" "));
        for (k, value) in points {
            let (name, shown) = (escaped(curve.name), number(value));
            let _ = write!(
                svg,
                "<circle class=\"{class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.6\">\
                 <title>{name}, k = {k}: {shown}</title></circle>",
                x(k),
                y(value)
            );
        }
        if curves.len() > 1 {
            let at = LEFT + 130.0 * i as f64;
            let _ = write!(
                svg,
                "<line class=\"{class}\" x1=\"{at}\" x2=\"{:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
                 <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                at + 16.0,
                HEIGHT - 8.0,
                HEIGHT - 8.0,
                at + 20.0,
                HEIGHT - 4.5,
                escaped(curve.name)
            );
        }
    }
    svg + "</svg>"
}

/// What intervals cost, and which of them stand out.
pub(super) struct Costs<'a> {
    pub(super) title: &'a str,
    /// Below the horizontal axis.
    pub(super) axis: &'a str,
    /// Weeks.
    pub(super) xs: &'a [f64],
    /// As many values each.
    pub(super) curves: [Curve<'a>; 3],
    /// Where a vertical line is, and what it says.
    pub(super) marked: (f64, &'a str),
    /// Where the last curve is lowest, and what it says.
    pub(super) lowest: (f64, &'a str),
    /// From where on the curves are extrapolated, and what that says.
    pub(super) beyond: (f64, &'a str),
    /// Where the vertical axis ends at most.
    pub(super) top: f64,
    /// How numbers are written.
    pub(super) number: &'a dyn Fn(f64) -> String,
}

/// Curves of costs over intervals. Values above the top are not drawn.
pub(super) fn costs(costs: &Costs<'_>) -> String {
    const WIDE: f64 = 720.0;
    const TALL: f64 = 320.0;
    const START: f64 = 66.0;
    const FOOT: f64 = 60.0;
    let values = || costs.curves.iter().flat_map(|curve| curve.values.iter().flatten().copied());
    let high = values().filter(|&value| value <= costs.top).fold(0.0, f64::max);
    let (_, high, step) = ticks(0.0, high);
    let (first, last) = (costs.xs.first().copied(), costs.xs.last().copied());
    let (first, last) = (first.unwrap_or(0.0), last.unwrap_or(1.0));
    let bottom = TALL - FOOT;
    let x = |week: f64| START + (WIDE - START - RIGHT) * (week - first) / (last - first).max(1.0);
    let y = |value: f64| TOP + (bottom - TOP) * (1.0 - value / high);
    let title = escaped(costs.title);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDE} {TALL}\" role=\"img\" aria-label=\"{title}\">\
         <text class=\"title\" x=\"{START}\" y=\"15\">{title}</text>"
    );
    let (beyond, said) = costs.beyond;
    if beyond < last {
        let (from, said) = (x(beyond.max(first)), escaped(said));
        let _ = write!(
            svg,
            "<rect class=\"beyond\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{:.1}\" \
             height=\"{:.1}\"/><text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{said}</text>",
            x(last) - from,
            bottom - TOP,
            from + 4.0,
            TOP + 12.0
        );
    }
    for i in 0..=((high / step).round() as usize).min(20) {
        let value = step * i as f64;
        let (y, label) = (y(value), escaped(&(costs.number)(value)));
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{START}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            WIDE - RIGHT,
            START - 6.0,
            y + 3.5
        );
    }
    let every = costs.xs.len().div_ceil(26).max(1) as f64;
    for &week in costs.xs.iter().filter(|&week| week % every == 0.0) {
        let label = escaped(&(costs.number)(week));
        let _ = write!(
            svg,
            "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
            x(week),
            bottom + 14.0
        );
    }
    let _ = write!(
        svg,
        "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        WIDE - RIGHT,
        bottom + 28.0,
        escaped(costs.axis)
    );
    let (marked, said) = costs.marked;
    let at = x(marked);
    // Where there is room for it.
    let (anchor, aside) = if at < 0.8 * WIDE { ("start", 4.0) } else { ("end", -4.0) };
    let _ = write!(
        svg,
        "<line class=\"chosen\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>\
         <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
        at + aside,
        TOP + 26.0,
        escaped(said)
    );
    for (i, curve) in costs.curves.iter().enumerate() {
        let shown = costs.xs.iter().zip(curve.values).filter_map(|(&week, value)| {
            let value = (*value)?;
            (value <= high).then(|| format!("{:.1},{:.1}", x(week), y(value)))
        });
        let (points, class) = (shown.collect::<Vec<_>>().join(" "), curve.class);
        let at = START + 250.0 * i as f64;
        let _ = write!(
            svg,
            "<polyline class=\"{class}\" points=\"{points}\"/>\
             <line class=\"{class}\" x1=\"{at}\" x2=\"{:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            at + 16.0,
            TALL - 10.0,
            TALL - 10.0,
            at + 20.0,
            TALL - 6.5,
            escaped(curve.name)
        );
    }
    let (lowest, said) = costs.lowest;
    let of_lowest = costs.xs.iter().position(|&week| week == lowest);
    if let Some(value) = of_lowest.and_then(|i| *costs.curves[2].values.get(i)?) {
        let _ = write!(
            svg,
            "<circle class=\"c\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\"><title>{}</title></circle>",
            x(lowest),
            y(value),
            escaped(said)
        );
    }
    svg + "</svg>"
}

/// One cluster's silhouettes, falling, with its name, its mean and its share of the height.
pub(super) struct BladeShape<'a> {
    pub(super) name: &'a str,
    /// A number of the style sheet's colours.
    pub(super) hue: usize,
    pub(super) values: &'a [f64],
    /// Of all rows.
    pub(super) share: f64,
    pub(super) label: String,
}

/// Room for the names of blades, as far as they are short.
pub(super) const LEAD: f64 = 250.0;

/// The silhouettes of clusters, one below the other, and a line at their common mean.
pub(super) fn blades(
    title: &str,
    shapes: &[BladeShape<'_>],
    mean: f64,
    lead: f64,
    language: Language,
) -> String {
    const GAP: f64 = 6.0;
    // A blade is as high as its text at least.
    let tall = |shape: &BladeShape<'_>| (320.0 * shape.share).max(14.0);
    let height: f64 = TOP + shapes.iter().map(|shape| tall(shape) + GAP).sum::<f64>() + 24.0;
    let width = 2.0 * WIDTH + lead - LEAD;
    let lowest = shapes.iter().flat_map(|shape| shape.values).copied().fold(0.0, f64::min);
    let x = |s: f64| lead + (width - lead - RIGHT) * (s - lowest) / (1.0 - lowest);
    let title = escaped(title);
    let mut svg = format!(
        "<svg class=\"wide\" viewBox=\"0 0 {width} {height:.1}\" role=\"img\" \
         aria-label=\"{title}\"><title>{title}</title>\
         <text class=\"title\" x=\"4\" y=\"15\">{title}</text>"
    );
    let mut top = TOP;
    for shape in shapes {
        let tall = tall(shape);
        let each = tall / shape.values.len().max(1) as f64;
        let mut path = format!("M{:.1},{top:.1}", x(0.0));
        for (j, &value) in shape.values.iter().enumerate() {
            let y = top + each * j as f64;
            let _ = write!(path, "L{:.1},{y:.1}L{:.1},{:.1}", x(value), x(value), y + each);
        }
        let _ = write!(path, "L{:.1},{:.1}Z", x(0.0), top + tall);
        let middle = top + tall / 2.0 + 4.0;
        let hue = shape.hue;
        let _ = write!(
            svg,
            "<path class=\"blade hue{hue}\" d=\"{path}\"><title>{}: {}</title></path>\
             <text class=\"tick\" x=\"4\" y=\"{middle:.1}\">{} · {}</text>",
            escaped(shape.name),
            escaped(&shape.label),
            escaped(shape.name),
            escaped(&shape.label)
        );
        top += tall + GAP;
    }
    let at = x(mean);
    let _ = write!(
        svg,
        "<line class=\"chosen\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{top:.1}\"/>"
    );
    for value in [-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0] {
        if value >= lowest {
            let _ = write!(
                svg,
                "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                x(value),
                top + 12.0,
                language.number(value)
            );
        }
    }
    svg + "</svg>"
}

/// A range around `low` and `high` in steps of 1, 2 or 5 times a power of ten.
pub(super) fn ticks(low: f64, high: f64) -> (f64, f64, f64) {
    const STEPS: f64 = 4.0;
    if !(low.is_finite() && high.is_finite() && (high - low).is_finite() && high.abs() < 1e300) {
        return (0.0, 1.0, 0.5);
    }
    let span = if high > low { high - low } else { high.abs().max(1e-300) * 0.1 };
    let raw = span / STEPS;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|&s| s >= raw);
    let step = step.unwrap_or(10.0 * power);
    let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
    (low, if high > low { high } else { low + step }, step)
}

/// To four digits.
pub(super) fn number(x: f64) -> String {
    let size = x.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e6).contains(&size) {
        // What is left of a difference of steps is not a number to show.
        return if size < 1e-12 { "0".to_owned() } else { format!("{x:.2e}") };
    }
    let decimals = (3 - size.log10().floor() as i32).clamp(0, 4) as usize;
    if decimals == 0 {
        let sign = if x < 0.0 { "-" } else { "" };
        return format!("{sign}{}", group_digits(&format!("{size:.0}")));
    }
    let text = format!("{x:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round_and_hold_all_values() {
        for (low, high) in
            [(0.0, 1.0), (0.31, 0.52), (-0.2, 0.9), (3e5, 9e5), (2.0, 2.0), (0.0, 0.0)]
        {
            let (bottom, top, step) = ticks(low, high);
            assert!(bottom <= low && top >= high && top > bottom, "{low} {high}");
            let n = (top - bottom) / step;
            assert!((0.5..8.5).contains(&n), "{low} {high}: {n} steps");
            assert!((n - n.round()).abs() < 1e-9, "{low} {high}: {n} steps");
        }
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.5, 0.4366, 12.25, 123456.0, 1.5e7, 1e-17].map(number);
        assert_eq!(shown, ["0", "0.5", "0.4366", "12.25", "123,456", "1.50e7", "0"]);
    }
}
