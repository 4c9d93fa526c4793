//! Which number of clusters to take, and why.

use std::fmt;

use super::{Candidate, Comparison};
use crate::error::floored;

/// What a clustering must have to be taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// The share of the rows in the smallest cluster, at least: what is smaller makes no campaign.
    pub min_share: f64,
    /// The Jaccard similarity of every cluster in resamples, at least: 0.75, from which Hennig calls
    /// clusters stable.
    pub min_jaccard: f64,
    /// The adjusted Rand index between fits from other seeds, at least, in the mean: below, the result
    /// is that of the seed.
    pub min_agreement: f64,
    /// Silhouettes that differ by no more are taken for equal, and the smaller number wins.
    pub tie: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { min_share: 0.005, min_jaccard: 0.75, min_agreement: 0.8, tie: 0.01 }
    }
}

/// Why a number of clusters cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Its smallest cluster is too small for a campaign.
    TooSmall {
        /// The share of the rows that it holds.
        share: f64,
        /// That which it should hold at least.
        limit: f64,
    },
    /// A cluster of it is not found again in resamples.
    Unstable {
        /// Its index.
        cluster: usize,
        /// The mean Jaccard similarity with what is most like it in a resample.
        jaccard: f64,
    },
    /// No resample could be clustered: most likely for too few different rows.
    NotResampled,
    /// Fits from other seeds agree no more than that.
    DependsOnSeed(f64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall { share, limit } => {
                let (percent, limit) = (floored(100.0 * share, 2), 100.0 * limit);
                write!(f, "the smallest cluster holds {percent} % of the rows, below {limit} %")
            }
            Self::Unstable { jaccard, .. } => {
                let jaccard = floored(*jaccard, 2);
                write!(f, "a cluster is not found again in resamples (Jaccard {jaccard})")
            }
            Self::NotResampled => f.write_str("no resample could be clustered"),
            Self::DependsOnSeed(mean) => {
                write!(f, "other seeds give other clusters (ARI {})", floored(*mean, 3))
            }
        }
    }
}

/// A number of clusters, held against the rules and against the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The number of clusters.
    pub k: usize,
    /// What speaks against it; nothing if it can be taken.
    pub faults: Vec<Fault>,
    /// Whether no other number is at least as good in separation (silhouette), stability (worst
    /// Jaccard), size of the smallest cluster and parsimony, and better in one of them.
    pub is_pareto: bool,
}

/// Which number of clusters to take.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// The number; `None` if none passes the rules.
    pub k: Option<usize>,
    /// The number to look at closely: that one or, if none passes, of those that break the fewest rules
    /// the best separated; `None` if nothing could be fitted.
    pub shown: Option<usize>,
    /// Why, in plain words.
    pub reason: String,
    /// All candidates, in order.
    pub judged: Vec<Judged>,
}

/// Takes, of the numbers that break no rule, the one with the best silhouette, or a smaller one whose
/// silhouette is as good.
pub fn recommend(comparison: &Comparison, rules: &Rules) -> Recommendation {
    let candidates = &comparison.candidates;
    let judged: Vec<Judged> = candidates
        .iter()
        .map(|candidate| Judged {
            k: candidate.k,
            faults: faults(candidate, rules),
            is_pareto: !candidates.iter().any(|other| dominates(other, candidate)),
        })
        .collect();
    let sound: Vec<&Candidate> = candidates
        .iter()
        .zip(&judged)
        .filter(|(_, judged)| judged.faults.is_empty())
        .map(|(candidate, _)| candidate)
        .collect();
    let score = |candidate: &Candidate| candidate.silhouette.mean;
    // Of equal ones the smaller number.
    let best = sound.iter().copied().rev().max_by(|a, b| score(a).total_cmp(&score(b)));
    let Some(best) = best else {
        let nearest = nearest(candidates, &judged);
        let shown = nearest.map(|judged| judged.k);
        return Recommendation { k: None, shown, reason: none_is_sound(nearest), judged };
    };
    let taken = sound
        .iter()
        .copied()
        .filter(|candidate| score(candidate) >= score(best) - rules.tie)
        .min_by_key(|candidate| candidate.k)
        .unwrap_or(best);
    let reason = reason(taken, best, rules, candidates, &judged);
    Recommendation { k: Some(taken.k), shown: Some(taken.k), reason, judged }
}

