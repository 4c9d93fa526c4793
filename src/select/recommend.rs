//! Which number of clusters to take, and why.

use std::cmp::Reverse;
use std::fmt;

use super::{Candidate, Comparison};

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
    /// Its smallest cluster holds so small a share of the rows.
    TooSmall(f64),
    /// A cluster of it is not found again in resamples: its index, and the similarity.
    Unstable(usize, f64),
    /// No resample could be clustered: most likely for too few different rows.
    NotResampled,
    /// Fits from other seeds agree no more than that.
    DependsOnSeed(f64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall(share) => {
                let percent = floored(100.0 * share);
                write!(f, "its smallest cluster holds {percent:.2} % of the rows")
            }
            Self::Unstable(_, jaccard) => {
                let jaccard = floored(*jaccard);
                write!(f, "a cluster is not found again in resamples (Jaccard {jaccard:.2})")
            }
            Self::NotResampled => f.write_str("no resample could be clustered"),
            Self::DependsOnSeed(mean) => {
                write!(f, "other seeds give other clusters (ARI {:.2})", floored(*mean))
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
    let best = sound.iter().copied().max_by(|a, b| score(a).total_cmp(&score(b)));
    let Some(best) = best else {
        return Recommendation { k: None, reason: none_is_sound(&judged), judged };
    };
    let taken = sound
        .iter()
        .copied()
        .filter(|candidate| score(candidate) >= score(best) - rules.tie)
        .min_by_key(|candidate| candidate.k)
        .unwrap_or(best);
    Recommendation { k: Some(taken.k), reason: reason(taken, best, candidates, &judged), judged }
}

/// Rounded down to two decimals, so that no threshold seems reached that is not.
fn floored(x: f64) -> f64 {
    (100.0 * x).floor() / 100.0
}

fn faults(candidate: &Candidate, rules: &Rules) -> Vec<Fault> {
    let mut faults = Vec::new();
    let share = candidate.smallest_share();
    if share < rules.min_share {
        faults.push(Fault::TooSmall(share));
    }
    if let Some(starts) = candidate.starts.filter(|starts| starts.mean < rules.min_agreement) {
        faults.push(Fault::DependsOnSeed(starts.mean));
    }
    if let Some(bootstrap) = &candidate.bootstrap {
        let clusters = bootstrap.clusters.iter().map(|cluster| cluster.jaccard).enumerate();
        match clusters.min_by(|a, b| a.1.total_cmp(&b.1)) {
            None => faults.push(Fault::NotResampled),
            Some((cluster, jaccard)) if jaccard < rules.min_jaccard => {
                faults.push(Fault::Unstable(cluster, jaccard));
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
    candidates: &[Candidate],
    judged: &[Judged],
) -> String {
    let mut reason = format!("silhouette {:.4}", taken.silhouette.mean);
    if taken.k == best.k {
        reason += ", the best of those that pass";
    } else {
        let (k, score) = (best.k, best.silhouette.mean);
        reason += &format!(", as good as that of {k} clusters ({score:.4}), with fewer");
    }
    if let Some(jaccard) = taken.worst_jaccard() {
        let jaccard = floored(jaccard);
        reason += &format!("; every cluster is found again in resamples (Jaccard ≥ {jaccard:.2})");
    }
    if let Some(starts) = taken.starts {
        reason += &format!("; seeds agree (ARI {:.3})", starts.mean);
    }
    if taken.bootstrap.is_none() || taken.starts.is_none() {
        reason += "; stability was not tested in full";
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

fn none_is_sound(judged: &[Judged]) -> String {
    let fewest = judged.iter().min_by_key(|judged| (judged.faults.len(), Reverse(judged.k)));
    match fewest {
        None => "no number of clusters could be fitted".to_owned(),
        Some(nearest) => {
            let faults: Vec<String> = nearest.faults.iter().map(Fault::to_string).collect();
            format!(
                "no number of clusters passes; of {} clusters: {}",
                nearest.k,
                faults.join(", ")
            )
        }
    }
}
