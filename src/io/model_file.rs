//! `model.json`: a model as data, written whole and believed in nothing when it is read.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::kmeans::Algorithm;
use crate::model::{Model, Segment, Start, Training};
use crate::prepare::{FittedColumn, FittedTransform, Missing, Prepare, Scale, Transform};
use crate::scalar::Precision;
use crate::seed::Seed;

const FORMAT: &str = "segengine-model";
const SCHEMA_VERSION: u32 = 1;
/// Larger than any model that can be fitted in reasonable time, small enough to read blindly.
const MAX_BYTES: u64 = 64 << 20;

/// Writes `model` as indented JSON with a final newline. The same model gives the same bytes.
///
/// # Errors
/// If writing fails.
pub fn write_model(model: &Model, out: &mut dyn Write) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(&ModelView::of(model))
        .map_err(|e| Error::io("cannot write the model", &e.into()))?;
    bytes.push(b'\n');
    out.write_all(&bytes)
        .map_err(|e| Error::io("cannot write the model", &e))
}

/// Reads the model at `path` and checks every part of it.
///
/// # Errors
/// If the file cannot be read, or is larger than 64 MiB, or is not a sound model of a version that
/// this crate knows.
pub fn read_model(path: &Path) -> Result<Model> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|e| Error::io("cannot read the model", &e).in_file(path))?;
    parse_model(&bytes).map_err(|e| e.in_file(path))
}

/// [`read_model`] from memory.
///
/// # Errors
/// If `bytes` are not a sound model of a version that this crate knows.
pub fn parse_model(bytes: &[u8]) -> Result<Model> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::data("is larger than 64 MiB, which no model is"));
    }
    // Without the rest, so that a newer version is told from damage.
    let header: HeaderView = serde_json::from_slice(bytes).map_err(|e| {
        Error::data(format!(
            "is not a model ({e}; a model.json of this program is needed)"
        ))
    })?;
    if header.format != FORMAT {
        return Err(Error::data(format!(
            "is not a model: its format is \"{}\" (\"{FORMAT}\" is needed)",
            header.format
        )));
    }
    if header.schema_version > SCHEMA_VERSION {
        return Err(Error::data(format!(
            "was written by a newer version of this program (schema {}; up to {SCHEMA_VERSION} is \
             understood)",
            header.schema_version
        )));
    }
    if header.schema_version == 0 {
        return Err(Error::data("has schema version 0 (1 is the first)"));
    }
    let view: ModelView = serde_json::from_slice(bytes)
        .map_err(|e| Error::data(format!("is a damaged model ({e})")))?;
    view.into_model()
}

