//! Reading tables through the public interface: formats agree, damage is refused.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float16Array,
    Float32Array, Float64Array, Int64Array, LargeStringArray, NullArray, RecordBatch, StringArray,
    StringViewArray, UInt64Array,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use half::f16;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use segengine::{
    ColumnChoice, ErrorKind, FileKind, Input, ReadOptions, Result, Warning, open, open_mapped,
};

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[allow(unsafe_code, reason = "the files of these tests have one owner")]
fn mapped(path: &Path, options: &ReadOptions) -> Result<Input> {
    // SAFETY: the test that made the file is the only one to know it.
    unsafe { open_mapped(path, options) }
}

fn open_bytes(bytes: &[u8]) -> Result<Input> {
    open(written(bytes).path(), &ReadOptions::default())
}

fn named(names: &[&str]) -> ReadOptions {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    ReadOptions { columns: ColumnChoice::Named(names), ..ReadOptions::default() }
}

/// Two batches with every kind of column that can be a feature or an id, nulls among them.
fn batches() -> Vec<RecordBatch> {
    let batch = |n: i32, from: i32| {
        let numbers = || (from..from + n).map(f64::from);
        let some = |i: f64| (i % 3.0 != 1.0).then_some(i);
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "customer",
                Arc::new(StringArray::from_iter_values(numbers().map(|i| format!("c{i}")))),
            ),
            ("f64", Arc::new(Float64Array::from_iter(numbers().map(|i| some(i * 0.5))))),
            ("f32", Arc::new(Float32Array::from_iter_values(numbers().map(|i| i as f32 * 0.25)))),
            ("f16", Arc::new(Float16Array::from_iter_values(numbers().map(f16::from_f64)))),
            ("i64", Arc::new(Int64Array::from_iter(numbers().map(|i| some(i).map(|i| -i as i64))))),
            ("u64", Arc::new(UInt64Array::from_iter_values(numbers().map(|i| i as u64)))),
            ("flag", Arc::new(BooleanArray::from_iter(numbers().map(|i| Some(i % 2.0 == 0.0))))),
            (
                "price",
                Arc::new(
                    Decimal128Array::from_iter_values(numbers().map(|i| i as i128 * 10 + 5))
                        .with_precision_and_scale(20, 2)
                        .unwrap(),
                ),
            ),
            (
                "level",
                Arc::new(
                    DictionaryArray::<Int32Type>::try_new(
                        numbers().map(|i| some(i).map(|i| i as i32 % 2)).collect(),
                        Arc::new(Float64Array::from(vec![0.5, -7.0])),
                    )
                    .unwrap(),
                ),
            ),
            ("day", Arc::new(Date32Array::from_iter_values(from..from + n))),
            ("nothing", Arc::new(NullArray::new(n as usize))),
        ];
        RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        )
        .unwrap()
    };
    vec![batch(100, 0), batch(0, 100), batch(37, 100)]
}

fn ipc_file(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        FileWriter::try_new_with_options(&mut bytes, &batches[0].schema(), options).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn ipc_stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, &batches[0].schema()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn parquet(batches: &[RecordBatch]) -> Vec<u8> {
    parquet_with(batches, Compression::UNCOMPRESSED)
}

fn gzip_parquet(batches: &[RecordBatch]) -> Vec<u8> {
    parquet_with(batches, Compression::GZIP(Default::default()))
}

fn parquet_with(batches: &[RecordBatch], codec: Compression) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(codec).build();
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batches[0].schema(), Some(properties)).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
    bytes
}

/// Names and values, with NaN for what is missing.
fn values(input: &Input) -> Vec<(String, Vec<f64>)> {
    let table = &input.table;
    table
        .columns()
        .iter()
        .map(|c| (c.name().to_owned(), (0..table.n_rows()).map(|row| c.get(row)).collect()))
        .collect()
}

