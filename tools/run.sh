#!/usr/bin/env bash
# The main job of 'make run': finds or fetches EMNIST, trains the MLP and the CNN recipe, tests both, and prints and
# saves the comparison. DATA, SPLIT, EPOCHS and RUNS come from the environment. Called again, it goes on with what was
# stopped and keeps what is finished.
set -euo pipefail
cd "$(dirname "$0")/.."

inkling=build/release/inkling
split=${SPLIT:-balanced}
runs=${RUNS:-runs/$split}
options=(--split "$split")
[ -z "${DATA-}" ] || options+=(--data "$DATA")
[ -z "${EPOCHS-}" ] || options+=(--set "training.epochs=$EPOCHS")

[ -n "${DATA:-${INKLING_DATA-}}" ] || "$inkling" data fetch --split "$split"

for recipe in mlp cnn; do
    run=$runs/$recipe
    if [ -e "$run/metrics.json" ]; then
        echo "$run is trained already; remove it or choose another folder by RUNS=DIR to train again"
    elif [ -e "$run/checkpoint/state.safetensors" ]; then
        "$inkling" train --resume "$run"
    else
        "$inkling" train "recipes/$recipe.toml" "${options[@]}" --out "$run"
    fi
done
"$inkling" eval "$runs/mlp" "$runs/cnn" --out "$runs"
