//! Any bytes end in a table or an error, the same whether they are mapped, read or in memory.

#![no_main]

use std::io::Write;
use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use segengine::{Input, ReadOptions, Result, open, open_bytes, open_mapped, panic_is_guarded};

fuzz_target!(|bytes: &[u8]| {
    static HOOK: Once = Once::new();
    // A panic that the reader catches is an answer; any other one still ends the run.
    HOOK.call_once(|| {
        let abort = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !panic_is_guarded() {
                abort(info);
            }
        }));
    });
    let options = ReadOptions::default();
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    let memory = open_bytes(file.path(), bytes.to_vec(), &options);
    let read = open(file.path(), &options);
    // SAFETY: nobody else knows the file.
    let mapped = unsafe { open_mapped(file.path(), &options) };
    compare(&memory, &read);
    compare(&memory, &mapped);
    if let Ok(input) = &memory {
        check(input);
    }
});

fn compare(a: &Result<Input>, b: &Result<Input>) {
    match (a, b) {
        (Ok(a), Ok(b)) => {
            assert_eq!(a.notes, b.notes);
            assert_eq!(a.id_column, b.id_column);
            assert_eq!(a.table.n_rows(), b.table.n_rows());
            assert_eq!(a.table.n_features(), b.table.n_features());
            for (a, b) in a.table.columns().iter().zip(b.table.columns()) {
                assert_eq!((a.name(), a.type_name()), (b.name(), b.type_name()));
                for row in 0..a.n_rows().min(1000) {
                    assert_eq!(a.get(row).to_bits(), b.get(row).to_bits());
                }
            }
        }
        (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
        (a, b) => panic!("{:?} but {:?}", a.as_ref().err(), b.as_ref().err()),
    }
}

fn check(input: &Input) {
    let n_rows = input.table.n_rows();
    assert!(n_rows > 0 && input.table.n_features() > 0);
    for column in input.table.columns() {
        assert_eq!(column.n_rows(), n_rows);
        for chunk in column.chunks() {
            assert!(chunk.validity().is_none_or(|v| v.len() == chunk.values().len()));
        }
    }
    if let Some(ids) = input.ids().expect("they were read before") {
        let data_type = ids.data_type().clone();
        let mut n = 0;
        for ids in ids {
            let ids = ids.expect("they were read before");
            assert_eq!(*ids.data_type(), data_type);
            n += ids.len();
        }
        assert_eq!(n, n_rows);
    }
}