fn assert_same(a: &Input, b: &Input, what: &str) {
    let (a, b) = (values(a), values(b));
    assert_eq!(a.len(), b.len(), "{what}");
    for ((name, a), (other, b)) in a.iter().zip(&b) {
        assert_eq!(name, other, "{what}");
        let bits = |v: &[f64]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(a), bits(b), "{what}: {name}");
    }
}

fn texts(input: &Input) -> Vec<Option<String>> {
    let mut texts = Vec::new();
    for array in input.ids().unwrap().unwrap() {
        let array = array.unwrap();
        let text: Vec<Option<String>> = match array.data_type() {
            arrow_schema::DataType::Utf8 => {
                let array = array.as_any().downcast_ref::<StringArray>().unwrap();
                array.iter().map(|t| t.map(str::to_owned)).collect()
            }
            arrow_schema::DataType::LargeUtf8 => {
                let array = array.as_any().downcast_ref::<LargeStringArray>().unwrap();
                array.iter().map(|t| t.map(str::to_owned)).collect()
            }
            arrow_schema::DataType::Utf8View => {
                let array = array.as_any().downcast_ref::<StringViewArray>().unwrap();
                array.iter().map(|t| t.map(str::to_owned)).collect()
            }
            other => panic!("{other} is no text"),
        };
        texts.extend(text);
    }
    texts
}

#[test]
fn every_format_gives_the_same_table() {
    let batches = batches();
    let oracle_file = written(&ipc_file(&batches, None));
    let oracle = mapped(oracle_file.path(), &ReadOptions::default()).unwrap();
    assert!(oracle.is_mapped());
    assert_eq!(oracle.table.n_rows(), 137);
    let names: Vec<_> = oracle.table.columns().iter().map(|c| c.name()).collect();
    assert_eq!(names, ["f64", "f32", "f16", "i64", "u64", "flag", "price", "level"]);
    let at = |column: usize, row: usize| oracle.table.columns()[column].get(row);
    assert_eq!((at(0, 3), at(1, 9), at(2, 7), at(3, 5)), (1.5, 2.25, 7.0, -5.0));
    assert_eq!((at(4, 136), at(5, 2), at(6, 12), at(7, 3)), (136.0, 1.0, 1.25, -7.0));
    assert!(at(0, 2).is_nan() && at(3, 136).is_nan() && at(7, 100).is_nan());

    for (bytes, kind) in [
        (ipc_file(&batches, None), FileKind::ArrowFile),
        (ipc_file(&batches, Some(CompressionType::LZ4_FRAME)), FileKind::ArrowFile),
        (ipc_file(&batches, Some(CompressionType::ZSTD)), FileKind::ArrowFile),
        (ipc_stream(&batches), FileKind::ArrowStream),
        (parquet(&batches), FileKind::Parquet),
        (gzip_parquet(&batches), FileKind::Parquet),
    ] {
        let file = written(&bytes);
        for input in [
            open(file.path(), &ReadOptions::default()).unwrap(),
            mapped(file.path(), &ReadOptions::default()).unwrap(),
        ] {
            assert_eq!(input.kind(), kind);
            assert_same(&oracle, &input, &format!("{kind:?}"));
            assert_eq!(texts(&oracle), texts(&input), "{kind:?}");
            assert_eq!(input.id_column.as_deref(), Some("customer"));
            let left_out = input.notes.iter().find_map(|note| match note {
                Warning::ColumnsLeftOut { columns } => Some(columns),
                _ => None,
            });
            assert_eq!(left_out.unwrap().len(), 2, "day and nothing");
        }
    }
}

#[test]
fn a_pipe_is_read_to_its_end() {
    let bytes = ipc_stream(&batches());
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    if !made.is_ok_and(|status| status.success()) {
        #[allow(clippy::print_stdout, reason = "a test that is left out says so")]
        {
            println!("skipped: mkfifo is not to be had");
        }
        return;
    }
    let input = std::thread::scope(|scope| {
        scope.spawn(|| fs::write(&fifo, &bytes).unwrap());
        mapped(&fifo, &ReadOptions::default()).unwrap()
    });
    assert!(!input.is_mapped());
    assert_same(&input, &open_bytes(&bytes).unwrap(), "pipe");
    assert_eq!(texts(&input).len(), 137);
}

