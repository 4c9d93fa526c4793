//! The whole of prepare: against scikit-learn, on hostile columns, and replayed on new rows.

use arrow_buffer::NullBuffer;
use serde_json::Value;

use super::*;
use crate::error::ErrorKind;

/// What scikit-learn 1.9.1 learns: made by `tests/reference/make_prepare.py`.
fn reference() -> serde_json::Map<String, Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/prepare.json");
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

/// A table of one column, NaN as null in every other place.
fn one_column(values: &[f64]) -> FeatureTable {
    let validity: Vec<bool> =
        values.iter().enumerate().map(|(i, x)| !(x.is_nan() && i % 2 == 0)).collect();
    let values = Values::F64(values.to_vec().into());
    let chunk = Chunk::new(values, Some(NullBuffer::from(validity))).unwrap();
    FeatureTable::new(vec![Column::new("x", "Float64", vec![chunk])], None).unwrap()
}

fn columns(columns: &[(&str, &[f64])]) -> FeatureTable {
    let columns = columns.iter().map(|(name, x)| Column::from_f64(*name, x.to_vec())).collect();
    FeatureTable::new(columns, None).unwrap()
}

fn params(scale: Scale, transform: Transform) -> PrepareParams {
    PrepareParams {
        scales: Vec::new(),
        missing: Missing::Mean,
        transforms: vec![("x".into(), transform)],
        scale,
        precision: None,
    }
}

/// The prepared values of column `column`, in double precision.
fn prepared(prepared: &Prepared, column: usize) -> Vec<f64> {
    let tiles = prepared.tiles();
    (0..tiles.n_rows()).map(|row| tiles.row::<f64>(row)[column]).collect()
}

/// The same in single precision, as a kernel would see it.
fn prepared_f32(prepared: &Prepared, column: usize) -> Vec<f32> {
    let tiles = prepared.tiles();
    (0..tiles.n_rows()).map(|row| tiles.row::<f32>(row)[column]).collect()
}

fn wave(n: usize) -> Vec<f64> {
    (0..n).map(|i| (i as f64 * 0.7).sin() * 2.0 + (i as f64 * 0.13).cos()).collect()
}

#[test]
fn scales_equal_those_of_scikit_learn() {
    for (name, case) in reference() {
        let table = one_column(&numbers(&case["values"]));
        for scale in [Scale::Standard, Scale::Robust, Scale::MinMax] {
            let params = params(scale, Transform::Identity);
            let (prepare, _) = Prepare::fit(&table, &params).unwrap();
            let Affine { shift, scale: factor } = prepare.columns()[0].affine;
            let expected = numbers(&case[scale.name()]);
            let divisor = if expected[1] == 0.0 { 1.0 } else { expected[1] };
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-14 * b.abs().max(divisor);
            assert!(close(shift, expected[0]), "{name} {scale:?}: {shift} {expected:?}");
            let relative = (1.0 / factor / divisor - 1.0).abs();
            // At an offset of 1e9, scikit-learn's own quartiles and means are rounded to 1e-7.
            assert!(relative <= 1e-13, "{name} {scale:?}: {} {expected:?}", 1.0 / factor);
        }
    }
}

#[test]
fn yeo_johnson_equals_scikit_learns() {
    for (name, case) in reference() {
        let table = one_column(&numbers(&case["values"]));
        let params = params(Scale::Standard, Transform::YeoJohnson);
        let (prepare, found, _) = Prepare::fit_apply(&table, &params).unwrap();
        let FittedTransform::YeoJohnson { lambda } = prepare.columns()[0].transform else {
            panic!("{name}: {:?}", prepare.columns()[0].transform);
        };
        // So far from zero every power is a straight line, and none is likelier than another: the
        // prepared values agree all the same, to the digits that the line leaves.
        let is_flat = name == "offset_1e9";
        let expected = case["yeo_johnson"]["lambda"].as_f64().unwrap();
        assert!(is_flat || (lambda / expected - 1.0).abs() <= 1e-6, "{name}: {lambda} {expected}");

        let tolerance = if is_flat { 1e-5 } else { 1e-7 };
        let expected = numbers(&case["yeo_johnson"]["prepared"]);
        for (z, expected) in prepared(&found, 0).into_iter().zip(expected) {
            // scikit-learn leaves NaN, where the policy here fills in.
            assert!(
                expected.is_nan() || (z - expected).abs() < tolerance,
                "{name}: {z} {expected}"
            );
        }
    }
}

