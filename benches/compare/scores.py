"""Time silhouettes, the adjusted Rand index and the choice of k.

From the repository root, on an otherwise idle machine::

    cargo build --release
    python3 benches/compare/scores.py

Prints a Markdown section: ours and scikit-learn's take turns on the same
rows and labels, and both must give the same value.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare import TARGET, enter_environment, processor

# f32 on both sides: scikit-learn computes distances in the type of the rows.
TOLERANCE = 1e-4
RAND_ROWS = 10_000_000
SELECT_ROWS = 95_000
# A peer's work of more seconds is timed once.
ONCE = 20.0


@dataclass
class Case:
    """Rows to fit and score."""

    maker: str
    rows: int
    columns: int
    k: int


CASES = [
    Case("customers", 95_000, 3, 6),
    Case("customers", 40_000, 3, 6),
    Case("blobs", 20_000, 8, 8),
    Case("blobs", 20_000, 64, 8),
]


def run(program: Path, *args: str) -> dict[str, Any]:
    """Run a command of the program and return what it reports."""
    line = [str(program), *args, "--json", "--quiet"]
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def turns(
    ours: Callable[[], float], theirs: Callable[[], float], rounds: int
) -> tuple[float, float]:
    """Return the median seconds of both, which take turns."""
    mine: list[float] = []
    peers: list[float] = []
    for _ in range(rounds):
        mine.append(ours())
        if not peers or peers[0] < ONCE:
            peers.append(theirs())
    return statistics.median(mine), statistics.median(peers)


def silhouette_line(
    case: Case, folder: Path, program: Path, rounds: int
) -> str:
    """Compare exact silhouettes; return a line of the table."""
    import pyarrow as pa
    from sklearn.metrics import silhouette_score

    import data

    rows = data.MAKERS[case.maker](case.rows, case.columns, case.k)
    table = folder / "rows.arrow"
    data.write_arrow(table, rows)
    fitted = folder / "fitted"
    run(
        program,
        *("cluster", str(table), "-k", str(case.k), "--scale", "none"),
        *("-o", str(fitted)),
    )
    assignments = fitted / "assignments.arrow"
    labels = pa.ipc.open_file(assignments).read_all()["segment"].to_numpy()
    values: dict[str, float] = {}

    def ours() -> float:
        found = run(
            program,
            *("evaluate", str(table), "--labels-from", str(assignments)),
            *("--silhouette", "exact"),
        )
        values["ours"] = found["silhouette"]["value"]
        return found["timings"]["silhouette_s"]

    def theirs() -> float:
        began = time.perf_counter()
        values["theirs"] = float(silhouette_score(rows, labels))
        return time.perf_counter() - began

    mine, peer = turns(ours, theirs, rounds)
    difference = abs(values["ours"] - values["theirs"])
    if difference > TOLERANCE:
        raise SystemExit(f"{case}: silhouettes differ by {difference}")
    return (
        f"| exact silhouette, {case.maker} | {case.rows:,} × {case.columns},"
        f" {case.k} | {values['ours']:.6f} | {difference:.0e} | {mine:.4f} |"
        f" {peer:.3f} | {peer / mine:.0f} |"
    )


def rand_line(folder: Path, program: Path, rounds: int) -> str:
    """Compare the adjusted Rand index; return a line of the table."""
    import numpy as np
    import pyarrow as pa
    from sklearn.metrics import adjusted_rand_score

    rng = np.random.default_rng(3)
    truth = rng.integers(6, size=RAND_ROWS, dtype=np.uint32)
    moved = rng.random(RAND_ROWS) < 0.1
    other = rng.integers(6, size=RAND_ROWS, dtype=np.uint32)
    labels = np.where(moved, other, truth)
    path = folder / "labels.arrow"
    table = pa.table({"truth": truth, "label": labels})
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table, max_chunksize=RAND_ROWS)
    values: dict[str, float] = {}

    def ours() -> float:
        found = run(
            program,
            *("evaluate", str(path), "--labels", "label"),
            *("--truth", "truth"),
        )
        values["ours"] = found["ari"]
        return found["timings"]["score_s"]

    def theirs() -> float:
        began = time.perf_counter()
        values["theirs"] = float(adjusted_rand_score(truth, labels))
        return time.perf_counter() - began

    mine, peer = turns(ours, theirs, rounds)
    difference = abs(values["ours"] - values["theirs"])
    if difference > 1e-9:
        raise SystemExit(f"adjusted Rand indices differ by {difference}")
    return (
        f"| agreement of labels (ARI and all others) | {RAND_ROWS:,} |"
        f" {values['ours']:.6f} | {difference:.0e} | {mine:.4f} | {peer:.3f} |"
        f" {peer / mine:.0f} |"
    )


def select_line(folder: Path, program: Path) -> str:
    """Time a whole choice of k on five columns; return a sentence."""
    import numpy as np

    import data

    rows = data.customers(SELECT_ROWS, 3, 0)
    rng = np.random.default_rng(4)
    stars = rng.choice(5, size=SELECT_ROWS, p=[0.1, 0.03, 0.08, 0.2, 0.59])
    delay = rng.exponential(12.0, size=SELECT_ROWS)
    more = np.column_stack([stars, delay]).astype(np.float32)
    table = folder / "five.arrow"
    data.write_arrow(table, np.column_stack([rows, more]))
    found = run(
        program,
        *("select", str(table), "--k", "2..15"),
        *("-o", str(folder / "selection")),
    )
    seconds = found["timings"]["total_s"]
    space = found["spaces"][0]
    return (
        f"`segengine select`, {SELECT_ROWS:,} × {len(space['columns'])},"
        f" k = 2 to 15, {found['seeds']} seeds of {found['n_init']} starts,"
        f" {found['bootstrap']} resamples of {found['bootstrap_n_init']}"
        f" starts, {space['candidates'][0]['silhouette']['method']}"
        f" silhouettes: {seconds:.1f} s ({found['threads']} threads,"
        f" {found['isa']})."
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = TARGET / "release" / "segengine"
    parser.add_argument("--program", type=Path, default=default)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    enter_environment(__file__)
    program = args.program.resolve()
    import sklearn

    print(f"{processor()}, medians of {args.rounds}\n")
    print(f"scikit-learn {sklearn.__version__}\n")
    print(
        "| Work | Rows × columns, k | Value | Difference | segengine s |"
        " scikit-learn s | Ratio |"
    )
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in CASES:
            line = silhouette_line(case, folder, program, args.rounds)
            print(line, flush=True)
        print(rand_line(folder, program, args.rounds), flush=True)
        print(f"\n{select_line(folder, program)}", flush=True)


if __name__ == "__main__":
    main()
