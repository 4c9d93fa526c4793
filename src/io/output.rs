//! Outputs that appear together, complete and synced, or not at all.
//!
//! Every file is written under a temporary name beside its final place. Only when all of them are
//! on the disk are they renamed, and if a later step fails the earlier ones are taken back. What
//! lay there before survives every failure that the process survives, if need be under another
//! name, which the error tells. One that is killed leaves hidden files, which the next run into the
//! same directory removes; and if that happens between two renames, some files are new and the
//! others are those of before, each of them whole.

use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write as _};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use tempfile::{NamedTempFile, TempPath};

use crate::error::{Error, ErrorKind, Result};

/// The files of one run, staged next to their final places.
///
/// Dropping it before [`commit`](Self::commit) removes everything that it made, directories
/// included.
#[derive(Debug)]
pub struct Outputs {
    dir: PathBuf,
    files: Vec<Staged>,
    /// Directories that did not exist before, outermost first.
    created: Vec<PathBuf>,
}

#[derive(Debug)]
struct Staged {
    /// Locked as long as it is written, so that nobody takes it for litter.
    temp: NamedTempFile,
    target: PathBuf,
    is_written: Cell<bool>,
}

impl Outputs {
    /// Bytes that are gathered before they are written.
    const BUFFER: usize = 1 << 18;

    /// Makes ready to write the files `names` into `dir`, which is created where it is missing.
    ///
    /// Whatever can be known beforehand is found here, before any work is done.
    ///
    /// # Errors
    /// [`ErrorKind::Parameter`] if an output is one of `inputs` (by identity, so that links do not
    /// hide it); [`ErrorKind::Io`] if the directory cannot be created or written, or a directory,
    /// a device or a pipe lies where a file should go.
    pub fn stage(dir: &Path, names: &[&str], inputs: &[&Path]) -> Result<Self> {
        let mut outputs = Self { dir: dir.to_owned(), files: Vec::new(), created: Vec::new() };
        let targets = outputs.targets(names, inputs)?;
        outputs.create_dir(dir)?;
        outputs.stage_at(targets)?;
        Ok(outputs)
    }

    /// Makes ready to write further files, for those whose names come of the work itself. They may lie in
    /// a folder of the directory, as `campaigns/1.csv`, which is created where it is missing. Gives their
    /// numbers.
    ///
    /// Whoever keeps the list of [`temporary`](Self::temporary) files has to ask for it again.
    ///
    /// # Errors
    /// As [`stage`](Self::stage), and [`ErrorKind::Internal`] if a name is staged already or leads out of
    /// the directory or deeper than one folder.
    pub fn add(&mut self, names: &[&str], inputs: &[&Path]) -> Result<Range<usize>> {
        let first = self.files.len();
        let targets = self.targets(names, inputs)?;
        for target in &targets {
            self.create_dir(parent(target))?;
        }
        self.stage_at(targets)?;
        Ok(first..self.files.len())
    }

    /// Leaves out files that turned out not to be made: what lies in their place stays. The numbers of
    /// those behind them change.
    pub fn withdraw(&mut self, names: &[&str]) {
        let withdrawn: Vec<PathBuf> = names.iter().map(|name| self.dir.join(name)).collect();
        self.files.retain(|staged| !withdrawn.contains(&staged.target));
    }

    /// Where files of these names will lie, if they may.
    fn targets(&self, names: &[&str], inputs: &[&Path]) -> Result<Vec<PathBuf>> {
        let mut taken: HashSet<PathBuf> =
            self.files.iter().map(|staged| staged.target.clone()).collect();
        let mut targets = Vec::new();
        for name in names {
            let target = self.dir.join(name);
            let parts: Vec<_> = Path::new(name).components().collect();
            let is_plain = |part: &Component<'_>| matches!(part, Component::Normal(_));
            if !matches!(parts.len(), 1..=2) || !parts.iter().all(is_plain) {
                let message = "is no name for an output (a name, or FOLDER/NAME, is)";
                return Err(Error::new(ErrorKind::Internal, message).in_file(&target));
            }
            if !taken.insert(target.clone()) {
                let message = "would be written twice";
                return Err(Error::new(ErrorKind::Internal, message).in_file(&target));
            }
            if inputs.iter().any(|input| same_file(&target, input)) {
                return Err(Error::parameter("is an input and would be overwritten")
                    .in_file(&target)
                    .with_hint("choose another output directory with --out"));
            }
            // A device or a pipe would be replaced by a file.
            if let Ok(found) = fs::metadata(&target)
                && !found.is_file()
            {
                let what = if found.is_dir() { "a directory" } else { "a device or a pipe" };
                let message = format!("is {what} (a file is to be written)");
                return Err(Error::new(ErrorKind::Io, message).in_file(&target));
            }
            targets.push(target);
        }
        Ok(targets)
    }

