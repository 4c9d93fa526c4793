//! A segmentation and its customers, looked at from all sides.

use rayon::prelude::*;

use super::super::Session;
use super::names::{self, Given};
use crate::error::{Error, Result, counted};
use crate::history::Day;
use crate::io::LabelColumn;
use crate::kernel::Kernel;
use crate::kmeans::{self, FitJob, KMeansParams};
use crate::metrics::{Labeling, Silhouette, SilhouetteMethod, silhouette};
use crate::model::Model;
use crate::prepare::Prepared;
use crate::report::{CustomerView, Language, SegmentView, Standing, reason};
use crate::seed::Seed;
use crate::segments::{
    Action, Certainty, NO_SEGMENT, Portrait, Profiles, Projection, RuleParams, SegmentRules, Words,
    segment_rules,
};
use crate::stability::{Bootstrap, BootstrapParams, Currency, bootstrap};
use crate::table::FeatureTable;

/// What is to be described.
pub(in super::super) struct Subject<'a> {
    pub(in super::super) model: &'a Model,
    /// Every column that is known of the customers, those of the model among them.
    pub(in super::super) table: &'a FeatureTable,
    /// Words that describe them.
    pub(in super::super) words: &'a [LabelColumn],
    pub(in super::super) id_column: Option<&'a str>,
    /// One per row; none where rows have no ids.
    pub(in super::super) ids: &'a [Option<String>],
    /// The end of this day is known.
    pub(in super::super) as_of: Option<Day>,
    /// Names that people gave.
    pub(in super::super) names: &'a Given,
}

/// How it is to be looked at.
#[derive(Clone, Copy)]
pub(in super::super) struct Look {
    pub(in super::super) language: Language,
    pub(in super::super) currency: Currency,
    pub(in super::super) seed: Seed,
    /// Resamples; 0 leaves them out.
    pub(in super::super) bootstrap: usize,
    /// Starts of the fit of each.
    pub(in super::super) bootstrap_n_init: usize,
}

/// What was seen.
pub(in super::super) struct Seen {
    /// By row: the place of the segment.
    pub(in super::super) places: Vec<u32>,
    /// By row that the model kept.
    pub(in super::super) labels: Vec<u32>,
    pub(in super::super) confidence: Vec<f64>,
    pub(in super::super) is_far: Vec<bool>,
    pub(in super::super) reasons: Vec<String>,
    pub(in super::super) profiles: Profiles,
    pub(in super::super) segments: Vec<SegmentView>,
    pub(in super::super) silhouette: Option<Silhouette>,
    pub(in super::super) projection: Projection,
    pub(in super::super) rules: SegmentRules,
    /// The text of the file of names.
    pub(in super::super) names_text: String,
}

