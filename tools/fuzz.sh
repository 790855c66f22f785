#!/usr/bin/env bash
# Fuzzes the readers of bytes from outside: tools/fuzz.sh SECONDS [READER...]
#   each of them, or those that are named, for so long, as many side by side as there are processors
# What they are known to read is kept in build/fuzz/corpus and is where the next run begins. Bytes that a reader neither
# reads nor refuses stay in build/fuzz/found. Exit status 1 if there are some.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { echo "usage: tools/fuzz.sh SECONDS [READER...]" >&2; exit 2; }
export seconds=$1
shift
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzz
fuzz=build/fuzz/tests/fuzz/fuzz
[ $# -gt 0 ] || set -- $("$fuzz" --list)

fuzz_one() {
    local reader=$1 corpus=build/fuzz/corpus/$1 log=build/fuzz/found/$1.log
    mkdir -p "$corpus" build/fuzz/found
    "$fuzz" --reader="$reader" --seeds="$corpus"
    # No reader takes more memory in one piece than a picture of the most pixels that are allowed does in colour.
    if "$fuzz" --reader="$reader" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -malloc_limit_mb=256 \
        -artifact_prefix="build/fuzz/found/$reader-" -print_final_stats=1 "$corpus" >"$log" 2>&1; then
        echo "$reader: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, nothing found"
    else
        echo "$reader: FOUND: $(grep -m1 -E 'ERROR|runtime error|terminate|what\(\)' "$log" || tail -1 "$log"); see $log" >&2
        return 1
    fi
}
export -f fuzz_one
export fuzz LSAN_OPTIONS=suppressions=$PWD/tests/leaks.supp:print_suppressions=0
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'fuzz_one {}' || exit 1
