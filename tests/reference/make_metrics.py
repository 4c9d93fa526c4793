"""Write metrics.json: scikit-learn's scores of labels in the other tables.

Run from the repository root, with the packages of requirements.txt, after
make_reference.py::

    python tests/reference/make_metrics.py

``scores`` are of the labels of every case of every table; ``pairs`` compare
two labelings with each other.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from make_reference import check_environment
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.cluster import DBSCAN
from threadpoolctl import threadpool_limits

HERE = Path(__file__).parent
# scikit-learn's way to distances, |x|^2 - 2xy + |y|^2, loses what is to be
# compared where rows lie far from the origin, so they are moved there first
# (which is exact), or many on each other.
FAR = {"offset"}
REPEATED = {"duplicates"}
# Of so few rows the silhouette of each is kept.
FEW = 600

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def davies_bouldin(x: Floats, labels: Labels) -> float:
    """Return the Davies-Bouldin score from direct differences."""
    members = [x[labels == name] for name in np.unique(labels)]
    means = np.array([rows.mean(axis=0) for rows in members])
    spread = np.array(
        [
            np.linalg.norm(rows - mean, axis=1).mean()
            for rows, mean in zip(members, means, strict=True)
        ]
    )
    apart = np.linalg.norm(means[:, None, :] - means, axis=2)
    np.fill_diagonal(apart, np.inf)
    return float(((spread[:, None] + spread) / apart).max(axis=1).mean())


def scores(name: str, x: Floats, labels: Labels) -> dict[str, Any]:
    """Return the scores of one labeling of one table."""
    if name in FAR:
        single = None
        x = x - x[0]
    else:
        single = x.astype(np.float32)
    values = metrics.silhouette_samples(x, labels)
    return {
        "silhouette": float(metrics.silhouette_score(x, labels)),
        "silhouette_f32": None
        if single is None
        else float(metrics.silhouette_score(single, labels)),
        "squared": float(
            metrics.silhouette_score(x, labels, metric="sqeuclidean")
        ),
        "davies_bouldin": davies_bouldin(x, labels)
        if name in REPEATED
        else float(metrics.davies_bouldin_score(x, labels)),
        "calinski_harabasz": float(metrics.calinski_harabasz_score(x, labels)),
        "samples": values.tolist() if len(x) <= FEW else None,
    }


def compare(truth: Labels, prediction: Labels) -> dict[str, float]:
    """Return what the two labelings have in common."""
    pair = (truth, prediction)
    homogeneity, completeness, v = metrics.homogeneity_completeness_v_measure(
        *pair
    )
    return {
        "rand": float(metrics.rand_score(*pair)),
        "adjusted_rand": float(metrics.adjusted_rand_score(*pair)),
        "mutual_info": float(metrics.mutual_info_score(*pair)),
        "adjusted_mutual_info": float(
            metrics.adjusted_mutual_info_score(*pair)
        ),
        "normalized_mutual_info": float(
            metrics.normalized_mutual_info_score(*pair)
        ),
        "homogeneity": float(homogeneity),
        "completeness": float(completeness),
        "v_measure": float(v),
        "fowlkes_mallows": float(metrics.fowlkes_mallows_score(*pair)),
    }


def labelings() -> dict[str, tuple[Labels, Labels]]:
    """Return pairs of labelings that no fit gives."""
    rng = np.random.default_rng(77)
    many = rng.integers(40, size=500)
    noisy = np.where(rng.random(500) < 0.2, rng.integers(40, size=500), many)
    return {
        "equal": (np.array([0, 0, 1, 1, 2]), np.array([5, 5, 3, 3, 9])),
        "one cluster each": (np.zeros(7, int), np.ones(7, int)),
        "one cluster against several": (
            np.zeros(6, int),
            np.array([0, 0, 1, 1, 2, 2]),
        ),
        "each row alone, twice": (np.arange(6), np.arange(6)[::-1].copy()),
        "each row alone against pairs": (np.arange(6), np.arange(6) // 2),
        "one row": (np.array([3]), np.array([1])),
        "crossed": (np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])),
        "independent": (
            rng.integers(6, size=2000),
            rng.integers(4, size=2000),
        ),
        "refined": (many // 4, many),
        "noisy": (many, noisy),
        "unbalanced": (
            (rng.random(3000) < 0.01).astype(int),
            (rng.random(3000) < 0.3).astype(int),
        ),
    }


def density(x: Floats) -> Labels:
    """Return labels in which -1 stands for noise."""
    for radius in np.geomspace(0.1, 10.0, 60):
        labels = DBSCAN(eps=radius, min_samples=5).fit_predict(x)
        share = (labels == -1).mean()
        if labels.max() >= 1 and 0.0 < share < 0.3:
            return labels
    raise SystemExit("no radius gives noise and two clusters")


def of_table(
    path: Path,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what is to be known of the labels of one table's cases."""
    table = json.loads(path.read_text())
    x = np.array(table["columns"]).T
    labels_of = {
        case["name"]: np.array(case["labels"]) for case in table["cases"]
    }
    own = set()
    if path.stem in ("blobs", "iris"):
        labels_of["dbscan"] = density(x)
        own.add("dbscan")
    found: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    for case, labels in labels_of.items():
        if 2 <= len(np.unique(labels)) < len(x):
            head = {
                "table": path.stem,
                "case": case,
                # The others stand in the table's own file.
                "labels": labels.tolist() if case in own else None,
            }
            found.append(head | scores(path.stem, x, labels))
    names = list(labels_of)
    for first, second in zip(names, names[1:], strict=False):
        title = f"{path.stem} {first} {second}"
        pairs.append(pair(title, labels_of[first], labels_of[second]))
    return found, pairs


def pair(name: str, truth: Labels, prediction: Labels) -> dict[str, Any]:
    """Return two labelings with what they have in common."""
    head = {
        "name": name,
        "truth": truth.tolist(),
        "prediction": prediction.tolist(),
    }
    return head | compare(truth, prediction)


def main() -> None:
    """Write the file."""
    check_environment()
    found: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    with threadpool_limits(limits=1):
        for path in sorted(HERE.glob("*.json")):
            if path.stem not in ("prepare", "metrics"):
                scored, compared = of_table(path)
                found += scored
                pairs += compared
        pairs += [pair(name, *both) for name, both in labelings().items()]
    made = f"scikit-learn {version('scikit-learn')}"
    lines = [f'"made_with": {json.dumps(made)}']
    for key, values in (("scores", found), ("pairs", pairs)):
        rows = [json.dumps(value, separators=(",", ":")) for value in values]
        lines.append(f'"{key}": [\n' + ",\n".join(rows) + "\n]")
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (HERE / "metrics.json").write_text(text)


if __name__ == "__main__":
    main()
