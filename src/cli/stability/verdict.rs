//! What was found, in sentences.

use crate::error::{counted, grouped};
use crate::segments::Fate;
use crate::stability::{Band, Loss, Period, Rule, Stake, Step, Timeline, TimelineParams};

/// So many periods, as a person counts time.
pub(super) fn span(step: Step, periods: usize) -> String {
    match step {
        Step::Days(days) => {
            let days = days as usize * periods;
            match days % 7 {
                0 => counted(days / 7, "week"),
                _ => counted(days, "day"),
            }
        }
        Step::Months(months) => counted(months as usize * periods, "month"),
    }
}

/// What to do.
pub(super) fn verdict(params: &TimelineParams, found: &Timeline) -> String {
    let refresh = found.refresh_at(params.threshold);
    let (low, high) = found.interval_at(params.threshold);
    let longest = span(params.step, refresh.horizon);
    let noise = found.firmness.first().and_then(|at_t0| at_t0.noise);
    if noise.is_some_and(|noise| noise.median < params.threshold) {
        return "Too noisy to tell how long the segments last: refits on T0 itself disagree"
            .to_owned();
    }
    match refresh.periods {
        Some(periods) => {
            let low = low.map_or_else(|| longest.clone(), |low| span(params.step, low));
            let high =
                high.map_or_else(|| format!("more than {longest}"), |high| span(params.step, high));
            format!("Make the segments anew every {} ({low} to {high})", span(params.step, periods))
        }
        None => {
            let low = low.map_or_else(String::new, |low| {
                format!(" (some refits disagree from {} on)", span(params.step, low))
            });
            format!("The segments last for {longest} at least, as far as the data tell{low}")
        }
    }
}

/// Why.
pub(super) fn reasons(params: &TimelineParams, found: &Timeline, names: &[String]) -> Vec<String> {
    let mut reasons = vec![rule(params, found)];
    let n = found.periods.last().map_or(0, |period| period.n_rows);
    let revenue = found.periods.last().and_then(|period| period.revenue);
    if let Some(stake) = found.stake(params.threshold) {
        reasons.push(people(&stake, n as u64, revenue.map(|revenue| revenue.all)));
    }
    let shown = match found.refresh_at(params.threshold).periods {
        Some(periods) => found.periods.get(periods - 1),
        None => found.periods.last(),
    };
    if let Some(period) = shown {
        reasons.extend(period.loss.map(|loss| cause(&loss, period)));
        reasons.extend(weakest(period, names));
        reasons.extend(drift(period));
    }
    reasons.extend(noise(found));
    reasons
}

fn rule(params: &TimelineParams, found: &Timeline) -> String {
    let threshold = params.threshold;
    let refresh = found.refresh_at(threshold);
    let Some(periods) = refresh.periods else {
        let last = refresh.horizon.checked_sub(1).and_then(|at| found.periods.get(at));
        let Some(last) = last else { return String::new() };
        let Band { low, median, high } = last.agreement;
        return format!(
            "After {} the agreement with refits is {median:.3} ({low:.3} to {high:.3}); neither is its \
             band below {threshold:.2} in any period, nor its median in two in a row.",
            span(params.step, refresh.horizon)
        );
    };
    let day = found.periods[periods - 1].day;
    let Band { median, high, .. } = found.main().curve[periods - 1];
    match refresh.rule {
        Some(Rule::Band) => format!(
            "On {day} even the upper edge of the band, {high:.3}, is below {threshold:.2}: 97.5 % of all \
             refits disagree."
        ),
        _ => format!(
            "On {day} the median agreement, {median:.3}, is below {threshold:.2} for the first of two \
             periods in a row."
        ),
    }
}

fn people(stake: &Stake, n: u64, revenue: Option<f64>) -> String {
    let moved = (stake.customers * n as f64).round() as u64;
    let money = stake.revenue.zip(revenue).map_or_else(String::new, |(share, all)| {
        format!(", who spent {} ({:.1} %)", grouped((share * all).round() as u64), 100.0 * share)
    });
    let how =
        if stake.extrapolated { " (no period came so low: the line is prolonged)" } else { "" };
    format!(
        "{:.2} here means that {:.1} % of the customers, {}{money}, would be in another segment{how}.",
        stake.agreement,
        100.0 * stake.customers,
        counted(grouped(moved), "customer"),
    )
}

fn cause(loss: &Loss, period: &Period) -> String {
    /// Of so little it cannot be told what it is made of.
    const LITTLE: f64 = 0.05;
    if loss.total < LITTLE {
        return format!("On {} little is lost: {}.", period.day, three(loss.total));
    }
    let parts = [
        ("the clock", loss.clock),
        ("newcomers", loss.newcomers),
        ("behaviour", loss.behaviour),
        ("refits", loss.refit),
    ];
    let said = parts.map(|(name, part)| format!("{name} {}", three(part))).join(", ");
    let (most, _) = parts.iter().fold(parts[0], |a, &b| if b.1 > a.1 { b } else { a });
    format!("Of the loss of {:.3} on {}: {said}; most is of {most}.", loss.total, period.day)
}

/// Three decimals, and no sign before zero.
fn three(x: f64) -> String {
    let text = format!("{x:.3}");
    if text == "-0.000" { "0.000".to_owned() } else { text }
}

fn weakest(period: &Period, names: &[String]) -> Option<String> {
    let similar = period.segments.iter().zip(names);
    let similar = similar.filter_map(|(segment, name)| Some((segment.jaccard?, segment, name)));
    let (jaccard, segment, name) =
        similar.reduce(|a, b| if b.0.median < a.0.median { b } else { a })?;
    Some(format!(
        "On {} {name} is found again least: Jaccard {:.3} ({:.3} to {:.3}); in the best \
         refit it is {}.",
        period.day,
        jaccard.median,
        jaccard.low,
        jaccard.high,
        match segment.fate {
            Fate::Survived { .. } => "the same",
            _ => segment.fate.name(),
        }
    ))
}

fn drift(period: &Period) -> Option<String> {
    let most = period.drifts.iter().reduce(|a, b| if b.psi > a.psi { b } else { a })?;
    Some(format!(
        "Of the features {} has moved most since T0: PSI {:.3}, KS {:.3}.",
        most.name, most.psi, most.ks
    ))
}

fn noise(found: &Timeline) -> Option<String> {
    let at_t0 = found.firmness.first()?;
    let Band { low, median, high } = at_t0.noise?;
    Some(format!(
        "Chance alone: refits on T0 itself agree with its segments to {median:.3} ({low:.3} to \
         {high:.3}); {} of {} seeds find the best optimum.",
        at_t0.best_found, at_t0.n_seeds
    ))
}