    /// Creates a temporary file beside each target, in directories that are there.
    fn stage_at(&mut self, targets: Vec<PathBuf>) -> Result<()> {
        for target in targets {
            let dir = parent(&target);
            sweep(dir, &target);
            // Created anew and for the owner alone.
            let temp = with_hidden_name(&target, "tmp", |name| name.tempfile_in(dir))
                .map_err(|error| Error::io("cannot be written to", &error).in_file(dir))?;
            // Where files cannot be locked, the process id in the name still protects this one.
            let _ = temp.as_file().try_lock();
            self.files.push(Staged { temp, target, is_written: Cell::new(false) });
        }
        Ok(())
    }

    /// Where the file number `index` will lie.
    pub fn target(&self, index: usize) -> &Path {
        &self.files[index].target
    }

    /// What has to be removed, in this order, if the process must end before its time: temporary
    /// files, then the directories that are new (as far as they are empty).
    pub fn temporary(&self) -> Vec<PathBuf> {
        let files = self.files.iter().map(|staged| staged.temp.path());
        let dirs = self.created.iter().rev().map(PathBuf::as_path);
        files.chain(dirs).map(Path::to_owned).collect()
    }

    /// Writes the file number `index`, buffered, and waits until it is on the disk: this may take
    /// long, and so is no part of [`commit`](Self::commit).
    ///
    /// # Errors
    /// What `body` returns, and [`ErrorKind::Io`] if the last bytes cannot be written or synced.
    pub fn write<R>(
        &self,
        index: usize,
        body: impl FnOnce(&mut BufWriter<&File>) -> Result<R>,
    ) -> Result<R> {
        let Staged { temp, target, .. } = &self.files[index];
        let mut writer = BufWriter::with_capacity(Self::BUFFER, temp.as_file());
        let result = body(&mut writer).map_err(|error| match error.kind() {
            // That is not about the file.
            ErrorKind::Cancelled => error,
            _ => error.in_file(target),
        })?;
        self.finish(index, writer)?;
        Ok(result)
    }

