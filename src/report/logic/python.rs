//! The Python program: `score.py` with the numbers of a model in the place of its empty tables.

use std::fmt::Write as _;

use super::Logic;
use crate::prepare::FittedTransform;

/// A program for no model, whole and checked as such.
const PROGRAM: &str = include_str!("score.py");

/// Characters of a line at most (PEP 8).
const WIDTH: usize = 79;

/// The program for the model and the rules of `logic`.
pub(super) fn program(logic: &Logic<'_>) -> String {
    let model = logic.model;
    let as_of = model.origin().map(|origin| origin.day.to_string());
    [
        (
            r#"MODEL = "00000000000000000000000000000000""#,
            text("", "MODEL = ", model.fingerprint(), ""),
        ),
        ("AS_OF: str | None = None", optional_text("AS_OF: str | None = ", as_of.as_deref())),
        (
            "ID_COLUMN: str | None = None",
            optional_text("ID_COLUMN: str | None = ", model.id_column()),
        ),
        ("COLUMNS: tuple[Column, ...] = ()", columns(logic)),
        ("SEGMENTS: tuple[Segment, ...] = ()", segments(logic)),
        ("RULES: tuple[Rule, ...] = ()", rules(logic)),
        ("FIDELITY = 0.0", format!("FIDELITY = {}", number(logic.rules.fidelity))),
    ]
    .into_iter()
    .fold(PROGRAM.to_owned(), |program, (empty, filled)| {
        // No line of what was filled in is such a one.
        match program.split_once(&format!("\n{empty}\n")) {
            Some((before, after)) => format!("{before}\n{filled}\n{after}"),
            None => program,
        }
    })
}

fn columns(logic: &Logic<'_>) -> String {
    let mut out = "COLUMNS: tuple[Column, ...] = (\n".to_owned();
    for column in logic.model.prepare().columns() {
        let power = match column.transform {
            FittedTransform::YeoJohnson { lambda } => lambda,
            _ => 1.0,
        };
        let _ = writeln!(
            out,
            "    Column(\n{}\n        fill={},\n        transform=\"{}\",\n        power={},\n        \
             exponent={},\n        shift={},\n        scale={},\n    ),",
            text("        ", "name=", &column.name, ","),
            optional(column.fill),
            column.transform.kind().name(),
            number(power),
            column.exponent,
            number(column.affine.shift),
            number(column.affine.scale),
        );
    }
    out + ")"
}

fn segments(logic: &Logic<'_>) -> String {
    let model = logic.model;
    let mut out = "SEGMENTS: tuple[Segment, ...] = (\n".to_owned();
    let centers = model.centers().chunks(model.prepare().columns().len());
    for (segment, center) in model.segments().iter().zip(centers) {
        let name = text("        ", "name=", &segment.name, ",");
        let _ = writeln!(out, "    Segment(\n        id={},\n{name}\n        center=(", segment.id);
        for &z in center {
            let _ = writeln!(out, "            {},", number(z));
        }
        out += "        ),\n    ),\n";
    }
    out + ")"
}

fn rules(logic: &Logic<'_>) -> String {
    let mut out = "RULES: tuple[Rule, ...] = (\n".to_owned();
    for rule in &logic.rules.rules {
        let id = logic.model.segments()[rule.segment].id;
        let _ = write!(out, "    Rule(\n        segment={id},\n        conditions=(");
        for condition in &rule.conditions {
            let column = &logic.rules.columns[condition.column].name;
            let _ = write!(
                out,
                "\n            Condition(\n{}\n                above={},\n                up_to={},\n            \
                 ),",
                text("                ", "column=", column, ","),
                optional(condition.above),
                optional(condition.up_to),
            );
        }
        out += if rule.conditions.is_empty() { "),\n    ),\n" } else { "\n        ),\n    ),\n" };
    }
    out + ")"
}

/// As Python reads and writes it: the same number.
fn number(x: f64) -> String {
    format!("{x:?}")
}

fn optional(x: Option<f64>) -> String {
    x.map_or_else(|| "None".to_owned(), number)
}

fn optional_text(head: &str, value: Option<&str>) -> String {
    value.map_or_else(|| format!("{head}None"), |value| text("", head, value, ""))
}

/// `head`, a literal and `tail`, in as many lines as it needs.
fn text(indent: &str, head: &str, value: &str, tail: &str) -> String {
    let escaped: Vec<String> = value.chars().map(escape).collect();
    let line = format!("{indent}{head}\"{}\"{tail}", escaped.concat());
    if line.len() <= WIDTH {
        return line;
    }
    let room = WIDTH - indent.len() - 6;
    let mut lines = vec![String::new()];
    for part in escaped {
        match lines.last_mut() {
            Some(line) if line.len() + part.len() <= room => *line += &part,
            _ => lines.push(part),
        }
    }
    let lines: Vec<_> = lines.iter().map(|line| format!("{indent}    \"{line}\"\n")).collect();
    format!("{indent}{head}(\n{}{indent}){tail}", lines.concat())
}

/// A character within double quotes, in ASCII.
fn escape(c: char) -> String {
    match c {
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        // Formatters would take other quotes around it.
        '"' => "\\x22".to_owned(),
        ' '..='~' => c.to_string(),
        c => match u32::from(c) {
            code @ 0..=0xff => format!("\\x{code:02x}"),
            code @ 0x100..=0xffff => format!("\\u{code:04x}"),
            code => format!("\\U{code:08x}"),
        },
    }
}
