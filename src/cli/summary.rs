//! What a person sees of a result: the table of the segments and a few lines below it.

use std::fmt::{Display, Write as _};

use super::talk::Paint;
use crate::error::{Escaped, counted, group_digits, grouped};

/// One line of the table.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) size: u64,
    /// Of the rows that have a segment.
    pub(super) share: f64,
    /// One mean per column; `None` where the segment has no value.
    pub(super) means: &'a [Option<f64>],
}

/// How the table is laid out.
pub(super) struct Layout {
    pub(super) paint: Paint,
    /// Characters per line.
    pub(super) width: usize,
    /// Whether columns that do not fit go into further tables instead of being left out.
    pub(super) all: bool,
}

impl Layout {
    /// For standard output.
    pub(super) fn of_stdout(all: bool) -> Self {
        use std::io::IsTerminal as _;
        let is_terminal = std::io::stdout().is_terminal();
        Self {
            paint: Paint::for_terminal(is_terminal),
            width: terminal_width().unwrap_or(100).max(40),
            all,
        }
    }

    /// A line below the table.
    pub(super) fn fact(&self, what: &str, fact: impl Display) -> String {
        format!("  {} {fact}\n", self.paint.dim(format_args!("{what:<11}")))
    }

    /// As [`fact`](Self::fact), in as many lines as it takes.
    pub(super) fn prose(&self, what: &str, text: &str) -> String {
        /// Where a fact begins.
        const INDENT: usize = 14;
        let mut lines = vec![String::new()];
        for word in text.split(' ') {
            let line = lines.last_mut().map_or(0, |line| line.chars().count());
            if line > 0 && INDENT + line + 1 + word.chars().count() > self.width {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                let gap = if line.is_empty() { "" } else { " " };
                *line += &format!("{gap}{}", Escaped(word));
            }
        }
        self.fact(what, lines.join(&format!("\n{:INDENT$}", "")))
    }
}

/// What is said of rows without a segment.
pub(super) fn unassigned(n: u64) -> String {
    let values = if n == 1 { "a missing value" } else { "missing values" };
    format!("{} with {values}", counted(grouped(n), "row"))
}

/// A score of any size, to four digits or all before the point.
pub(super) fn score(x: f64) -> String {
    match x.abs() {
        size if size >= 1e12 || (size > 0.0 && size < 1e-3) => format!("{x:.4e}"),
        size if size >= 1000.0 => grouped_float(x),
        _ => format!("{x:.4}"),
    }
}

/// Rounded to a whole number.
fn grouped_float(x: f64) -> String {
    let sign = if x < 0.0 { "-" } else { "" };
    format!("{sign}{}", group_digits(&format!("{:.0}", x.abs())))
}

/// How long each stage took, as a person would say it.
pub(super) fn stages(stages: &[(&str, f64)]) -> String {
    let said: Vec<_> =
        stages.iter().map(|(stage, time)| format!("{stage} {}", seconds(*time))).collect();
    said.join(" · ")
}

#[cfg(unix)]
fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}

#[cfg(not(unix))]
fn terminal_width() -> Option<usize> {
    None
}