#[test]
fn ids_keep_their_type_and_their_nulls() {
    let wanted =
        vec![Some("a"), None, Some(""), Some("a text longer than twelve bytes"), Some("a")];
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(wanted.clone())),
        Arc::new(LargeStringArray::from(wanted.clone())),
        Arc::new(StringViewArray::from(wanted.clone())),
        Arc::new(wanted.iter().copied().collect::<DictionaryArray<Int8Type>>()),
    ];
    for array in arrays {
        let name = array.data_type().to_string();
        let x: ArrayRef = Arc::new(Float64Array::from(vec![1.0; 5]));
        let batch = RecordBatch::try_from_iter([("key", array), ("x", x)]).unwrap();
        let both = [batch.slice(0, 2), batch.slice(2, 3)];
        for bytes in [
            ipc_file(&both, None),
            ipc_file(&both, Some(CompressionType::LZ4_FRAME)),
            parquet(&both),
        ] {
            let input = open_bytes(&bytes).unwrap();
            let wanted: Vec<_> = wanted.iter().map(|t| t.map(str::to_owned)).collect();
            assert_eq!(texts(&input), wanted, "{name}");
            let odd = Warning::OddIds { column: "key".to_owned(), null: 1, empty: 1, duplicate: 1 };
            assert!(input.notes.contains(&odd), "{name}: {:?}", input.notes);
        }
    }
}

#[test]
fn an_integer_id_is_found_if_it_tells_rows_apart() {
    let batch = |ids: Vec<i64>| {
        let x: ArrayRef = Arc::new(Float64Array::from(vec![1.0; ids.len()]));
        let ids: ArrayRef = Arc::new(Int64Array::from(ids));
        RecordBatch::try_from_iter([("user_id", ids), ("x", x)]).unwrap()
    };
    let big = (1 << 53) + 1;
    let input = open_bytes(&ipc_file(&[batch(vec![big, big - 1, 3])], None)).unwrap();
    assert_eq!(input.id_column.as_deref(), Some("user_id"));
    assert_eq!(input.table.n_features(), 1);
    let ids: Vec<_> = input.ids().unwrap().unwrap().map(Result::unwrap).collect();
    assert_eq!(ids[0].as_any().downcast_ref::<Int64Array>().unwrap().values(), &[big, big - 1, 3]);

    let input = open_bytes(&ipc_file(&[batch(vec![big, 3, 3])], None)).unwrap();
    assert_eq!(input.id_column, None);
    assert!(input.ids().unwrap().is_none());
    assert_eq!(input.table.n_features(), 2);
    assert_eq!(input.notes, []);
}

#[test]
fn columns_are_chosen_by_name() {
    let file = written(&ipc_file(&batches(), None));
    let input = open(file.path(), &named(&["day", "f32"])).unwrap();
    let names: Vec<_> = input.table.columns().iter().map(|c| c.name()).collect();
    assert_eq!(names, ["day", "f32"]);
    assert_eq!(input.table.columns()[0].get(136), 136.0);

    let error = open(file.path(), &named(&["f32", "absent"])).unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Data, Some("absent")));
    assert!(error.to_string().contains("\"f64\""), "{error}");
    let error = open(file.path(), &named(&["nothing"])).unwrap_err();
    assert!(error.to_string().contains("Null"), "{error}");

    let options = ReadOptions {
        columns: ColumnChoice::All { exclude: vec!["f64".to_owned(), "level".to_owned()] },
        weight: Some("u64".to_owned()),
        ..ReadOptions::default()
    };
    let input = open(file.path(), &options).unwrap();
    assert_eq!(input.table.n_features(), 5);
    assert_eq!(input.table.weights().unwrap()[136], 136.0);
    let options = ReadOptions { weight: Some("f64".to_owned()), ..ReadOptions::default() };
    let error = open(file.path(), &options).unwrap_err();
    assert_eq!((error.column(), error.row()), (Some("f64"), Some(3)));
}

