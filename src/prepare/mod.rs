//! Missing values, transforms and scaling: fitted once, kept in the model, replayed on new rows.
//!
//! What is learned is as far as possible a shift and a scale that tiles apply as they load, so a
//! table is not copied. A column is copied only where a transform changes its shape, where its
//! magnitude is beyond what a shift and a scale can express, or where rows are left out.

mod advice;
mod missing;
mod scale;
mod summary;
mod transform;

pub use advice::ColumnAdvice;
pub use missing::Missing;
pub use scale::Scale;
pub use transform::{FittedTransform, Transform};

use std::collections::HashSet;

use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder};
use rayon::prelude::*;

use crate::affine::Affine;
use crate::error::{Error, Escaped, Result};
use crate::scalar::{Precision, Scalar};
use crate::table::{Chunk, Column, FeatureTable, TILE_ROWS, TileStep, Tiles, Values};
use crate::warning::Warning;

use scale::{safe_exponent, times_pow2};
use summary::{Source, Summary, no_memory};

/// How a table is to be prepared.
#[derive(Clone, Debug, Default)]
pub struct PrepareParams {
    /// What to do about null and NaN; [`Missing::Error`] by default.
    pub missing: Missing,
    /// Columns to transform, by name; the others are taken as they are.
    pub transforms: Vec<(String, Transform)>,
    /// How columns are made comparable; [`Scale::Standard`] by default.
    pub scale: Scale,
    /// Columns that are made comparable in another way, by name.
    pub scales: Vec<(String, Scale)>,
    /// The type of the prepared values; `None` is [`FeatureTable::natural_precision`].
    pub precision: Option<Precision>,
}

/// What was learned about one column.
///
/// A value is prepared as `((transform(x)·2^−exponent) − shift)·scale`.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedColumn {
    /// The column's name.
    pub name: String,
    /// Its type in the file that was fitted, in Arrow's words.
    pub type_name: String,
    /// Stands for missing values, in the column's unit; set under [`Missing::Mean`] and
    /// [`Missing::Median`] only.
    pub fill: Option<f64>,
    /// Applied to the value, or to what stands for it.
    pub transform: FittedTransform,
    /// How it was made comparable, if not as the others were.
    pub scaled: Option<Scale>,
    /// Not 0 only where the magnitude of the column is beyond what `affine` can express.
    pub exponent: i32,
    /// Applied last.
    pub affine: Affine,
    /// The smallest value seen, in the column's unit.
    pub min: f64,
    /// The largest value seen, in the column's unit.
    pub max: f64,
}

impl FittedColumn {
    /// Whether tiles cannot prepare the column from its stored values.
    fn is_copied(&self) -> bool {
        self.transform != FittedTransform::Identity || self.exponent != 0
    }

    fn check(&self, missing: Missing) -> Result<()> {
        let problem = if !(self.min.is_finite() && self.max.is_finite() && self.min <= self.max) {
            "an impossible range of values"
        } else if !self.transform.kind().accepts(self.min) {
            "values outside the domain of its transform"
        } else if matches!(self.transform, FittedTransform::YeoJohnson { lambda } if !lambda.is_finite())
        {
            "a yeo-johnson parameter that is not finite"
        } else if self.exponent.abs() > 1000 {
            "an exponent beyond 1000"
        } else if !(self.affine.shift.is_finite() && self.affine.scale.is_normal())
            || self.affine.scale < 0.0
        {
            "a shift that is not finite or a scale that is not positive"
        } else if self.fill.is_some() != matches!(missing, Missing::Mean | Missing::Median) {
            "a value for missing ones against the policy on them"
        } else if self.fill.is_some_and(|x| !(self.min <= x && x <= self.max)) {
            "a value for missing ones that lies outside the range of values"
        } else {
            return Ok(());
        };
        Err(Error::data(format!("model claims {problem}")).in_column(&self.name))
    }

    /// The prepared value of one in the column's unit, in double precision.
    pub(crate) fn forward(&self, x: f64) -> f64 {
        self.affine.apply(times_pow2(self.transform.apply(x), -self.exponent))
    }
}

/// A fitted preparation.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepare {
    columns: Vec<FittedColumn>,
    missing: Missing,
    scale: Scale,
    precision: Precision,
}

