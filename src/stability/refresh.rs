//! When a curve of agreements says that segments should be made anew.

use super::Band;

/// Where a curve falls below a threshold, in periods after the fit: 1 is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// The first period in which the upper edge of the band is below the threshold, or the first of two in
    /// a row in which the median is, whichever comes first; `None` within the data.
    pub periods: Option<usize>,
    /// What decided.
    pub rule: Option<Rule>,
    /// For how many periods it is known that none was due: all that were looked at, but for a last one
    /// below the threshold, which no later one confirms.
    pub horizon: usize,
}

/// What decided on a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The upper edge of the band was below the threshold.
    Band,
    /// Two medians in a row were.
    TwoMedians,
}

impl Rule {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Band => "band",
            Self::TwoMedians => "two_medians",
        }
    }
}

impl Refresh {
    /// Of `curve`, a band for each period after the fit.
    pub fn of(curve: &[Band], threshold: f64) -> Self {
        let band = curve.iter().position(|band| band.high < threshold).map(|at| at + 1);
        let medians: Vec<f64> = curve.iter().map(|band| band.median).collect();
        let two = first_two_below(&medians, threshold);
        let periods = [band, two].into_iter().flatten().min();
        let rule = periods.map(|at| if Some(at) == band { Rule::Band } else { Rule::TwoMedians });
        let is_open = periods.is_none() && medians.last().is_some_and(|&last| last < threshold);
        Self { periods, rule, horizon: curve.len() - usize::from(is_open) }
    }
}

/// The first of two values in a row that are below the threshold, counted from 1.
fn first_two_below(values: &[f64], threshold: f64) -> Option<usize> {
    let pairs = values.windows(2);
    let at = pairs.map(|pair| pair.iter().all(|&x| x < threshold)).position(|both| both);
    at.map(|at| at + 1)
}

/// Runs of periods in which the median is below the threshold and after which it comes back at once: above
/// it after a single period, halfway to 1 after several. More likely a bad optimum than a change of the
/// customers, who do not change back. Each with its first period, counted from 1, and its length.
pub(super) fn dips(curve: &[Band], threshold: f64) -> Vec<(usize, usize)> {
    let is_below = |band: &Band| band.median < threshold;
    let mut dips = Vec::new();
    let mut at = 0;
    for run in curve.chunk_by(|a, b| is_below(a) == is_below(b)) {
        let back = if run.len() == 1 { threshold } else { f64::midpoint(threshold, 1.0) };
        let next = curve.get(at + run.len());
        if is_below(&run[0]) && next.is_some_and(|next| next.median >= back) {
            dips.push((at + 1, run.len()));
        }
        at += run.len();
    }
    dips
}

/// The share of curves that are still above the threshold, of which some are not seen to fall below it
/// (Kaplan and Meier 1958).
#[derive(Clone, Debug, PartialEq)]
pub struct Survival {
    /// At each number of periods at which a curve fell below.
    pub steps: Vec<SurvivalStep>,
    /// Curves in all.
    pub n: usize,
    /// Those that did not fall below within the data.
    pub censored: usize,
}

/// What is left after so many periods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurvivalStep {
    /// Periods after the fit.
    pub periods: usize,
    /// Curves that were above the threshold until then.
    pub at_risk: usize,
    /// Those that fell below it there.
    pub fell: usize,
    /// The estimated share that is still above.
    pub above: f64,
    /// The 95 % interval of that, by Greenwood's variance on the scale of log(−log). It takes curves for
    /// independent; those of one origin, or of neighbouring ones, share most of their customers, so it is
    /// too narrow.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Survival {
    /// Of single curves, whose values stand for the periods after a fit: each falls where two in a row are
    /// below the threshold, or is not seen to within its length.
    pub fn of(curves: &[Vec<f64>], threshold: f64) -> Self {
        // In the last period a curve cannot be seen to fall: there is no second one.
        let falls: Vec<(Option<usize>, usize)> = curves
            .iter()
            .map(|curve| (first_two_below(curve, threshold), curve.len().saturating_sub(1)))
            .collect();
        Self::of_times(&falls)
    }

    /// Of the periods after which each fell, and how long it was seen.
    fn of_times(curves: &[(Option<usize>, usize)]) -> Self {
        let mut times: Vec<usize> = curves.iter().filter_map(|curve| curve.0).collect();
        times.sort_unstable();
        let censored = curves.len() - times.len();
        let (mut above, mut variance) = (1.0, 0.0);
        let steps = times.chunk_by(|a, b| a == b).map(|same| {
            let (periods, fell) = (same[0], same.len());
            let is_there =
                |&&(fall, seen): &&(Option<usize>, usize)| fall.unwrap_or(seen) >= periods;
            let at_risk = curves.iter().filter(is_there).count();
            above *= 1.0 - fell as f64 / at_risk as f64;
            variance += fell as f64 / (at_risk as f64 * (at_risk - fell) as f64);
            let (low, high) = interval(above, variance);
            SurvivalStep { periods, at_risk, fell, above, low, high }
        });
        Self { steps: steps.collect(), n: curves.len(), censored }
    }

    /// The periods after which this share of the curves has fallen below; `None` if fewer did.
    pub fn quantile(&self, share: f64) -> Option<usize> {
        // A product of fractions that stands for a share exactly may come out a little above it.
        const ROUNDING: f64 = 1e-9;
        let has_fallen = |step: &&SurvivalStep| step.above <= 1.0 - share + ROUNDING;
        self.steps.iter().find(has_fallen).map(|step| step.periods)
    }
}