#[test]
fn a_name_used_twice_is_refused_where_it_is_used() {
    let x = || -> ArrayRef { Arc::new(Float64Array::from(vec![1.0, 2.0])) };
    let field = |name| arrow_schema::Field::new(name, arrow_schema::DataType::Float64, true);
    let schema = arrow_schema::Schema::new(vec![field("a"), field("a"), field("b")]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![x(), x(), x()]).unwrap();
    let file = written(&ipc_file(&[batch], None));
    let error = open(file.path(), &ReadOptions::default()).unwrap_err();
    assert_eq!(error.column(), Some("a"));
    assert_eq!(open(file.path(), &named(&["b"])).unwrap().table.n_features(), 1);
    let columns = ColumnChoice::All { exclude: vec!["a".to_owned()] };
    let options = ReadOptions { columns, ..ReadOptions::default() };
    assert_eq!(open(file.path(), &options).unwrap().table.n_features(), 1);
}

#[test]
fn tables_without_rows_or_numbers_are_refused() {
    let empty = &batches()[1..2];
    for bytes in [ipc_file(empty, None), ipc_stream(empty), parquet(empty), b"a,b\n".to_vec()] {
        let error = open_bytes(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
    }
    let only_text = batches()[0].project(&[0]).unwrap();
    let error = open_bytes(&ipc_file(&[only_text], None)).unwrap_err();
    assert!(error.to_string().contains("no numeric column"), "{error}");
}

/// Whatever is cut off, the file is refused: no prefix of a file is one.
#[test]
fn every_truncation_is_refused() {
    let small = [batches()[0].slice(0, 9).project(&[0, 1, 4, 8]).unwrap()];
    let arrow = ipc_file(&small, None);
    let compressed = ipc_file(&small, Some(CompressionType::LZ4_FRAME));
    for bytes in [arrow, compressed, parquet(&small), gzip_parquet(&small)] {
        let whole = open_bytes(&bytes).unwrap();
        assert_eq!(whole.table.n_rows(), 9);
        for len in 0..bytes.len() {
            let error = open_bytes(&bytes[..len]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Data, "{len}: {error}");
        }
    }
    // A stream may end after any message, so its prefixes are streams with fewer rows at worst.
    let stream = ipc_stream(&batches());
    for len in 0..stream.len() {
        if let Ok(input) = open_bytes(&stream[..len]) {
            assert!([100, 137].contains(&input.table.n_rows()), "{len}");
        }
    }
}

/// Bytes missing from the values, with the footer in place: other readers return wrong numbers.
#[test]
fn missing_values_before_an_intact_footer_are_noticed() {
    let bytes = ipc_file(&[batches()[0].project(&[1, 2]).unwrap()], None);
    let footer_len = i32::from_le_bytes(bytes[bytes.len() - 10..][..4].try_into().unwrap());
    let values_end = bytes.len() - 10 - footer_len as usize - 8;
    for missing in 1..=600 {
        let cut = [&bytes[..values_end - missing], &bytes[values_end..]].concat();
        let error = open_bytes(&cut).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data, "{missing}");
    }
}

/// A changed byte gives an error or a table, and mapping gives what reading gives.
#[test]
fn no_changed_byte_brings_it_down() {
    let small = [batches()[0].slice(0, 9).project(&[0, 1, 4, 8]).unwrap()];
    let mut readable = 0;
    for bytes in [ipc_file(&small, None), ipc_stream(&small), parquet(&small), gzip_parquet(&small)]
    {
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << (at % 8);
            let file = written(&bytes);
            let options = ReadOptions::default();
            match (open(file.path(), &options), mapped(file.path(), &options)) {
                (Ok(a), Ok(b)) => {
                    readable += 1;
                    assert_same(&a, &b, &format!("byte {at}"));
                    assert_eq!(a.table.n_rows(), b.table.n_rows());
                }
                (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
                (a, b) => panic!("byte {at}: {:?} but {:?}", a.err(), b.err()),
            }
        }
    }
    // Values and padding may be anything.
    assert!(readable > 100, "{readable}");
}

