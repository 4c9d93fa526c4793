# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "scikit-learn==1.9.1", "scipy==1.17.1"]
# ///
"""Write prepare.json: what scikit-learn learns from columns of many shapes.

Run as: uv run tests/reference/make_prepare.py
"""

import json
from pathlib import Path

import numpy as np
from sklearn.preprocessing import (
    MinMaxScaler,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

ROWS = 60


def shapes() -> dict[str, np.ndarray]:
    """Return columns that differ in offset, skew, sign and magnitude."""
    rng = np.random.default_rng(20)
    normal = rng.normal(size=ROWS)
    skewed = np.exp(rng.normal(size=ROWS))
    with_gaps = normal * 3 + 10
    with_gaps[::7] = np.nan
    return {
        "normal": normal,
        "offset_1e9": normal + 1e9,
        "skewed": skewed * 40,
        "left_skewed": -skewed * 5,
        "both_signs": normal * skewed,
        "mostly_one": np.where(normal > 1.2, np.rint(skewed * 4) + 2, 1.0),
        "small": normal * 1e-12,
        "large": normal * 1e100,
        "with_gaps": with_gaps,
        "constant": np.full(ROWS, 7.25),
    }


def describe(values: np.ndarray) -> dict:
    """Return the values and what each scaler learned from them."""
    column = values.reshape(-1, 1)
    standard = StandardScaler().fit(column)
    robust = RobustScaler().fit(column)
    minmax = MinMaxScaler().fit(column)
    result = {
        "values": [None if np.isnan(x) else float(x) for x in values],
        "standard": [standard.mean_[0], standard.scale_[0]],
        "robust": [robust.center_[0], robust.scale_[0]],
        "minmax": [minmax.data_min_[0], minmax.data_range_[0]],
    }
    power = PowerTransformer(method="yeo-johnson").fit(column)
    transformed = power.transform(column)[:, 0]
    result["yeo_johnson"] = {
        "lambda": float(power.lambdas_[0]),
        "prepared": [None if np.isnan(x) else float(x) for x in transformed],
    }
    return result


def main() -> None:
    """Write the file next to this script."""
    reference = {name: describe(values) for name, values in shapes().items()}
    path = Path(__file__).with_name("prepare.json")
    path.write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
