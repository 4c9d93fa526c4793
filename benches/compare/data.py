"""The tables that are compared on, and inertia as it is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float32]
# Rows that are made or looked at together.
BLOCK = 250_000


def blobs(n: int, d: int, k: int) -> Floats:
    """Return clusters of spread 1.3 around centres drawn from 3 N(0, 1)."""
    rng = np.random.default_rng(0)
    centers = 3.0 * rng.standard_normal((k, d))
    rows = np.empty((n, d), dtype=np.float32)
    for begin in range(0, n, BLOCK):
        block = rows[slice(begin, begin + BLOCK)]
        block[:] = centers[rng.integers(k, size=len(block))]
        block += 1.3 * rng.standard_normal(block.shape, dtype=np.float32)
    return rows


def noise(n: int, d: int, _k: int) -> Floats:
    """Return uniform noise, in which no fit settles soon."""
    rng = np.random.default_rng(1)
    return rng.random((n, d), dtype=np.float32)


def customers(n: int, _d: int, _k: int) -> Floats:
    """Return recency, frequency and spend of a shop, standardised.

    97 of 100 customers bought once, so most rows share a value.
    """
    rng = np.random.default_rng(2)
    recency = rng.exponential(150.0, size=n)
    again = rng.random(n) >= 0.97
    frequency = 1.0 + again * rng.geometric(0.7, size=n)
    spend = frequency * rng.lognormal(4.5, 0.9, size=n)
    rows = np.column_stack([recency, frequency, spend])
    rows -= rows.mean(axis=0)
    rows /= rows.std(axis=0)
    return rows.astype(np.float32)


MAKERS = {"blobs": blobs, "noise": noise, "customers": customers}


def write_arrow(path: Path, rows: Floats) -> None:
    """Write an uncompressed Arrow file with one record batch."""
    columns = {
        f"x{i}": np.ascontiguousarray(rows[:, i]) for i in range(rows.shape[1])
    }
    table = pa.table(columns)
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table, max_chunksize=len(rows))


def write(folder: Path, data: str, n: int, d: int, k: int) -> None:
    """Write a table, and its first k rows as start, for ours and theirs."""
    rows = MAKERS[data](n, d, k)
    np.save(folder / "rows.npy", rows)
    write_arrow(folder / "rows.arrow", rows)
    write_arrow(folder / "start.arrow", rows[:k])


def nearest(rows: Floats, centers: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the index of every row's nearest centre, found in f64."""
    # Moved to the centres' mean, or far tables would lose digits.
    origin = centers.mean(axis=0)
    moved = centers - origin
    half = 0.5 * np.einsum("ij,ij->i", moved, moved)
    labels = np.empty(len(rows), dtype=np.int64)
    step = max(1, 4_000_000 // max(centers.shape))
    for begin in range(0, len(rows), step):
        part = slice(begin, begin + step)
        block = rows[part] - origin
        labels[part] = (half - block @ moved.T).argmin(axis=1)
    return labels


def inertia(rows: Floats, centers: NDArray[np.float64]) -> float:
    """Sum the squares of direct differences to the nearest centre, in f64."""
    labels = nearest(rows, centers)
    total = 0.0
    for begin in range(0, len(rows), BLOCK):
        part = slice(begin, begin + BLOCK)
        difference = rows[part] - centers[labels[part]]
        total += float(np.einsum("ij,ij->", difference, difference))
    return total


def means(rows: Floats, centers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the centres after one more step: the means of their rows."""
    labels = nearest(rows, centers)
    counts = np.bincount(labels, minlength=len(centers))
    moved = centers.copy()
    for column in range(rows.shape[1]):
        sums = np.bincount(labels, rows[:, column], minlength=len(centers))
        np.divide(sums, counts, out=moved[:, column], where=counts > 0)
    return moved