impl Prepare {
    /// Learns from every row of `table` (weights play no part).
    ///
    /// # Errors
    /// If the table has no row or no column, a value is infinite, or missing against
    /// [`Missing::Error`], or outside the domain of a transform; if a column has no value or cannot
    /// be scaled; if a transform names no column of the table; if memory runs out.
    pub fn fit(table: &FeatureTable, params: &PrepareParams) -> Result<(Self, Vec<Warning>)> {
        let (prepare, _, warnings) = Self::fit_apply(table, params)?;
        Ok((prepare, warnings))
    }

    /// [`fit`](Self::fit), then [`apply`](Self::apply) to the same table, without looking twice.
    ///
    /// # Errors
    /// Those of the two.
    pub fn fit_apply(
        table: &FeatureTable,
        params: &PrepareParams,
    ) -> Result<(Self, Prepared, Vec<Warning>)> {
        if table.n_features() == 0 {
            return Err(Error::data("no numeric column to work on (at least one is needed)"));
        }
        if table.n_rows() == 0 {
            return Err(Error::data("no rows (at least one is needed)"));
        }
        let transforms = by_column(table, "--transform", &params.transforms, Transform::name)?;
        let own_scales = by_column(table, "scale", &params.scales, Scale::name)?;
        let precision = params.precision.unwrap_or_else(|| table.natural_precision());

        let remedy = "use --missing drop|mean|median";
        let rows = Rows::take(table, params.missing, remedy)?;
        if rows.table.n_rows() == 0 {
            let has_no_value = |c: &&Column| Source::raw(c).find_first(|x| !x.is_nan()).is_none();
            return Err(match table.columns().iter().find(has_no_value) {
                Some(column) => missing::no_value(column),
                None => Error::data("every row has a missing value (use --missing mean|median)"),
            });
        }
        let mut warnings = Vec::new();
        if let Some(kept) = &rows.kept {
            warnings.push(Warning::RowsDropped { n: (kept.len() - kept.count_set_bits()) as u64 });
        }

        let mut columns = Vec::with_capacity(table.n_features());
        let mut scales = Vec::with_capacity(table.n_features());
        let mut arithmetic = Vec::with_capacity(table.n_features());
        for (((column, summary), transform), own_scale) in
            rows.table.columns().iter().zip(&rows.summaries).zip(transforms).zip(own_scales)
        {
            let transform = transform.unwrap_or_default();
            let fill = missing::fill(column, summary, params.missing)?;
            if let Some(value) = fill.filter(|_| summary.n_missing > 0) {
                let (column, n) = (column.name().into(), summary.n_missing);
                warnings.push(Warning::ValuesFilled { column, n, value });
            }
            if holds_wide_integers(column) && summary.largest() > (1_u64 << 53) as f64 {
                warnings.push(Warning::RoundedIntegers { column: column.name().into() });
            }

            let source = Source::raw(column);
            if !transform.accepts(summary.min) {
                return Err(outside_domain(column, transform));
            }
            let transform = transform::fit(transform, &source, summary)?;
            let is_transformed = transform != FittedTransform::Identity;
            let source = source.with_transform(transform);
            let summary_after = if is_transformed { source.summarize() } else { *summary };

            let work = arithmetic_of(column, is_transformed, precision);
            let (scale, warning) = scale::fit_column(
                own_scale.unwrap_or(params.scale),
                &source,
                &summary_after,
                work,
                is_transformed,
            )?;
            warnings.extend(warning);
            scales.push(scale);
            // A column that is copied for its exponent is copied in the fit's precision.
            arithmetic.push(if scale.exponent != 0 { precision } else { work });
            columns.push(FittedColumn {
                name: column.name().into(),
                type_name: column.type_name().into(),
                fill,
                transform,
                scaled: own_scale.filter(|&scale| scale != params.scale),
                exponent: scale.exponent,
                affine: Affine::IDENTITY,
                min: summary.min,
                max: summary.max,
            });
        }

        let names: Vec<_> = rows.table.columns().iter().map(Column::name).collect();
        warnings.extend(scale::settle(&mut scales, &names, &arithmetic, precision)?);
        for ((column, scale), arithmetic) in columns.iter_mut().zip(&scales).zip(&arithmetic) {
            column.affine = scale.affine;
            if *arithmetic == Precision::F32 && !column.is_copied() {
                column.fill = column.fill.map(|x| f64::from(x as f32));
            }
        }
        let prepare = Self { columns, missing: params.missing, scale: params.scale, precision };
        let prepared = prepare.prepare(rows)?;
        Ok((prepare, prepared, warnings))
    }

