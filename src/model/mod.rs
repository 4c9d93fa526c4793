//! A fitted segmentation: how rows are prepared, the centres, and who the segments are.
//!
//! Plain types without a file format: `io` writes and reads them.

mod assign;
mod fingerprint;
mod means;

pub use assign::{Assignment, Assignments, confidence};
pub use fingerprint::fingerprint;
pub use means::segment_means;

use std::collections::HashSet;

use crate::error::{Error, Result, counted};
use crate::history::Origin;
use crate::kernel::Kernel;
use crate::kmeans::{Algorithm, Fit, Init, KMeansParams};
use crate::prepare::{Prepare, Prepared};
use crate::seed::Seed;

/// One segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What it is told by, for good: a segment that is found again keeps it, and no other gets it later.
    /// Of a fit that carries on no older one, the place of its centre, from 0.
    pub id: u32,
    /// `Segment 1` for id 0 and so on, until someone names it.
    pub name: String,
    /// Rows of the fit that belong to it.
    pub size: u64,
}

impl Segment {
    /// What a segment is called until someone names it.
    pub(crate) fn default_name(id: u32) -> String {
        format!("Segment {}", u64::from(id) + 1)
    }
}

/// How the centres were found.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// Rows of the table.
    pub n_rows: u64,
    /// Rows that took part: those that the policy on missing values kept.
    pub n_used: u64,
    /// Σ w·|x − c|² in the prepared space.
    pub inertia: f64,
    /// Iterations of the winning start (mini-batch: batches).
    pub n_iter: u64,
    /// Whether the winning start settled.
    pub converged: bool,
    /// Starts tried.
    pub n_init: u64,
    /// How the centres were improved.
    pub algorithm: Algorithm,
    /// How the starts were found.
    pub init: Start,
    /// Iterations allowed.
    pub max_iter: u64,
    /// The tolerance, relative to the mean variance of the columns.
    pub tol: f64,
    /// Where all draws came from.
    pub seed: Seed,
}

/// How starts were found, without the centres that a caller may have given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// See [`Init::KMeansPlusPlus`].
    KMeansPlusPlus,
    /// See [`Init::Random`].
    Random,
    /// See [`Init::Centers`].
    Centers,
}

impl Start {
    /// Every start, with its name in a model file.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::KMeansPlusPlus, "k-means++"), (Self::Random, "random"), (Self::Centers, "centers")];
}

/// A fitted segmentation.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    prepare: Prepare,
    centers: Vec<f64>,
    segments: Vec<Segment>,
    next_id: u32,
    training: Training,
    fingerprint: String,
    engine_version: String,
    id_column: Option<String>,
    origin: Option<Origin>,
}

impl Model {
    /// The result of a fit, its segments named `Segment 1` and so on.
    ///
    /// `fingerprint` is that of the table which was fitted: see [`fingerprint`](fn@fingerprint).
    ///
    /// # Errors
    /// If the parts do not belong together.
    pub fn new(
        prepare: Prepare,
        prepared: &Prepared,
        params: &KMeansParams,
        fit: &Fit,
        fingerprint: String,
    ) -> Result<Self> {
        let segment = |(id, &size): (usize, &u64)| Segment {
            id: id as u32,
            name: Segment::default_name(id as u32),
            size,
        };
        let n_init = match params.init {
            // Given centres leave nothing to try again.
            Init::Centers(_) => 1,
            _ => params.n_init as u64,
        };
        let training = Training {
            n_rows: prepared.n_input_rows() as u64,
            n_used: prepared.tiles().n_rows() as u64,
            inertia: fit.inertia,
            n_iter: fit.n_iter as u64,
            converged: fit.converged,
            n_init,
            algorithm: params.algorithm,
            init: match params.init {
                Init::KMeansPlusPlus => Start::KMeansPlusPlus,
                Init::Random => Start::Random,
                Init::Centers(_) => Start::Centers,
            },
            max_iter: params.max_iter as u64,
            tol: params.tol,
            seed: params.seed,
        };
        Self::from_parts(
            prepare,
            fit.centers.clone(),
            fit.sizes.iter().enumerate().map(segment).collect(),
            training,
            fingerprint,
            env!("CARGO_PKG_VERSION").into(),
        )
    }

