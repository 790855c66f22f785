#!/usr/bin/env bash
# Installs the system packages that are missing: tools/setup.sh [--checks]
#   --checks  also those that formatting and static analysis need
# Debian and Ubuntu only; elsewhere it lists what is needed and stops with status 1.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

packages=(
    make g++ cmake ninja-build pkg-config python3  # to build and to test
    libdnnl-dev ocl-icd-opencl-dev                 # oneDNN, whose CMake package asks for OpenCL
    libfmt-dev libtomlplusplus-dev nlohmann-json3-dev libcli11-dev
    libcurl4-openssl-dev ca-certificates libzip-dev zlib1g-dev libssl-dev  # fetching and reading data
    libcairo2-dev fonts-dejavu-core                                        # pictures
    libsqlite3-dev libboost-math-dev                                       # studies and their statistics
    libjs-vega chromium chromium-driver                                    # reports, and a browser to test them in
    libgtest-dev libbenchmark-dev
)
case "${1-}" in
    "") ;;
    --checks) packages+=(clang-format-14 clang-tidy-14 libomp-14-dev) ;;
    *) echo "usage: tools/setup.sh [--checks]" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null; then
    echo "setup: no apt here; install what these Debian packages hold, then run" >&2
    echo "       cmake --preset release && cmake --build --preset release" >&2
    printf '  %s\n' "${packages[@]}" >&2
    exit 1
fi

installed=$(dpkg-query -W -f='${db:Status-Abbrev}${binary:Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^ii \([^:]*\).*/\1/p' || true)
mapfile -t missing < <(printf '%s\n' "${packages[@]}" | grep -vxF -e "$installed" || true)
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: as root, run: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${missing[@]}"
