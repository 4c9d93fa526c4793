//! `model.json`: a model as data, written whole and believed in nothing when it is read.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::customers::OriginView;
use super::limits::{MemoryLimit, human};
use super::source::read_to_end;
use crate::affine::Affine;
use crate::error::{Error, Result, counted};
use crate::kmeans::Algorithm;
use crate::model::{Model, Segment, Start, Training};
use crate::prepare::{FittedColumn, FittedTransform, Missing, Prepare, Scale, Transform};
use crate::scalar::Precision;
use crate::seed::Seed;

const FORMAT: &str = "segengine-model";
/// The second one has columns that are scaled in a way of their own, or says of which day they are; the
/// third one has ids of segments that carry on those of an older model.
const SCHEMA_VERSION: u32 = 3;
/// Twenty million coordinates; what is larger is written as little as read.
const MAX_BYTES: usize = 1 << 30;

/// Writes `model` as indented JSON with a final newline. The same model gives the same bytes.
///
/// # Errors
/// If writing fails, or the model would be larger than the 1 GiB that [`read_model`] reads:
/// then nothing is written.
pub fn write_model(model: &Model, out: &mut dyn Write) -> Result<()> {
    write_within(MAX_BYTES, model, out)
}

/// Refuses, before there is one, a model that could turn out larger than [`write_model`] writes.
///
/// # Errors
/// [`ErrorKind::Parameter`](crate::ErrorKind::Parameter), with what it may take.
#[cfg(any(feature = "cli", test))]
pub(crate) fn check_model_size(k: usize, d: usize) -> Result<()> {
    let bytes = most_bytes(k as u64, d as u64);
    if bytes <= MAX_BYTES as u64 {
        return Ok(());
    }
    Err(Error::parameter(format!(
        "a model of {} in {} may take {}, limit {} (fewer segments or columns are needed)",
        counted(k, "segment"),
        counted(d, "column"),
        human(bytes),
        human(MAX_BYTES as u64)
    )))
}

/// The size of a model of `k` segments in `d` columns whose numbers are as long as they can be.
#[cfg(any(feature = "cli", test))]
fn most_bytes(k: u64, d: u64) -> u64 {
    /// A line of 8 spaces, up to 24 characters and a comma, in two units.
    const COORDINATE: u64 = 2 * (8 + 24 + 2);
    /// The lines around them: brackets, id, name and size.
    const SEGMENT: u64 = 224;
    /// Numbers and words of a column; its name is left to the check of what is written.
    const COLUMN: u64 = 512;
    const REST: u64 = 4096;
    let segment = d.saturating_mul(COORDINATE).saturating_add(SEGMENT);
    k.saturating_mul(segment).saturating_add(d.saturating_mul(COLUMN)).saturating_add(REST)
}

fn write_within(most: usize, model: &Model, out: &mut dyn Write) -> Result<()> {
    let fail = |error: &io::Error| Error::io("cannot write the model", error);
    let mut text = Bounded { bytes: Vec::new(), most, is_full: false };
    let encoded = serde_json::to_writer_pretty(&mut text, &ModelView::of(model))
        .map_err(io::Error::from)
        .and_then(|()| text.write_all(b"\n"));
    if text.is_full {
        return Err(Error::parameter(format!(
            "model would be larger than {} (fewer segments or columns are needed)",
            human(most as u64)
        )));
    }
    encoded.and_then(|()| out.write_all(&text.bytes)).map_err(|e| fail(&e))
}

