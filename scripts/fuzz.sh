#!/usr/bin/env bash
# Builds the fuzz targets with AddressSanitizer and libFuzzer's coverage, and runs each for a
# while: scripts/fuzz.sh [SECONDS] [TARGET...]. Ends with an error at the first finding; the input
# that shows it lies in the folder that the last lines name.
#
# The flags are those of cargo-fuzz, which needs a nightly toolchain; the stable one has all
# that they ask for. What was found interesting is kept for the next run.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
targets=("${@:2}")
if [[ ${#targets[@]} -eq 0 ]]; then
    targets=(open_arrow model_json kernels)
fi

build=${CARGO_TARGET_DIR:-target}/fuzz
mkdir -p "$build"
build=$(realpath "$build")
host=$(rustc -vV | sed -n 's/^host: //p')
binaries=$build/$host/release
corpus=$build/corpus
findings=$build/findings

# With a target named, build scripts and macros are built without these flags.
export CARGO_TARGET_DIR=$build RUSTC_BOOTSTRAP=1
RUSTFLAGS="-Zsanitizer=address -Cpasses=sancov-module"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    RUSTFLAGS+=" -Cllvm-args=-sanitizer-coverage-$option"
done
export RUSTFLAGS+=" --cfg fuzzing"
cargo build --manifest-path fuzz/Cargo.toml --locked --release --target "$host" \
    --bins --example seeds

"$binaries/examples/seeds" "$corpus"
for target in "${targets[@]}"; do
    printf '\n== %s, %s s\n' "$target" "$seconds"
    mkdir -p "$findings/$target"
    "$binaries/$target" "$corpus/$target" "-artifact_prefix=$findings/$target/" \
        "-max_total_time=$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=4096 \
        -print_final_stats=1
done