    /// Writes all files, each with its own writer, and waits until they are on the disk. Which of them
    /// an error is about, `body` has to say.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_together<R>(
        &self,
        body: impl FnOnce(&mut [BufWriter<&File>]) -> Result<R>,
    ) -> Result<R> {
        let files = self.files.iter().map(|staged| staged.temp.as_file());
        let mut writers: Vec<_> =
            files.map(|file| BufWriter::with_capacity(Self::BUFFER, file)).collect();
        let result = body(&mut writers)?;
        for (index, writer) in writers.into_iter().enumerate() {
            self.finish(index, writer)?;
        }
        Ok(result)
    }

    /// Ends the file number `index`, and waits until it is on the disk.
    fn finish(&self, index: usize, mut writer: BufWriter<&File>) -> Result<()> {
        let Staged { temp, target, is_written } = &self.files[index];
        let file = temp.as_file();
        let done = writer.flush().and_then(|()| permit(file)).and_then(|()| file.sync_all());
        done.map_err(|error| Error::io("cannot write", &error).in_file(target))?;
        is_written.set(true);
        Ok(())
    }

    /// Puts all files in place, once each is [written](Self::write), and syncs their directories.
    ///
    /// Two runs that end in the same directory at once follow one another, where it can be locked.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] if a file was not written, and [`ErrorKind::Io`]; the directory is then as
    /// it was before the run. What cannot be put back even so is kept beside its place, and the hint says
    /// where.
    pub fn commit(self) -> Result<()> {
        self.commit_and(sync_dirs)
    }

    /// Puts all files in place, and then makes it last: see [`sync_dirs`].
    fn commit_and(mut self, sync: impl FnOnce(&BTreeSet<PathBuf>) -> io::Result<()>) -> Result<()> {
        if let Some(staged) = self.files.iter().find(|staged| !staged.is_written.get()) {
            let message = "would be replaced by nothing";
            return Err(Error::new(ErrorKind::Internal, message).in_file(&staged.target));
        }
        let _turn = take_turn(&self.dir);
        let changed = self.files.iter().map(|staged| staged.target.as_path());
        let changed = changed.chain(self.created.iter().map(PathBuf::as_path));
        let changed = changed.map(|path| parent(path).to_owned()).collect();

        // A rename cannot be half done, but what comes after it may fail.
        let mut older = Vec::new();
        for Staged { target, .. } in &self.files {
            let kept = set_aside(target);
            older.push(kept.map_err(|e| Error::io("cannot be replaced", &e).in_file(target))?);
        }
        let mut placed = Vec::new();
        let mut failed = None;
        for (Staged { temp, target, .. }, older) in self.files.drain(..).zip(older) {
            if let Err(error) = temp.persist(&target) {
                failed = Some(Error::io("cannot be put in place", &error.error).in_file(&target));
                break;
            }
            placed.push((target, older));
        }
        if failed.is_none() {
            failed = sync(&changed)
                .err()
                .map(|error| Error::io("cannot be synced", &error).in_file(&self.dir));
        }
        match failed {
            None => {
                self.created.clear();
                Ok(())
            }
            Some(error) => {
                let kept: Vec<_> = placed
                    .into_iter()
                    .filter_map(|(target, older)| take_back(&target, older))
                    .filter_map(|kept| Some(kept.file_name()?.to_string_lossy().into_owned()))
                    .collect();
                Err(if kept.is_empty() {
                    error
                } else {
                    error
                        .with_hint(format!("the older one is kept there as {}", kept.join(" and ")))
                })
            }
        }
    }

    /// Creates a directory and remembers which of its ancestors are new.
    fn create_dir(&mut self, dir: &Path) -> Result<()> {
        match fs::metadata(dir) {
            Ok(found) if found.is_dir() => return Ok(()),
            Ok(_) => {
                let message = "is not a directory (the outputs need one)";
                return Err(Error::new(ErrorKind::Io, message).in_file(dir));
            }
            Err(_) => {}
        }
        let missing: Vec<_> = dir
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && fs::symlink_metadata(path).is_err())
            .collect();
        for path in missing.into_iter().rev() {
            match fs::create_dir(path) {
                Ok(()) => self.created.push(path.to_owned()),
                // Another run was quicker.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("cannot be created", &error).in_file(dir)),
            }
        }
        Ok(())
    }
}

impl Drop for Outputs {
    fn drop(&mut self) {
        self.files.clear();
        for dir in self.created.iter().rev() {
            // Fails where somebody else has put something into it, and then it should stay.
            let _ = fs::remove_dir(dir);
        }
    }
}

/// The directory of a file.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// Runs `make` with a builder of names of the form `.NAME.KIND.PID.RANDOM`.
fn with_hidden_name<R>(
    target: &Path,
    kind: &str,
    make: impl FnOnce(&tempfile::Builder<'_, '_>) -> R,
) -> R {
    let mut prefix = hidden_prefix(target, kind);
    prefix.push(format!("{}.", std::process::id()));
    make(tempfile::Builder::new().prefix(&prefix).rand_bytes(8))
}

fn hidden_prefix(target: &Path, kind: &str) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(target.file_name().unwrap_or_default());
    prefix.push(format!(".{kind}."));
    prefix
}

