"""Time segengine's fit against scikit-learn's, interleaved in one run.

From the repository root, on an otherwise idle machine::

    cargo build --release
    python benches/compare_sklearn.py --json figures.json

Needs numpy, pyarrow and scikit-learn, and OPENBLAS_CORETYPE and
OPENBLAS_L2_SIZE unset. Both sides do the same work on the same rows: single
precision, the first k rows as start, a fixed number of iterations and all
cores. With tolerance 0 either may settle before the last, rounding being what
it is: ratios are of seconds per iteration.

Ours is ``timings.fit_s`` of the program's own report, from mapped columns to
labels and inertia; theirs is the wall time of ``fit`` on an array in memory.
The rounds of both take turns, and medians are printed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import sklearn
from numpy.typing import NDArray
from sklearn.cluster import KMeans

Floats = NDArray[np.float32]


@dataclass
class Size:
    """Rows, columns, clusters and iterations of a fit."""

    n: int
    d: int
    k: int
    iterations: int


SIZES = [
    Size(1_000_000, 8, 6, 20),
    Size(1_000_000, 16, 12, 20),
    Size(200_000, 64, 256, 10),
    Size(100_000, 128, 1000, 5),
]


@dataclass
class Figure:
    """The medians of one size on one kind of data."""

    data: str
    n: int
    d: int
    k: int
    segengine_iterations: int
    scikit_learn_iterations: int
    segengine_s: float
    scikit_learn_s: float
    # Their seconds per iteration over ours.
    ratio: float
    # Relative difference of the inertias, ours minus theirs.
    inertia: float


def blobs(size: Size) -> Floats:
    """Return clusters of spread 1.3 around centres drawn from 3 N(0, 1)."""
    rng = np.random.default_rng(0)
    centers = 3.0 * rng.standard_normal((size.k, size.d))
    rows = centers[rng.integers(size.k, size=size.n)]
    rows += 1.3 * rng.standard_normal(rows.shape)
    return rows.astype(np.float32)


def noise(size: Size) -> Floats:
    """Return uniform noise, in which no fit settles soon."""
    rng = np.random.default_rng(1)
    return rng.random((size.n, size.d), dtype=np.float32)


def write(path: Path, rows: Floats) -> None:
    """Write an uncompressed Arrow file with one record batch."""
    columns = {
        f"x{i}": np.ascontiguousarray(rows[:, i]) for i in range(rows.shape[1])
    }
    table = pa.table(columns)
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table, max_chunksize=len(rows))


def ours(
    program: Path, folder: Path, size: Size, threads: int
) -> dict[str, Any]:
    """Run the program once and return its report."""
    command = [
        program,
        "cluster",
        folder / "rows.arrow",
        "-k",
        str(size.k),
        "--init",
        folder / "start.arrow",
        "--max-iter",
        str(size.iterations),
        "--tol",
        "0",
        "--scale",
        "none",
        "--precision",
        "f32",
        "--threads",
        str(threads),
        "--out",
        folder / "out",
        "--json",
        "--quiet",
    ]
    done = subprocess.run(command, check=True, capture_output=True)
    return json.loads(done.stdout)


def theirs(rows: Floats, size: Size) -> tuple[float, KMeans]:
    """Fit once and return the seconds and the model."""
    model = KMeans(
        size.k,
        init=rows[: size.k],
        n_init=1,
        max_iter=size.iterations,
        tol=0,
        algorithm="lloyd",
    )
    begin = time.perf_counter()
    model.fit(rows)
    return time.perf_counter() - begin, model


def compare(
    program: Path, data: str, size: Size, rounds: int, threads: int
) -> Figure:
    """Time both on one table, taking turns."""
    rows = blobs(size) if data == "blobs" else noise(size)
    our_seconds: list[float] = []
    their_seconds: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "rows.arrow", rows)
        write(folder / "start.arrow", rows[: size.k])
        # The first round of each warms caches and thread pools.
        for _ in range(rounds + 1):
            report = ours(program, folder, size, threads)
            our_seconds.append(report["timings"]["fit_s"])
            seconds, model = theirs(rows, size)
            their_seconds.append(seconds)
    our_median = statistics.median(our_seconds[1:])
    their_median = statistics.median(their_seconds[1:])
    our_iterations, their_iterations = report["n_iter"], int(model.n_iter_)
    return Figure(
        data,
        size.n,
        size.d,
        size.k,
        segengine_iterations=our_iterations,
        scikit_learn_iterations=their_iterations,
        segengine_s=our_median,
        scikit_learn_s=their_median,
        ratio=their_median / their_iterations / (our_median / our_iterations),
        inertia=float(report["inertia"] / model.inertia_ - 1.0),
    )


def processor() -> str:
    """Return the processor's name."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def main() -> None:
    """Print a table of medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    parser.add_argument(
        "--program", type=Path, default=target / "release" / "segengine"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write figures there")
    options = parser.parse_args()
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        if name in os.environ:
            raise SystemExit(f"{name} is set (unset it: it slows numpy)")

    threads = len(os.sched_getaffinity(0))
    print(f"{processor()}, {threads} threads")
    print(f"scikit-learn {sklearn.__version__}, medians of {options.rounds}\n")
    print(
        "| Data | Rows × columns, k | Iterations | segengine s "
        "| scikit-learn s | Ratio |"
    )
    print("|---|---|---|---|---|---|")
    figures = []
    for data in ("blobs", "noise"):
        for size in SIZES:
            figure = compare(
                options.program, data, size, options.rounds, threads
            )
            figures.append(asdict(figure))
            print(
                f"| {data} | {size.n:,} × {size.d}, {size.k} "
                f"| {figure.segengine_iterations}, "
                f"{figure.scikit_learn_iterations} "
                f"| {figure.segengine_s:.4f} "
                f"| {figure.scikit_learn_s:.4f} | {figure.ratio:.1f} |",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
