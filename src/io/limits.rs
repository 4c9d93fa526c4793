//! How much memory the process may use, and the check before anything is sized by an input.

use crate::error::{Error, ErrorKind, Result, counted};

/// The most that one input may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryLimit(u64);

impl MemoryLimit {
    /// Four fifths of the least of: the machine's memory, the control group's, the address space.
    pub(crate) fn detect() -> Self {
        let least = [machine(), control_group(), address_space()].into_iter().flatten().min();
        Self(least.map_or(u64::MAX, |bytes| bytes / 5 * 4))
    }

    #[cfg(test)]
    pub(crate) fn of(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Whether `share` of the limit (a half: 2) would hold `bytes`.
    pub(crate) fn allows(self, bytes: u64, share: u64) -> bool {
        bytes <= self.0 / share
    }

    /// Refuses what would not fit.
    ///
    /// # Errors
    /// [`ErrorKind::Memory`], with what is needed and what is allowed.
    pub(crate) fn check(self, bytes: u64, what: &str) -> Result<()> {
        if bytes <= self.0 {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Memory,
            format!("{what} needs about {}, limit {}", human(bytes), human(self.0)),
        ))
    }
}

/// An empty vector with room for `n` values, or an error where the system has no such room.
pub(crate) fn try_vec<T>(n: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(n).map_err(|_| {
        let bytes = (n as u64).saturating_mul(size_of::<T>() as u64);
        Error::new(ErrorKind::Memory, format!("{} of memory could not be had", human(bytes)))
    })?;
    Ok(values)
}

/// `n` zeros, or an error where the system has no such room.
pub(crate) fn try_zeros(n: usize) -> Result<Vec<u8>> {
    let mut bytes = try_vec(n)?;
    bytes.resize(n, 0);
    Ok(bytes)
}

/// Bytes in the unit that reads best.
pub(crate) fn human(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return counted(bytes, "byte");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

fn machine() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kib: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    kib.checked_mul(1024)
}

/// The limit of this process's control group or of any above it, in either version of the
/// interface. ("max" is not a number and so no limit.)
fn control_group() -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let mut least = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (root, file) = if controllers.is_empty() {
            ("/sys/fs/cgroup", "memory.max")
        } else if controllers.split(',').any(|c| c == "memory") {
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        } else {
            continue;
        };
        let mut group = std::path::Path::new(path.trim_start_matches('/'));
        loop {
            let limit = std::path::Path::new(root).join(group).join(file);
            let bytes = std::fs::read_to_string(limit).ok().and_then(|s| s.trim().parse().ok());
            least = least.into_iter().chain(bytes).min();
            match group.parent() {
                Some(parent) => group = parent,
                None => break,
            }
        }
    }
    least
}

#[cfg(unix)]
fn address_space() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current
}

#[cfg(not(unix))]
fn address_space() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_needed_and_what_is_allowed() {
        let limit = MemoryLimit::of(3 << 20);
        assert!(limit.check(3 << 20, "reading").is_ok());
        let error = limit.check(5 << 30, "reading").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory);
        assert_eq!(error.to_string(), "reading needs about 5.0 GiB, limit 3.0 MiB");
        assert!(limit.allows(1 << 20, 3) && !limit.allows(1 << 21, 2));
    }

    #[test]
    fn an_impossible_size_is_an_error_and_not_an_abort() {
        assert_eq!(try_vec::<u64>(usize::MAX / 8).unwrap_err().kind(), ErrorKind::Memory);
        assert_eq!(try_zeros(3).unwrap(), [0, 0, 0]);
    }

    #[test]
    fn some_limit_is_found_where_there_is_one() {
        let MemoryLimit(bytes) = MemoryLimit::detect();
        assert!(bytes > 1 << 20);
    }
}