#[test]
fn missing_values_are_refused_filled_or_left_out() {
    let nan = f64::NAN;
    let table = columns(&[("x", &[1.0, nan, 4.0, 7.0, nan]), ("y", &[1.0, 2.0, 3.0, nan, nan])]);
    let fit = |missing| {
        let params = PrepareParams { missing, scale: Scale::None, ..PrepareParams::default() };
        Prepare::fit_apply(&table, &params)
    };
    let error = fit(Missing::Error).unwrap_err();
    assert_eq!((error.column(), error.row()), (Some("x"), Some(2)));
    assert_eq!(
        error.to_string(),
        "column \"x\", row 2: value is NaN, as in 1 more row (use --missing drop|mean|median)"
    );

    let (_, found, warnings) = fit(Missing::Drop).unwrap();
    let kept: Vec<_> = found.kept().unwrap().iter().collect();
    assert_eq!(kept, [true, false, true, false, false]);
    assert_eq!((prepared(&found, 0), prepared(&found, 1)), (vec![1.0, 4.0], vec![1.0, 3.0]));
    assert_eq!((found.n_input_rows(), found.tiles().n_rows()), (5, 2));
    assert_eq!(warnings, [Warning::RowsDropped { n: 3 }]);

    // New rows may all be left out, where a fit could not do without any.
    let new = columns(&[("x", &[f64::NAN, 1.0]), ("y", &[1.0, f64::NAN])]);
    let new = fit(Missing::Drop).unwrap().0.apply(&new).unwrap();
    assert_eq!((new.n_input_rows(), new.tiles().n_rows()), (2, 0));

    let (prepare, found, _) = fit(Missing::Mean).unwrap();
    assert_eq!(prepared(&found, 0), [1.0, 4.0, 4.0, 7.0, 4.0]);
    assert!(found.kept().is_none());
    // New rows are filled with what the fit learned, also in a column that had no gap before.
    let new = columns(&[("x", &[nan, nan]), ("y", &[nan, 5.0])]);
    assert_eq!(prepared(&prepare.apply(&new).unwrap(), 0), [4.0, 4.0]);

    let (prepare, found, _) = fit(Missing::Median).unwrap();
    assert_eq!(prepared(&found, 1), [1.0, 2.0, 3.0, 2.0, 2.0]);
    assert_eq!(prepare.columns()[0].fill, Some(4.0));
}

#[test]
fn a_column_without_a_value_is_named() {
    let table = columns(&[("x", &[1.0, 2.0]), ("gone", &[f64::NAN, f64::NAN])]);
    for missing in [Missing::Drop, Missing::Mean, Missing::Median] {
        let params = PrepareParams { missing, ..PrepareParams::default() };
        let error = Prepare::fit(&table, &params).unwrap_err();
        assert_eq!((error.kind(), error.column()), (ErrorKind::Data, Some("gone")), "{missing:?}");
    }
    let apart = columns(&[("x", &[1.0, f64::NAN]), ("y", &[f64::NAN, 1.0])]);
    let params = PrepareParams { missing: Missing::Drop, ..PrepareParams::default() };
    let error = Prepare::fit(&apart, &params).unwrap_err();
    assert!(error.to_string().starts_with("every row has a missing value"), "{error}");
}

