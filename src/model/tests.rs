//! Models: assignments over input rows, means, fingerprints, refusal of contradictions.

use arrow_buffer::NullBuffer;

use super::*;
use crate::kmeans::fit;
use crate::monitor::Silent;
use crate::prepare::{Missing, PrepareParams, Scale};
use crate::scalar::Precision;
use crate::seed::Purpose;
use crate::table::{Chunk, Column, FeatureTable, TILE_ROWS, Values};

/// `n` rows around three places in two columns; every `gap`-th value of the second is missing.
fn table(n: usize, gap: usize, batch: usize) -> FeatureTable {
    let mut stream = Seed(5).stream(Purpose::Synthetic, 0);
    let mut x = Vec::new();
    let mut y = Vec::new();
    for i in 0..n {
        let place = (i % 3) as f64;
        x.push(100.0 + 10.0 * place + stream.normal());
        let value = -5.0 * place + 0.3 * stream.normal();
        y.push(if i % gap == gap - 1 { f64::NAN } else { value });
    }
    let column = |name: &str, values: &[f64]| {
        let part = |part: &[f64]| {
            let validity: NullBuffer = part.iter().map(|x| !x.is_nan()).collect::<Vec<_>>().into();
            Chunk::new(Values::F64(part.to_vec().into()), Some(validity)).unwrap()
        };
        Column::new(name, "Float64", values.chunks(batch).map(part).collect())
    };
    FeatureTable::new(vec![column("x", &x), column("y", &y)], None).unwrap()
}

fn fitted(table: &FeatureTable, k: usize, scale: Scale) -> (Model, Prepared, Fit) {
    let params = PrepareParams { missing: Missing::Drop, scale, ..PrepareParams::default() };
    let (prepare, prepared, _) = Prepare::fit_apply(table, &params).unwrap();
    let kernel = Kernel::detect().unwrap();
    let params = KMeansParams { n_init: 2, ..KMeansParams::new(k) };
    let fit = fit(&prepared.tiles(), prepare.precision(), &kernel, &params, &Silent).unwrap();
    let model = Model::new(prepare, &prepared, &params, &fit, fingerprint(table)).unwrap();
    (model, prepared, fit)
}

#[test]
fn every_input_row_is_assigned_once_and_in_order() {
    // Several batches of input rows, gaps that shift tiles against them, a short last tile.
    let n = 150 * TILE_ROWS + 77;
    for gap in [7, usize::MAX] {
        let table = table(n, gap, 5000);
        let (model, prepared, fit) = fitted(&table, 3, Scale::Standard);
        let kernel = Kernel::detect().unwrap();
        let (mut row, mut kept) = (0, 0);
        for batch in model.assignments(&prepared, &kernel) {
            assert_eq!(batch.rows.start, row);
            let margins = batch.margin.as_ref().unwrap();
            assert_eq!((batch.segment.len(), margins.len()), (batch.rows.len(), batch.rows.len()));
            for (i, &margin) in margins.iter().enumerate() {
                let valid = batch.valid.as_ref().is_none_or(|valid| valid.value(i));
                assert_eq!(valid, (row + i) % gap != gap - 1);
                if valid {
                    assert_eq!(batch.segment[i], fit.labels[kept]);
                    assert!(batch.distance[i] < margin, "separate places");
                    let clear = batch.confidence.as_ref().unwrap()[i];
                    assert_eq!(clear, confidence(batch.distance[i], margin));
                    assert!((0.5..=1.0).contains(&clear), "{clear}");
                    kept += 1;
                }
            }
            row = batch.rows.end;
        }
        assert_eq!((row, kept), (n, fit.labels.len()));
        assert_eq!(model.training().n_used, kept as u64);
    }
}

#[test]
fn confidence_compares_the_two_nearest_centres() {
    for (distance, margin, expected) in [
        (1.0, 3.0, 0.75),
        (2.0, 0.0, 0.0),
        (0.0, 2.0, 1.0),
        (0.0, 0.0, 0.0),
        (5e-324, 0.0, 0.0),
        (1.3e154, 1.3e154, 0.5),
    ] {
        assert_eq!(confidence(distance, margin), expected, "{distance} {margin}");
    }
}

