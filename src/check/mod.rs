//! What would go wrong with order tables or a table of features, said before it does.

mod features;
mod orders;

pub use features::{check_features, check_sizes};
pub use orders::check_orders;

use crate::error::grouped;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Results would be wrong whatever is done.
    Error,
    /// Results are wrong if it is not known.
    Warning,
    /// Good to know.
    Note,
}

impl Level {
    /// Every level, the gravest first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// A short name that stays the same.
    pub code: &'static str,
    /// What is so, with figures.
    pub what: String,
    /// What follows from it, or what to do.
    pub advice: String,
    /// How often, where it can be counted.
    pub count: Option<u64>,
    /// Of how many.
    pub of: Option<u64>,
    /// Keys or names of the first few.
    pub examples: Vec<String>,
}

impl Finding {
    fn new(level: Level, code: &'static str, what: impl Into<String>, advice: &str) -> Self {
        Self {
            level,
            code,
            what: what.into(),
            advice: advice.to_owned(),
            count: None,
            of: None,
            examples: Vec::new(),
        }
    }

    fn counting(self, count: u64, of: u64) -> Self {
        Self { count: Some(count), of: Some(of), ..self }
    }

    fn with_examples(self, examples: &[String]) -> Self {
        Self { examples: examples.to_vec(), ..self }
    }
}

/// `1,234 (5.6 %)`.
fn share(n: u64, of: u64) -> String {
    format!("{} ({})", grouped(n), percent(n as f64 / of.max(1) as f64))
}

fn percent(share: f64) -> String {
    match 100.0 * share {
        x if x > 0.0 && x < 0.005 => "<0.01 %".to_owned(),
        x if x > 0.0 && x < 0.1 => format!("{x:.2} %"),
        x => format!("{x:.1} %"),
    }
}
