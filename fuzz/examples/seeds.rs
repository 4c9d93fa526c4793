//! Writes a small corpus for the targets to start from: `seeds DIR`.
//!
//! Found by mutation alone, a table that can be read takes hours to come up.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int16Array, RecordBatch, StringArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use segengine::{
    AssignmentWriter, Ids, KMeansParams, Kernel, Missing, Model, OutputFormat, Prepare,
    PrepareParams, ReadOptions, Scale, Silent, Transform, fingerprint, fit, open_bytes,
    write_model,
};

fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::args_os().nth(1).ok_or("usage: seeds DIR")?;
    let dir = Path::new(&dir);
    let [tables, models, kernels] =
        ["open_arrow", "model_json", "kernels"].map(|target| dir.join(target));
    for dir in [&tables, &models, &kernels] {
        fs::create_dir_all(dir)?;
    }

    // Enough for the most rows and centres that the target makes.
    let values: Vec<u8> = (0..12_000_u32).map(|i| ((i * i * 7) >> 5) as u8).collect();
    fs::write(kernels.join("values"), values)?;

    let batch = batch()?;
    let plain = file(&batch, None)?;
    fs::write(tables.join("plain.arrow"), &plain)?;
    fs::write(tables.join("lz4.arrow"), file(&batch, Some(CompressionType::LZ4_FRAME))?)?;
    fs::write(tables.join("zstd.arrow"), file(&batch, Some(CompressionType::ZSTD))?)?;
    let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    stream.write(&batch)?;
    fs::write(tables.join("stream.arrows"), stream.into_inner()?)?;

    let settings = [
        (Missing::Median, Scale::Robust, Transform::YeoJohnson),
        (Missing::Mean, Scale::Standard, Transform::Identity),
    ];
    for (number, (missing, scale, transform)) in settings.into_iter().enumerate() {
        let input = open_bytes(Path::new("plain.arrow"), plain.clone(), &ReadOptions::default())?;
        let transforms = vec![("spent".to_owned(), transform)];
        let params = PrepareParams { missing, scale, transforms, ..PrepareParams::default() };
        let (prepare, prepared, _) = Prepare::fit_apply(&input.table, &params)?;
        let params = KMeansParams::new(2 + number);
        let kernel = Kernel::detect()?;
        let found = fit(&prepared.tiles(), prepare.precision(), &kernel, &params, &Silent)?;
        let model = Model::new(prepare, &prepared, &params, &found, fingerprint(&input.table))?;
        write_model(&model, &mut fs::File::create(models.join(format!("{number}.json")))?)?;

        // What the command writes can be read as a table as well.
        for format in [OutputFormat::Arrow, OutputFormat::Parquet, OutputFormat::Csv] {
            let name = format!("assignments{number}.{}", format.extension());
            let values = input.ids()?.ok_or("the table has ids")?;
            let ids = Ids { column: "customer", values: Box::new(values) };
            let out = fs::File::create(tables.join(name))?;
            let mut writer = AssignmentWriter::new(format, Some(ids), model.segments(), out)?;
            for rows in model.assignments(&prepared, &kernel) {
                writer.push(rows)?;
            }
            writer.finish()?;
        }
    }
    Ok(())
}

/// A few rows of the kinds of column that are read in different ways.
fn batch() -> Result<RecordBatch, Box<dyn Error>> {
    let rows = || 0..12_i16;
    let some = |row: i16| (row % 5 != 3).then_some(row);
    let ids = rows().map(|row| format!("c{row}"));
    let levels = DictionaryArray::<Int32Type>::try_new(
        rows().map(|row| some(row).map(|row| i32::from(row) % 2)).collect(),
        Arc::new(Float64Array::from(vec![0.5, -7.0])),
    )?;
    let columns: [(&str, ArrayRef); 5] = [
        ("customer", Arc::new(StringArray::from_iter_values(ids))),
        (
            "spent",
            Arc::new(
                rows().map(|row| some(row).map(|x| f64::from(x) * 1.5)).collect::<Float64Array>(),
            ),
        ),
        ("orders", Arc::new(Int16Array::from_iter_values(rows().map(|row| row * row)))),
        ("member", Arc::new(rows().map(|row| Some(row % 2 == 0)).collect::<BooleanArray>())),
        ("level", Arc::new(levels)),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, values)| (name, values, true)),
    )?)
}

fn file(
    batch: &RecordBatch,
    compression: Option<CompressionType>,
) -> Result<Vec<u8>, Box<dyn Error>> {
    let options = IpcWriteOptions::default().try_with_compression(compression)?;
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options)?;
    writer.write(batch)?;
    Ok(writer.into_inner()?)
}