#[test]
fn infinities_are_refused_whatever_the_policy() {
    for missing in Missing::ALL {
        let table = columns(&[("x", &[1.0, 2.0, f64::NEG_INFINITY, f64::INFINITY])]);
        let params = PrepareParams { missing, ..PrepareParams::default() };
        let error = Prepare::fit(&table, &params).unwrap_err();
        assert_eq!(
            error.to_string(),
            "column \"x\", row 3: value is -inf (a finite number is needed)"
        );
    }
}

#[test]
fn values_outside_a_transforms_domain_are_named() {
    let log = params(Scale::Standard, Transform::Log1p);
    let error = Prepare::fit(&columns(&[("x", &[0.0, 3.0, -1.0, -2.0])]), &log).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column \"x\", row 3: log1p of -1 is not defined (it takes numbers above -1)"
    );
    let root = params(Scale::Standard, Transform::Sqrt);
    let error = Prepare::fit(&columns(&[("x", &[0.0, -0.5])]), &root).unwrap_err();
    assert_eq!((error.column(), error.row()), (Some("x"), Some(2)));
    assert!(Prepare::fit(&columns(&[("x", &[-0.0, 0.5])]), &root).is_ok());

    let unknown = Prepare::fit(&columns(&[("y", &[1.0])]), &root).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Parameter);
}

/// Whether prepared values are usable: finite, and so are their squared distances.
fn assert_computable(found: &Prepared, precision: Precision, what: &str) {
    for column in 0..found.tiles().n_features() {
        let squares: Vec<f64> = match precision {
            Precision::F64 => prepared(found, column).iter().map(|z| 4.0 * z * z).collect(),
            Precision::F32 => {
                prepared_f32(found, column).iter().map(|z| f64::from(4.0 * z * z)).collect()
            }
        };
        assert!(squares.iter().all(|s| s.is_finite()), "{what}: column {column}");
    }
}

#[test]
fn a_power_of_two_does_not_change_what_is_prepared() {
    let plain = wave(300);
    let both = |factor: f64| {
        let scaled: Vec<_> = plain.iter().map(|x| x * factor).collect();
        columns(&[("x", scaled.as_slice())])
    };
    for scale in [Scale::Standard, Scale::Robust, Scale::MinMax] {
        let params = PrepareParams { scale, ..PrepareParams::default() };
        let (_, expected, _) = Prepare::fit_apply(&both(1.0), &params).unwrap();
        let expected = prepared(&expected, 0);
        for exponent in [-1000, -900, -520, 520, 1000, 1021] {
            let factor = 2_f64.powi(exponent);
            let (prepare, found, _) = Prepare::fit_apply(&both(factor), &params).unwrap();
            assert_eq!(prepared(&found, 0), expected, "{scale:?} 2^{exponent}");
            let back = prepare.invert(0, expected[7]);
            assert!((back / (plain[7] * factor) - 1.0).abs() < 1e-12, "{scale:?} 2^{exponent}");
        }
    }
}

#[test]
fn extreme_columns_stay_finite_in_either_precision() {
    let base = wave(200);
    let times = |factor: f64| base.iter().map(|x| x * factor).collect::<Vec<_>>();
    let mut outlier = base.clone();
    outlier[17] = 1e300;
    let ends: Vec<_> = (0..200).map(|i| if i % 2 == 0 { -1.7e308 } else { 1.7e308 }).collect();
    let cases = [
        ("1e155", times(1e155)),
        ("5e307", times(5e307)),
        ("1e-160", times(1e-160)),
        ("1e-310", times(1e-310)),
        ("5e-324", times(5e-324)),
        ("outlier", outlier),
        ("both ends", ends),
        ("offset", base.iter().map(|x| x + 1e9).collect()),
    ];
    for (name, extreme) in &cases {
        for scale in Scale::ALL {
            for precision in [Precision::F32, Precision::F64] {
                for transform in [Transform::Identity, Transform::YeoJohnson] {
                    let what = format!("{name} {scale:?} {precision:?} {transform:?}");
                    let params = PrepareParams {
                        scale,
                        precision: Some(precision),
                        transforms: vec![("x".into(), transform)],
                        ..PrepareParams::default()
                    };
                    let table = columns(&[("x", extreme), ("y", &base)]);
                    match Prepare::fit_apply(&table, &params) {
                        Ok((prepare, found, _)) => {
                            assert_computable(&found, precision, &what);
                            assert_round_trip(&prepare, &found, extreme, &what);
                        }
                        // Single precision cannot hold both columns at once.
                        Err(error) => {
                            assert!(
                                error.to_string().contains("cannot be scaled along"),
                                "{error}"
                            );
                            assert_eq!(precision, Precision::F32, "{what}: {error}");
                            assert!(
                                matches!(scale, Scale::Robust | Scale::None),
                                "{what}: {error}"
                            );
                        }
                    }
                }
            }
        }
    }
}

