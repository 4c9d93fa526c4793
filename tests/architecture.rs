//! The rules of ARCHITECTURE.md that a reader of `src` can check: who may import whom, and where
//! `unsafe`, printing and clocks may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules, lowest first; a module may use those of earlier lines only.
const LEVELS: &[&[&str]] = &[
    &["affine", "error", "scalar", "seed"],
    &["guard", "monitor", "table", "warning"],
    &["kernel"],
    &["passes"],
    &["kmeans", "metrics", "prepare"],
    &["history"],
    &["model"],
    &["segments"],
    &["alternatives", "stability"],
    &["io"],
    &["check", "select"],
    &["report"],
    &["cli"],
];

/// A source file, without its comments.
struct Source {
    /// Relative to `src`, with `/`.
    path: String,
    code: String,
}

impl Source {
    /// The first part of the path: `table` for both `table/mod.rs` and `table.rs`.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The code up to the unit tests, which end a file.
    fn outside_tests(&self) -> &str {
        if self.path.ends_with("/tests.rs") {
            return "";
        }
        self.code.split("#[cfg(test)]\nmod tests {").next().unwrap()
    }

    /// Whether `word` stands in `code` on its own. (A hyphen joins words that are not Rust's, as in a
    /// content security policy.)
    fn mentions(code: &str, word: &str) -> bool {
        let part_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        code.match_indices(word).any(|(at, _)| {
            !code[..at].ends_with(part_of_name)
                && !code[at + word.len()..].starts_with(part_of_name)
        })
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let parts: Vec<_> =
                    path.strip_prefix(&root).unwrap().iter().map(|p| p.to_str().unwrap()).collect();
                let text = fs::read_to_string(&path).unwrap();
                let code = text.lines().map(without_comment).collect::<Vec<_>>().join("\n");
                found.push(Source { path: parts.join("/"), code });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 10, "src was not found");
    found
}

/// The line up to a comment; `//` inside a string (as in an address) follows no space.
fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.split(" //").next().unwrap()
}

/// The names that follow `crate::` in `code`, those of a group in braces one by one.
fn used_from_crate(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + found.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => names.extend(first_name(&std::mem::take(&mut name))),
                    _ if depth == 0 => name.push(c),
                    _ => {}
                }
            }
            names.extend(first_name(&name));
        } else {
            names.extend(first_name(rest));
        }
    }
    names
}

fn first_name(path: &str) -> Option<String> {
    let part_of_name = |c: &char| c.is_alphanumeric() || *c == '_';
    let name: String = path.trim_start().chars().take_while(part_of_name).collect();
    (!name.is_empty()).then_some(name)
}

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|level| level.contains(&module))
}

#[test]
fn imports_go_down_only() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for source in sources() {
        let module = source.module();
        if matches!(module, "lib" | "main") {
            continue;
        }
        seen.insert(module.to_owned());
        let Some(own) = level(module) else {
            wrong.push(format!("{}: no level in tests/architecture.rs", source.path));
            continue;
        };
        for name in used_from_crate(&source.code) {
            let allowed = match level(&name) {
                Some(other) => name == module || other < own,
                // A public name of the crate: no level shows, so it is for the top alone.
                None => own == LEVELS.len() - 1,
            };
            if !allowed {
                wrong.push(format!("{}: uses crate::{name}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let page = fs::read_to_string(page).unwrap();
    for module in seen {
        assert!(page.contains(&format!("`{module}`")), "ARCHITECTURE.md says nothing of {module}");
    }
}

/// Asserts that none of `words` stands in code outside `allowed` (folders end with `/`).
fn only_in(words: &[&str], allowed: &[&str], with_tests: bool) {
    let mut wrong = Vec::new();
    for source in sources() {
        if allowed.iter().any(|prefix| source.path.starts_with(prefix)) {
            continue;
        }
        let code = if with_tests { &source.code } else { source.outside_tests() };
        for word in words {
            if Source::mentions(code, word) {
                wrong.push(format!("{}: {word}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn unsafe_code_is_in_the_kernels_and_the_mapping_alone() {
    only_in(&["unsafe", "allow(unsafe_code"], &["kernel/", "io/map.rs"], true);
}

#[test]
fn only_the_command_line_prints() {
    let words = ["println!", "eprintln!", "print!", "eprint!", "clap", "anyhow", "indicatif"];
    only_in(&words, &["cli/", "main.rs"], false);
}

#[test]
fn the_library_never_reads_the_clock() {
    // The time of a file, which is a `SystemTime` too, is not the clock.
    only_in(&["SystemTime::now", "Instant::now"], &["cli/", "main.rs"], true);
}

#[test]
fn the_reader_of_imports_finds_them() {
    let code =
        "use crate::error::{Error, Result};\nuse crate::{a::{b, c}, d};\nlet x = crate::e();";
    let found: Vec<_> = used_from_crate(code).into_iter().collect();
    assert_eq!(found, ["a", "d", "e", "error"]);
    assert!(Source::mentions("x; println!(1)", "println!"));
    assert!(!Source::mentions("eprintln!(1)", "println!"));
    assert_eq!(without_comment("let a = 1; // crate::b"), "let a = 1;");
}
