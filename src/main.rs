//! The `segengine` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    segengine::cli::main()
}
