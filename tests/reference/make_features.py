"""Write features_<date>.parquet: what SQL makes of the tables in data.

Run from the repository root, with the packages of requirements.txt::

    python tests/reference/make_features.py

``features.sql`` computes the features of customers as known at the end of
some days, apart from the Rust code that is to be compared with it. Another
folder of tables may be named, and another one to write to::

    python tests/reference/make_features.py DIR --out DIR
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import duckdb
from make_reference import check_environment

HERE = Path(__file__).parent
DAYS = (date(2017, 9, 30), date(2018, 3, 1), date(2018, 8, 29))
FILES = {
    "orders": "olist_orders_dataset.csv",
    "customers": "olist_customers_dataset.csv",
    "items": "olist_order_items_dataset.csv",
    "payments": "olist_order_payments_dataset.csv",
    "reviews": "olist_order_reviews_dataset.csv",
    "products": "olist_products_dataset.csv",
    "sellers": "olist_sellers_dataset.csv",
    "geolocation": "olist_geolocation_dataset.csv",
    "translation": "product_category_name_translation.csv",
}
# Nothing is left to be guessed. One thread keeps the rows in their order
# where texts hold line breaks.
READ = """
CREATE TABLE {table} AS
SELECT * FROM read_csv(
    $path, all_varchar = true, header = true, skip = 0, delim = ',',
    quote = '"', escape = '"', nullstr = '', encoding = 'utf-8',
    strict_mode = true, parallel = false
)
"""
# One row group: the bytes hang on nothing but the rows.
WRITE = """
COPY features TO '{path}' (
    FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19,
    ROW_GROUP_SIZE 1048576
)
"""


def read(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return a database that holds the tables of a folder as texts."""
    found = duckdb.connect(config={"threads": 1})
    for table, name in FILES.items():
        path = folder / name
        if not path.is_file():
            raise SystemExit(f"{path} is missing")
        found.execute(READ.format(table=table), {"path": str(path)})
    return found


def write(tables: duckdb.DuckDBPyConnection, day: date, path: Path) -> int:
    """Write the features as known on a day, and return how many rows."""
    features = (HERE / "features.sql").read_text(encoding="utf-8")
    tables.execute(
        f"CREATE OR REPLACE TABLE features AS {features}", {"day": day}
    )
    quoted = str(path).replace("'", "''")
    tables.execute(WRITE.format(path=quoted))
    return tables.table("features").shape[0]


def main() -> None:
    """Write a file for every day."""
    parser = argparse.ArgumentParser(
        description="Write the features of customers as SQL computes them."
    )
    parser.add_argument(
        "tables",
        metavar="DIR",
        nargs="?",
        type=Path,
        default=Path("data"),
        help="folder of the nine tables (default: data)",
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=HERE,
        help="folder to write to (default: that of this script)",
    )
    arguments = parser.parse_args()
    check_environment()
    tables = read(arguments.tables)
    for day in DAYS:
        path = arguments.out / f"features_{day}.parquet"
        print(f"{path} {write(tables, day, path)} customers")


if __name__ == "__main__":
    main()