impl Subject<'_> {
    /// The columns of the model, in its order.
    fn fitted(&self) -> Result<FeatureTable> {
        let columns = self.model.prepare().columns().iter().map(|fitted| {
            let found = self.table.columns().iter().find(|column| column.name() == fitted.name);
            found.cloned().ok_or_else(|| {
                let message = "the model was fitted on it, but it is not there (a table with every \
                               column of the model is needed)";
                Error::data(message).in_column(&fitted.name)
            })
        });
        FeatureTable::new(columns.collect::<Result<_>>()?, None)
    }

    /// Looks at it.
    ///
    /// # Errors
    /// Data errors where the rows are not such as the model takes; memory; a signal.
    pub(in super::super) fn look(
        &self,
        look: Look,
        kernel: &Kernel,
        session: &mut Session<'_>,
    ) -> Result<Seen> {
        let fitted = self.fitted()?;
        let prepared = self.model.prepare().apply(&fitted)?;
        let found = Found::new(self.model, &prepared, kernel, session)?;
        let k = self.model.k();
        let words = self.words.iter().map(|words| Words {
            name: &words.name,
            numbers: &words.numbers,
            values: &words.values,
        });
        let words: Vec<Words<'_>> = words.collect();
        let profiles = Profiles::new(self.table, &words, &found.places, k)?;
        session.check_cancelled()?;

        let silhouette = score(&prepared, &found.labels, look.seed, kernel, session)?;
        let resampled = self.resample(&prepared, &found.labels, look, kernel, session)?;
        session.check_cancelled()?;
        let rules = segment_rules(
            &fitted,
            prepared.kept(),
            self.model.prepare(),
            &found.labels,
            k,
            &RuleParams::new(k),
        )?;
        let projection = Projection::new(&prepared.tiles(), self.model.centers(), POINTS);

        let (names, names_text) = names::of(self, &profiles, look, session)?;
        let segments =
            self.segments(names, &found, &profiles, silhouette.as_ref(), resampled.as_ref());
        let reasons = self.reasons(&fitted, &prepared, &found, &segments, look);
        Ok(Seen {
            places: found.places,
            labels: found.labels,
            confidence: found.confidence,
            is_far: found.is_far,
            reasons,
            profiles,
            segments,
            silhouette,
            projection,
            rules,
            names_text,
        })
    }

    /// Whether segments are found again in resamples.
    fn resample(
        &self,
        prepared: &Prepared,
        labels: &[u32],
        look: Look,
        kernel: &Kernel,
        session: &Session<'_>,
    ) -> Result<Option<Bootstrap>> {
        let labeling = Labeling::new(labels)?;
        if look.bootstrap == 0 || labeling.k() < 2 || labeling.k() != self.model.k() {
            return Ok(None);
        }
        let tiles = prepared.tiles();
        let refit = |jobs: &[FitJob<'_>]| {
            kmeans::fit_jobs(&tiles, prepared.precision(), kernel, jobs, session.interrupt)
        };
        let params = KMeansParams {
            n_init: look.bootstrap_n_init,
            seed: look.seed,
            ..KMeansParams::new(self.model.k())
        };
        let resamples = BootstrapParams { n: look.bootstrap, seed: look.seed };
        let mut found =
            bootstrap(&refit, &[(params, labeling)], None, resamples, session.interrupt)?;
        Ok(found.pop())
    }

    /// What is told of each segment, the first to take care of having priority 1.
    fn segments(
        &self,
        names: Vec<String>,
        found: &Found,
        profiles: &Profiles,
        silhouette: Option<&Silhouette>,
        resampled: Option<&Bootstrap>,
    ) -> Vec<SegmentView> {
        let has_reviews = profiles.review().is_some();
        let portraits: Vec<Portrait> =
            profiles.segments.iter().map(|segment| profiles.portrait(segment)).collect();
        let actions: Vec<Action> =
            portraits.iter().map(|portrait| portrait.action(has_reviews)).collect();
        let worth = |at: usize| match profiles.spent() {
            Some(column) => profiles.segments[at].sums[column],
            None => profiles.segments[at].size as f64,
        };
        let mut order: Vec<usize> = (0..portraits.len()).collect();
        order.sort_by(|&a, &b| {
            let urgency = actions[a].urgency().cmp(&actions[b].urgency());
            urgency.then(worth(b).total_cmp(&worth(a))).then(a.cmp(&b))
        });
        let mut priorities = vec![0; order.len()];
        for (rank, &at) in order.iter().enumerate() {
            priorities[at] = rank + 1;
        }
        let (mut n_borderline, mut n_far) = (vec![0; portraits.len()], vec![0; portraits.len()]);
        for (row, &place) in
            found.places.iter().enumerate().filter(|(_, place)| **place != NO_SEGMENT)
        {
            let is_borderline = found.confidence[row] < CustomerView::BORDERLINE;
            n_borderline[place as usize] += u64::from(is_borderline);
            n_far[place as usize] += u64::from(found.is_far[row]);
        }
        let segments = self.model.segments().iter().zip(names).enumerate();
        let segments = segments.map(|(at, (segment, name))| {
            let own = silhouette.and_then(|found| {
                found.clusters.iter().find(|cluster| cluster.label as usize == at)
            });
            let silhouette = own.map(|cluster| cluster.mean);
            let jaccard =
                resampled.and_then(|found| found.clusters.get(at)).map(|cluster| cluster.jaccard);
            SegmentView {
                id: segment.id,
                name,
                portrait: portraits[at],
                action: actions[at],
                priority: priorities[at],
                silhouette,
                jaccard,
                certainty: Certainty::of(silhouette, jaccard, profiles.segments[at].size),
                n_borderline: n_borderline[at],
                n_far: n_far[at],
                n_before: None,
            }
        });
        segments.collect()
    }

    /// Why each row is in its segment.
    fn reasons(
        &self,
        fitted: &FeatureTable,
        prepared: &Prepared,
        found: &Found,
        segments: &[SegmentView],
        look: Look,
    ) -> Vec<String> {
        let d = fitted.n_features();
        let centers: Vec<&[f64]> = self.model.centers().chunks(d).collect();
        let columns: Vec<&str> = fitted.columns().iter().map(|column| column.name()).collect();
        let tiles = prepared.tiles();
        let of_kept = |kept: usize, row: usize| {
            let own = found.labels[kept] as usize;
            let prepared = tiles.row::<f64>(kept);
            let distance = |center: &[f64]| {
                center.iter().zip(&prepared).map(|(c, x)| (x - c) * (x - c)).sum::<f64>()
            };
            let others = (0..centers.len()).filter(|&at| at != own);
            let other = others
                .min_by(|&a, &b| distance(centers[a]).total_cmp(&distance(centers[b])))
                .unwrap_or(own);
            // By how much each column speaks for the own centre against the other.
            let speaks = |column: usize| {
                let [a, b] = [own, other].map(|at| prepared[column] - centers[at][column]);
                b * b - a * a
            };
            let mut order: Vec<usize> = (0..d).filter(|&column| speaks(column) > 0.0).collect();
            order.sort_by(|&a, &b| speaks(b).total_cmp(&speaks(a)).then(a.cmp(&b)));
            let told: Vec<(&str, Option<f64>)> = order
                .iter()
                .map(|&column| {
                    let x = fitted.columns()[column].get(row);
                    (columns[column], (!x.is_nan()).then_some(x))
                })
                .collect();
            let standing = if found.is_far[row] {
                Standing::Far
            } else if found.confidence[row] < CustomerView::BORDERLINE {
                Standing::Borderline
            } else {
                Standing::Inside
            };
            let other = (own != other).then(|| segments[other].name.as_str());
            let own = segments[own].name.as_str();
            reason(&told, own, other, standing, look.language, look.currency)
        };
        let mut kept = 0;
        let rows: Vec<Option<usize>> = found
            .places
            .iter()
            .map(|&place| {
                (place != NO_SEGMENT).then(|| {
                    kept += 1;
                    kept - 1
                })
            })
            .collect();
        rows.par_iter()
            .enumerate()
            .map(|(row, kept)| kept.map_or_else(String::new, |kept| of_kept(kept, row)))
            .collect()
    }
}

