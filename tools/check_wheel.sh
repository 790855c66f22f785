#!/usr/bin/env bash
# Installs and tries the wheel that tools/wheel.sh made, in a bare root with Python and nothing else:
# tools/check_wheel.sh DIR
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: tools/check_wheel.sh DIR" >&2; exit 2; }
wheels=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
. tools/bare_root.sh

python3 -m venv "$work/pip"
quietly "$work/pip/bin/pip" download -q --dest "$root/wheels" "$wheels"/inkling-*.whl
install python3 python3-venv
quietly inside python3 -m venv /opt/inkling
quietly inside /opt/inkling/bin/pip install -q --no-index --find-links /wheels inkling
cat >"$root/tmp/try.py" <<'END'
import inkling
import numpy

labels = numpy.arange(400) % 2
images = numpy.random.default_rng(0).integers(0, 60, (400, 28, 28), dtype=numpy.uint8)
images[labels == 1, :, 14:] += 150
data = inkling.dataset(images, labels)
model = inkling.train("mlp", data, {"training.epochs": 2}).model
assert model.evaluate(data)["accuracy"] > 0.9
assert model.predict(images[:2]).tolist() == [0, 1]
model.export("/tmp/model.html")
END
inside /opt/inkling/bin/python3 /tmp/try.py || failed "the package does not work"
inside /opt/inkling/bin/inkling --version
echo "check_wheel: $(cd "$wheels" && du -h inkling-*.whl | tr '\t' ' ') works with $(inside python3 --version), NumPy and nothing else"