    /// Prepares the rows of `table` as those of the fit were.
    ///
    /// # Errors
    /// If the columns are not those of the fit, in the same order; if a value is infinite, or
    /// missing against the policy, or outside the domain of a transform, or too far from those of
    /// the fit to be computed with; if memory runs out.
    pub fn apply(&self, table: &FeatureTable) -> Result<Prepared> {
        self.check_columns(table)?;
        let remedy = "the model was fitted without missing values; fit it with --missing \
                      drop|mean|median to have them accepted";
        self.prepare(Rows::take(table, self.missing, remedy)?)
    }

    /// A preparation of given parts, checked: nothing is trusted that a file may hold.
    ///
    /// # Errors
    /// If the parts contradict each other, or a number is not finite.
    pub fn from_parts(
        columns: Vec<FittedColumn>,
        missing: Missing,
        scale: Scale,
        precision: Precision,
    ) -> Result<Self> {
        if columns.is_empty() {
            return Err(Error::data("model has no column (at least one is needed)"));
        }
        let mut names = HashSet::new();
        for column in &columns {
            if !names.insert(column.name.as_str()) {
                return Err(Error::data("model has this column twice").in_column(&column.name));
            }
            column.check(missing)?;
            if column.scaled == Some(scale) {
                let message = "model says twice how it is scaled (once for all is needed)";
                return Err(Error::data(message).in_column(&column.name));
            }
        }
        Ok(Self { columns, missing, scale, precision })
    }

    /// Refuses centres (row-major, prepared space) that kernels cannot compute with.
    ///
    /// # Errors
    /// If a coordinate is not finite or its square would overflow.
    pub(crate) fn check_centers(&self, centers: &[f64]) -> Result<()> {
        let limit = self.limit();
        match centers.iter().find(|z| z.is_nan() || z.abs() > limit) {
            Some(z) => Err(Error::data(format!(
                "model has a centre at {z:e} (finite numbers up to {limit:e} can be computed with)"
            ))),
            None => Ok(()),
        }
    }

    /// Prepared values up to this can be computed with: twice what a fit allows, since tiles
    /// round; the limit has room.
    fn limit(&self) -> f64 {
        times_pow2(2.0, safe_exponent(self.precision, self.columns.len()))
    }

    /// The value in column `column`'s unit that is prepared as `z`; held within the values seen by
    /// the fit, since outside them a transform may have no inverse (a mean of prepared values
    /// always lies inside).
    ///
    /// # Panics
    /// If there is no such column.
    pub fn invert(&self, column: usize, z: f64) -> f64 {
        let column = &self.columns[column];
        let y = times_pow2(column.affine.invert(z), column.exponent);
        let x = column.transform.invert(y);
        // Past its last digit a transform is flat, and its inverse infinite or undefined.
        if x.is_nan() {
            return if z < 0.0 { column.min } else { column.max };
        }
        x.clamp(column.min, column.max)
    }

    /// The type in which prepared values are computed with.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// What was learned, in feature order.
    pub fn columns(&self) -> &[FittedColumn] {
        &self.columns
    }

    /// What is done about null and NaN.
    pub fn missing(&self) -> Missing {
        self.missing
    }

