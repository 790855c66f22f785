#!/usr/bin/env bash
# The table of all recipes on EMNIST Balanced as published: tools/official_balanced.sh DIR [RUNS]
#
# DIR has the split's official files, which 'inkling data fetch' fetches; RUNS keeps the trained networks
# [runs/official-balanced]. The protocol was fixed before any of these networks had read the test part:
#   - recipes as they are in recipes/, each chosen by held-out training images of other data;
#   - seeds 0, 1, 2, 3, 4, all of them reported, as mean and standard deviation;
#   - all 112,800 training images to learn from, the last epoch's network taken;
#   - each network reads the 18,800 test images once, as it is; cnn-best's five also once together, with five views.
# Stopped and begun again, it goes on, and trains no seed a second time.
set -euo pipefail

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: tools/official_balanced.sh DIR [RUNS]" >&2
    exit 2
fi
data=$(realpath -e -- "$1")
cd "$(dirname "$0")/.."
runs=${2:-runs/official-balanced}
inkling=build/release/inkling
if [ ! -x "$inkling" ]; then
    echo "official_balanced: no $inkling; 'make build' makes it" >&2
    exit 2
fi
"$inkling" data info --data "$data" --split balanced

measure() { python3 bench/accuracy.py "$@" --data "$data" --split balanced --seeds 5; }
measure recipes/{mlp,mlp-best,cnn-minute,cnn-small,cnn}.toml --keep "$runs"
measure recipes/cnn-best.toml --keep "$runs" --together
teachers=$(printf '"%s/cnn-best-%d",' "$runs" 0 "$runs" 1 "$runs" 2 "$runs" 3 "$runs" 4)
echo "cnn-best, which learns from these five besides:"
measure recipes/cnn-best.toml --keep "$runs/distilled" --set "distillation.teachers=[${teachers%,}]"
