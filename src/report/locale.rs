//! Numbers, amounts and dates as people of a country write them.

use crate::history::Day;
use crate::stability::{Currency, Hundredths};

/// The language of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
    /// Brazilian Portuguese.
    Portuguese,
}

/// A space at which no line ends.
const NO_BREAK: char = '\u{a0}';

impl Language {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::English, Self::French, Self::Portuguese];

    /// Its tag, as in the attribute `lang`.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::Portuguese => "pt-BR",
        }
    }

    /// With so many decimals, the digits grouped.
    pub(super) fn decimal(self, x: f64, decimals: usize) -> String {
        let text = format!("{:.decimals$}", x.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let (group, point) = match self {
            Self::English => (',', '.'),
            Self::French => ('\u{202f}', ','),
            Self::Portuguese => ('.', ','),
        };
        let mut out = String::new();
        let is_zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
        if x < 0.0 && !is_zero {
            out.push('\u{2212}');
        }
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                out.push(group);
            }
            out.push(digit);
        }
        if !fraction.is_empty() {
            out.push(point);
            out += fraction;
        }
        out
    }

    /// With no more decimals than it has, four at most.
    pub(super) fn number(self, x: f64) -> String {
        self.trimmed(x, 4)
    }

    /// With no more decimals than it has, so many at most.
    pub(super) fn trimmed(self, x: f64, decimals: usize) -> String {
        let text = format!("{x:.decimals$}");
        let needed = text.trim_end_matches('0').split_once('.').map_or(0, |(_, f)| f.len());
        self.decimal(x, needed)
    }

    pub(super) fn count(self, n: u64) -> String {
        self.decimal(n as f64, 0)
    }

    /// A share, in per cent to one decimal.
    pub(super) fn percent(self, share: f64) -> String {
        /// What would be printed as nothing, and is something.
        const LEAST: f64 = 0.0005;
        if share > 0.0 && share < LEAST {
            return format!("<{NO_BREAK}{}", self.percent(0.001));
        }
        let text = format!("{:.1}", 100.0 * share);
        let number = self.decimal(100.0 * share, usize::from(!text.ends_with(".0")));
        match self {
            Self::French => format!("{number}{NO_BREAK}%"),
            Self::English | Self::Portuguese => format!("{number}%"),
        }
    }

    /// To the cent.
    pub(super) fn amount(self, amount: Hundredths, currency: Currency) -> String {
        self.with_symbol(&self.decimal(amount.value(), 2), currency)
    }

    /// To the unit.
    pub(super) fn whole_amount(self, amount: Hundredths, currency: Currency) -> String {
        self.with_symbol(&self.decimal(amount.value().round(), 0), currency)
    }

    /// Of what customers spent, to the unit.
    #[cfg(feature = "report")]
    pub(super) fn rounded_amount(self, amount: f64, currency: Currency) -> String {
        self.with_symbol(&self.decimal(amount, 0), currency)
    }

    /// A number that is written already, as an amount.
    pub(super) fn with_symbol(self, number: &str, currency: Currency) -> String {
        let symbol = currency.symbol();
        match (self, currency) {
            (Self::French, Currency::Dollar) => format!("{number}{NO_BREAK}$US"),
            (Self::French, _) => format!("{number}{NO_BREAK}{symbol}"),
            (Self::English, Currency::Dollar) => format!("${number}"),
            (Self::English, Currency::Euro | Currency::Pound) => format!("{symbol}{number}"),
            (Self::English, Currency::Real) | (Self::Portuguese, _) => {
                format!("{symbol}{NO_BREAK}{number}")
            }
        }
    }

    pub(super) fn date(self, day: Day) -> String {
        const MONTHS: [[&str; 3]; 12] = [
            ["January", "janvier", "janeiro"],
            ["February", "février", "fevereiro"],
            ["March", "mars", "março"],
            ["April", "avril", "abril"],
            ["May", "mai", "maio"],
            ["June", "juin", "junho"],
            ["July", "juillet", "julho"],
            ["August", "août", "agosto"],
            ["September", "septembre", "setembro"],
            ["October", "octobre", "outubro"],
            ["November", "novembre", "novembro"],
            ["December", "décembre", "dezembro"],
        ];
        let (year, month, day) = day.ymd();
        let month = MONTHS[(month as usize).clamp(1, 12) - 1][self as usize];
        match (self, day) {
            (Self::English, _) => format!("{day} {month} {year}"),
            (Self::French, 1) => format!("1er {month} {year}"),
            (Self::French, _) => format!("{day} {month} {year}"),
            (Self::Portuguese, 1) => format!("1º de {month} de {year}"),
            (Self::Portuguese, _) => format!("{day} de {month} de {year}"),
        }
    }

    /// In weeks, to one decimal; in days where it is less than one.
    pub(super) fn duration(self, days: f64) -> String {
        const DAYS: [[&str; 2]; 3] = [["day", "days"], ["jour", "jours"], ["dia", "dias"]];
        const WEEKS: [[&str; 2]; 3] =
            [["week", "weeks"], ["semaine", "semaines"], ["semana", "semanas"]];
        let (n, names) = if days < 7.0 { (days, DAYS) } else { (days / 7.0, WEEKS) };
        let n = (10.0 * n).round() / 10.0;
        let name = names[self as usize][usize::from(!self.is_singular(n))];
        format!("{}{NO_BREAK}{name}", self.number(n))
    }

    /// Whether a noun that so many, as printed, stand before is in the singular.
    pub(super) fn is_singular(self, n: f64) -> bool {
        match self {
            Self::English => n.abs() == 1.0,
            Self::French | Self::Portuguese => n.abs() < 2.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_each_country() {
        let of = |x| Language::ALL.map(|language| language.decimal(x, 2));
        assert_eq!(
            of(1_234_567.891),
            ["1,234,567.89", "1\u{202f}234\u{202f}567,89", "1.234.567,89"]
        );
        assert_eq!(of(-0.001), ["0.00", "0,00", "0,00"]);
        assert_eq!(of(-999.5), ["\u{2212}999.50", "\u{2212}999,50", "\u{2212}999,50"]);
        let short = [0.25, 4.0, 1234.5678, 60.0].map(|x| Language::English.number(x));
        assert_eq!(short, ["0.25", "4", "1,234.5678", "60"]);
        let percents = Language::ALL.map(|language| language.percent(0.084));
        assert_eq!(percents, ["8.4%", "8,4\u{a0}%", "8,4%"]);
        assert_eq!(Language::English.percent(0.08), "8%");
    }

    #[test]
    fn amounts_are_written_as_in_each_country() {
        let amount = Hundredths::nearest(3733.96);
        let euros = Language::ALL.map(|language| language.amount(amount, Currency::Euro));
        assert_eq!(euros, ["€3,733.96", "3\u{202f}733,96\u{a0}€", "€\u{a0}3.733,96"]);
        let reals = Language::ALL.map(|language| language.whole_amount(amount, Currency::Real));
        assert_eq!(reals, ["R$\u{a0}3,734", "3\u{202f}734\u{a0}R$", "R$\u{a0}3.734"]);
        let twelve = |currency| Language::ALL.map(|language| language.with_symbol("12", currency));
        assert_eq!(twelve(Currency::Pound), ["£12", "12\u{a0}£", "£\u{a0}12"]);
        assert_eq!(twelve(Currency::Dollar), ["$12", "12\u{a0}$US", "US$\u{a0}12"]);
    }

    #[test]
    fn days_and_weeks_are_written_as_in_each_country() {
        let day = |text| Language::ALL.map(|l| l.date(Day::parse(text).unwrap()));
        assert_eq!(
            day("2018-10-24"),
            ["24 October 2018", "24 octobre 2018", "24 de outubro de 2018"]
        );
        assert_eq!(day("2018-03-01")[1..], ["1er mars 2018", "1º de março de 2018"]);
        let long = |days| Language::ALL.map(|l| l.duration(days).replace('\u{a0}', " "));
        assert_eq!(long(56.0), ["8 weeks", "8 semaines", "8 semanas"]);
        assert_eq!(long(10.5), ["1.5 weeks", "1,5 semaine", "1,5 semana"]);
        assert_eq!(long(1.0), ["1 day", "1 jour", "1 dia"]);
    }
}
