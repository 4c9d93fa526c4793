//! What names may hold, and where it ends; sentences in each language.

use super::*;
use crate::kernel::Kernel;
use crate::kmeans::{KMeansParams, fit};
use crate::model::fingerprint;
use crate::monitor::Silent;
use crate::prepare::{Prepare, PrepareParams};
use crate::segments::{RuleParams, segment_rules};
use crate::table::{Column, FeatureTable};

const HOSTILE: [&str; 2] = ["\\'; DROP TABLE customers; --\n*/ \"`", "\u{202e}\\"];

/// Two segments with hostile names in columns that have some, too.
fn made() -> (Model, SegmentRules) {
    let spent = Column::from_f64("s\"`\\ -- */\n", vec![10.0, 12.0, 30.0, 840.0, 901.0]);
    let orders = Column::from_f64("orders", vec![1.0, 1.0, 2.0, 5.0, 6.0]);
    let table = FeatureTable::new(vec![spent, orders], None).unwrap();
    let (prepare, prepared, _) = Prepare::fit_apply(&table, &PrepareParams::default()).unwrap();
    let params = KMeansParams::new(2);
    let kernel = Kernel::detect().unwrap();
    let fit = fit(&prepared.tiles(), prepare.precision(), &kernel, &params, &Silent).unwrap();
    let model = Model::new(prepare, &prepared, &params, &fit, fingerprint(&table)).unwrap();
    let names = [0, 1].into_iter().zip(HOSTILE.map(str::to_owned));
    let model = model.with_identities(names, 2).unwrap();
    let params = RuleParams::new(2);
    let rules = segment_rules(&table, None, model.prepare(), &fit.labels, 2, &params).unwrap();
    (model, rules)
}

/// What is left of a query without comments, quoted names and strings.
fn bare(sql: &str, dialect: Dialect) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let is_quote = c == '\'' || c == '`' || c == '"';
        if rest.starts_with("--") {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if !is_quote {
            out.push(c);
            continue;
        }
        let escapes = match dialect {
            Dialect::BigQuery => true,
            Dialect::MySql => c == '\'',
            Dialect::PostgreSql => out.ends_with('E'),
        };
        let mut chars = rest.char_indices();
        while let Some((at, inner)) = chars.next() {
            if inner == '\\' && escapes {
                chars.next();
            } else if inner == c {
                rest = &rest[at + 1..];
                break;
            }
        }
    }
    out
}

#[test]
fn names_stay_within_their_quotes() {
    let (model, rules) = made();
    let logic = Logic::new(&model, &rules).unwrap();
    for dialect in Dialect::ALL {
        for sql in [logic.rules_sql(dialect), logic.scoring_sql(dialect)] {
            let bare = bare(&sql, dialect);
            assert!(!bare.contains("DROP") && !bare.contains("--"), "{sql}");
            assert!(!bare.contains("*/") && !bare.contains('\\'), "{sql}");
            // The one at the end.
            assert_eq!(bare.matches(';').count(), 1, "{sql}");
            assert!(!sql.contains('\u{202e}'), "{sql}");
        }
    }
    let program = logic.score_py();
    assert!(program.is_ascii() && program.lines().all(|line| line.len() <= 79));
    for filled in ["MODEL = \"0", "COLUMNS: tuple[Column, ...] = ()", "FIDELITY = 0.0"] {
        assert_eq!(program.matches(&format!("\n{filled}")).count(), 0, "{filled}");
    }
}

#[test]
fn each_dialect_has_its_own_quotes() {
    let quoted = |text: &str| Dialect::ALL.map(|dialect| dialect.text(text));
    assert_eq!(quoted("it's"), ["'it''s'", "'it\\'s'", "'it''s'"]);
    assert_eq!(quoted("a\\'\n"), ["E'a\\\\''\\n'", "'a\\\\\\'\\n'", "'a\\\\''\\n'"]);
    assert_eq!(quoted("\u{202e}"), ["E'\\u202e'", "'\\u202e'", "_utf8mb4 X'E280AE'"]);
    let named = |text: &str| Dialect::ALL.map(|dialect| dialect.identifier(text));
    assert_eq!(named("a\"b`c\\"), ["\"a\"\"b`c\\\"", "`a\"b\\`c\\\\`", "`a\"b``c\\`"]);
}

#[test]
fn rules_are_sentences_in_each_language() {
    let (model, rules) = made();
    let names = [(0, "Low".to_owned()), (1, "High".to_owned())];
    let model = model.with_identities(names, 2).unwrap();
    let logic = Logic::new(&model, &rules).unwrap();
    let told = Language::ALL.map(|language| {
        let label = |column: &str| format!("<{}>", &column[..1]);
        logic.sentences(language, &label, &|_, x| language.number(x))
    });
    let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
    let of = |place: usize| told.clone().map(|told| plain(&told.rules[place]));
    let low = if rules.rules[0].n == 3 { 0 } else { 1 };
    let names = [["Low", "High"], ["High", "Low"]][low];
    assert_eq!(
        of(low),
        [
            format!("{}: <s> at most 500 (3 customers, 100% of them rightly)", names[0]),
            format!("{} : <s> d’au plus 500 (3 clients, dont 100 % à juste titre)", names[0]),
            format!("{}: <s> de no máximo 500 (3 clientes, 100% deles corretamente)", names[0]),
        ]
    );
    assert!(of(1 - low)[0].contains("<s> more than 500 (2 customers"));
    assert_eq!(
        plain(&told[0].fidelity),
        "These rules give 100 of 100 customers the same segment as the model (always saying the \
         largest one: 60)."
    );
    assert!(told.iter().all(|told| told.without_rule.is_empty() && !told.caveat.is_empty()));
}

#[test]
fn shares_are_rounded_down() {
    assert_eq!([1.0, 0.9999, 0.9619, 0.962].map(of_100), [100.0, 99.9, 96.1, 96.2]);
}

#[test]
fn rules_of_another_model_are_refused() {
    let (model, mut rules) = made();
    rules.columns[1].name.push('x');
    assert!(Logic::new(&model, &rules).is_err());
}
