#!/usr/bin/env bash
# Counts the instructions of kernels for one tile under callgrind and compares them with
# benches/instructions.txt. A count, unlike a time, is the same on every machine and under any
# load; it does not see caches, nor that one instruction takes longer than another.
#
#   scripts/count-instructions.sh                     fails if a count has moved
#   SEGENGINE_BLESS=1 scripts/count-instructions.sh   records the counts
set -euo pipefail
cd "$(dirname "$0")/.."

recorded=benches/instructions.txt
kernels=(nearest-d8-k6 nearest-d64-k256 lower-d8-p5 pairs-d3 pairs-d64)
# In per cent. From run to run counts are equal; rustc 1.95, 1.96 and 1.97 differ by up to 0.6 %.
tolerance=2

fail() {
    echo "$*" >&2
    exit 1
}

[[ $(uname -m) == x86_64 ]] || fail "the counts are of AVX2 code: an x86-64 machine is needed"
command -v valgrind >/dev/null || fail "valgrind is not installed (apt-get install valgrind)"

# The build of the tests, so that its dependencies serve, but this crate as in a release.
host=$(rustc -vV | sed -n 's/^host: //p')
profile=profile.test.package.segengine
cargo=(cargo test --locked --quiet --bench instructions
    --config "$profile.codegen-units=16"
    --config "$profile.debug-assertions=false"
    --config "$profile.overflow-checks=false"
    --config "target.$host.runner='valgrind --tool=callgrind --callgrind-out-file=/dev/null \
--collect-atstart=no --toggle-collect=*counted_region*'")
# valgrind knows no AVX-512.
unset RUSTFLAGS
export CARGO_INCREMENTAL=0 SEGENGINE_ISA=avx2 SEGENGINE_REQUIRE_ISA=1
"${cargo[@]}" --no-run

compiler=$(rustc --version)
counts=()
for kernel in "${kernels[@]}"; do
    said=$("${cargo[@]}" -- "$kernel" 2>&1) || fail "$said"
    count=$(sed -n 's/^.* Collected : \([0-9]*\)$/\1/p' <<<"$said")
    [[ ${count:-0} -gt 0 ]] || fail "$said" $'\n'"$kernel: nothing was counted"
    counts+=("$kernel $count")
done

if [[ ${SEGENGINE_BLESS:-} == 1 ]]; then
    {
        echo "# Instructions for one tile of 1,024 rows in f32, with AVX2 and FMA on x86-64."
        echo "# SEGENGINE_BLESS=1 scripts/count-instructions.sh records them."
        echo "$compiler"
        printf '%s\n' "${counts[@]}"
    } >"$recorded"
    cat "$recorded"
    exit
fi

moved=0
for line in "${counts[@]}"; do
    read -r kernel count <<<"$line"
    before=$(sed -n "s/^$kernel \([0-9]*\)$/\1/p" "$recorded")
    [[ -n $before ]] || fail "$recorded has no count for $kernel"
    change=$(awk "BEGIN { printf \"%+.2f\", 100 * ($count / $before - 1) }")
    printf '%-18s %9d, was %9d: %s %%\n' "$kernel" "$count" "$before" "$change"
    if awk "BEGIN { exit !($change > $tolerance || $change < -$tolerance) }"; then
        moved=1
    fi
done
if [[ $moved == 1 ]]; then
    if ! grep -qxF "$compiler" "$recorded"; then
        echo "recorded with $(grep '^rustc ' "$recorded"), this is $compiler: it may be the compiler"
    fi
    fail "a count moved by more than $tolerance %: mend the kernel, or if it is meant (or fewer)," \
        "record it: SEGENGINE_BLESS=1 scripts/count-instructions.sh"
fi