#[test]
fn at_most_one_row_of_the_fit_in_nine_is_far() {
    // 99 rows at 0 and one at 100: the mean square distance is 99, and the one is at 99.
    let mut values = vec![0.0; 99];
    values.push(100.0);
    let column = |values: &[f64]| {
        let chunk = Chunk::new(Values::F64(values.to_vec().into()), None).unwrap();
        FeatureTable::new(vec![Column::new("x", "Float64", vec![chunk])], None).unwrap()
    };
    let (model, prepared, _) = fitted(&column(&values), 1, Scale::None);
    assert!((model.reach() - 3.0 * 99_f64.sqrt()).abs() < 1e-9, "{}", model.reach());
    let kernel = Kernel::detect().unwrap();
    let far = |prepared: &Prepared| -> Vec<bool> {
        model.assignments(prepared, &kernel).flat_map(|batch| batch.is_far).collect()
    };
    assert_eq!(far(&prepared).iter().filter(|&&far| far).count(), 1);
    let new = column(&[1.0, 1.0 + 29.8, 1.0 + 29.9, -28.8, -28.9, f64::NAN]);
    let prepared = model.prepare().apply(&new).unwrap();
    assert_eq!(far(&prepared), [false, false, true, false, true, false]);
}

#[test]
fn one_segment_has_no_margin() {
    let (model, prepared, _) = fitted(&table(50, usize::MAX, 50), 1, Scale::MinMax);
    let kernel = Kernel::detect().unwrap();
    let batches: Vec<_> = model.assignments(&prepared, &kernel).collect();
    assert_eq!(batches.len(), 1);
    assert_eq!((&batches[0].margin, &batches[0].confidence), (&None, &None));
    assert!(batches[0].segment.iter().all(|&id| id == 0));
    assert_eq!(model.segments()[0].name, "Segment 1");
}

#[test]
fn centres_in_original_units_are_means_without_a_transform() {
    let table = table(70_000, 11, 70_000);
    for scale in Scale::ALL {
        let (model, prepared, fit) = fitted(&table, 3, scale);
        let means = segment_means(&table, prepared.kept(), &fit.labels, 3);
        for id in 0..3 {
            for (center, mean) in model.center_in_original_units(id).iter().zip(&means[id * 2..]) {
                assert!((center - mean).abs() < 1e-9, "{scale:?}: {center} {mean}");
            }
        }
    }
}

#[test]
fn means_leave_missing_values_out_and_do_not_overflow() {
    let x = vec![1.5e308, f64::NAN, 1.7e308, 4.0, 1.6e308, 5e-324];
    let table = FeatureTable::new(vec![Column::from_f64("x", x)], None).unwrap();
    let means = segment_means(&table, None, &[0, 0, 0, 1, 0, 2], 4);
    assert!((means[0] / 1.6e308 - 1.0).abs() < 1e-15, "{means:?}");
    assert_eq!((means[1], means[3].is_nan()), (4.0, true));
    // The second pass, which the large ones need, gives the smallest number up.
    assert_eq!(means[2], 0.0);
    let small = FeatureTable::new(vec![Column::from_f64("x", vec![5e-324; 3])], None).unwrap();
    assert_eq!(segment_means(&small, None, &[0, 0, 0], 1), [5e-324]);
}

#[test]
fn assignments_are_of_ids_not_of_places() {
    let (model, prepared, fit) = fitted(&table(90, 7, 90), 3, Scale::Standard);
    assert_eq!(model.next_id(), 3);
    let named = |ids: &[u32]| ids.iter().map(|id| (*id, format!("of {id}"))).collect::<Vec<_>>();
    let ids = [2, 5, 6];
    let renamed = model.clone().with_identities(named(&ids), 9).unwrap();
    assert_eq!((renamed.next_id(), renamed.segments()[1].name.as_str()), (9, "of 5"));
    assert_eq!(renamed.segments().iter().map(|s| s.size).collect::<Vec<_>>(), fit.sizes);
    assert_eq!(
        [2, 5, 6, 0, 7].map(|id| renamed.index_of(id)),
        [Some(0), Some(1), Some(2), None, None]
    );
    let kernel = Kernel::detect().unwrap();
    let batch = renamed.assignments(&prepared, &kernel).next().unwrap();
    let valid = batch.valid.unwrap();
    let found: Vec<u32> = valid.set_indices().map(|row| batch.segment[row]).collect();
    let expected: Vec<u32> = fit.labels.iter().map(|&label| ids[label as usize]).collect();
    assert_eq!(found, expected);

    for (ids, next_id) in [(&[0, 1][..], 3), (&[0, 2, 1], 3), (&[0, 1, 1], 3), (&[0, 1, 2], 2)] {
        assert!(model.clone().with_identities(named(ids), next_id).is_err(), "{ids:?} {next_id}");
    }
}

