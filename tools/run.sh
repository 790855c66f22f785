#!/usr/bin/env bash
# The main job of 'make run': finds or fetches EMNIST and runs the study of the MLP and the CNN, which ends with a
# report. DATA, SPLIT, BUDGET and OUT come from the environment. Called again, it goes on where it was stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

inkling=build/release/inkling
data=${DATA:-${INKLING_DATA-}}
if [ -z "$data" ] && [ -e ../shared/emnist ]; then data=../shared/emnist; fi
split=${SPLIT-}

# In a folder of somebody's own, the split is balanced, or the only one that is there.
if [ -n "$data" ] && [ -z "$split" ]; then
    mapfile -t splits < <(find "$data/" -maxdepth 1 -name 'emnist-*-train-images-idx3-ubyte*' -printf '%f\n' 2>/dev/null |
        sed 's/^emnist-\(.*\)-train-images.*/\1/' | sort -u)
    split=balanced
    if [ ${#splits[@]} -eq 1 ]; then split=${splits[0]}; fi
fi
split=${split:-balanced}

options=(--split "$split" --budget "${BUDGET:-quick}")
if [ -n "$data" ]; then options+=(--data "$data"); else "$inkling" data fetch --split "$split"; fi
if [ -n "${OUT-}" ]; then options+=(--out "$OUT"); fi
"$inkling" study recipes/study.toml "${options[@]}"
