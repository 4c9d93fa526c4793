//! Whatever the bytes, reading a model ends in an error or in a model that survives a round trip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segengine::{parse_model, write_model};

fuzz_target!(|bytes: &[u8]| {
    let Ok(model) = parse_model(bytes) else { return };
    let mut written = Vec::new();
    write_model(&model, &mut written).expect("a vector takes every byte");
    assert_eq!(parse_model(&written).expect("what was written can be read"), model);
    for id in 0..model.k() {
        assert!(model.center_in_original_units(id).iter().all(|x| x.is_finite()));
    }
});
