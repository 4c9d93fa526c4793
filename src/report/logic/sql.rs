//! The two logics as SQL queries.
//!
//! A query goes step by step, each a common table expression: `given` (the columns as double precision),
//! `known` (missing values filled; NULL where the engine would refuse the value), then either `ruled`, or
//! `prepared`, `distances` and `nearest`.

use std::fmt::Write as _;

use super::{Logic, of_100};
use crate::error::{grouped, reorders};
use crate::prepare::{FittedColumn, FittedTransform};
use crate::segments::{RuleCondition, SegmentRule};

/// A database's SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL 12 or later.
    PostgreSql,
    /// BigQuery (GoogleSQL).
    BigQuery,
    /// MySQL 8.0.17 or later, and MariaDB.
    MySql,
}

/// The largest finite number; NaN and infinities are not up to it.
const LARGEST: &str = "1.7976931348623157e308";

/// Scales beyond this would let the rounding of `LN(1 + x)` for small x, 10⁻¹⁶, be seen.
const FINE_SCALE: f64 = 1e3;

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 3] = [Self::PostgreSql, Self::BigQuery, Self::MySql];

    /// As part of a file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::PostgreSql => "postgresql",
            Self::BigQuery => "bigquery",
            Self::MySql => "mysql",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL",
            Self::BigQuery => "BigQuery",
            Self::MySql => "MySQL",
        }
    }

    /// `name` as the name of a column, whatever it holds.
    pub(super) fn identifier(self, name: &str) -> String {
        match self {
            Self::PostgreSql => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::MySql => format!("`{}`", name.replace('`', "``")),
            Self::BigQuery => format!("`{}`", backslashed(name, '`')),
        }
    }

    /// `text` as a string, whatever it holds.
    pub(super) fn text(self, text: &str) -> String {
        let is_plain = |c: char| c != '\\' && !c.is_control() && !reorders(c);
        let is_escapable = |c: char| matches!(c, '\\' | '\n' | '\r' | '\t') || is_plain(c);
        match self {
            Self::BigQuery => format!("'{}'", backslashed(text, '\'')),
            Self::PostgreSql if text.chars().all(is_plain) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            Self::PostgreSql => format!("E'{}'", backslashed(text, '\'').replace("\\'", "''")),
            // Quotes are doubled, so that the string ends here in either mode of the server.
            Self::MySql if text.chars().all(is_escapable) => {
                let text = text.replace('\\', "\\\\").replace('\'', "''");
                let text = text.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
                format!("'{text}'")
            }
            Self::MySql => {
                let hex: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
                format!("_utf8mb4 X'{hex}'")
            }
        }
    }

    /// `column` in double precision. Booleans are 0 and 1.
    fn to_double(self, column: &FittedColumn) -> String {
        let name = self.identifier(&column.name);
        let (double, whole) = match self {
            Self::PostgreSql => ("double precision", "integer"),
            Self::BigQuery => ("FLOAT64", "INT64"),
            Self::MySql => ("DOUBLE", "SIGNED"),
        };
        let is_boolean = column.type_name == "Boolean";
        let name = if is_boolean { format!("CAST({name} AS {whole})") } else { name };
        format!("CAST({name} AS {double})")
    }

    /// `column`, filled where it is missing, and NULL where it stays missing or the engine would refuse
    /// the value.
    fn known(self, column: &FittedColumn) -> String {
        let name = self.identifier(&column.name);
        let has_infinities = self != Self::MySql;
        let lower = match column.transform {
            FittedTransform::Log1p => Some("> -1"),
            FittedTransform::Sqrt => Some(">= 0"),
            FittedTransform::Identity | FittedTransform::YeoJohnson { .. } => None,
        };
        let domain = match (lower, has_infinities) {
            (Some(lower), true) => Some(format!("{name} {lower} AND {name} <= {LARGEST}")),
            (Some(lower), false) => Some(format!("{name} {lower}")),
            (None, true) => Some(format!("ABS({name}) <= {LARGEST}")),
            (None, false) => None,
        };
        let missing = match self {
            Self::PostgreSql => format!("{name} IS NULL OR {name} = 'NaN'"),
            Self::BigQuery => format!("{name} IS NULL OR IS_NAN({name})"),
            Self::MySql => format!("{name} IS NULL"),
        };
        match (column.fill, domain) {
            (None, None) => name,
            (None, Some(domain)) => format!("CASE WHEN {domain} THEN {name} END AS {name}"),
            (Some(fill), None) => format!("COALESCE({name}, {}) AS {name}", double(fill)),
            (Some(fill), Some(domain)) => format!(
                "CASE\n            WHEN {missing} THEN {}\n            WHEN {domain} THEN {name}\n        \
                 END AS {name}",
                double(fill)
            ),
        }
    }
}