#[test]
fn a_buffer_that_claims_too_much_is_refused_before_it_is_made() {
    for codec in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let x: ArrayRef = Arc::new(Float64Array::from(vec![1.0; 1000]));
        let bytes = ipc_file(&[RecordBatch::try_from_iter([("x", x)]).unwrap()], Some(codec));
        let size = 8000_i64.to_le_bytes();
        let at = bytes.windows(8).position(|window| window == size).unwrap();
        for claimed in [1_i64 << 60, 1 << 40, 8, -5, 7999, 8001 + 64] {
            let mut bytes = bytes.clone();
            bytes[at..at + 8].copy_from_slice(&claimed.to_le_bytes());
            let error = open_bytes(&bytes).unwrap_err();
            assert_eq!((error.kind(), error.column()), (ErrorKind::Data, Some("x")), "{claimed}");
        }
    }
}

#[test]
fn a_change_while_reading_is_found() {
    let file = written(&ipc_file(&batches(), None));
    let input = mapped(file.path(), &ReadOptions::default()).unwrap();
    input.check_unchanged().unwrap();
    file.as_file().set_len(64).unwrap();
    // Touching what is gone yields some number, not a signal.
    assert_eq!(values(&input)[1].1.len(), 137);
    let error = input.check_unchanged().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert!(error.to_string().ends_with("changed while being read"), "{error}");
}

