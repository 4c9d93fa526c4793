use super::*;
use crate::monitor::Silent;
use crate::prepare::{Prepare, PrepareParams, Prepared, Scale};
use crate::seed::{Purpose, Seed, Stream};
use crate::table::{Column, FeatureTable};
use crate::warning::Warning;

fn table(columns: Vec<Vec<f64>>) -> FeatureTable {
    let columns = columns.into_iter().enumerate();
    let columns = columns.map(|(i, values)| Column::from_f64(format!("x{i}"), values));
    FeatureTable::new(columns.collect(), None).unwrap()
}

fn normals(stream: &mut Stream, n: usize) -> Vec<f64> {
    (0..n).map(|_| stream.normal()).collect()
}

/// Three far clusters of 200 rows each, two of them nearer to each other.
fn three() -> FeatureTable {
    let mut stream = Seed(8).stream(Purpose::Synthetic, 0);
    let mut column = |at: [f64; 3]| -> Vec<f64> {
        normals(&mut stream, 600).iter().enumerate().map(|(i, x)| x + at[i % 3]).collect()
    };
    table(vec![column([0.0, 14.0, 0.0]), column([0.0, 0.0, 30.0])])
}

fn params(ks: &[usize]) -> SelectParams {
    SelectParams {
        ks: ks.to_vec(),
        fit: KMeansParams { n_init: 3, ..KMeansParams::new(2) },
        n_seeds: 4,
        n_bootstrap: 10,
        bootstrap_n_init: 2,
        silhouette: SilhouetteMethod::Exact,
    }
}

fn prepared(table: &FeatureTable, scale: Scale) -> Prepared {
    let params = PrepareParams { scale, ..PrepareParams::default() };
    Prepare::fit_apply(table, &params).unwrap().1
}

fn compared(prepared: &Prepared, params: &SelectParams) -> Comparison {
    let kernel = Kernel::detect().unwrap();
    compare(&prepared.tiles(), prepared.precision(), &kernel, params, &|| 0.0, &Silent).unwrap()
}

#[test]
fn the_number_that_is_there_is_recommended_and_others_have_their_faults() {
    let prepared = prepared(&three(), Scale::None);
    let comparison = compared(&prepared, &params(&[2, 3, 4, 5]));
    let found = recommend(&comparison, &Rules::default());
    assert_eq!(found.k, Some(3), "{}", found.reason);
    assert!(found.reason.contains("the best of those that pass"), "{}", found.reason);
    let three = &found.judged[1];
    assert!(three.faults.is_empty() && three.is_pareto);
    for more in &found.judged[2..] {
        assert!(more.faults.iter().any(|f| matches!(f, Fault::Unstable { .. })), "{more:?}");
        assert!(!more.is_pareto);
    }
}

#[test]
fn a_candidate_is_the_fit_that_cluster_makes_and_its_scores() {
    let prepared = prepared(&three(), Scale::None);
    let params = params(&[2, 4]);
    let comparison = compared(&prepared, &params);
    let (tiles, kernel) = (prepared.tiles(), Kernel::detect().unwrap());
    for candidate in &comparison.candidates {
        let alone = KMeansParams { k: candidate.k, ..params.fit.clone() };
        let alone = fit(&tiles, prepared.precision(), &kernel, &alone, &Silent).unwrap();
        assert_eq!(candidate.fit, alone);
        let labeling = Labeling::new(&alone.labels).unwrap();
        let method = SilhouetteMethod::Exact;
        let score =
            silhouette(&tiles, prepared.precision(), &kernel, &labeling, method, &Silent).unwrap();
        assert_eq!(candidate.silhouette.mean, score.mean);
        assert_eq!(candidate.starts.unwrap().n, 6);
        assert_eq!(candidate.bootstrap.as_ref().unwrap().n, 10);
    }
}