    /// How the columns were made comparable.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    fn check_columns(&self, table: &FeatureTable) -> Result<()> {
        let expected = self.columns.iter().map(|column| column.name.as_str());
        if expected.clone().eq(table.columns().iter().map(Column::name)) {
            return Ok(());
        }
        let missing =
            expected.clone().find(|name| table.columns().iter().all(|c| c.name() != *name));
        let other = table.columns().iter().find(|c| expected.clone().all(|name| name != c.name()));
        let accepted = "the model needs exactly the columns that it was fitted on, in their order";
        Err(match (missing, other) {
            (Some(name), _) => Error::data(format!("is not there ({accepted})")).in_column(name),
            (None, Some(column)) => {
                Error::data(format!("is not one of the model's columns ({accepted})"))
                    .in_column(column.name())
            }
            (None, None) => Error::data(format!("columns are in another order ({accepted})")),
        })
    }

    fn prepare(&self, rows: Rows) -> Result<Prepared> {
        let Rows { table, kept, n_input_rows, summaries } = rows;
        let mut steps = Vec::with_capacity(self.columns.len());
        let mut columns = Vec::with_capacity(self.columns.len());
        for ((fitted, column), summary) in self.columns.iter().zip(table.columns()).zip(&summaries)
        {
            self.check_reach(fitted, column, summary)?;
            let copied = fitted.is_copied();
            columns.push(if copied { self.copy(fitted, column)? } else { column.clone() });
            let fill = fitted.fill.filter(|_| summary.n_missing > 0).map(|x| {
                if copied { times_pow2(fitted.transform.apply(x), -fitted.exponent) } else { x }
            });
            steps.push(TileStep { fill, affine: fitted.affine });
        }
        let table = table.with_columns(columns)?;
        Ok(Prepared { table, steps, precision: self.precision, kept, n_input_rows })
    }

    /// Refuses values that a transform does not take, or that would not stay finite when squared.
    fn check_reach(&self, fitted: &FittedColumn, column: &Column, summary: &Summary) -> Result<()> {
        if summary.n == 0 {
            return Ok(());
        }
        if !fitted.transform.kind().accepts(summary.min) {
            return Err(outside_domain(column, fitted.transform.kind()));
        }
        let limit = self.limit();
        let fits = |x: f64| fitted.forward(x).abs() <= limit;
        if fits(summary.min) && fits(summary.max) {
            return Ok(());
        }
        let found = Source::raw(column).find_first(|x| !x.is_nan() && !fits(x));
        let (row, value) = found.unwrap_or((0, summary.max));
        Err(Error::data(format!(
            "value is {value:e}, too far from the model's values to be computed with in {} \
             (the fit saw {:e} to {:e})",
            self.precision.name(),
            fitted.min,
            fitted.max
        ))
        .in_column(column.name())
        .at_row(row as u64 + 1))
    }

    /// The transformed values as an owned column of the fit's precision; NaN where missing.
    fn copy(&self, fitted: &FittedColumn, column: &Column) -> Result<Column> {
        let source = Source { column, transform: fitted.transform, exponent: fitted.exponent };
        let values = match self.precision {
            Precision::F32 => Values::F32(read_all::<f32>(&source)?.into()),
            Precision::F64 => Values::F64(read_all::<f64>(&source)?.into()),
        };
        Ok(Column::new(column.name(), column.type_name(), vec![Chunk::new(values, None)?]))
    }
}

/// A table as [`Prepare`] made it.
#[derive(Clone, Debug)]
pub struct Prepared {
    table: FeatureTable,
    steps: Vec<TileStep>,
    precision: Precision,
    kept: Option<BooleanBuffer>,
    n_input_rows: usize,
}

impl Prepared {
    /// The rows that were kept, in the prepared space.
    pub fn tiles(&self) -> Tiles<'_> {
        Tiles::new(&self.table, self.steps.clone())
    }

    /// The type in which the prepared values are computed with.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The same with fewer rows: those of the tiles' rows whose bit is set.
    ///
    /// # Errors
    /// [`ErrorKind::Memory`](crate::ErrorKind::Memory) if there is no room for a copy of them.
    ///
    /// # Panics
    /// If there is not one bit per row of the tiles.
    pub fn keep(&self, rows: &BooleanBuffer) -> Result<Self> {
        assert_eq!(rows.len(), self.table.n_rows(), "one bit per row");
        let kept = match &self.kept {
            None => rows.clone(),
            Some(kept) => {
                let mut both = BooleanBufferBuilder::new(self.n_input_rows);
                both.append_n(self.n_input_rows, false);
                let set = kept.set_indices().zip(rows.iter()).filter(|&(_, stays)| stays);
                set.for_each(|(row, _)| both.set_bit(row, true));
                both.finish()
            }
        };
        Ok(Self { table: self.table.keep(rows)?, kept: Some(kept), ..self.clone() })
    }

    /// The same without a column.
    ///
    /// # Errors
    /// If no other is left.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn without_column(&self, column: usize) -> Result<Self> {
        let mut columns = self.table.columns().to_vec();
        let mut steps = self.steps.clone();
        columns.remove(column);
        steps.remove(column);
        Ok(Self { table: self.table.with_columns(columns)?, steps, ..self.clone() })
    }

    /// One bit per input row: whether it is among the tiles' rows; `None` if all are.
    pub fn kept(&self) -> Option<&BooleanBuffer> {
        self.kept.as_ref()
    }

    /// The number of rows of the table that was prepared.
    pub fn n_input_rows(&self) -> usize {
        self.n_input_rows
    }
}