/// Removes what killed runs left beside `target`: hidden files whose process is gone and that
/// nobody holds locked (the process may live in another container).
fn sweep(dir: &Path, target: &Path) {
    let prefixes = ["tmp", "old"].map(|kind| hidden_prefix(target, kind));
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = prefixes.iter().find_map(|prefix| owner_of(&name, prefix));
        if owner.is_some_and(|pid| !is_alive(pid)) && is_unlocked(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The process id in `name`, if it has the form of [`with_hidden_name`].
fn owner_of(name: &OsStr, prefix: &OsStr) -> Option<i32> {
    let rest = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes())?;
    let (pid, _) = std::str::from_utf8(rest).ok()?.split_once('.')?;
    pid.parse().ok().filter(|&pid| pid > 0)
}

#[cfg(unix)]
fn is_alive(pid: i32) -> bool {
    let pid = rustix::process::Pid::from_raw(pid);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// Where processes cannot be asked, nothing is taken for litter.
#[cfg(not(unix))]
fn is_alive(_: i32) -> bool {
    true
}

fn is_unlocked(path: &Path) -> bool {
    // Of a link, or of something that is not a file, there is nothing to lock and nothing to lose.
    if !fs::symlink_metadata(path).is_ok_and(|found| found.is_file()) {
        return false;
    }
    File::open(path).is_ok_and(|file| !matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Whether both paths lead to one file.
#[cfg(unix)]
fn same_file(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |path| fs::metadata(path).map(|found: fs::Metadata| (found.dev(), found.ino()));
    matches!((id(a), id(b)), (Ok(a), Ok(b)) if a == b)
}

/// Whether both paths lead to one file.
#[cfg(not(unix))]
fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Gives a finished file the rights that a file created in the ordinary way would have.
#[cfg(unix)]
fn permit(file: &File) -> io::Result<()> {
    use rustix::fs::Mode;
    // The mask can only be read by setting it; a file that another thread creates meanwhile is
    // merely more private.
    let mask = rustix::process::umask(Mode::from_raw_mode(0o077));
    rustix::process::umask(mask);
    rustix::fs::fchmod(file, Mode::from_raw_mode(0o666) - mask).map_err(io::Error::from)
}

#[cfg(not(unix))]
fn permit(_: &File) -> io::Result<()> {
    Ok(())
}

/// Keeps the file at `target` under a second name; `None` where there is none.
fn set_aside(target: &Path) -> io::Result<Option<TempPath>> {
    if fs::symlink_metadata(target).is_err() {
        return Ok(None);
    }
    let dir = parent(target);
    let kept = with_hidden_name(target, "old", |name| {
        let linked = name.make_in(dir, |path| fs::hard_link(target, path));
        // Not every file system has hard links.
        linked.or_else(|_| name.make_in(dir, |path| fs::copy(target, path).map(drop)))
    });
    Ok(Some(kept?.into_temp_path()))
}

/// Undoes a rename onto `target`; gives the place where the older file is kept if it cannot be put
/// back.
fn take_back(target: &Path, older: Option<TempPath>) -> Option<PathBuf> {
    let Some(older) = older else {
        let _ = fs::remove_file(target);
        return None;
    };
    let failed = older.persist(target).err()?;
    // It may be renaming that is refused, and there may be no hard links.
    let linked = fs::remove_file(target).and_then(|()| fs::hard_link(&failed.path, target));
    if linked.or_else(|_| fs::copy(&failed.path, target).map(drop)).is_ok() {
        return None;
    }
    // Half a copy is worse than none.
    let _ = fs::remove_file(target);
    let mut older = failed.path;
    older.disable_cleanup(true);
    // A name that no later run takes for litter, if it can have one.
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".kept.{}", std::process::id()));
    let kept = target.with_file_name(name);
    let is_renamed = fs::rename(&older, &kept).is_ok();
    Some(if is_renamed { kept } else { older.to_path_buf() })
}

/// Waits a moment for another run that is putting its files into `dir`.
///
/// Not for ever: somebody may hold the lock around this very program.
fn take_turn(dir: &Path) -> Option<File> {
    let handle = File::open(dir).ok()?;
    for _ in 0..100 {
        match handle.try_lock() {
            Ok(()) => return Some(handle),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Makes what is new in these directories lasting.
#[cfg(unix)]
fn sync_dirs(dirs: &BTreeSet<PathBuf>) -> io::Result<()> {
    for dir in dirs {
        match File::open(dir)?.sync_all() {
            // Some network file systems cannot sync a directory.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
            result => result?,
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn sync_dirs(_: &BTreeSet<PathBuf>) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn put(outputs: &Outputs, index: usize, text: &str) {
        outputs
            .write(index, |out| {
                out.write_all(text.as_bytes()).map_err(|error| Error::io("cannot write", &error))
            })
            .unwrap();
    }

    #[test]
    fn all_files_appear_on_commit_and_not_before() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("a/b");
        let outputs = Outputs::stage(&dir, &["x", "y"], &[]).unwrap();
        put(&outputs, 0, "new x");
        put(&outputs, 1, "new y");
        assert!(!dir.join("x").exists());
        outputs.commit().unwrap();
        assert_eq!(listing(&dir), ["x", "y"]);
        assert_eq!(fs::read_to_string(dir.join("y")).unwrap(), "new y");
    }

    #[test]
    fn dropping_leaves_nothing_and_keeps_the_older_result() {
        let root = tempfile::tempdir().unwrap();
        drop(Outputs::stage(&root.path().join("new/deep"), &["x"], &[]).unwrap());
        assert_eq!(listing(root.path()), [] as [&str; 0]);

        fs::write(root.path().join("x"), "old").unwrap();
        let outputs = Outputs::stage(root.path(), &["x"], &[]).unwrap();
        put(&outputs, 0, "half");
        drop(outputs);
        assert_eq!(listing(root.path()), ["x"]);
        assert_eq!(fs::read_to_string(root.path().join("x")).unwrap(), "old");
    }

    #[test]
    fn a_failed_rename_takes_back_the_ones_before_it() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("x"), "old x").unwrap();
        let outputs = Outputs::stage(root.path(), &["w", "x", "y"], &[]).unwrap();
        for index in 0..3 {
            put(&outputs, index, "new");
        }
        // A directory cannot be replaced by a file.
        fs::create_dir(root.path().join("y")).unwrap();
        assert_eq!(outputs.commit().unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(listing(root.path()), ["x", "y"]);
        assert_eq!(fs::read_to_string(root.path().join("x")).unwrap(), "old x");
    }

    #[test]
    fn a_single_file_comes_back_if_its_rename_cannot_be_made_to_last() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("x"), "old").unwrap();
        let outputs = Outputs::stage(root.path(), &["x"], &[]).unwrap();
        put(&outputs, 0, "new");
        let fails = |_: &BTreeSet<PathBuf>| Err(io::Error::other("no disk"));
        let error = outputs.commit_and(fails).unwrap_err();
        assert!(error.to_string().contains("cannot be synced") && error.hint().is_none());
        assert_eq!(listing(root.path()), ["x"]);
        assert_eq!(fs::read_to_string(root.path().join("x")).unwrap(), "old");
    }

    #[test]
    fn what_cannot_be_put_back_is_kept_and_said_where() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("x");
        fs::write(&target, "old").unwrap();
        let outputs = Outputs::stage(root.path(), &["x"], &[]).unwrap();
        put(&outputs, 0, "new");
        // A directory that is not empty gives way to nothing.
        let fails = |_: &BTreeSet<PathBuf>| {
            fs::remove_file(&target).and_then(|()| fs::create_dir_all(target.join("sub")))?;
            Err(io::Error::other("no disk"))
        };
        let error = outputs.commit_and(fails).unwrap_err();
        let names = listing(root.path());
        let kept = &names[1];
        assert_eq!((names.len(), names[0].as_str()), (2, "x"));
        assert!(error.hint().unwrap().contains(kept), "{error}");
        assert_eq!(fs::read_to_string(root.path().join(kept)).unwrap(), "old");
        assert!(!kept.starts_with('.'), "{kept}");
    }

    #[test]
    fn files_that_are_added_appear_with_the_others() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("out");
        let mut outputs = Outputs::stage(&dir, &["x"], &[]).unwrap();
        assert_eq!(outputs.add(&["sub/y", "z", "sub/w"], &[]).unwrap(), 1..4);
        assert_eq!(outputs.temporary().len(), 4 + 2, "{:?}", outputs.temporary());
        for index in 0..4 {
            put(&outputs, index, "new");
        }
        assert_eq!(fs::read_dir(dir.join("sub")).unwrap().count(), 2);
        outputs
            .commit_and(|dirs| {
                assert_eq!(dirs.len(), 3, "{dirs:?}");
                assert!([&dir, &dir.join("sub")].iter().all(|&dir| dirs.contains(dir)));
                assert!(dirs.contains(root.path()));
                sync_dirs(dirs)
            })
            .unwrap();
        assert_eq!(listing(&dir), ["sub", "x", "z"]);
        assert_eq!(listing(&dir.join("sub")), ["w", "y"]);
    }

    #[test]
    fn a_new_folder_goes_with_its_files_and_an_older_one_stays() {
        let root = tempfile::tempdir().unwrap();
        let staged = |names: &[&str]| {
            let mut outputs = Outputs::stage(root.path(), &["x"], &[]).unwrap();
            outputs.add(names, &[]).unwrap();
            (0..=names.len()).for_each(|index| put(&outputs, index, "new"));
            outputs
        };
        drop(staged(&["sub/y"]));
        assert_eq!(listing(root.path()), [] as [&str; 0]);

        let fails = |_: &BTreeSet<PathBuf>| Err(io::Error::other("no disk"));
        assert!(staged(&["sub/y"]).commit_and(fails).is_err());
        assert_eq!(listing(root.path()), [] as [&str; 0]);

        fs::create_dir(root.path().join("sub")).unwrap();
        fs::write(root.path().join("sub/y"), "old").unwrap();
        assert!(staged(&["sub/w", "sub/y"]).commit_and(fails).is_err());
        assert_eq!(listing(root.path()), ["sub"]);
        assert_eq!(listing(&root.path().join("sub")), ["y"]);
        assert_eq!(fs::read_to_string(root.path().join("sub/y")).unwrap(), "old");
    }

    #[test]
    fn what_cannot_be_added_is_found_at_once() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "data").unwrap();
        let input = root.path().join("file");
        let mut outputs = Outputs::stage(root.path(), &["x"], &[]).unwrap();
        for name in ["x", "../y", "/y", "a/b/c", "a/../../y", ""] {
            let error = outputs.add(&[name], &[]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Internal, "{name}");
        }
        let twice = outputs.add(&["a/y", "a/y"], &[]).unwrap_err();
        assert_eq!(twice.kind(), ErrorKind::Internal);
        assert_eq!(outputs.add(&["file/y"], &[]).unwrap_err().kind(), ErrorKind::Io);
        let error = outputs.add(&["a/y", "file"], &[&input]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameter);
        drop(outputs);
        assert_eq!(listing(root.path()), ["file"]);
    }

    #[test]
    fn an_input_is_not_overwritten_under_any_name() {
        let root = tempfile::tempdir().unwrap();
        let input = root.path().join("input");
        fs::write(&input, "data").unwrap();
        fs::hard_link(&input, root.path().join("hard")).unwrap();
        for name in ["input", "hard"] {
            let error = Outputs::stage(root.path(), &["other", name], &[&input]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter, "{name}");
        }
        assert_eq!(listing(root.path()), ["hard", "input"]);
    }

    #[test]
    fn a_directory_in_the_way_is_found_at_once() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("x")).unwrap();
        assert_eq!(Outputs::stage(root.path(), &["x"], &[]).unwrap_err().kind(), ErrorKind::Io);
    }

    #[cfg(unix)]
    #[test]
    fn finished_files_have_the_ordinary_rights() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tempfile::tempdir().unwrap();
        let ordinary = File::create(root.path().join("ordinary")).unwrap();
        let outputs = Outputs::stage(root.path(), &["x"], &[]).unwrap();
        put(&outputs, 0, "x");
        outputs.commit().unwrap();
        let mode = |found: fs::Metadata| found.permissions().mode();
        assert_eq!(
            mode(fs::metadata(root.path().join("x")).unwrap()),
            mode(ordinary.metadata().unwrap())
        );
    }

    #[cfg(unix)]
    #[test]
    fn litter_of_dead_processes_is_swept_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let dead = child.id();
        child.wait().unwrap();
        let alive = std::process::id();
        let names = [
            format!(".x.tmp.{dead}.abc"),
            format!(".x.old.{dead}.abc"),
            format!(".x.tmp.{alive}.abc"),
            format!(".other.tmp.{dead}.abc"),
            ".x.tmp.notes".to_owned(),
        ];
        for name in &names {
            fs::write(root.path().join(name), "litter").unwrap();
        }
        // Dead by its number, but held: it runs where its number means another process.
        let held = root.path().join(format!(".x.tmp.{dead}.held"));
        let held_file = File::create(&held).unwrap();
        held_file.try_lock().unwrap();

        drop(Outputs::stage(root.path(), &["x"], &[]).unwrap());
        let left = names.map(|name| root.path().join(name).exists());
        assert_eq!(left, [false, false, true, true, true]);
        assert!(held.exists());
    }

    #[test]
    fn two_runs_into_one_directory_both_end_whole() {
        let root = tempfile::tempdir().unwrap();
        let first = Outputs::stage(root.path(), &["x", "y"], &[]).unwrap();
        let second = Outputs::stage(root.path(), &["x", "y"], &[]).unwrap();
        for index in 0..2 {
            put(&first, index, "first");
            put(&second, index, "second");
        }
        first.commit().unwrap();
        second.commit().unwrap();
        assert_eq!(listing(root.path()), ["x", "y"]);
        assert_eq!(fs::read_to_string(root.path().join("x")).unwrap(), "second");
    }
}