/// Prepared values lead back to where they came from, as far as the precision tells them apart.
fn assert_round_trip(prepare: &Prepare, found: &Prepared, values: &[f64], what: &str) {
    let z = prepared(found, 0);
    let smallest = values.iter().fold(f64::INFINITY, |a, &b| a.min(b));
    for (row, &x) in values.iter().enumerate() {
        let back = prepare.invert(0, z[row]);
        assert!(back.is_finite(), "{what}: row {row}");
        if what.contains("Identity") && !what.contains("outlier") {
            let error = (back / 2.0 - x / 2.0).abs();
            let spread = x.abs().max(smallest.abs());
            assert!(error <= 1e-6 * spread + 5e-324, "{what}: row {row}: {x:e} {back:e}");
        }
    }
}

#[test]
fn without_scaling_one_exact_factor_keeps_squares_in_range() {
    let params = PrepareParams { scale: Scale::None, ..PrepareParams::default() };
    let (small, large) = ([1.0, 2.0, 3.5], [1e200, -3e200, 2e200]);
    let (prepare, found, warnings) =
        Prepare::fit_apply(&columns(&[("x", &large), ("y", &small)]), &params).unwrap();
    let factor = prepare.columns()[0].affine.scale;
    assert_eq!(factor.to_bits() << 12, 0, "a power of two");
    assert!(prepare.columns().iter().all(|c| c.affine == Affine { shift: 0.0, scale: factor }));
    assert!(matches!(warnings[..], [Warning::CommonFactor { .. }]));
    assert_eq!(prepared(&found, 0), large.map(|x| x * factor));
    assert_eq!(prepared(&found, 1), small.map(|x| x * factor));

    let tiny = [1e-170, 2e-170, 4e-170];
    let (prepare, _, warnings) = Prepare::fit_apply(&columns(&[("x", &tiny)]), &params).unwrap();
    assert!(
        matches!(warnings[..], [Warning::CommonFactor { exponent: 500.., .. }]),
        "{warnings:?}"
    );
    assert!(prepare.columns()[0].affine.scale > 1e150);

    let (prepare, _, warnings) =
        Prepare::fit_apply(&columns(&[("x", &[1e9, 2e9]), ("y", &[1e-9, 0.0])]), &params).unwrap();
    assert!(prepare.columns().iter().all(|c| c.affine.is_identity()));
    assert_eq!(warnings, []);
}

#[test]
fn narrow_columns_are_shared_and_narrow_numbers_are_what_tiles_apply() {
    let values: Vec<f32> = wave(3000).into_iter().map(|x| x as f32 + 1e4).collect();
    let column = Column::from_f32("x", values);
    let address = |column: &Column| match column.chunks()[0].values() {
        Values::F32(buffer) => buffer.as_ptr(),
        other => panic!("{other:?}"),
    };
    let table = FeatureTable::new(vec![column], None).unwrap();
    let (prepare, found, _) = Prepare::fit_apply(&table, &PrepareParams::default()).unwrap();
    assert_eq!(prepare.precision(), Precision::F32);
    assert_eq!(address(&found.table.columns()[0]), address(&table.columns()[0]));
    let Affine { shift, scale } = prepare.columns()[0].affine;
    assert_eq!((f64::from(shift as f32), f64::from(scale as f32)), (shift, scale));
    let x = table.columns()[0].get(100) as f32;
    assert_eq!(prepared_f32(&found, 0)[100], (x - shift as f32) * scale as f32);
}