#[test]
fn nothing_is_said_of_what_does_not_exist() {
    let error = open(Path::new("no/such/file"), &ReadOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    let error = open(Path::new("."), &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("is a directory"), "{error}");
}

/// The id of a CSV table and its features, once compared with those of the same table as Parquet.
fn chosen(csv: &str, same: &RecordBatch, options: &ReadOptions) -> (Option<String>, Vec<String>) {
    let open = |bytes: &[u8]| {
        let input = open(written(bytes).path(), options).unwrap();
        let names = input.table.columns().iter().map(|c| c.name().to_owned()).collect::<Vec<_>>();
        (input.id_column, names)
    };
    let from_csv = open(csv.as_bytes());
    assert_eq!(from_csv, open(&parquet(std::slice::from_ref(same))), "{csv:?}");
    from_csv
}

fn excluding(name: &str) -> ReadOptions {
    let columns = ColumnChoice::All { exclude: vec![name.to_owned()] };
    ReadOptions { columns, ..ReadOptions::default() }
}

#[test]
fn a_numeric_column_out_of_use_is_no_default_id_of_a_csv() {
    let ints = |v: [i64; 3]| -> ArrayRef { Arc::new(Int64Array::from(v.to_vec())) };
    let floats = |v: [f64; 3]| -> ArrayRef { Arc::new(Float64Array::from(v.to_vec())) };
    let texts = |v: [&str; 3]| -> ArrayRef { Arc::new(StringArray::from(v.to_vec())) };
    let id = |name: &str| Some(name.to_owned());

    let csv = "customer_id,gasto,pedidos\n7,1.5,2\n8,2.5,3\n9,0.5,3\n";
    let batch = RecordBatch::try_from_iter([
        ("customer_id", ints([7, 8, 9])),
        ("gasto", floats([1.5, 2.5, 0.5])),
        ("pedidos", ints([2, 3, 3])),
    ])
    .unwrap();
    for options in [excluding("gasto"), named(&["pedidos"])] {
        let (chosen_id, features) = chosen(csv, &batch, &options);
        assert_eq!((chosen_id, features), (id("customer_id"), vec!["pedidos".to_owned()]));
    }

    let csv = "gasto,pedidos,cidade\n1.5,2,Olinda\n2.5,3,Natal\n0.5,3,Recife\n";
    let batch = RecordBatch::try_from_iter([
        ("gasto", floats([1.5, 2.5, 0.5])),
        ("pedidos", ints([2, 3, 3])),
        ("cidade", texts(["Olinda", "Natal", "Recife"])),
    ])
    .unwrap();
    assert_eq!(chosen(csv, &batch, &named(&["pedidos"])).0, id("cidade"));
    assert_eq!(chosen(csv, &batch, &excluding("gasto")).0, id("cidade"));
    assert_eq!(chosen(csv, &batch, &excluding("cidade")).0, id("cidade"));

    // Without a text, and without an integer column named like an id, there is none.
    let csv = "gasto,pedidos\n1.5,2\n2.5,3\n0.5,3\n";
    let batch = batch.project(&[0, 1]).unwrap();
    assert_eq!(chosen(csv, &batch, &named(&["pedidos"])).0, None);
    assert_eq!(chosen(csv, &batch, &excluding("gasto")).0, None);

    // Numbers with mistakes, too large or in a country's notation are numbers all the same.
    for cells in [["1.5", "x", "2"], ["1e999", "1", "2"], ["\"1,5\"", "\"2,5\"", "7 %"]] {
        let [a, b, c] = cells;
        let file = written(format!("gasto,n,cidade\n{a},1,u\n{b},2,v\n{c},3,w\n").as_bytes());
        for options in [named(&["n"]), excluding("gasto")] {
            let input = open(file.path(), &options).unwrap();
            assert_eq!(input.id_column.as_deref(), Some("cidade"), "{cells:?}");
        }
    }
    // A few ids of letters among those of digits stay ids.
    let file = written(b"user_id,n\n1,1\n2,2\nA3,3\n");
    assert_eq!(open(file.path(), &named(&["n"])).unwrap().id_column, id("user_id"));
}

#[test]
fn an_id_cannot_be_a_feature_too() {
    let days: ArrayRef = Arc::new(Int64Array::from(vec![2, 3, 3]));
    let options = ReadOptions { id: Some("id".to_owned()), ..named(&["dias", "id"]) };
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![7, 8, 9]));
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.5, 2.0, 0.5]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    for (ids, csv) in [
        (ints, "id,dias\n7,2\n8,3\n9,3\n"),
        (floats, "id,dias\n1.5,2\n2,3\n0.5,3\n"),
        (texts, "id,dias\na,2\nb,3\nc,3\n"),
    ] {
        let batch = RecordBatch::try_from_iter([("id", ids), ("dias", days.clone())]).unwrap();
        for bytes in [csv.as_bytes(), &parquet(&[batch])] {
            let error = open(written(bytes).path(), &options).unwrap_err();
            assert_eq!((error.kind(), error.column()), (ErrorKind::Parameter, Some("id")));
            assert!(error.to_string().contains("as the id and as a feature"), "{error}");
        }
    }
}

#[test]
fn a_parquet_codec_that_is_not_supported_is_named() {
    let x: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
    let bytes = parquet(&[RecordBatch::try_from_iter([("x", x)]).unwrap()]);
    // In the footer: the path of the column, a list of one text, and then the codec, none.
    let before_codec = [0x19, 0x18, 1, b'x', 0x15];
    let at = bytes.windows(6).position(|w| w[..5] == before_codec && w[5] == 0).unwrap() + 5;
    for (codec, name) in [(3, "LZO"), (4, "brotli")] {
        let mut bytes = bytes.clone();
        bytes[at] = codec * 2;
        let error = open_bytes(&bytes).unwrap_err();
        assert_eq!((error.kind(), error.column()), (ErrorKind::Data, Some("x")));
        let wanted = format!(
            "{name}-compressed Parquet is not supported (snappy, gzip, zstd, lz4 or uncompressed is)"
        );
        assert!(error.to_string().contains(&wanted), "{error}");
    }
}
