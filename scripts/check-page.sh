#!/usr/bin/env bash
# Makes pages with `segengine report` and looks at them in Chromium: in each language, with and
# without a run before, of one segment and of twelve, with hostile names and words, and of a table
# that is not of orders.
#
#   scripts/check-page.sh BINARY [DATA]     DATA: a folder of order tables (default: data)
#
# Needs Node 18 or newer with npm, and Chromium (CHROMIUM names it; default: chromium).
set -euo pipefail
cd "$(dirname "$0")/.."

binary=$(realpath "${1:?the path of the segengine binary is needed}")
data=$(realpath "${2:-data}")
browser=tests/browser
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

segengine() { "$binary" "$@" --quiet >/dev/null; }
report() { segengine report "$@"; }

segengine features "$data" --set full -o "$folder/full.arrow"
segengine features "$data" --set rfm-review --as-of 2018-06-01 -o "$folder/before.arrow"
segengine stability "$data" --periods 3 --step 60d --bootstrap 2 --bootstrap-n-init 2 --n-init 2 \
    -o "$folder/stability"
for k in 1 5 12; do
    segengine cluster "$data/features.arrow" -k "$k" -o "$folder/k$k"
    segengine assign "$folder/k$k/model.json" "$folder/before.arrow" -o "$folder/k$k/before"
done

five=("$folder/k5/model.json" --features "$folder/full.arrow")
for language in en fr pt-BR; do
    report "${five[@]}" --bootstrap 20 --lang "$language" --stability "$folder/stability" \
        --previous "$folder/k5/before/assignments.arrow" -o "$folder/page-$language"
    report "${five[@]}" --bootstrap 0 --lang "$language" -o "$folder/page-$language-first"
    report "$folder/k12/model.json" --features "$folder/full.arrow" --bootstrap 0 \
        --previous "$folder/k12/before/assignments.arrow" --lang "$language" \
        -o "$folder/page-$language-twelve"
done
report "$folder/k1/model.json" --features "$folder/full.arrow" --bootstrap 0 -o "$folder/page-one"

# Names that somebody else wrote, and customers' words.
python3 - "$folder" <<'PYTHON'
import csv
import pathlib
import random
import re
import sys

folder = pathlib.Path(sys.argv[1])
names = [
    "<img src=x onerror=window.__x=1>",
    "\\u202Egnihtemos \\u2066bidi\\u2069",
    "{{ 7*7 }} {% raw %}",
    "quotes \\\" ' ` &amp; </title></svg>",
    "<script>window.__y=1</script>" + "long" * 12,
]
text = (folder / "page-en-first" / "segments.toml").read_text(encoding="utf-8")
text = re.sub(r"^name = .*$", lambda _: f'name = "{names.pop(0)}"', text, flags=re.MULTILINE)
(folder / "names.toml").write_text(text, encoding="utf-8")

words = [
    "<script>window.__y=1</script>",
    "=1+1",
    "x" * 5000,
    '"><svg onload=window.__x=1>',
    "\u202egnp.exe",
    "{{ 7*7 }}",
]
draw = random.Random(0)
with open(folder / "foreign.csv", "w", newline="", encoding="utf-8") as file:
    write = csv.writer(file)
    write.writerow(["id", "width_mm", "<b>height</b>", "state", "category", "y" * 120])
    for i in range(600):
        at = i % 3
        sizes = [draw.gauss(20 * at, 2), draw.gauss([5, 50, 5][at], 3), draw.gauss(0, 1)]
        a, b, c = (round(size, 3) for size in sizes)
        write.writerow([f"c{i}", a, b, draw.choice(words), draw.choice(words), c])
PYTHON
report "${five[@]}" --bootstrap 0 --names "$folder/names.toml" -o "$folder/page-hostile-names"
segengine cluster "$folder/foreign.csv" --id id --exclude state,category -k 3 -o "$folder/k3"
report "$folder/k3/model.json" --features "$folder/foreign.csv" --id id --bootstrap 20 \
    -o "$folder/page-foreign"

npm ci --prefix "$browser" --silent --no-audit --no-fund
node "$browser/check.mjs" "$folder"/page-*