/// Bytes in memory, up to a number.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
    is_full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() > self.most - self.bytes.len() {
            self.is_full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.try_reserve(bytes.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the model at `path` and checks every part of it.
///
/// # Errors
/// If the file cannot be read, or is larger than 1 GiB or than memory allows, or is not a sound
/// model of a version that this crate knows.
pub fn read_model(path: &Path) -> Result<Model> {
    read_within(MAX_BYTES, MemoryLimit::detect(), path).map_err(|e| e.in_file(path))
}

fn read_within(most: usize, limit: MemoryLimit, path: &Path) -> Result<Model> {
    let file = File::open(path).map_err(|e| Error::io("cannot read the model", &e))?;
    // What has a length that rules it out is not read for it; a pipe has none.
    let len = file.metadata().map_or(0, |found| found.len());
    if len > most as u64 {
        return Err(too_large(most));
    }
    parse_within(most, limit, &read_to_end(&mut file.take(most as u64 + 1), limit)?)
}

/// [`read_model`] from memory.
///
/// # Errors
/// If `bytes` are more than 1 GiB, or would take more memory than there is, or are not a sound
/// model of a version that this crate knows.
pub fn parse_model(bytes: &[u8]) -> Result<Model> {
    parse_within(MAX_BYTES, MemoryLimit::detect(), bytes)
}

fn parse_within(most: usize, limit: MemoryLimit, bytes: &[u8]) -> Result<Model> {
    if bytes.len() > most {
        return Err(too_large(most));
    }
    // A comma stands after all but the last of the values in a list, and a value takes up to 32
    // bytes: a coordinate is held twice, in vectors that may have doubled their room.
    let n_values = bytes.iter().filter(|&&byte| byte == b',').count() as u64;
    limit.check(bytes.len() as u64 + 32 * n_values, "the model")?;
    // Without the rest, so that a newer version is told from damage.
    let header: HeaderView = serde_json::from_slice(bytes).map_err(|e| {
        Error::data(format!("is not a model ({e}; a model.json of this program is needed)"))
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

fn too_large(most: usize) -> Error {
    Error::data(format!("is larger than {}, which no model is", human(most as u64)))
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_column: Option<String>,
    /// Of the customers that were fitted, where their file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    features: Option<OriginView>,
    missing: String,
    scale: String,
    precision: String,
    segments: Vec<SegmentView>,
    /// The smallest id that was never used: since the third version, before which ids count from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_id: Option<u32>,
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
    /// Where it is not that of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scaled: Option<String>,
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
        let segment = |(index, segment): (usize, &Segment)| SegmentView {
            id: segment.id,
            name: segment.name.clone(),
            size: segment.size,
            center: model.centers()[index * d..(index + 1) * d].to_vec(),
            center_original: model.center_in_original_units(index),
        };
        let is_scaled = prepare.columns().iter().any(|column| column.scaled.is_some());
        let is_second = is_scaled || model.origin().is_some();
        // Distinct ids below k are 0 to k - 1.
        let is_third = model.next_id() as usize != model.k();
        Self {
            format: FORMAT.into(),
            // So that older programs read what they can.
            schema_version: match (is_third, is_second) {
                (true, _) => 3,
                (false, true) => 2,
                (false, false) => 1,
            },
            engine_version: model.engine_version().into(),
            columns: prepare.columns().iter().map(ColumnView::of).collect(),
            id_column: model.id_column().map(str::to_owned),
            features: model.origin().map(OriginView::of),
            missing: prepare.missing().name().into(),
            scale: prepare.scale().name().into(),
            precision: prepare.precision().name().into(),
            segments: model.segments().iter().enumerate().map(segment).collect(),
            next_id: is_third.then(|| model.next_id()),
            training: TrainingView::of(model.training()),
            fingerprint: model.fingerprint().into(),
        }
    }

    fn into_model(self) -> Result<Model> {
        let columns: Result<Vec<_>> =
            self.columns.into_iter().map(ColumnView::into_column).collect();
        let prepare = Prepare::from_parts(
            columns?,
            by_name("missing", &self.missing, Missing::ALL.map(|m| (m, m.name())))?,
            by_name("scale", &self.scale, Scale::ALL.map(|s| (s, s.name())))?,
            by_name(
                "precision",
                &self.precision,
                [Precision::F32, Precision::F64].map(|p| (p, p.name())),
            )?,
        )?;
        let next_id = next_id(self.schema_version, self.next_id, &self.segments)?;
        let d = prepare.columns().len();
        let mut segments = Vec::new();
        let mut centers = Vec::new();
        let mut original = Vec::new();
        for segment in self.segments {
            if segment.center.len() != d || segment.center_original.len() != d {
                return Err(Error::data(format!(
                    "segment {} has a centre of {} and {} for {}",
                    segment.id,
                    segment.center.len(),
                    counted(segment.center_original.len(), "coordinate"),
                    counted(d, "column")
                )));
            }
            centers.extend(segment.center);
            original.extend(segment.center_original);
            segments.push(Segment { id: segment.id, name: segment.name, size: segment.size });
        }
        let model = Model::from_parts(
            prepare,
            centers,
            segments,
            self.training.into_training()?,
            self.fingerprint,
            self.engine_version,
        )?
        .with_next_id(next_id)?
        .with_id_column(self.id_column)?
        .with_origin(self.features.map(OriginView::into_origin).transpose()?);
        check_original_centers(&model, &original)?;
        Ok(model)
    }
}

/// The smallest id that was never used. Before the third version ids are what `next_id` would not tell.
fn next_id(version: u32, next_id: Option<u32>, segments: &[SegmentView]) -> Result<u32> {
    match next_id {
        Some(next_id) if version >= 3 => return Ok(next_id),
        Some(_) => {
            return Err(Error::data(format!(
                "model of schema {version} has a next_id (schema 3 has one)"
            )));
        }
        None if version >= 3 => {
            return Err(Error::data(format!("model of schema {version} has no next_id")));
        }
        None => {}
    }
    for (index, segment) in (0..).zip(segments) {
        if segment.id != index {
            return Err(Error::data(format!(
                "segment {} stands where segment {index} should (ids count from 0 before schema 3)",
                segment.id
            )));
        }
    }
    Ok(segments.len() as u32)
}

/// The centres are given twice, for people and for programs: the two must not part.
fn check_original_centers(model: &Model, original: &[f64]) -> Result<()> {
    let columns = model.prepare().columns();
    for (index, given) in original.chunks_exact(columns.len()).enumerate() {
        let centers = model.center_in_original_units(index);
        let id = model.segments()[index].id;
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
            scaled: column.scaled.map(|scale| scale.name().to_owned()),
            exponent: column.exponent,
            shift: column.affine.shift,
            scale: column.affine.scale,
            min: column.min,
            max: column.max,
        }
    }

    fn into_column(self) -> Result<FittedColumn> {
        let kind = by_name("transform", &self.transform, Transform::ALL.map(|t| (t, t.name())))
            .map_err(|e| e.in_column(&self.name))?;
        let transform = match (kind, self.lambda) {
            (Transform::Identity, None) => FittedTransform::Identity,
            (Transform::Log1p, None) => FittedTransform::Log1p,
            (Transform::Sqrt, None) => FittedTransform::Sqrt,
            (Transform::YeoJohnson, Some(lambda)) => FittedTransform::YeoJohnson { lambda },
            _ => {
                return Err(Error::data("model has a lambda without yeo-johnson, or none with it")
                    .in_column(&self.name));
            }
        };
        let scaled = self.scaled.map(|scale| {
            by_name("scale", &scale, Scale::ALL.map(|s| (s, s.name())))
                .map_err(|e| e.in_column(&self.name))
        });
        Ok(FittedColumn {
            scaled: scaled.transpose()?,
            name: self.name,
            type_name: self.r#type,
            fill: self.fill,
            transform,
            exponent: self.exponent,
            affine: Affine { shift: self.shift, scale: self.scale },
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
    all.into_iter().find(|(_, known)| *known == name).map(|(value, _)| value).ok_or_else(|| {
        Error::data(format!("model's {field} is \"{name}\" ({accepted} is understood)"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;
    use crate::history::{Day, FeatureSet, Origin, Recency};
    use crate::kernel::Kernel;
    use crate::kmeans::{KMeansParams, fit};
    use crate::model::fingerprint;
    use crate::monitor::Silent;
    use crate::prepare::PrepareParams;
    use crate::table::{Column, FeatureTable};

    fn model(missing: Missing, transform: Transform, algorithm: Algorithm) -> Model {
        let x = (0..60).map(|i| f64::from(i * i % 37) / 7.0).collect();
        let y = (0..60).map(|i| f64::from(i % 5).exp()).collect();
        let columns = vec![Column::from_f64("x", x), Column::from_f64("y \"\n\u{202e}", y)];
        let table = FeatureTable::new(columns, None).unwrap();
        let params = PrepareParams {
            missing,
            transforms: vec![("x".into(), transform)],
            ..PrepareParams::default()
        };
        let (prepare, prepared, _) = Prepare::fit_apply(&table, &params).unwrap();
        let params = KMeansParams { algorithm, seed: Seed(u64::MAX), ..KMeansParams::new(3) };
        let kernel = Kernel::detect().unwrap();
        let fit = fit(&prepared.tiles(), prepare.precision(), &kernel, &params, &Silent).unwrap();
        let model = Model::new(prepare, &prepared, &params, &fit, fingerprint(&table)).unwrap();
        model.with_id_column(Some("the \"id\"".to_owned())).unwrap()
    }

    fn written(model: &Model) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_model(model, &mut bytes).unwrap();
        bytes
    }

    fn sample() -> Vec<u8> {
        written(&model(Missing::Mean, Transform::YeoJohnson, Algorithm::Lloyd))
    }

    fn refusal(from: &str, to: &str) -> String {
        let text = String::from_utf8(sample()).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        let error = parse_model(text.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        error.to_string()
    }

    #[test]
    fn models_survive_the_round_trip_bit_by_bit() {
        let batches = Algorithm::MiniBatch { batch_size: 20 };
        for (missing, transform, algorithm) in [
            (Missing::Error, Transform::Identity, Algorithm::Lloyd),
            (Missing::Median, Transform::YeoJohnson, batches),
            (Missing::Drop, Transform::Sqrt, Algorithm::Lloyd),
        ] {
            let origin = Origin {
                day: Day::parse("2018-03-01").unwrap(),
                from: None,
                set: FeatureSet::Rfm,
                recency: Recency::Overlay,
                hindsight: false,
            };
            let origin = (missing == Missing::Drop).then_some(origin);
            let model = model(missing, transform, algorithm).with_origin(origin);
            let bytes = written(&model);
            assert_eq!(bytes.last(), Some(&b'\n'));
            let again = parse_model(&bytes).unwrap();
            assert_eq!(again, model);
            assert_eq!(written(&again), bytes);
        }
    }

    #[test]
    fn damage_is_named() {
        let newer = refusal("\"schema_version\": 1", "\"schema_version\": 4");
        assert!(newer.contains("newer version"), "{newer}");
        let other = refusal("segengine-model", "pickle");
        assert!(other.contains("its format is \"pickle\""), "{other}");
        assert!(refusal("\"mean\"", "\"mode\"").contains("error|drop|mean|median"));
        assert!(refusal("\"precision\": \"f64\"", "\"precision\": \"f16\"").contains("f32|f64"));
        assert!(refusal("\"id\": 1", "\"id\": 1152921504606846976").contains("damaged"));
        assert!(refusal("\"id\": 1", "\"id\": 4").contains("ids count from 0"));
        assert!(refusal("\"exponent\": 0", "\"exponent\": 2000").contains("exponent"));
        let scaled = |name: &str| {
            refusal("\"exponent\": 0", &format!("\"scaled\": \"{name}\", \"exponent\": 0"))
        };
        assert!(scaled("standard").contains("says twice"), "{}", scaled("standard"));
        assert!(scaled("cubic").contains("standard|robust"), "{}", scaled("cubic"));
        let of = |day: &str| {
            let features = format!(
                "\"features\": {{\"as_of\": \"{day}\", \"set\": \"rfm\", \"recency\": \"absolute\", \
                 \"hindsight\": false}}, \"missing\""
            );
            refusal("\"missing\"", &features)
        };
        assert!(of("2018-02-30").contains("2018-02-30"), "{}", of("2018-02-30"));
        assert!(refusal("\"scale\": 0.", "\"scale\": -0.").contains("not positive"));
        assert!(refusal("\"lambda\"", "\"lambada\"").contains("lambada"));
        assert!(refusal("\"inertia\": ", "\"inertia\": 1e999, \"was\": ").contains("damaged"));
        assert!(refusal("Segment 2", "Segment 1").contains("name"));
        let both = refusal("\"the \\\"id\\\"\"", "\"x\"");
        assert!(both.contains("column \"x\": model claims it as id and as feature"), "{both}");
        assert!(
            refusal("\"center_original\": [", "\"center_original\": [7,").contains("coordinates")
        );
        assert!(parse_model(b"").unwrap_err().to_string().contains("not a model"));
        assert!(parse_model(b"{\"format\": \"segengine-model\", \"schema_version\": 1}").is_err());
    }

    #[test]
    fn ids_that_do_not_count_from_0_are_of_the_third_schema() {
        let plain = parse_model(&sample()).unwrap();
        let identities = |ids: [u32; 3]| ids.map(|id| (id, format!("s{id}")));
        for (ids, next_id) in [([0, 1, 2], 4), ([0, 2, 3], 4), ([7, 8, u32::MAX - 1], u32::MAX)] {
            let model = plain.clone().with_identities(identities(ids), next_id).unwrap();
            let bytes = written(&model);
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.contains("\"schema_version\": 3"), "{text}");
            assert!(text.contains(&format!("],\n  \"next_id\": {next_id},\n")), "{text}");
            let again = parse_model(&bytes).unwrap();
            assert_eq!((&again, again.next_id()), (&model, next_id));
            assert_eq!(written(&again), bytes);
        }
        let same = plain.clone().with_identities(identities([0, 1, 2]), 3).unwrap();
        let text = String::from_utf8(written(&same)).unwrap();
        assert!(text.contains("\"schema_version\": 1") && !text.contains("next_id"), "{text}");

        let third = plain.with_identities(identities([0, 2, 3]), 4).unwrap();
        let third = String::from_utf8(written(&third)).unwrap();
        for (from, to, told) in [
            ("\"next_id\": 4", "\"next_id\": 3", "has segment 3"),
            ("\"next_id\": 4,", "", "no next_id"),
            ("\"next_id\": 4", "\"next_id\": -4", "damaged"),
            ("\"id\": 2", "\"id\": 3", "ascend"),
            ("\"id\": 0", "\"id\": 5", "ascend"),
            ("\"schema_version\": 3", "\"schema_version\": 2", "schema 3 has one"),
        ] {
            assert!(third.contains(from), "{from}");
            let error = parse_model(third.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Data);
            assert!(error.to_string().contains(told), "{from} -> {to}: {error}");
        }
    }

    #[test]
    fn a_model_need_not_know_an_id_column() {
        let text = String::from_utf8(sample()).unwrap();
        let line = "\n  \"id_column\": \"the \\\"id\\\"\",";
        assert_eq!(parse_model(text.as_bytes()).unwrap().id_column(), Some("the \"id\""));
        let without = text.replacen(line, "", 1);
        let model = parse_model(without.as_bytes()).unwrap();
        assert_eq!(model.id_column(), None);
        assert_eq!(written(&model), without.as_bytes());
    }

    #[test]
    fn centres_must_agree_in_both_units() {
        let model = model(Missing::Mean, Transform::Identity, Algorithm::Lloyd);
        let mut view = ModelView::of(&model);
        view.segments[2].center_original[1] += 1e-3;
        let error = view.into_model().unwrap_err();
        assert!(error.to_string().contains("segment 2: center_original"), "{error}");
    }

    #[test]
    fn unreadable_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.json");
        let error = read_model(&path).unwrap_err();
        assert_eq!((error.kind(), error.file()), (ErrorKind::Io, Some(path.as_path())));

        File::create(&path).unwrap().set_len(MAX_BYTES as u64 + 1).unwrap();
        let error = read_model(&path).unwrap_err();
        assert!(error.to_string().contains("larger than 1.0 GiB"), "{error}");

        std::fs::write(&path, sample()).unwrap();
        assert_eq!(written(&read_model(&path).unwrap()), sample());
    }

    #[test]
    fn what_is_too_large_to_be_read_is_not_written() {
        let model = model(Missing::Mean, Transform::Identity, Algorithm::Lloyd);
        let bytes = written(&model);
        let limit = MemoryLimit::of(1 << 30);
        let mut out = Vec::new();
        write_within(bytes.len(), &model, &mut out).unwrap();
        assert_eq!(parse_within(out.len(), limit, &out).unwrap(), model);

        for most in [0, 1, 100, bytes.len() - 1] {
            let mut out = Vec::new();
            let error = write_within(most, &model, &mut out).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            assert!(error.to_string().contains("fewer segments"), "{error}");
            assert!(out.is_empty());
            let error = parse_within(most, limit, &bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Data);
        }
    }

    #[test]
    fn a_model_that_could_be_too_large_is_refused_before_it_is_made() {
        let mut view =
            ModelView::of(&model(Missing::Mean, Transform::YeoJohnson, Algorithm::Lloyd));
        for column in &mut view.columns {
            (column.shift, column.scale) = (-f64::MAX, f64::MAX);
            (column.min, column.max, column.fill) = (-f64::MAX, f64::MAX, Some(-f64::MAX));
        }
        for (id, segment) in view.segments.iter_mut().enumerate() {
            segment.id = u32::MAX - id as u32;
            segment.name = format!("Segment {}", u64::from(segment.id) + 1);
            segment.size = u64::MAX;
            segment.center.fill(-f64::MAX);
            segment.center_original.fill(-f64::MIN_POSITIVE);
        }
        let bytes = |view: &ModelView| serde_json::to_vec_pretty(view).unwrap().len() as u64;
        let all = bytes(&view);
        assert!(all <= most_bytes(3, 2), "{all}");
        view.segments.pop();
        let segment = all - bytes(&view);
        assert!(segment <= most_bytes(3, 2) - most_bytes(2, 2), "{segment}");

        check_model_size(100_000, 100).unwrap();
        let error = check_model_size(16_000_000, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameter);
        let text = "a model of 16000000 segments in 1 column may take 4.4 GiB, limit 1.0 GiB";
        assert!(error.to_string().starts_with(text), "{error}");
        assert!(check_model_size(usize::MAX, usize::MAX).is_err());
    }

    #[test]
    fn a_model_has_to_fit_into_memory() {
        let limit = MemoryLimit::of(1 << 20);
        let mut list = b"[0".to_vec();
        list.extend(b",0".repeat(1 << 16));
        let error = parse_within(MAX_BYTES, limit, &list).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
        assert_eq!(error.to_string(), "the model needs about 2.1 MiB, limit 1.0 MiB");

        if cfg!(unix) {
            let endless = Path::new("/dev/zero");
            let error = read_within(MAX_BYTES, MemoryLimit::of(8 << 20), endless).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Whatever bytes a file holds, reading it ends in a model or one clear error; and what is
        /// read can be written and read again.
        #[test]
        fn mutants_never_panic(
            edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4), 1..4),
            digits: bool,
        ) {
            let mut bytes = sample();
            for (at, byte, kind) in edits {
                let at = at.index(bytes.len());
                // Digits for digits change numbers and keep the syntax.
                let byte = if digits { b"0123456789e-.\""[byte as usize % 14] } else { byte };
                match kind {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    2 if bytes.len() > 1 => { bytes.remove(at); }
                    _ => bytes.truncate(at.max(1)),
                }
            }
            match parse_model(&bytes) {
                Ok(model) => prop_assert_eq!(parse_model(&written(&model)).unwrap(), model),
                Err(error) => {
                    prop_assert_eq!(error.kind(), ErrorKind::Data);
                    prop_assert!(!error.to_string().contains('\n'));
                }
            }
        }
    }
}