/// The rows to work on, once the policy on missing values has been applied.
struct Rows {
    table: FeatureTable,
    kept: Option<BooleanBuffer>,
    n_input_rows: usize,
    /// Of the columns of `table`, untransformed.
    summaries: Vec<Summary>,
}

impl Rows {
    /// Looks at every value of `table` once; a second time only where rows are left out.
    fn take(table: &FeatureTable, missing: Missing, remedy: &str) -> Result<Self> {
        let n_input_rows = table.n_rows();
        let summaries = summarize(table);
        for (column, summary) in table.columns().iter().zip(&summaries) {
            missing::check(column, summary, missing, remedy)?;
        }
        let gaps: Vec<_> = table
            .columns()
            .iter()
            .zip(&summaries)
            .filter(|(_, summary)| summary.n_missing > 0)
            .map(|(column, _)| column)
            .collect();
        if missing != Missing::Drop || gaps.is_empty() {
            return Ok(Self { table: table.clone(), kept: None, n_input_rows, summaries });
        }
        let kept = missing::complete_rows(&gaps, n_input_rows);
        let table = table.keep(&kept)?;
        let summaries = summarize(&table);
        Ok(Self { table, kept: Some(kept), n_input_rows, summaries })
    }
}

fn summarize(table: &FeatureTable) -> Vec<Summary> {
    table.columns().par_iter().map(|column| Source::raw(column).summarize()).collect()
}

/// The transform of each column of `table`.
fn by_column<T: Copy>(
    table: &FeatureTable,
    what: &str,
    given: &[(String, T)],
    name_of: fn(T) -> &'static str,
) -> Result<Vec<Option<T>>> {
    let mut by_column = vec![None; table.n_features()];
    for (name, value) in given {
        let column = table.columns().iter().position(|column| column.name() == name);
        let Some(column) = column else {
            return Err(Error::parameter(format!(
                "{what} {}={}: no used column has that name",
                Escaped(name),
                name_of(*value)
            )));
        };
        if by_column[column].replace(*value).is_some() {
            return Err(Error::parameter(format!(
                "{what} names column \"{}\" twice (once per column)",
                Escaped(name)
            )));
        }
    }
    Ok(by_column)
}

/// The type in which tiles shift and scale a column: see [`TileStep`].
fn arithmetic_of(column: &Column, is_transformed: bool, precision: Precision) -> Precision {
    let stored_narrow = || column.chunks().iter().any(|c| matches!(c.values(), Values::F32(_)));
    if precision == Precision::F32 && (is_transformed || stored_narrow()) {
        Precision::F32
    } else {
        Precision::F64
    }
}

fn holds_wide_integers(column: &Column) -> bool {
    column.chunks().iter().any(|c| matches!(c.values(), Values::I64(_) | Values::U64(_)))
}

fn outside_domain(column: &Column, transform: Transform) -> Error {
    let accepted = match transform {
        Transform::Sqrt => "numbers of at least 0",
        _ => "numbers above -1",
    };
    let found = Source::raw(column).find_first(|x| !x.is_nan() && !transform.accepts(x));
    let (row, value) = found.unwrap_or((0, f64::NAN));
    Error::data(format!("{} of {value} is not defined (it takes {accepted})", transform.name()))
        .in_column(column.name())
        .at_row(row as u64 + 1)
}

fn read_all<T: Scalar>(source: &Source<'_>) -> Result<Vec<T>> {
    let n_rows = source.column.n_rows();
    let mut out = Vec::new();
    out.try_reserve_exact(n_rows).map_err(no_memory)?;
    out.resize(n_rows, T::default());
    out.par_chunks_mut(TILE_ROWS).enumerate().for_each(|(tile, out)| {
        let mut buffer = [0.0; TILE_ROWS];
        let values = &mut buffer[..out.len()];
        source.read(tile * TILE_ROWS..tile * TILE_ROWS + values.len(), values);
        for (out, &x) in out.iter_mut().zip(&*values) {
            *out = T::from_f64(x);
        }
    });
    Ok(out)
}

#[cfg(test)]
mod tests;
