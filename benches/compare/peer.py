"""Time one fit of one peer: ``peer.py NAME CASE.json``.

A process of its own for every fit, so that no peer's thread pool is in
another's way. It loads the data, warms up once, times one fit and prints a
JSON object: seconds, iterations and, where the case asks for it, the inertia
of the centres that were found. ``peer.py NAME`` only imports the peer.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from data import Floats, inertia, means

# Rows of a warm-up where a whole fit would take minutes.
WARM_ROWS = 20_000


@dataclass
class Found:
    """What a peer found; no iterations where it counts none."""

    centers: Any
    n_iter: int | None


def estimator(module: ModuleType, case: dict[str, Any], rows: Floats) -> Found:
    """Fit scikit-learn's KMeans, or another with its interface."""
    if case["kind"] == "lloyd":
        options = {
            "init": rows[: case["k"]],
            "n_init": 1,
            "max_iter": case["iterations"],
            "tol": 0.0,
        }
    else:
        options = {"n_init": case["starts"], "random_state": 0}
    model = module.KMeans(case["k"], algorithm="lloyd", **options)
    model.fit(rows)
    return Found(model.cluster_centers_, int(model.n_iter_))


def scikit_learn(case: dict[str, Any], rows: Floats) -> Found:
    """Fit, seed or fit from batches with scikit-learn."""
    from sklearn import cluster

    if case["kind"] == "seeding":
        centers, _ = cluster.kmeans_plusplus(rows, case["k"], random_state=0)
        return Found(centers, None)
    if case["kind"] == "minibatch":
        batches = cluster.MiniBatchKMeans(
            case["k"],
            batch_size=4096,
            n_init=case["starts"],
            random_state=0,
        )
        batches.fit(rows)
        return Found(batches.cluster_centers_, int(batches.n_iter_))
    return estimator(cluster, case, rows)


def intelex(case: dict[str, Any], rows: Floats) -> Found:
    """Fit with scikit-learn-intelex."""
    from sklearnex import cluster

    return estimator(cluster, case, rows)


def faiss(case: dict[str, Any], rows: Floats) -> Found:
    """Fit with faiss on every row, and label them, as the others do."""
    import faiss

    model = faiss.Kmeans(
        case["d"],
        case["k"],
        niter=case["iterations"],
        min_points_per_centroid=1,
        max_points_per_centroid=len(rows),
        # Its objective is summed in f32, and soon looks as if it stood still.
        early_stop_threshold=-1.0,
    )
    model.train(rows, init_centroids=rows[: case["k"]])
    model.assign(rows)
    return Found(model.centroids, len(model.obj))


def superkmeans(case: dict[str, Any], rows: Floats) -> Found:
    """Fit with superkmeans on every row, and label them; it takes no start."""
    import superkmeans

    model = superkmeans.SuperKMeans(
        case["k"],
        case["d"],
        hierarchical=False,
        iters=case["iterations"],
        sampling_fraction=1.0,
        max_points_per_cluster=len(rows),
        tol=0.0,
        early_termination=False,
    )
    centers = model.train(rows)
    model.assign_training_points(rows, centers)
    return Found(centers, len(model.iteration_stats))


def rustcluster(case: dict[str, Any], rows: Floats) -> Found:
    """Fit with rustcluster; it takes no start."""
    import rustcluster

    if case["kind"] == "lloyd":
        model = rustcluster.KMeans(
            case["k"], max_iter=case["iterations"], tol=0.0, n_init=1
        )
    else:
        model = rustcluster.KMeans(case["k"], n_init=case["starts"])
    model.fit(rows)
    return Found(model.cluster_centers_, int(model.n_iter_))


def clostera(case: dict[str, Any], rows: Floats) -> Found:
    """Fit with clostera's exact algorithm; it takes no start."""
    import clostera

    fixed = case["kind"] == "lloyd"
    model = clostera.DenseKMeans(
        k=case["k"],
        iterations=case["iterations"],
        early_stopping=not fixed,
        nredo=1 if fixed else case["starts"],
    )
    model.fit(rows)
    return Found(model.cluster_centers_, len(model.inertia_history_))


PEERS: dict[str, tuple[str, Callable[[dict[str, Any], Floats], Found]]] = {
    "scikit-learn": ("sklearn.cluster", scikit_learn),
    "scikit-learn-intelex": ("sklearnex.cluster", intelex),
    "faiss-cpu": ("faiss", faiss),
    "superkmeans": ("superkmeans", superkmeans),
    "rustcluster": ("rustcluster", rustcluster),
    "clostera": ("clostera", clostera),
}


def measure(name: str, case: dict[str, Any]) -> dict[str, Any]:
    """Warm up, time one fit, and say how good it is."""
    rows = np.load(case["rows"])
    _, fit = PEERS[name]
    whole = case["kind"] in ("lloyd", "restarts")
    fit(case, rows if whole else rows[:WARM_ROWS])

    begin = time.perf_counter()
    found = fit(case, rows)
    seconds = time.perf_counter() - begin

    result: dict[str, Any] = {"seconds": seconds, "n_iter": found.n_iter}
    if case["with_inertia"]:
        centers = np.array(found.centers, dtype=np.float64)
        if case["kind"] == "seeding":
            centers = means(rows, centers)
        result["inertia"] = inertia(rows, centers)
    return result


def main() -> None:
    """Print one JSON object as the last line."""
    name = sys.argv[1]
    importlib.import_module(PEERS[name][0])
    result: dict[str, Any] = {}
    if len(sys.argv) > 2:
        result = measure(name, json.loads(Path(sys.argv[2]).read_text()))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
