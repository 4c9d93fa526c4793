//! What a file says about its own columns, beside their names: kept as JSON under one key of each
//! field's metadata, in Arrow and in Parquet files.

use std::collections::HashMap;

use arrow_schema::{Field, FieldRef};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::history::FeatureColumn;
use crate::prepare::{ColumnAdvice, Missing, Scale, Transform};

/// The key.
pub(super) const KEY: &str = "segengine";

#[derive(Serialize, Deserialize)]
struct AdviceView {
    role: String,
    unit: String,
    definition: String,
    missing: String,
    transform: String,
    scale: String,
}

const FEATURE: &str = "feature";
const DESCRIPTOR: &str = "descriptor";

/// `field`, saying what is to be said of `column`.
pub(super) fn annotated(field: Field, column: &FeatureColumn) -> Field {
    describe(
        field,
        &AdviceView {
            role: if column.is_feature { FEATURE } else { DESCRIPTOR }.to_owned(),
            unit: column.unit.to_owned(),
            definition: column.definition.clone().into_owned(),
            missing: column.missing.name().to_owned(),
            transform: column.transform.name().to_owned(),
            scale: column.scale.name().to_owned(),
        },
    )
}

/// `field`, saying that it describes.
pub(super) fn described(field: Field, definition: &str) -> Field {
    let defaults = (Missing::default(), Transform::default(), Scale::default());
    describe(
        field,
        &AdviceView {
            role: DESCRIPTOR.to_owned(),
            unit: "text".to_owned(),
            definition: definition.to_owned(),
            missing: defaults.0.name().to_owned(),
            transform: defaults.1.name().to_owned(),
            scale: defaults.2.name().to_owned(),
        },
    )
}

fn describe(field: Field, view: &AdviceView) -> Field {
    // Strings under fixed names have a form in JSON.
    let text = serde_json::to_string(view).unwrap_or_default();
    field.with_metadata(HashMap::from([(KEY.to_owned(), text)]))
}

/// What the columns of a file say about themselves.
///
/// # Errors
/// Data errors if one of them says what makes no sense.
pub(super) fn advice(fields: &[FieldRef]) -> Result<Vec<ColumnAdvice>> {
    let said = fields.iter().filter_map(|field| Some((field.name(), field.metadata().get(KEY)?)));
    said.map(|(name, text)| parse(name, text).map_err(|error| error.in_column(name))).collect()
}

fn parse(name: &str, text: &str) -> Result<ColumnAdvice> {
    let view: AdviceView = serde_json::from_str(text).map_err(|error| {
        Error::data(format!("its recommendation cannot be read ({error}; write the file anew)"))
    })?;
    let unknown = |word: &str| {
        Error::data(format!("its recommendation has \"{word}\", which is not known here"))
    };
    let find = |found: Option<_>, word: &str| found.ok_or_else(|| unknown(word));
    if ![FEATURE, DESCRIPTOR].contains(&view.role.as_str()) {
        return Err(unknown(&view.role));
    }
    let missing = Missing::ALL.into_iter().find(|known| known.name() == view.missing);
    let transform = Transform::ALL.into_iter().find(|known| known.name() == view.transform);
    let scale = Scale::ALL.into_iter().find(|known| known.name() == view.scale);
    Ok(ColumnAdvice {
        name: name.to_owned(),
        is_feature: view.role == FEATURE,
        missing: find(missing, &view.missing)?,
        transform: transform.ok_or_else(|| unknown(&view.transform))?,
        scale: scale.ok_or_else(|| unknown(&view.scale))?,
    })
}