/// The 95 % interval of a share of which `variance` is Greenwood's sum.
fn interval(share: f64, variance: f64) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if share <= 0.0 || !variance.is_finite() {
        return (0.0, share.max(0.0));
    }
    let spread = Z * variance.sqrt() / share.ln();
    // The logarithm of a share is negative, so the two ends are exchanged.
    (share.powf((-spread).exp()), share.powf(spread.exp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(bands: &[(f64, f64, f64)]) -> Vec<Band> {
        bands.iter().map(|&(low, median, high)| Band { low, median, high }).collect()
    }

    #[test]
    fn a_refresh_is_due_when_all_disagree_or_half_do_twice() {
        let up = (0.9, 0.95, 0.99);
        let all = curve(&[up, (0.7, 0.85, 0.9), (0.6, 0.7, 0.79), up]);
        let found = Refresh::of(&all, 0.8);
        assert_eq!((found.periods, found.rule), (Some(3), Some(Rule::Band)));
        let half = curve(&[up, (0.7, 0.75, 0.9), (0.6, 0.7, 0.85)]);
        let found = Refresh::of(&half, 0.8);
        assert_eq!((found.periods, found.rule), (Some(2), Some(Rule::TwoMedians)));
        // At the end of the data one median alone proves nothing, and none was confirmed.
        let last = curve(&[up, (0.7, 0.75, 0.9)]);
        let found = Refresh::of(&last, 0.8);
        assert_eq!((found.periods, found.horizon), (None, 1));
        assert_eq!(Refresh::of(&[], 0.8).periods, None);
    }

    #[test]
    fn a_dip_comes_back() {
        let (up, down) = ((0.9, 0.95, 0.99), (0.5, 0.6, 0.95));
        assert_eq!(dips(&curve(&[up, down, up, down, down, up]), 0.8), [(2, 1), (4, 2)]);
        assert_eq!(dips(&curve(&[down, up]), 0.8), [(1, 1)]);
        // Several that hover about the threshold do not come back; one alone does.
        let near = (0.8, 0.82, 0.9);
        assert_eq!(dips(&curve(&[up, down, down, near]), 0.8), []);
        assert_eq!(dips(&curve(&[up, down, near]), 0.8), [(2, 1)]);
        // What lies behind the last period is not known.
        assert!(dips(&curve(&[up, down]), 0.8).is_empty());
    }

    #[test]
    fn shares_are_those_of_kaplan_and_meier() {
        // The first six of R's survival::aml (maintained): 9, 13, 13+, 18, 23, 28+.
        let curves =
            [(Some(9), 50), (Some(13), 50), (None, 13), (Some(18), 50), (Some(23), 50), (None, 28)];
        let found = Survival::of_times(&curves);
        let above: Vec<f64> = found.steps.iter().map(|step| step.above).collect();
        let expected = [5.0 / 6.0, 4.0 / 6.0, 4.0 / 9.0, 2.0 / 9.0];
        assert!(above.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{above:?}");
        assert_eq!((found.n, found.censored, found.quantile(0.5)), (6, 2, Some(18)));
        // 1 − (5/6)^exp(±1.96·sqrt(1/30)/ln(5/6)): R's conf.type = "log-log".
        assert!((found.steps[0].low - 0.273_1).abs() < 1e-3, "{}", found.steps[0].low);
        assert!((found.steps[0].high - 0.974_7).abs() < 1e-3, "{}", found.steps[0].high);
        assert_eq!(found.quantile(0.975), None);
        assert_eq!(Survival::of(&[], 0.8).quantile(0.5), None);
    }

    #[test]
    fn a_curve_falls_where_two_in_a_row_are_below() {
        let curves = [vec![0.9, 0.7, 0.9, 0.7, 0.6], vec![0.9, 0.9, 0.7]];
        let found = Survival::of(&curves, 0.8);
        assert_eq!((found.steps.len(), found.censored), (1, 1));
        // The other one was seen for three periods only.
        assert_eq!((found.steps[0].periods, found.steps[0].at_risk), (4, 1));
        // One that ends where another falls could not have fallen there.
        let curves = [vec![0.9, 0.9, 0.7, 0.7], vec![0.9, 0.9, 0.9]];
        let found = Survival::of(&curves, 0.8);
        assert_eq!((found.steps[0].periods, found.steps[0].at_risk), (3, 1));
    }

    #[test]
    fn half_is_half_however_it_came_about() {
        for first in 0..60 {
            let fall = |i: usize| (i < 60).then_some(if i < first { 2 } else { 5 });
            let curves: Vec<(Option<usize>, usize)> = (0..120).map(|i| (fall(i), 9)).collect();
            assert_eq!(Survival::of_times(&curves).quantile(0.5), Some(5), "{first}");
        }
    }
}
