//! Numbers in text: what is one, and which mark stands before its decimals.

/// What stands between thousands, or before decimals, in some country.
const SEPARATORS: [char; 6] = [',', '.', '\'', ' ', '\u{a0}', '\u{202f}'];

/// What may stand before decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Point,
    Comma,
}

impl Mark {
    pub(super) const BOTH: [Self; 2] = [Self::Point, Self::Comma];

    pub(super) fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Point => "decimal point",
            Self::Comma => "decimal comma",
        }
    }

    fn sign(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    /// The mark that a number, in the notation of whatever country, shows to be that of its
    /// decimals; none in `12`, and none in `1.234` or `1,234`, which could be thousands.
    pub(super) fn shown(number: &str) -> Option<Self> {
        let number = without_signs(number);
        let [points, commas] = Self::BOTH.map(|mark| number.matches(mark.sign()).count());
        match (points, commas) {
            (0, 0) => None,
            (1, 0) => (!Self::Point.may_group(number)).then_some(Self::Point),
            (0, 1) => (!Self::Comma.may_group(number)).then_some(Self::Comma),
            // Only what separates thousands stands there twice; a number of a house or a telephone
            // does not even do that.
            (_, 0) => Self::Point.groups(number).then_some(Self::Comma),
            (0, _) => Self::Comma.groups(number).then_some(Self::Point),
            _ if number.rfind('.') > number.rfind(',') => Some(Self::Point),
            _ => Some(Self::Comma),
        }
    }

    /// Whether this mark stands between the thousands of a whole number.
    fn groups(self, number: &str) -> bool {
        let number = number.trim_start_matches(['+', '-']);
        let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let mut groups = number.split(self.sign());
        let first = groups.next().unwrap_or_default();
        matches!(first.len(), 1..=3)
            && is_digits(first)
            && groups.all(|group| group.len() == 3 && is_digits(group))
    }

    /// Whether the only mark of `number` is this one, and could stand between thousands.
    pub(super) fn may_group(self, number: &str) -> bool {
        let number = number.trim_start_matches(['+', '-']);
        number.matches(self.sign()).count() == 1 && !number.starts_with('0') && self.groups(number)
    }
}

/// A number in plain notation, or an infinity.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let word = text.trim_start_matches(['+', '-']);
    if text.len() - word.len() <= 1
        && (word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("infinity"))
    {
        return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    // Rust also reads words, which have been dealt with.
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.bytes().all(plain) {
        return None;
    }
    text.parse().ok()
}

/// A number with a decimal comma.
pub(super) fn parse_decimal_comma(text: &str) -> Option<f64> {
    /// No ordinary number is longer.
    const SHORT: usize = 64;
    let comma = text.find(',')?;
    let (whole, decimals) = (&text[..comma], &text[comma + 1..]);
    if whole.contains('.') || !decimals.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    // A point among the decimals makes two, which is no number.
    let mut short = [0; SHORT];
    let Some(bytes) = short.get_mut(..text.len()) else {
        return parse_number(&text.replacen(',', ".", 1));
    };
    bytes.copy_from_slice(text.as_bytes());
    bytes[comma] = b'.';
    parse_number(std::str::from_utf8(bytes).ok()?)
}

/// Whether this would be a number with a decimal comma, separated thousands, a currency sign or a
/// per cent sign.
pub(super) fn is_foreign(text: &str) -> bool {
    let core = without_signs(text);
    let mut parts = core.split(SEPARATORS).collect::<Vec<_>>();
    // `,5` is 0,5, as `.5` is 0.5.
    if core.starts_with(',') && parts.len() == 2 {
        parts.remove(0);
    }
    if parts.iter().any(|p| p.is_empty() || !p.bytes().all(|b| b.is_ascii_digit())) {
        return false;
    }
    // Groups of three, but for the first and what may be the decimals.
    parts.remove(0);
    parts.pop();
    parts.iter().all(|group| group.len() == 3)
}

/// Whether this would be a number but for separators between its thousands.
pub(super) fn has_separated_thousands(text: &str) -> bool {
    let core = without_signs(text);
    let mut separators = core.matches(SEPARATORS);
    let (first, second) = (separators.next(), separators.next());
    let separates = second.is_some() || first.is_some_and(|s| !matches!(s, "," | "."));
    is_foreign(text) && (separates || Mark::Comma.may_group(core))
}

/// Without signs of any kind around the digits.
fn without_signs(text: &str) -> &str {
    let signs = ['$', '€', '£', '¥', '%', ' ', '\u{a0}', '\u{202f}'];
    let core = text.trim_matches(|c| signs.contains(&c) || c == '+' || c == '-');
    core.strip_prefix("R$").unwrap_or(core).trim_matches(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_numbers_are_told_from_text() {
        for number in ["1,5", ",5", "-,5 %", "1.234,50", "12 %", "$12", "1 234", "1'234'567.8"] {
            assert!(is_foreign(number), "{number}");
        }
        for text in ["2020-01-01", "1.2.3.4", "a1", "12a", "1,", "", "%", ",", ",5,5", ",a"] {
            assert!(!is_foreign(text), "{text}");
        }
    }

    #[test]
    fn decimal_commas_are_read_as_points_are() {
        let long = format!("0,5{}", "0".repeat(100));
        for (text, number) in [
            ("1,5", 1.5),
            (",5", 0.5),
            ("-,5", -0.5),
            ("+12,000", 12.0),
            ("1,2e3", 1200.0),
            (long.as_str(), 0.5),
        ] {
            assert_eq!(parse_decimal_comma(text), Some(number), "{text}");
        }
        for text in ["1,", ",", "1,5,5", "1.5,5", "1,5.5", "12", "a,5", "1,é", "inf,5"] {
            assert_eq!(parse_decimal_comma(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_shows_its_mark_unless_it_could_separate_thousands() {
        use Mark::{Comma, Point};
        for (number, mark) in [
            ("12", None),
            ("1e3", None),
            ("inf", None),
            ("0.5", Some(Point)),
            (".5", Some(Point)),
            ("-12.75", Some(Point)),
            ("0.125", Some(Point)),
            ("1234.567", Some(Point)),
            ("1.234e2", Some(Point)),
            ("1,234.5", Some(Point)),
            ("1,234,567", Some(Point)),
            ("1.234", None),
            ("-12.000", None),
            ("1,234", None),
            ("1,234 %", None),
            ("1,5 %", Some(Comma)),
            ("€ 1.234,50", Some(Comma)),
            (",5", Some(Comma)),
            ("12,75", Some(Comma)),
            ("1.234,5", Some(Comma)),
            ("1.234.567", Some(Comma)),
        ] {
            assert_eq!(Mark::shown(number), mark, "{number}");
        }
    }
}