#[test]
fn threads_change_nothing() {
    let prepared = prepared(&three(), Scale::None);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| format!("{:?}", compared(&prepared, &params(&[2, 3, 5]))))
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn columns_that_play_no_part_are_named() {
    let mut stream = Seed(12).stream(Purpose::Synthetic, 0);
    let mut wide = |factor: f64| -> Vec<f64> {
        normals(&mut stream, 300).iter().map(|x| factor * x).collect()
    };
    let small = [wide(1.0), wide(1.0)];
    let large = [wide(1000.0), wide(1000.0)];
    let both = table([&large[..], &small[..]].concat());
    let found = warned(&both, Scale::None, 2);
    let [Warning::ColumnsUnheard { columns, share }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(columns, &["x2", "x3"]);
    assert!(*share > 0.0 && *share < 1e-5, "{share}");
    // A scale makes them heard, and there is nothing to be said of a column beside constant ones.
    assert_eq!(warned(&both, Scale::Standard, 2), []);
    let alone = table(vec![vec![7.0; 300], small[0].clone()]);
    assert_eq!(warned(&alone, Scale::None, 2), []);
}

#[test]
fn what_lies_at_the_end_of_the_range_is_said() {
    let prepared = prepared(&three(), Scale::None);
    for (ks, is_end) in [(&[2, 3][..], true), (&[2, 3, 4], false), (&[3, 600], false)] {
        let comparison = compared(&prepared, &params(ks));
        let found = recommend(&comparison, &Rules::default());
        assert_eq!(found.k, Some(3));
        let warning = is_end.then_some(Warning::EndOfRange { k: 3 });
        assert_eq!(end_of_range(&comparison, &found), warning, "{ks:?}");
    }
}

#[test]
fn equal_silhouettes_go_to_the_smaller_number_and_small_segments_fail() {
    let prepared = prepared(&three(), Scale::None);
    let comparison = compared(&prepared, &params(&[2, 3]));
    let tied = Rules { tie: 1.0, ..Rules::default() };
    let found = recommend(&comparison, &tied);
    assert_eq!(found.k, Some(2));
    assert!(found.reason.contains("within 1 of that of 3 clusters"), "{}", found.reason);
    let large = Rules { min_share: 0.4, ..Rules::default() };
    let found = recommend(&comparison, &large);
    assert_eq!(found.k, None);
    // Both break one rule, and three are better separated.
    assert!(found.reason.contains("nearest to it are 3, but the smallest"), "{}", found.reason);
    assert_eq!(found.shown, Some(3));
    assert!(found.judged.iter().all(|j| matches!(j.faults[..], [Fault::TooSmall { .. }])));
}

#[test]
fn numbers_that_cannot_be_fitted_are_results() {
    let prepared = prepared(&table(vec![vec![0.0, 0.0, 0.0, 5.0, 5.0, 9.0]]), Scale::None);
    let comparison = compared(&prepared, &params(&[2, 3, 4, 6, 9]));
    let ks = |all: &[Candidate]| all.iter().map(|c| c.k).collect::<Vec<_>>();
    assert_eq!(ks(&comparison.candidates), [2, 3]);
    let refused: Vec<usize> = comparison.infeasible.iter().map(|(k, _)| *k).collect();
    assert_eq!(refused, [4, 6, 9]);
    assert!(comparison.infeasible[0].1.contains("distinct"), "{:?}", comparison.infeasible);

    // A cluster per row separates nothing.
    let few =
        compared(&self::prepared(&table(vec![vec![1.0, 2.0, 4.0]]), Scale::None), &params(&[2, 3]));
    assert_eq!((few.candidates.len(), few.infeasible[0].0), (1, 3));
    let none = recommend(&Comparison::default(), &Rules::default());
    assert_eq!(none.k, None);
}

#[test]
fn one_seed_and_no_resample_leave_stability_undefined() {
    let prepared = prepared(&three(), Scale::None);
    let params = SelectParams { n_seeds: 1, n_bootstrap: 0, ..params(&[3]) };
    let candidate = &compared(&prepared, &params).candidates[0];
    assert_eq!((candidate.starts, candidate.worst_jaccard()), (None, None));
    assert!(candidate.bootstrap.is_none());
}

#[test]
fn one_cluster_is_refused() {
    let prepared = prepared(&three(), Scale::None);
    let (tiles, kernel) = (prepared.tiles(), Kernel::detect().unwrap());
    let params = params(&[1, 2]);
    let outcome = compare(&tiles, prepared.precision(), &kernel, &params, &|| 0.0, &Silent);
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Parameter);
}

