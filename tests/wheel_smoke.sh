#!/bin/sh
# Builds the wheel, installs it alone into a fresh environment, and asks it for something real.
set -eu
bin="$1"
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bin/python" -m build --wheel --outdir "$work/dist" "$here" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
"$bin/python" -m venv "$work/env"
"$work/env/bin/python" -m pip install --quiet "$work"/dist/*.whl
cd "$work"
"$work/env/bin/homebody" version
"$work/env/bin/homebody" homes --out "$work/home.png"
test -s "$work/home.png"
"$work/env/bin/homebody" simulate --task "go-to 1.0,1.0" --report "$work/report.json" || test $? -eq 1
test -s "$work/report.json"
echo "wheel: ok"
