//! The logic of segments for others to read and run: SQL, a Python program, sentences.
//!
//! There are two logics. The rules are short enough to be read and close to the model; the exact
//! scoring is what the model does, by the same steps in double precision.

mod python;
mod sentences;
mod sql;

pub use sentences::RuleSentences;
pub use sql::Dialect;

use super::locale::Language;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::segments::SegmentRules;

/// A model and rules that come close to it, as text.
///
/// Names of columns and segments are data: whatever they hold, it stays within the literal or the quoted
/// name that it is written as.
#[derive(Clone, Copy, Debug)]
pub struct Logic<'a> {
    model: &'a Model,
    rules: &'a SegmentRules,
}

impl<'a> Logic<'a> {
    /// Of `model` and of `rules` that were made from its columns and segments.
    ///
    /// # Errors
    /// If the rules are of other columns, or of another number of segments.
    pub fn new(model: &'a Model, rules: &'a SegmentRules) -> Result<Self> {
        let columns = model.prepare().columns().iter().map(|c| (&c.name, c.fill));
        if !columns.eq(rules.columns.iter().map(|c| (&c.name, c.fill)))
            || rules.segments.len() != model.k()
            || rules.rules.iter().any(|rule| rule.segment >= model.k())
        {
            let message = "rules are not of this model (the same columns and segments are needed)";
            return Err(Error::data(message));
        }
        Ok(Self { model, rules })
    }

    /// The rules as a query: a `CASE` with a line of conditions for each.
    pub fn rules_sql(&self, dialect: Dialect) -> String {
        sql::rules(self, dialect)
    }

    /// The exact scoring as a query: the model's steps in double precision. Logarithms are `LN(1 + x)`
    /// where what that rounds is below 10⁻¹³ of a prepared value, and in a longer form otherwise.
    pub fn scoring_sql(&self, dialect: Dialect) -> String {
        sql::scoring(self, dialect)
    }

    /// Both logics as one Python program (3.9 or later) that needs nothing else: it reads a CSV table of
    /// customers and writes their segments, and can be imported.
    pub fn score_py(&self) -> String {
        python::program(self)
    }

    /// The rules as sentences. `label` is how a column is called, `value` how one of its values is
    /// written. Text that is plain, and not escaped for any markup.
    pub fn sentences(
        &self,
        language: Language,
        label: &dyn Fn(&str) -> String,
        value: &dyn Fn(&str, f64) -> String,
    ) -> RuleSentences {
        sentences::sentences(self, language, label, value)
    }
}

/// How many of a hundred, to one decimal, rounded down: 100 means all.
pub(crate) fn of_100(share: f64) -> f64 {
    /// What a share that has just three decimals may be off in binary.
    const ROUNDING: f64 = 1e-9;
    (1000.0 * share + ROUNDING).floor() / 10.0
}

#[cfg(test)]
mod tests;