/// With `quote`, backslashes and what does not show written as escapes.
fn backslashed(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // No database holds it in a text.
            '\0' => out.push('\u{fffd}'),
            c if c == quote => out.extend(['\\', c]),
            c if c.is_control() || reorders(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// A number in double precision; read back, it is the same. The exponent makes it one in MySQL.
fn double(x: f64) -> String {
    if x.is_sign_negative() { format!("({x:e})") } else { format!("{x:e}") }
}

/// A threshold as people would write it.
fn plain(x: f64) -> String {
    let is_short = x == 0.0 || (1e-6..1e15).contains(&x.abs());
    if is_short { x.to_string() } else { format!("{x:e}") }
}

/// The rules as a query.
pub(super) fn rules(logic: &Logic<'_>, dialect: Dialect) -> String {
    let rules = logic.rules;
    let mut sql =
        head(logic, dialect, "Segments by rules, which are close to the model and short.");
    let _ = writeln!(
        sql,
        "-- The rules give {} of 100 customers of the fit the same segment as the model (always saying\n\
         -- the largest one: {}). Where they differ, the exact scoring counts.",
        of_100(rules.fidelity),
        of_100(rules.largest_share)
    );
    sql += &first_steps(logic, dialect);
    let names: Vec<_> = rules.columns.iter().map(|c| dialect.identifier(&c.name)).collect();
    let unknown: Vec<_> = names.iter().map(|name| format!("{name} IS NULL")).collect();
    let _ = write!(
        sql,
        ",\nruled AS (\n    SELECT\n        {} AS row_id,\n        CASE\n            WHEN {}\n            \
         THEN NULL\n",
        dialect.identifier(&id_column(logic)),
        unknown.join("\n                OR ")
    );
    for rule in &rules.rules {
        let id = logic.model.segments()[rule.segment].id;
        let _ = writeln!(sql, "            -- {}", counts(rule));
        let conditions: Vec<_> = rule.conditions.iter().map(|c| condition(c, &names)).collect();
        let _ = match conditions.is_empty() {
            true => writeln!(sql, "            ELSE {id}"),
            false => {
                let all = conditions.join("\n                AND ");
                writeln!(sql, "            WHEN {all}\n            THEN {id}")
            }
        };
    }
    sql += "        END AS segment\n    FROM known\n)\n";
    sql + &last_step(logic, dialect, "ruled", None)
}

fn counts(rule: &SegmentRule) -> String {
    let right = of_100(rule.n_right as f64 / rule.n as f64);
    format!("{} of the fit, {right} of 100 rightly", grouped(rule.n))
}

fn condition(condition: &RuleCondition, names: &[String]) -> String {
    let name = &names[condition.column];
    let above = condition.above.map(|t| format!("{name} > {}", plain(t)));
    let up_to = condition.up_to.map(|t| format!("{name} <= {}", plain(t)));
    above.into_iter().chain(up_to).collect::<Vec<_>>().join(" AND ")
}

/// The exact scoring as a query.
pub(super) fn scoring(logic: &Logic<'_>, dialect: Dialect) -> String {
    let model = logic.model;
    let columns = model.prepare().columns();
    let mut sql = head(logic, dialect, "Segments by the exact scoring of the model.");
    sql += &first_steps(logic, dialect);
    let row_id = format!("{} AS row_id", dialect.identifier(&id_column(logic)));
    let names: Vec<_> = columns.iter().map(|c| dialect.identifier(&c.name)).collect();

    // What is used more than once has a step of its own.
    let is_logged = |column: &FittedColumn| {
        matches!(column.transform, FittedTransform::Log1p | FittedTransform::YeoJohnson { .. })
    };
    let any_logged = columns.iter().any(is_logged);
    if any_logged {
        let plain = names.iter().enumerate().map(|(j, name)| format!("{name} AS x{}", j + 1));
        let logs = columns.iter().enumerate().filter(|(_, column)| is_logged(column));
        let logs = logs.map(|(j, column)| format!("{} AS l{}", log(column, &names[j]), j + 1));
        let items = [row_id.clone()].into_iter().chain(plain).chain(logs);
        sql += &step("logged", items, "known");
    }
    let prepared = columns.iter().enumerate().map(|(j, column)| {
        let x = if any_logged { format!("x{}", j + 1) } else { names[j].clone() };
        let z = scaled(column, transformed(column, &x, &format!("l{}", j + 1)));
        format!("{z} AS z{}", j + 1)
    });
    let (id, from) = if any_logged { ("row_id".to_owned(), "logged") } else { (row_id, "known") };
    sql += &step("prepared", [id].into_iter().chain(prepared), from);

    let row_id = || ["row_id".to_owned()].into_iter();
    let distances = model.centers().chunks(columns.len()).enumerate().map(|(place, center)| {
        let terms = center.iter().enumerate().map(|(j, &c)| {
            let difference = format!("(z{} - {})", j + 1, double(c));
            format!("{difference} * {difference}")
        });
        let terms: Vec<_> = terms.collect();
        format!("{} AS d{place}", terms.join("\n            + "))
    });
    sql += &step("distances", row_id().chain(distances), "prepared");

    let all: Vec<_> = (0..model.k()).map(|place| format!("d{place}")).collect();
    let least = if all.len() == 1 { all[0].clone() } else { format!("LEAST({})", all.join(", ")) };
    let items = row_id().chain(all).chain([format!("{least} AS least")]);
    sql += &step("nearest", items, "distances");

    let mut case = "CASE\n".to_owned();
    for (place, segment) in model.segments().iter().enumerate() {
        let _ = writeln!(case, "            WHEN d{place} = least THEN {}", segment.id);
    }
    case += "        END AS segment";
    let items = row_id().chain([case, "SQRT(least) AS distance".to_owned()]);
    sql += &step("scored", items, "nearest");
    sql += "\n";
    sql + &last_step(logic, dialect, "scored", Some("distance"))
}

/// A further common table expression.
fn step(name: &str, items: impl Iterator<Item = String>, from: &str) -> String {
    let items: Vec<_> = items.collect();
    format!(",\n{name} AS (\n    SELECT\n        {}\n    FROM {from}\n)", items.join(",\n        "))
}

/// ln(1 + x), or ln(1 + |x|) for a transform that takes negative values, too.
fn log(column: &FittedColumn, x: &str) -> String {
    let x = match column.transform {
        FittedTransform::YeoJohnson { .. } => format!("ABS({x})"),
        _ => x.to_owned(),
    };
    if column.affine.scale <= FINE_SCALE {
        return format!("LN(1 + {x})");
    }
    // Exact to the last digits (Kahan): what 1 + x lost of x cancels out.
    format!("CASE WHEN 1 + {x} = 1 THEN {x} ELSE LN(1 + {x}) * {x} / ((1 + {x}) - 1) END")
}

fn transformed(column: &FittedColumn, x: &str, log: &str) -> String {
    match column.transform {
        FittedTransform::Identity => x.to_owned(),
        FittedTransform::Log1p => log.to_owned(),
        FittedTransform::Sqrt => format!("SQRT({x})"),
        FittedTransform::YeoJohnson { lambda } => format!(
            "(CASE WHEN {x} < 0 THEN -{} ELSE {} END)",
            power(2.0 - lambda, log),
            power(lambda, log)
        ),
    }
}

/// `(exp(lambda·log) − 1) / lambda`, where the exponential is near 1 without its cancellation (Kahan).
fn power(lambda: f64, log: &str) -> String {
    if lambda.abs() < f64::EPSILON {
        return log.to_owned();
    }
    let lambda = double(lambda);
    let exp = format!("EXP({lambda} * {log})");
    format!(
        "(CASE WHEN {exp} = 1 THEN {log} WHEN ABS({lambda} * {log}) < 1 THEN ({exp} - 1) * {log} / \
         LN({exp}) ELSE ({exp} - 1) / {lambda} END)"
    )
}

/// `y` shifted and scaled as the model does.
fn scaled(column: &FittedColumn, y: String) -> String {
    let (affine, half) = (column.affine, -column.exponent / 2);
    let y = match column.exponent {
        0 => y,
        // In two steps, since one factor alone may have no representation.
        exponent => {
            let factors = [half, -exponent - half].map(|n| double(2_f64.powi(n)));
            format!("{y} * {} * {}", factors[0], factors[1])
        }
    };
    if affine.is_identity() {
        return y;
    }
    format!("({y} - {}) * {}", double(affine.shift), double(affine.scale))
}

/// What the query is, in comments.
fn head(logic: &Logic<'_>, dialect: Dialect, what: &str) -> String {
    let model = logic.model;
    let mut sql = format!("-- {what} For {}.\n-- Model {}", dialect.title(), model.fingerprint());
    if let Some(origin) = model.origin() {
        let _ = write!(sql, ", of customers as known on {}", origin.day);
    }
    sql += ".\n-- Put your table in the place of customers: one row for each, and these columns.\n";
    sql += if model.prepare().columns().iter().any(|column| column.fill.is_none()) {
        "-- Who misses a value has no segment.\n"
    } else {
        "-- Missing values are filled as they were in the fit.\n"
    };
    sql
}

/// `given` and `known`.
fn first_steps(logic: &Logic<'_>, dialect: Dialect) -> String {
    let columns = logic.model.prepare().columns();
    let id = dialect.identifier(&id_column(logic));
    let given: Vec<_> = columns
        .iter()
        .map(|c| format!("{} AS {}", dialect.to_double(c), dialect.identifier(&c.name)))
        .collect();
    let known: Vec<_> = columns.iter().map(|column| dialect.known(column)).collect();
    format!(
        "WITH\ngiven AS (\n    SELECT\n        {id},\n        {}\n    FROM customers\n),\n\
         known AS (\n    SELECT\n        {id},\n        {}\n    FROM given\n)",
        given.join(",\n        "),
        known.join(",\n        ")
    )
}

/// The rows of `from` with the names of their segments.
fn last_step(logic: &Logic<'_>, dialect: Dialect, from: &str, more: Option<&str>) -> String {
    let mut sql = format!(
        "SELECT\n    row_id AS {},\n    segment,\n    CASE segment\n",
        dialect.identifier(&id_column(logic))
    );
    for segment in logic.model.segments() {
        let name = dialect.text(&segment.name);
        let _ = writeln!(sql, "        WHEN {} THEN {name}", segment.id);
    }
    sql += "    END AS segment_name";
    if let Some(more) = more {
        let _ = write!(sql, ",\n    {more}");
    }
    let _ = writeln!(sql, "\nFROM {from};");
    sql
}

/// The column that tells customers apart: the model's, else a name that none of the columns has.
fn id_column(logic: &Logic<'_>) -> String {
    let columns = logic.model.prepare().columns();
    logic.model.id_column().map_or_else(
        || {
            let mut name = "id".to_owned();
            while columns.iter().any(|column| column.name.eq_ignore_ascii_case(&name)) {
                name.push('_');
            }
            name
        },
        str::to_owned,
    )
}