#[test]
fn fingerprints_see_columns_and_nothing_else() {
    let expected = fingerprint(&table(5000, 7, 5000));
    assert_eq!(expected.len(), 32);
    for batch in [1, 1000, 1024, 4999] {
        assert_eq!(fingerprint(&table(5000, 7, batch)), expected);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    assert_eq!(pool.install(|| fingerprint(&table(5000, 7, 99))), expected);

    let one = |name: &str, type_name: &str, values: Values, validity: Option<NullBuffer>| {
        let chunk = Chunk::new(values, validity).unwrap();
        let column = Column::new(name, type_name, vec![chunk]);
        fingerprint(&FeatureTable::new(vec![column], None).unwrap())
    };
    let floats = |values: &[f64]| one("x", "Float64", Values::F64(values.to_vec().into()), None);
    let mut all = vec![
        floats(&[1.0, 2.0]),
        floats(&[2.0, 1.0]),
        floats(&[1.0, 2.0, 0.0]),
        floats(&[1.0, f64::NAN]),
        floats(&[1.0, 0.0]),
        floats(&[1.0, -0.0]),
        one("y", "Float64", Values::F64(vec![1.0, 2.0].into()), None),
        one("x", "Int64", Values::F64(vec![1.0, 2.0].into()), None),
        one("x", "Float64", Values::F32(vec![1.0, 2.0].into()), None),
    ];
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 9, "all different");

    let null = NullBuffer::from(vec![true, false]);
    let nulled = one("x", "Float64", Values::F64(vec![1.0, 9.0].into()), Some(null));
    assert_eq!(nulled, floats(&[1.0, f64::NAN]), "null and NaN are alike");
    assert_eq!(nulled, floats(&[1.0, f64::from_bits(0xfff8_dead_beef_0001)]));
}

#[test]
fn parts_that_contradict_each_other_are_refused() {
    let (model, ..) = fitted(&table(90, usize::MAX, 90), 3, Scale::Standard);
    type Change = dyn Fn(&mut Vec<f64>, &mut Vec<Segment>, &mut Training);
    let rebuild = |change: &Change| {
        let mut centers = model.centers().to_vec();
        let mut segments = model.segments().to_vec();
        let mut training = model.training().clone();
        change(&mut centers, &mut segments, &mut training);
        let print = model.fingerprint().to_owned();
        Model::from_parts(model.prepare().clone(), centers, segments, training, print, "1".into())
    };
    assert!(rebuild(&|_, _, _| ()).is_ok());
    assert!(rebuild(&|centers, _, _| centers.truncate(5)).is_err());
    assert!(rebuild(&|centers, _, _| centers[0] = f64::NAN).is_err());
    assert!(rebuild(&|centers, _, _| centers[0] = 1e200).is_err());
    assert!(rebuild(&|_, segments, _| segments[1].id = 0).is_err());
    assert!(rebuild(&|_, segments, _| segments[1].id = 2).is_err());
    assert!(rebuild(&|_, segments, _| segments[2].id = u32::MAX).is_err());
    let distant = rebuild(&|_, segments, _| segments[2].id = u32::MAX - 1).unwrap();
    assert_eq!(distant.next_id(), u32::MAX);
    assert!(rebuild(&|_, segments, _| segments[1].name = "Segment 1".into()).is_err());
    assert!(rebuild(&|_, segments, _| segments[1].size += 1).is_err());
    assert!(rebuild(&|_, segments, _| segments[1].size = u64::MAX).is_err());
    assert!(rebuild(&|_, _, training| training.inertia = f64::INFINITY).is_err());
    assert!(rebuild(&|_, _, training| training.n_rows = 3).is_err());
    assert!(
        rebuild(&|centers, segments, _| {
            centers.clear();
            segments.clear();
        })
        .is_err()
    );
    assert_eq!(model.prepare().precision(), Precision::F64);
}
