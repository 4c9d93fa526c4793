#!/usr/bin/env bash
# Opens pages of `segengine report` in Chromium: in each language, with and without an earlier run, with
# hostile names, and with one segment. Needs node, npm and chromium (CHROMIUM names another browser).
#
#   scripts/check-page.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/.."
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT

run() { "$binary" run data --no-stability --bootstrap 4 --quiet "$@" >/dev/null; }
report() {
    "$binary" report "$1/model.json" --features "$1/features.arrow" --bootstrap 4 --quiet \
        "${@:2}" >/dev/null
}
run -k 5 --as-of 2018-06-01 --out "$work/en"
run -k 5 --previous "$work/en" --lang pt-BR --out "$work/pt"
run -k 8 --lang fr --out "$work/fr"
report "$work/en" --stability stability --lang fr --names /dev/null --out "$work/lasting"

model="$work/en/model.json"
python3 - "$model" <<'END'
"""Names the first two segments of a model, which a file of names without members cannot."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    model = json.load(file)
names = ["<img src=x onerror=window.__x=1>", '\u202egnp.exe " onmouseover="window.__x=1']
for segment, name in zip(model["segments"], names):
    segment["name"] = name
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(model, file)
END
report "$work/en" --names /dev/null --out "$work/hostile"
"$binary" cluster data/features.arrow -k 1 --quiet --out "$work/alone" >/dev/null
cp data/features.arrow "$work/alone/"
report "$work/alone" --out "$work/alone/out"

(cd tests/browser && npm ci --no-audit --no-fund --silent)
node tests/browser/check.mjs "$work"/{en,pt,fr,lasting,hostile,alone/out}