#[test]
fn new_rows_are_prepared_as_the_old_ones() {
    let table = columns(&[("x", &wave(500)), ("y", &wave(600)[100..])]);
    for transform in Transform::ALL {
        let mut params = params(Scale::Robust, transform);
        params.transforms[0].0 = "y".into();
        let squares: Vec<_> = wave(600)[100..].iter().map(|x| x * x).collect();
        let table = table
            .with_columns(vec![table.columns()[0].clone(), Column::from_f64("y", squares.clone())])
            .unwrap();
        let (prepare, all, _) = Prepare::fit_apply(&table, &params).unwrap();
        let part = columns(&[("x", &wave(500)[40..90]), ("y", &squares[40..90])]);
        let part = prepare.apply(&part).unwrap();
        for column in 0..2 {
            assert_eq!(prepared(&part, column), prepared(&all, column)[40..90], "{transform:?}");
        }
    }
}

#[test]
fn new_rows_must_have_the_columns_and_the_reach_of_the_old_ones() {
    let table = columns(&[("x", &wave(50)), ("y", &wave(50))]);
    let (prepare, _) = Prepare::fit(&table, &PrepareParams::default()).unwrap();
    let error = |table| prepare.apply(&table).unwrap_err();
    assert_eq!(error(columns(&[("x", &[1.0])])).column(), Some("y"));
    let extra = columns(&[("x", &[1.0]), ("z", &[1.0]), ("y", &[1.0])]);
    assert_eq!(error(extra).column(), Some("z"));
    let swapped = error(columns(&[("y", &[1.0]), ("x", &[1.0])]));
    assert!(swapped.to_string().contains("another order"), "{swapped}");

    let far = error(columns(&[("x", &[1.0, 1.0]), ("y", &[1.0, -1e200])]));
    assert_eq!((far.kind(), far.column(), far.row()), (ErrorKind::Data, Some("y"), Some(2)));
    assert_eq!(prepare.apply(&columns(&[("x", &[]), ("y", &[])])).unwrap().n_input_rows(), 0);
}

#[test]
fn threads_and_batches_do_not_show() {
    let values: Vec<_> = wave(150_000).into_iter().map(|x| x + 3.0).collect();
    let part = |part: &[f64]| Chunk::new(Values::F64(part.to_vec().into()), None).unwrap();
    let fit = |batch: usize, threads: usize| {
        let column = Column::new("x", "Float64", values.chunks(batch).map(part).collect());
        let table = FeatureTable::new(vec![column], None).unwrap();
        let params = PrepareParams {
            missing: Missing::Median,
            ..params(Scale::Robust, Transform::YeoJohnson)
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Prepare::fit(&table, &params).unwrap().0)
    };
    let expected = fit(values.len(), 1);
    for (batch, threads) in [(values.len(), 3), (3001, 1), (1024, 2)] {
        assert_eq!(fit(batch, threads), expected, "{batch} {threads}");
    }
}

#[test]
fn wide_integers_are_counted_as_the_doubles_they_become() {
    let extremes = vec![i64::MIN, i64::MAX, 0, i64::MIN, 5, i64::MAX];
    let chunk = Chunk::new(Values::I64(extremes.into()), None).unwrap();
    let table = FeatureTable::new(vec![Column::new("x", "Int64", vec![chunk])], None).unwrap();
    let (_, found, warnings) = Prepare::fit_apply(&table, &PrepareParams::default()).unwrap();
    assert_computable(&found, Precision::F64, "i64");
    assert_eq!(warnings, [Warning::RoundedIntegers { column: "x".into() }]);
}