/// Dots of the map at most.
const POINTS: usize = 1_500;

/// The segment of every row, and how well it fits.
struct Found {
    places: Vec<u32>,
    labels: Vec<u32>,
    confidence: Vec<f64>,
    is_far: Vec<bool>,
}

impl Found {
    fn new(
        model: &Model,
        prepared: &Prepared,
        kernel: &Kernel,
        session: &Session<'_>,
    ) -> Result<Self> {
        let n = prepared.n_input_rows();
        let mut found = Self {
            places: Vec::with_capacity(n),
            labels: Vec::with_capacity(n),
            confidence: Vec::with_capacity(n),
            is_far: Vec::with_capacity(n),
        };
        for batch in model.assignments(prepared, kernel) {
            session.check_cancelled()?;
            for (row, place) in batch.places(model).enumerate() {
                let place = place.map(|place| place as u32);
                found.places.push(place.unwrap_or(NO_SEGMENT));
                found.labels.extend(place);
                let confidence = batch.confidence.as_ref().filter(|_| place.is_some());
                found.confidence.push(confidence.map_or(f64::NAN, |all| all[row]));
                found.is_far.push(place.is_some() && batch.is_far[row]);
            }
        }
        if found.labels.is_empty() {
            let rows = counted(n, "row");
            let message = format!("{rows}, none of which has a segment (at least one is needed)");
            return Err(Error::data(message));
        }
        Ok(found)
    }
}

/// The silhouettes of the rows that were kept, where they are defined.
fn score(
    prepared: &Prepared,
    labels: &[u32],
    seed: Seed,
    kernel: &Kernel,
    session: &Session<'_>,
) -> Result<Option<Silhouette>> {
    let labeling = Labeling::new(labels)?;
    if labeling.check_separates().is_err() {
        return Ok(None);
    }
    let method = SilhouetteMethod::for_rows(labels.len(), seed);
    let tiles = prepared.tiles();
    silhouette(&tiles, prepared.precision(), kernel, &labeling, method, session.interrupt).map(Some)
}
