"""Cluster ten times as many rows, and a table larger than memory.

From the repository root, on an otherwise idle machine, with 45 GB free in
FOLDER (in the temporary folder unless told otherwise)::

    cargo build --release
    python3 benches/compare/large.py --folder FOLDER

Prints a Markdown section. The tables are removed afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compare import TARGET, enter_environment, processor

# Rows of a record batch, and of what is made at once.
BATCH = 1_000_000
SEGMENTS = 6
# The growth of cost: columns, iterations, and the smaller number of rows.
GROWTH_COLUMNS = 8
GROWTH_ITERATIONS = 10
GROWTH_ROWS = 10_000_000
# The large table: columns, and iterations that it is given.
LARGE_COLUMNS = 64
LARGE_ITERATIONS = 3
# What a fit may keep in private memory: in all, and per row.
ALLOWED_BYTES = 64_000_000
ALLOWED_BYTES_PER_ROW = 16 + 9
POLL_SECONDS = 0.02


@dataclass
class Run:
    """What one run of the program told, and the most memory it took."""

    report: dict[str, Any]
    private_bytes: int

    @property
    def fit_s(self) -> float:
        """From mapped columns to labels and inertia, in seconds."""
        return self.report["timings"]["fit_s"]


def write_blobs(path: Path, n: int, d: int) -> None:
    """Write n rows of blobs as an Arrow file, batch by batch."""
    import numpy as np
    import pyarrow as pa

    rng = np.random.default_rng(3)
    centers = (3.0 * rng.standard_normal((SEGMENTS, d))).astype(np.float32)
    schema = pa.schema([(f"x{i}", pa.float32()) for i in range(d)])
    with pa.ipc.new_file(path, schema) as file:
        for begin in range(0, n, BATCH):
            label = rng.integers(SEGMENTS, size=min(BATCH, n - begin))
            columns = []
            for column in range(d):
                noise = rng.standard_normal(len(label), dtype=np.float32)
                columns.append(centers[label, column] + 1.3 * noise)
            arrays = [pa.array(column) for column in columns]
            file.write_batch(pa.record_batch(arrays, schema=schema))


def write_start(path: Path, start: Path) -> None:
    """Write the first rows of a table as starting centres."""
    import pyarrow as pa

    with pa.ipc.open_file(path) as file:
        rows = file.get_batch(0).slice(0, SEGMENTS)
    with pa.ipc.new_file(start, rows.schema) as file:
        file.write_batch(rows)


def private_bytes(process: int) -> int:
    """Return the memory that is a process's own and not of a file."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return 1024 * int(line.split()[1])
    return 0


def cluster(program: Path, table: Path, iterations: int) -> Run:
    """Cluster a table from its first rows, with fixed iterations."""
    start = table.with_suffix(".start.arrow")
    write_start(table, start)
    out = table.with_suffix(".out")
    command: list[str | Path] = [program, "cluster", table]
    command += ["-k", str(SEGMENTS), "--scale", "none", "--init", start]
    command += ["--tol", "0", "--max-iter", str(iterations)]
    command += ["--out", out, "--json", "--quiet"]
    most = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while process.poll() is None:
            most = max(most, private_bytes(process.pid))
            time.sleep(POLL_SECONDS)
        assert process.stdout is not None
        told = process.stdout.read()
    if process.returncode != 0:
        raise SystemExit(f"{program} failed on {table}")
    for file in out.iterdir():
        file.unlink()
    return Run(json.loads(told), most)


def read_seconds(path: Path) -> float:
    """Time reading a file once from its beginning to its end."""
    buffer = bytearray(16 << 20)
    begin = time.perf_counter()
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
    return time.perf_counter() - begin


def growth(program: Path, folder: Path, rounds: int) -> None:
    """Print how the time of a fit grows with ten times the rows."""
    tables = [folder / "rows.arrow", folder / "ten-times.arrow"]
    sizes = [GROWTH_ROWS, 10 * GROWTH_ROWS]
    for table, n in zip(tables, sizes, strict=True):
        write_blobs(table, n, GROWTH_COLUMNS)
        # Into the page cache.
        cluster(program, table, 1)
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for table, seconds in zip(tables, times, strict=True):
            run = cluster(program, table, GROWTH_ITERATIONS)
            seconds.append(run.fit_s)
    one, ten = (statistics.median(seconds) for seconds in times)
    print(
        f"{GROWTH_COLUMNS} columns, k = {SEGMENTS}, {GROWTH_ITERATIONS} "
        f"iterations: {sizes[0]:,} rows in {one:.3f} s, {sizes[1]:,} rows "
        f"in {ten:.3f} s, {ten / one:.2f} times (medians of {rounds}).\n",
        flush=True,
    )
    for table in tables:
        table.unlink()


def larger(program: Path, folder: Path, gigabytes: float) -> None:
    """Print how fast a table that does not fit into memory is read."""
    table = folder / "large.arrow"
    n = int(gigabytes * 1e9 / (4 * LARGE_COLUMNS))
    write_blobs(table, n, LARGE_COLUMNS)
    size = table.stat().st_size
    disk = size / read_seconds(table) / 1e9
    run = cluster(program, table, LARGE_ITERATIONS)
    # The final labels take one more pass, and so do the variances.
    passes = run.report["n_iter"] + 2
    speed = passes * size / run.fit_s / 1e9
    allowed = ALLOWED_BYTES + ALLOWED_BYTES_PER_ROW * n
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    print(
        f"{n:,} rows × {LARGE_COLUMNS} columns, {size / 1e9:.1f} GB with "
        f"{memory / 1e9:.1f} GB of memory, k = {SEGMENTS}, "
        f"{run.report['n_iter']} iterations: {run.fit_s:.1f} s for {passes} "
        f"passes, {speed:.2f} GB/s, where reading the file from its "
        f"beginning to its end gives {disk:.2f} GB/s; at most "
        f"{run.private_bytes / 1e6:,.0f} MB of private memory "
        f"({allowed / 1e6:,.0f} MB allowed)."
    )
    table.unlink()


def main() -> None:
    """Print both parts."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--program", type=Path, default=TARGET / "release" / "segengine"
    )
    parser.add_argument("--folder", type=Path, help="where tables are made")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gigabytes", type=float, default=32.0)
    options = parser.parse_args()
    program = options.program.absolute()
    if not program.exists():
        parser.error(f"{program} is missing: cargo build --release")
    enter_environment(__file__)
    threads = len(os.sched_getaffinity(0))
    print(f"{processor()}, {threads} threads\n", flush=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        growth(program, Path(folder), options.rounds)
        larger(program, Path(folder), options.gigabytes)


if __name__ == "__main__":
    main()
