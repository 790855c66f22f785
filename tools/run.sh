#!/usr/bin/env bash
# The main job of 'make run': the study of the MLP and the CNN, which ends with a report, on EMNIST that it finds or
# fetches, else on synthetic images. DATA, SPLIT, BUDGET, TIME, OUT and OFFLINE come from the environment; with MPI it
# says how several machines share the work. Called again, it goes on where it was stopped.
set -euo pipefail
cd "$(dirname "$0")/.."

data=${DATA-}
if [ -z "$data${INKLING_DATA-}" ] && [ "${SPLIT-}" != synthetic ] && [ -e ../shared/emnist ]; then data=../shared/emnist; fi

options=()
if [ -n "${TIME-}" ]; then options+=(--time "$TIME"); fi
if [ -n "${BUDGET-}" ] || [ -z "${TIME-}" ]; then options+=(--budget "${BUDGET:-quick}"); fi
if [ -n "$data" ]; then options+=(--data "$data"); fi
if [ -n "${SPLIT-}" ]; then options+=(--split "$SPLIT"); fi
if [ -n "${OUT-}" ]; then options+=(--out "$OUT"); fi
if [ -n "${OFFLINE-}" ]; then options+=(--offline); fi
if [ -n "${MPI-}" ]; then
    echo "run: on several machines: mpirun --hostfile HOSTS build/release/inkling study recipes/study.toml ${options[*]} (docs/cluster.md)"
fi
build/release/inkling study recipes/study.toml "${options[@]}"
