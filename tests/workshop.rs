//! A directory to run the command in, and tables for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use segengine::{Purpose, Seed};
use tempfile::TempDir;

/// A directory with a small table in it: two far clusters of 600 rows and one of 3.
pub(crate) struct Workshop {
    dir: TempDir,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        write_table(&dir.path().join("in.arrow"), &batch(0, 1203), 1203);
        Self { dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Names below the directory's own, without the table.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "in.arrow")
            .collect();
        names.sort();
        names
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("segengine"));
        command.current_dir(self.dir.path()).stdin(Stdio::null()).env_remove("NO_COLOR").args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs what must succeed.
    pub(crate) fn done(&self, args: &[&str]) -> Output {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
        output
    }

    /// Runs what must fail with `code`, and gives the message.
    pub(crate) fn refused(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {message}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(message.starts_with("error: ") || message.contains("\nerror: "), "{message}");
        message
    }
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn batch(start: usize, n: usize) -> RecordBatch {
    let mut noise = Seed(5).stream(Purpose::Synthetic, 0);
    let mut id = Vec::new();
    let mut recency = Vec::new();
    let mut spent = Vec::new();
    for row in 0..start + n {
        let (r, s) = (noise.normal(), noise.normal());
        if row < start {
            continue;
        }
        let (centre_r, centre_s) = match row {
            0..600 => (30.0, 100.0),
            600..1200 => (300.0, 20.0),
            _ => (100.0, 5000.0),
        };
        id.push(Some(format!("customer {row}")));
        recency.push(centre_r + 5.0 * r);
        spent.push(centre_s + 4.0 * s);
    }
    table(&[
        ("customer", Arc::new(StringArray::from(id))),
        ("recency", Arc::new(Float64Array::from(recency))),
        ("spent", Arc::new(Float64Array::from(spent))),
    ])
}

pub(crate) fn table(columns: &[(&str, ArrayRef)]) -> RecordBatch {
    let columns = columns.iter().map(|(name, array)| (*name, array.clone(), true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// Writes `batch` as an Arrow file in record batches of `rows`.
pub(crate) fn write_table(path: &Path, batch: &RecordBatch, rows: usize) {
    let file = fs::File::create(path).unwrap();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
    for start in (0..batch.num_rows()).step_by(rows) {
        writer.write(&batch.slice(start, rows.min(batch.num_rows() - start))).unwrap();
    }
    writer.finish().unwrap();
}

pub(crate) fn read_arrow(bytes: Vec<u8>) -> Vec<RecordBatch> {
    let reader = arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(bytes), None);
    reader.unwrap().map(Result::unwrap).collect()
}