fn faults(candidate: &Candidate, rules: &Rules) -> Vec<Fault> {
    let mut faults = Vec::new();
    let share = candidate.smallest_share();
    if share < rules.min_share {
        faults.push(Fault::TooSmall { share, limit: rules.min_share });
    }
    if let Some(starts) = candidate.starts.filter(|starts| starts.mean < rules.min_agreement) {
        faults.push(Fault::DependsOnSeed(starts.mean));
    }
    if let Some(bootstrap) = &candidate.bootstrap {
        let clusters = bootstrap.clusters.iter().map(|cluster| cluster.jaccard).enumerate();
        match clusters.min_by(|a, b| a.1.total_cmp(&b.1)) {
            None => faults.push(Fault::NotResampled),
            Some((cluster, jaccard)) if jaccard < rules.min_jaccard => {
                faults.push(Fault::Unstable { cluster, jaccard });
            }
            Some(_) => {}
        }
    }
    faults
}

/// Whether `a` is at least as good as `b` in everything, and better in something.
fn dominates(a: &Candidate, b: &Candidate) -> bool {
    let values = |candidate: &Candidate| {
        let stability = candidate.worst_jaccard().unwrap_or(0.0);
        [candidate.silhouette.mean, stability, candidate.smallest_share(), -(candidate.k as f64)]
    };
    let (a, b) = (values(a), values(b));
    a != b && a.iter().zip(b).all(|(a, b)| *a >= b)
}

fn reason(
    taken: &Candidate,
    best: &Candidate,
    rules: &Rules,
    candidates: &[Candidate],
    judged: &[Judged],
) -> String {
    let score = taken.silhouette.mean;
    let mut reason = format!("silhouette {score:.4} ({})", structure(score));
    if taken.k == best.k {
        reason += ", the best of those that pass";
    } else {
        let (k, score, tie) = (best.k, best.silhouette.mean, rules.tie);
        reason += &format!(", within {tie} of that of {k} clusters ({score:.4}), with fewer");
    }
    if let Some(jaccard) = taken.worst_jaccard() {
        let jaccard = floored(jaccard, 2);
        reason += &format!("; every cluster is found again in resamples (Jaccard ≥ {jaccard})");
    }
    if let Some(starts) = taken.starts {
        reason += &format!("; seeds agree (ARI {})", floored(starts.mean, 3));
    }
    match (&taken.starts, &taken.bootstrap) {
        (Some(_), Some(_)) => {}
        (None, None) => reason += "; stability was not tested",
        (None, Some(_)) => reason += "; other seeds were not tried",
        (Some(_), None) => reason += "; resamples were not tried",
    }
    reason += &format!("; the smallest holds {:.1} % of the rows", 100.0 * taken.smallest_share());
    // What a better silhouette was passed over for.
    let mut better: Vec<(&Candidate, &Judged)> = candidates
        .iter()
        .zip(judged)
        .filter(|(candidate, judged)| {
            !judged.faults.is_empty() && candidate.silhouette.mean > best.silhouette.mean
        })
        .collect();
    better.sort_by(|(a, _), (b, _)| b.silhouette.mean.total_cmp(&a.silhouette.mean));
    if let Some((candidate, judged)) = better.first() {
        let (k, score, fault) = (candidate.k, candidate.silhouette.mean, judged.faults[0]);
        reason += &format!("; {k} clusters are better separated ({score:.4}), but {fault}");
    }
    reason
}

/// How Kaufman and Rousseeuw (1990, "Finding Groups in Data", table 4) read a silhouette.
fn structure(silhouette: f64) -> &'static str {
    match silhouette {
        s if s > 0.7 => "a strong structure",
        s if s > 0.5 => "a reasonable structure",
        s if s > 0.25 => "a weak structure: segments shade into each other",
        _ => "no substantial structure: segments divide a continuum",
    }
}

/// Of the numbers that break the fewest rules the best separated, of equal ones the smallest.
fn nearest<'a>(candidates: &[Candidate], judged: &'a [Judged]) -> Option<&'a Judged> {
    let score = |candidate: &Candidate| candidate.silhouette.mean;
    let all = candidates.iter().zip(judged);
    let best = all.min_by(|(a, of_a), (b, of_b)| {
        of_a.faults.len().cmp(&of_b.faults.len()).then(score(b).total_cmp(&score(a)))
    });
    best.map(|(_, judged)| judged)
}

fn none_is_sound(nearest: Option<&Judged>) -> String {
    let Some(Judged { k, faults, .. }) = nearest else {
        return "no number of clusters could be fitted".to_owned();
    };
    let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
    format!("no number of clusters passes; nearest to it are {k}, but {}", faults.join(", "))
}