/// The segments with size, share and the mean of each column in its own unit; `head` says what their
/// names are.
///
/// `importance` ranks the columns for the case that they do not all fit.
pub(super) fn segment_table(
    head: &str,
    lines: &[Line<'_>],
    columns: &[String],
    importance: &[f64],
    layout: &Layout,
) -> String {
    const GAP: usize = 2;
    let lead = lead_cells(head, lines);
    let lead_width = GAP + lead.iter().map(|cells| cells.width + GAP).sum::<usize>();
    let means: Vec<_> = (0..columns.len()).map(|c| mean_cells(&columns[c], lines, c)).collect();

    // Columns that fit beside the lead, the most telling first.
    let mut ranked: Vec<_> = (0..columns.len()).collect();
    ranked.sort_by(|&a, &b| importance[b].total_cmp(&importance[a]));
    let room = layout.width.saturating_sub(lead_width);
    let widths: Vec<_> = means.iter().map(|cells| cells.width + GAP).collect();
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    let total: usize = widths.iter().sum();
    if total <= room {
        blocks.push((0..columns.len()).collect());
    } else if layout.all {
        let mut used = usize::MAX;
        for (c, &width) in widths.iter().enumerate() {
            if used.saturating_add(width) > room {
                blocks.push(Vec::new());
                used = 0;
            }
            used += width;
            if let Some(block) = blocks.last_mut() {
                block.push(c);
            }
        }
    } else {
        let mut used = 0;
        let mut shown = Vec::new();
        for c in ranked {
            if used + widths[c] > room && !shown.is_empty() {
                break;
            }
            used += widths[c];
            shown.push(c);
        }
        shown.sort_unstable();
        blocks.push(shown);
    }

    let mut text = String::new();
    for block in &blocks {
        let cells: Vec<_> = lead.iter().chain(block.iter().map(|&c| &means[c])).collect();
        let head: Vec<_> = cells.iter().map(|cells| cells.pad(&cells.head)).collect();
        let _ = writeln!(text, "  {}", layout.paint.bold(head.join("  ").trim_end()));
        for i in 0..lines.len() {
            let row: Vec<_> = cells.iter().map(|cells| cells.pad(&cells.body[i])).collect();
            let _ = writeln!(text, "  {}", row.join("  ").trim_end());
        }
        text.push('\n');
    }
    let shown: usize = blocks.iter().map(Vec::len).sum();
    if shown < columns.len() {
        let _ = writeln!(
            text,
            "  {}\n",
            layout.paint.dim(format_args!(
                "means of {shown} of {} columns, those that differ most between the segments \
                 (-v shows all)",
                columns.len()
            ))
        );
    }
    text
}

/// Columns of numbers below their heads, bold.
pub(super) fn table(head: &[&str], lines: &[Vec<String>], layout: &Layout) -> String {
    let head: Vec<_> = head.iter().map(|&head| (head, true)).collect();
    mixed_table(&head, lines, layout)
}

/// Columns below their heads, bold, each with whether it is one of numbers.
pub(super) fn mixed_table(head: &[(&str, bool)], lines: &[Vec<String>], layout: &Layout) -> String {
    let column = |c: usize| lines.iter().map(|line| line[c].clone()).collect();
    let cells: Vec<Cells> = head
        .iter()
        .enumerate()
        .map(|(c, &(head, is_number))| Cells::new(head.into(), column(c), is_number))
        .collect();
    let head: Vec<_> = cells.iter().map(|cells| cells.pad(&cells.head)).collect();
    let mut text = format!("  {}\n", layout.paint.bold(head.join("  ").trim_end()));
    for i in 0..lines.len() {
        let line: Vec<_> = cells.iter().map(|cells| cells.pad(&cells.body[i])).collect();
        let _ = writeln!(text, "  {}", line.join("  ").trim_end());
    }
    text.push('\n');
    text
}

/// A column of the table as text.
struct Cells {
    head: String,
    body: Vec<String>,
    width: usize,
    is_number: bool,
}

impl Cells {
    fn new(head: String, body: Vec<String>, is_number: bool) -> Self {
        let width = body.iter().chain([&head]).map(|cell| cell.chars().count()).max();
        Self { head, body, width: width.unwrap_or(0), is_number }
    }

    fn pad(&self, cell: &str) -> String {
        let width = self.width;
        if self.is_number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
    }
}

/// Name, size, share and a bar of the share.
fn lead_cells(head: &str, lines: &[Line<'_>]) -> [Cells; 4] {
    let column = |cell: &dyn Fn(&Line<'_>) -> String| lines.iter().map(cell).collect::<Vec<_>>();
    let largest = lines.iter().map(|line| line.share).fold(0.0, f64::max);
    [
        Cells::new(head.into(), column(&|line| clipped(line.name, 24)), false),
        Cells::new("rows".into(), column(&|line| grouped(line.size)), true),
        Cells::new("share".into(), column(&|line| percent(line.share)), true),
        Cells::new(String::new(), column(&|line| bar(line.share / largest, 10)), false),
    ]
}

fn mean_cells(name: &str, lines: &[Line<'_>], c: usize) -> Cells {
    let values: Vec<_> = lines.iter().filter_map(|line| line.means[c]).collect();
    let style = NumberStyle::for_values(&values);
    let cell = |line: &Line<'_>| line.means[c].map_or_else(|| "–".to_owned(), |x| style.show(x));
    Cells::new(clipped(name, 18), lines.iter().map(cell).collect(), true)
}

/// How the numbers of one column are written, all alike.
#[derive(Clone, Copy, Debug, PartialEq)]
enum NumberStyle {
    Decimals(usize),
    Scientific,
}

impl NumberStyle {
    /// Three digits of what tells the values apart, or of the values where they are all alike.
    fn for_values(values: &[f64]) -> Self {
        let largest = values.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let (low, high) =
            values.iter().fold((f64::MAX, f64::MIN), |(l, h), &x| (l.min(x), h.max(x)));
        let spread = if high > low { high - low } else { largest };
        if largest == 0.0 {
            return Self::Decimals(0);
        }
        if largest >= 1e12 || spread < 1e-6 {
            return Self::Scientific;
        }
        Self::Decimals((2 - spread.log10().floor() as i32).clamp(0, 8) as usize)
    }

    fn show(self, x: f64) -> String {
        match self {
            Self::Scientific => format!("{x:.4e}"),
            Self::Decimals(decimals) => {
                let text = format!("{:.decimals$}", x.abs());
                let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
                let is_zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
                let sign = if x < 0.0 && !is_zero { "-" } else { "" };
                format!("{sign}{}{rest}", group_digits(whole))
            }
        }
    }
}

pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent > 0.0 && percent < 0.05 { "<0.1 %".into() } else { format!("{percent:.1} %") }
}

/// A bar of at most `width` characters, in eighths.
fn bar(fraction: f64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (fraction.clamp(0.0, 1.0) * (width * 8) as f64).round() as usize;
    let text = "█".repeat(eighths / 8) + PARTS[eighths % 8];
    if text.is_empty() { "▏".to_owned() } else { text }
}

/// Escaped, and cut to `longest` characters.
pub(super) fn clipped(name: &str, longest: usize) -> String {
    let name = Escaped(name).to_string();
    if name.chars().count() <= longest {
        return name;
    }
    name.chars().take(longest - 1).chain(['…']).collect()
}

/// A duration as a person would say it.
pub(super) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.0095 => format!("{:.1} ms", s * 1e3),
        s if s < 0.95 => format!("{:.0} ms", s * 1e3),
        s if s < 100.0 => format!("{s:.2} s"),
        s => format!("{:.0} min {:.0} s", (s / 60.0).floor(), s % 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(width: usize, all: bool) -> Layout {
        Layout { paint: Paint::for_terminal(false), width, all }
    }

    fn lines(means: &[[Option<f64>; 3]]) -> Vec<Line<'_>> {
        means
            .iter()
            .zip([("Segment 1", 9_000, 0.9), ("Segment 2", 1_000, 0.1)])
            .map(|(means, (name, size, share))| Line { name, size, share, means })
            .collect()
    }

    fn columns() -> Vec<String> {
        ["recency", "monetary", "a\u{1b}[2Jb"].map(str::to_owned).to_vec()
    }

    const MEANS: [[Option<f64>; 3]; 2] =
        [[Some(287.4), Some(1234.567), Some(0.25)], [Some(20.9), Some(98.3), None]];

    #[test]
    fn a_table_that_fits_shows_every_column() {
        let text = segment_table(
            "segment",
            &lines(&MEANS),
            &columns(),
            &[1.0, 2.0, 3.0],
            &plain(100, false),
        );
        assert_eq!(
            text,
            "  segment     rows   share              recency  monetary  a\\u{1b}[2Jb\n  \
             Segment 1  9,000  90.0 %  ██████████      287     1,235        0.250\n  \
             Segment 2  1,000  10.0 %  █▏               21        98            –\n\n"
        );
    }

    #[test]
    fn columns_that_do_not_fit_are_left_out_by_rank_or_wrapped() {
        let lines = lines(&MEANS);
        let few = segment_table("segment", &lines, &columns(), &[1.0, 3.0, 2.0], &plain(52, false));
        assert!(few.contains("monetary") && !few.contains("recency"), "{few}");
        assert!(few.contains("means of 1 of 3 columns"), "{few}");
        let all = segment_table("segment", &lines, &columns(), &[1.0, 3.0, 2.0], &plain(52, true));
        assert!(all.contains("monetary") && all.contains("recency"), "{all}");
        assert_eq!(all.matches("Segment 1").count(), 3, "{all}");
        assert!(!all.contains("-v shows all"), "{all}");
    }

    #[test]
    fn numbers_show_what_tells_them_apart() {
        let show = |values: &[f64]| {
            let style = NumberStyle::for_values(values);
            values.iter().map(|&x| style.show(x)).collect::<Vec<_>>()
        };
        assert_eq!(show(&[1.0, 1.25]), ["1.000", "1.250"]);
        assert_eq!(show(&[1e9, 1e9 + 5.0]), ["1,000,000,000.00", "1,000,000,005.00"]);
        assert_eq!(show(&[-1234.5, 0.0]), ["-1,234", "0"]);
        assert_eq!(show(&[-0.0001, 7.0]), ["0.00", "7.00"]);
        assert_eq!(show(&[1e-9, 2e-9]), ["1.0000e-9", "2.0000e-9"]);
        assert_eq!(show(&[1e300, 2e300]), ["1.0000e300", "2.0000e300"]);
        assert_eq!(show(&[0.0, 0.0]), ["0", "0"]);
        assert_eq!(show(&[42.0, 42.0]), ["42.0", "42.0"]);
    }

    #[test]
    fn prose_is_broken_between_words() {
        let text = plain(40, false).prose("take", "one two three four five six seven\u{1b} eight");
        assert_eq!(
            text,
            "  take        one two three four five\n              six seven\\u{1b} eight\n"
        );
        assert_eq!(plain(40, false).prose("take", ""), "  take        \n");
    }

    #[test]
    fn durations_are_readable() {
        assert_eq!(seconds(0.0012), "1.2 ms");
        assert_eq!(seconds(0.25), "250 ms");
        assert_eq!(seconds(12.345), "12.35 s");
        assert_eq!(seconds(125.0), "2 min 5 s");
    }
}