#[derive(Deserialize)]
struct HeaderView {
    format: String,
    schema_version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelView {
    format: String,
    schema_version: u32,
    engine_version: String,
    columns: Vec<ColumnView>,
    missing: String,
    scale: String,
    precision: String,
    segments: Vec<SegmentView>,
    training: TrainingView,
    /// Of the used columns of the table that was fitted.
    fingerprint: String,
}

/// A value is prepared as `((transform(x) · 2^-exponent) - shift) · scale`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnView {
    name: String,
    r#type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fill: Option<f64>,
    transform: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lambda: Option<f64>,
    exponent: i32,
    shift: f64,
    scale: f64,
    min: f64,
    max: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SegmentView {
    id: u32,
    name: String,
    size: u64,
    /// In the prepared space.
    center: Vec<f64>,
    /// In the columns' units.
    center_original: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrainingView {
    n_rows: u64,
    n_used: u64,
    inertia: f64,
    n_iter: u64,
    converged: bool,
    algorithm: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch_size: Option<u64>,
    init: String,
    n_init: u64,
    max_iter: u64,
    tol: f64,
    seed: u64,
}

impl ModelView {
    fn of(model: &Model) -> Self {
        let prepare = model.prepare();
        let d = prepare.columns().len();
        let segment = |(id, segment): (usize, &Segment)| SegmentView {
            id: segment.id,
            name: segment.name.clone(),
            size: segment.size,
            center: model.centers()[id * d..(id + 1) * d].to_vec(),
            center_original: model.center_in_original_units(id),
        };
        Self {
            format: FORMAT.into(),
            schema_version: SCHEMA_VERSION,
            engine_version: model.engine_version().into(),
            columns: prepare.columns().iter().map(ColumnView::of).collect(),
            missing: prepare.missing().name().into(),
            scale: prepare.scale().name().into(),
            precision: prepare.precision().name().into(),
            segments: model.segments().iter().enumerate().map(segment).collect(),
            training: TrainingView::of(model.training()),
            fingerprint: model.fingerprint().into(),
        }
    }

    fn into_model(self) -> Result<Model> {
        let columns: Result<Vec<_>> = self
            .columns
            .into_iter()
            .map(ColumnView::into_column)
            .collect();
        let prepare = Prepare::from_parts(
            columns?,
            by_name(
                "missing",
                &self.missing,
                Missing::ALL.map(|m| (m, m.name())),
            )?,
            by_name("scale", &self.scale, Scale::ALL.map(|s| (s, s.name())))?,
            by_name(
                "precision",
                &self.precision,
                [Precision::F32, Precision::F64].map(|p| (p, p.name())),
            )?,
        )?;
        let d = prepare.columns().len();
        let mut segments = Vec::new();
        let mut centers = Vec::new();
        let mut original = Vec::new();
        for segment in self.segments {
            if segment.center.len() != d || segment.center_original.len() != d {
                return Err(Error::data(format!(
                    "segment {} has a centre of {} and {} coordinates for {d} columns",
                    segment.id,
                    segment.center.len(),
                    segment.center_original.len()
                )));
            }
            centers.extend(segment.center);
            original.extend(segment.center_original);
            segments.push(Segment {
                id: segment.id,
                name: segment.name,
                size: segment.size,
            });
        }
        let model = Model::from_parts(
            prepare,
            centers,
            segments,
            self.training.into_training()?,
            self.fingerprint,
            self.engine_version,
        )?;
        check_original_centers(&model, &original)?;
        Ok(model)
    }
}

/// The centres are given twice, for people and for programs: the two must not part.
fn check_original_centers(model: &Model, original: &[f64]) -> Result<()> {
    let columns = model.prepare().columns();
    for (id, given) in original.chunks_exact(columns.len()).enumerate() {
        let centers = model.center_in_original_units(id);
        for ((column, given), center) in columns.iter().zip(given).zip(centers) {
            // Another machine's logarithm may differ in its last digits.
            let range = column.max / 2.0 - column.min / 2.0;
            let tolerance = 1e-9 * given.abs().max(center.abs()) + 1e-9 * range;
            let agrees = (given - center).abs() <= tolerance;
            if !agrees {
                return Err(Error::data(format!(
                    "segment {id}: center_original is {given}, but center says {center}"
                ))
                .in_column(&column.name));
            }
        }
    }
    Ok(())
}

impl ColumnView {
    fn of(column: &FittedColumn) -> Self {
        Self {
            name: column.name.clone(),
            r#type: column.type_name.clone(),
            fill: column.fill,
            transform: column.transform.kind().name().into(),
            lambda: match column.transform {
                FittedTransform::YeoJohnson { lambda } => Some(lambda),
                _ => None,
            },
            exponent: column.exponent,
            shift: column.affine.shift,
            scale: column.affine.scale,
            min: column.min,
            max: column.max,
        }
    }

    fn into_column(self) -> Result<FittedColumn> {
        let kind = by_name(
            "transform",
            &self.transform,
            Transform::ALL.map(|t| (t, t.name())),
        )
        .map_err(|e| e.in_column(&self.name))?;
        let transform = match (kind, self.lambda) {
            (Transform::Identity, None) => FittedTransform::Identity,
            (Transform::Log1p, None) => FittedTransform::Log1p,
            (Transform::Sqrt, None) => FittedTransform::Sqrt,
            (Transform::YeoJohnson, Some(lambda)) => FittedTransform::YeoJohnson { lambda },
            _ => {
                return Err(
                    Error::data("model has a lambda without yeo-johnson, or none with it")
                        .in_column(&self.name),
                );
            }
        };
        Ok(FittedColumn {
            name: self.name,
            type_name: self.r#type,
            fill: self.fill,
            transform,
            exponent: self.exponent,
            affine: Affine {
                shift: self.shift,
                scale: self.scale,
            },
            min: self.min,
            max: self.max,
        })
    }
}

impl TrainingView {
    fn of(training: &Training) -> Self {
        let (algorithm, batch_size) = match training.algorithm {
            Algorithm::Lloyd => ("lloyd", None),
            Algorithm::MiniBatch { batch_size } => ("minibatch", Some(batch_size as u64)),
        };
        let init = Start::ALL.iter().find(|(start, _)| *start == training.init);
        Self {
            n_rows: training.n_rows,
            n_used: training.n_used,
            inertia: training.inertia,
            n_iter: training.n_iter,
            converged: training.converged,
            algorithm: algorithm.into(),
            batch_size,
            init: init.map_or("", |(_, name)| name).into(),
            n_init: training.n_init,
            max_iter: training.max_iter,
            tol: training.tol,
            seed: training.seed.0,
        }
    }

    fn into_training(self) -> Result<Training> {
        let algorithm = match (self.algorithm.as_str(), self.batch_size) {
            ("lloyd", None) => Algorithm::Lloyd,
            ("minibatch", Some(batch_size)) => {
                let batch_size = usize::try_from(batch_size)
                    .map_err(|_| Error::data("model claims an impossible batch_size"))?;
                Algorithm::MiniBatch { batch_size }
            }
            _ => {
                return Err(Error::data(
                    "model's algorithm is neither lloyd nor minibatch with a batch_size",
                ));
            }
        };
        Ok(Training {
            n_rows: self.n_rows,
            n_used: self.n_used,
            inertia: self.inertia,
            n_iter: self.n_iter,
            converged: self.converged,
            n_init: self.n_init,
            algorithm,
            init: by_name("init", &self.init, Start::ALL)?,
            max_iter: self.max_iter,
            tol: self.tol,
            seed: Seed(self.seed),
        })
    }
}

/// The one of `all` that is called `name`.
fn by_name<T, const N: usize>(field: &str, name: &str, all: [(T, &str); N]) -> Result<T> {
    let accepted = all.each_ref().map(|(_, name)| *name).join("|");
    all.into_iter()
        .find(|(_, known)| *known == name)
        .map(|(value, _)| value)
        .ok_or_else(|| {
            Error::data(format!(
                "model's {field} is \"{name}\" ({accepted} is understood)"
            ))
        })
}