    /// A model of given parts, checked: nothing is trusted that a file may hold. Segments are in the
    /// order of their centres, with ascending ids.
    ///
    /// # Errors
    /// If the parts contradict each other, or a number is not finite.
    pub fn from_parts(
        prepare: Prepare,
        centers: Vec<f64>,
        segments: Vec<Segment>,
        training: Training,
        fingerprint: String,
        engine_version: String,
    ) -> Result<Self> {
        let (k, d) = (segments.len(), prepare.columns().len());
        if k == 0 {
            return Err(Error::data("model has no segment (at least one is needed)"));
        }
        if k.checked_mul(d) != Some(centers.len()) {
            return Err(Error::data(format!(
                "model has {} for {} and {} (one per segment and column is needed)",
                counted(centers.len(), "centre coordinate"),
                counted(k, "segment"),
                counted(d, "column")
            )));
        }
        prepare.check_centers(&centers)?;
        let next_id = check_segments(&segments, training.n_used)?;
        training.check()?;
        if fingerprint.len() != 32 || !fingerprint.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Error::data("model's fingerprint is not 32 hexadecimal digits"));
        }
        Ok(Self {
            prepare,
            centers,
            segments,
            next_id,
            training,
            fingerprint,
            engine_version,
            id_column: None,
            origin: None,
        })
    }

    /// The same model, which remembers the name of the column that held the ids of the rows.
    ///
    /// # Errors
    /// If that column is one that was fitted.
    pub fn with_id_column(mut self, id_column: Option<String>) -> Result<Self> {
        if let Some(id) = &id_column
            && self.prepare.columns().iter().any(|column| column.name == *id)
        {
            return Err(Error::data("model claims it as id and as feature").in_column(id));
        }
        self.id_column = id_column;
        Ok(self)
    }

    /// The same model, which remembers of which day its customers were, and what was known of them.
    #[must_use]
    pub fn with_origin(self, origin: Option<Origin>) -> Self {
        Self { origin, ..self }
    }

    /// The same model, whose segments, in their order, have these ids and names.
    ///
    /// # Errors
    /// If there is not one for each segment, ids do not ascend, names are not different, or
    /// `next_id` is not above all ids.
    pub fn with_identities(
        mut self,
        identities: impl IntoIterator<Item = (u32, String)>,
        next_id: u32,
    ) -> Result<Self> {
        let identities: Vec<_> = identities.into_iter().collect();
        if identities.len() != self.k() {
            let found = counted(identities.len(), "identity");
            let message = format!("{found} for {} (one each)", counted(self.k(), "segment"));
            return Err(Error::data(message));
        }
        for (segment, (id, name)) in self.segments.iter_mut().zip(identities) {
            (segment.id, segment.name) = (id, name);
        }
        check_segments(&self.segments, self.training.n_used)?;
        self.with_next_id(next_id)
    }

    /// The same model, which knows that ids below `next_id` were used before it, too.
    ///
    /// # Errors
    /// If a segment has an id that is not below.
    pub fn with_next_id(self, next_id: u32) -> Result<Self> {
        match self.segments.last() {
            Some(last) if last.id >= next_id => Err(Error::data(format!(
                "model's next_id is {next_id}, but it has segment {} (a number above all ids is needed)",
                last.id
            ))),
            _ => Ok(Self { next_id, ..self }),
        }
    }

    /// The number of segments.
    pub fn k(&self) -> usize {
        self.segments.len()
    }

    /// How rows are prepared; it names the columns.
    pub fn prepare(&self) -> &Prepare {
        &self.prepare
    }

    /// `k × d` coordinates in the prepared space, row-major.
    pub fn centers(&self) -> &[f64] {
        &self.centers
    }

    /// The segments, by ascending id and in the order of their centres.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The place of segment `id` among [`segments`](Self::segments), if there is such a one.
    pub fn index_of(&self, id: u32) -> Option<usize> {
        self.segments.binary_search_by_key(&id, |segment| segment.id).ok()
    }

    /// The smallest id that no segment ever had, here or in the models that this one carries on.
    pub fn next_id(&self) -> u32 {
        self.next_id
    }

    /// How the centres were found.
    pub fn training(&self) -> &Training {
        &self.training
    }

    /// Of the used columns of the table that was fitted: see [`fingerprint`](fn@fingerprint).
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The version of this crate that fitted the model.
    pub fn engine_version(&self) -> &str {
        &self.engine_version
    }

    /// The column that held the ids of the rows that were fitted, if they had any.
    pub fn id_column(&self) -> Option<&str> {
        self.id_column.as_deref()
    }

    /// Of which day the customers were that were fitted, and what was known of them, if their table said
    /// so.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The centre of the segment at place `index`, each coordinate taken back to its column's unit.
    ///
    /// # Panics
    /// If there is no such segment.
    pub fn center_in_original_units(&self, index: usize) -> Vec<f64> {
        let d = self.prepare.columns().len();
        let center = self.centers[index * d..(index + 1) * d].iter();
        center.enumerate().map(|(column, &z)| self.prepare.invert(column, z)).collect()
    }

    /// The segment of every input row of `prepared`, which [`Prepare::apply`] made, in batches.
    pub fn assignments<'a>(
        &'a self,
        prepared: &'a Prepared,
        kernel: &'a Kernel,
    ) -> Assignments<'a> {
        Assignments::new(self, prepared, kernel)
    }
}

/// The smallest id above those of `segments`.
fn check_segments(segments: &[Segment], n_used: u64) -> Result<u32> {
    let mut names = HashSet::new();
    let mut total = 0_u64;
    let mut next_id = 0;
    for segment in segments {
        let id = segment.id;
        if id < next_id {
            let before = next_id - 1;
            return Err(Error::data(format!(
                "segment {id} stands after segment {before} (ids must be different and ascend)"
            )));
        }
        next_id = id.checked_add(1).ok_or_else(|| {
            Error::data(format!("a segment has the id {id} (up to {} is accepted)", id - 1))
        })?;
        if segment.name.is_empty() || !names.insert(segment.name.as_str()) {
            return Err(Error::data(format!(
                "segment {id} has an empty name or that of another (names must be different)"
            )));
        }
        total = total.saturating_add(segment.size);
    }
    if total != n_used {
        return Err(Error::data(format!(
            "the segments hold {}, but the fit used {n_used}",
            counted(total, "row")
        )));
    }
    Ok(next_id)
}

impl Training {
    fn check(&self) -> Result<()> {
        let batch_is_empty = matches!(self.algorithm, Algorithm::MiniBatch { batch_size: 0 });
        let problem = if self.n_used > self.n_rows {
            "more rows used than there were"
        } else if !(self.inertia.is_finite() && self.inertia >= 0.0) {
            "an inertia that is not a number of at least 0"
        } else if !(self.tol.is_finite() && self.tol >= 0.0) {
            "a tolerance that is not a number of at least 0"
        } else if self.n_init == 0 || self.max_iter == 0 || batch_is_empty {
            "no start, no iteration or an empty batch"
        } else {
            return Ok(());
        };
        Err(Error::data(format!("model's training statistics claim {problem}")))
    }
}

#[cfg(test)]
mod tests;