/// The warnings about the clusters of `table` in `k`.
fn warned(table: &FeatureTable, scale: Scale, k: usize) -> Vec<Warning> {
    let prepared = prepared(table, scale);
    let comparison = compared(&prepared, &params(&[k]));
    let names: Vec<String> = table.columns().iter().map(|c| c.name().to_owned()).collect();
    let kernel = Kernel::detect().unwrap();
    let method = SilhouetteMethod::Exact;
    traps(&prepared, &names, &comparison.candidates[0], &kernel, method, &Silent).unwrap()
}

#[test]
fn a_column_of_two_values_is_seen_to_inflate_the_silhouette() {
    let mut stream = Seed(9).stream(Purpose::Synthetic, 0);
    let flag = (0..800).map(|i| f64::from(i % 4 == 0)).collect();
    let noise = normals(&mut stream, 800);
    let warnings = warned(&table(vec![noise.clone(), flag]), Scale::Standard, 2);
    let [Warning::SilhouetteInflated { column, n_values: Some(2), with, without, .. }] =
        &warnings[..]
    else {
        panic!("{warnings:?}");
    };
    assert_eq!(column, "x1");
    assert!(with - without > 0.1);
    // What is spread evenly is not.
    assert!(warned(&table(vec![noise, normals(&mut stream, 800)]), Scale::Standard, 3).is_empty());
}

#[test]
fn a_column_that_is_nearly_constant_is_seen_wherever_its_values_lie() {
    let mut stream = Seed(11).stream(Purpose::Synthetic, 0);
    // Sorted, so that whole tiles have one value: 5 % of the rows have values of their own.
    let rare = (0..40_000).map(|i| if i < 2_000 { 30.0 + stream.normal() } else { 0.0 }).collect();
    let noise = normals(&mut stream, 40_000);
    let params = SelectParams { n_seeds: 1, n_bootstrap: 0, ..params(&[2]) };
    let table = table(vec![noise, rare]);
    let prepared = prepared(&table, Scale::Standard);
    let comparison = compared(&prepared, &params);
    let names = ["x0", "x1"].map(str::to_owned);
    let kernel = Kernel::detect().unwrap();
    let method = SilhouetteMethod::Sampled { rows: 500, seed: Seed(0) };
    let candidate = &comparison.candidates[0];
    let found = traps(&prepared, &names, candidate, &kernel, method, &Silent).unwrap();
    let inflated = found.iter().find_map(|warning| match warning {
        Warning::SilhouetteInflated { column, n_values, share, .. } => {
            Some((column.as_str(), *n_values, *share))
        }
        _ => None,
    });
    assert_eq!(inflated, Some(("x1", None, 0.95)));
}

#[test]
fn a_giant_cluster_and_an_unscaled_column_are_said() {
    let mut stream = Seed(10).stream(Purpose::Synthetic, 0);
    let far = |i: usize| if i < 20 { 1000.0 } else { 0.0 };
    let spent: Vec<f64> =
        normals(&mut stream, 800).iter().enumerate().map(|(i, x)| x + far(i)).collect();
    let warnings = warned(&table(vec![spent, normals(&mut stream, 800)]), Scale::None, 2);
    let said = |is: fn(&Warning) -> bool| warnings.iter().any(is);
    assert!(said(|w| matches!(w, Warning::GiantCluster { k: 2, share } if *share > 0.95)));
    assert!(said(|w| matches!(w, Warning::ColumnDominates { column, .. } if column == "x0")));
}
