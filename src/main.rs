//! The `segengine` command.

fn main() {}
