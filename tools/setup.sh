#!/usr/bin/env bash
# Installs the system packages that are missing: tools/setup.sh [--onnx] [--python] [--tests] [--mpi] [--package] [--bench] [--checks] [--onednn3] [--fuzz]
#   without options, what building and running need; and with
#   --onnx     also what writing ONNX files needs
#   --python   also what the Python package needs
#   --mpi      also what sharing work among machines by MPI needs
#   --tests    also what the tests need
#   --package  also what making Debian packages and trying them in a bare root needs
#   --bench    also what the benchmarks of the kernels and the server need
#   --checks   also what formatting and static analysis need
#   --onednn3  also what fetches oneDNN 3 from PyPI
#   --fuzz     also what fuzzing needs
# Debian and Ubuntu only; elsewhere it lists what is needed and stops with status 1.
set -euo pipefail
export LC_ALL=C

packages=(
    make g++ cmake ninja-build pkgconf
    libdnnl-dev ocl-icd-opencl-dev                 # oneDNN, whose CMake package asks for OpenCL
    libfmt-dev libtomlplusplus-dev nlohmann-json3-dev libcli11-dev
    libcurl4-openssl-dev ca-certificates libzip-dev zlib1g-dev libssl-dev  # fetching and reading data
    libcsv-dev                                                             # tables
    libcairo2-dev fonts-dejavu-core                                        # pictures
    libleptonica-dev libpng-dev libturbojpeg0-dev libexif-dev              # and those that people have
    libsqlite3-dev libboost-dev                                            # studies and their statistics
    libjs-vega                                                             # reports
    libmicrohttpd-dev                                                      # the server
)
onnx=(libonnx-dev libprotobuf-dev)
mpi=(libopenmpi-dev openmpi-bin)
python=(python3 python3-dev python3-venv)
browser=(chromium chromium-driver)
# Ubuntu has it as a snap only; the tests in a browser are skipped, and say so, where there is none.
if grep -qs '^ID=ubuntu$' /etc/os-release; then browser=(); fi
for option; do
    case "$option" in
        --onnx) packages+=("${onnx[@]}") ;;
        --python) packages+=("${python[@]}") ;;
        --mpi) packages+=("${mpi[@]}") ;;
        --tests) packages+=(libgtest-dev iproute2 "${python[@]}" "${onnx[@]}" "${mpi[@]}" "${browser[@]}") ;;
        --package) packages+=("${onnx[@]}" help2man dpkg-dev file debootstrap) ;;
        --bench) packages+=(libbenchmark-dev wrk python3-venv) ;;
        --checks) packages+=(clang-format-14 python3-venv) ;;
        --onednn3) packages+=(python3-venv) ;;
        --fuzz) packages+=(clang-14 libclang-rt-14-dev libomp-14-dev) ;;
        *) echo "usage: tools/setup.sh [--onnx] [--python] [--tests] [--mpi] [--package] [--bench] [--checks] [--onednn3] [--fuzz]" >&2; exit 2 ;;
    esac
done

if ! command -v apt-get >/dev/null; then
    {
        echo "setup: no apt here; install what these Debian packages hold:"
        printf '  %s\n' "${packages[@]}"
        echo "setup: then run: cmake --preset release && cmake --build --preset release"
    } >&2
    exit 1
fi

installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null | sed -n 's/^ii //p' || true)
missing=($(printf '%s\n' "${packages[@]}" | grep -vxF -e "$installed" || true))
[ ${#missing[@]} -gt 0 ] || exit 0

by_hand() {
    echo "setup: $1; as root, run: apt-get update && apt-get install ${missing[*]}" >&2
    exit 1
}
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || by_hand "neither root nor sudo here"
    sudo true || by_hand "sudo does not let $(id -un) in"
    as_root=(sudo)
fi
"${as_root[@]}" apt-get update -q

echo "setup: installing ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${missing[@]}" || {
    echo "setup: apt could not install that; Debian 12, Debian 13 and Ubuntu 24.04 (universe) have what building and" >&2
    echo "       testing need, Debian 12 and Ubuntu 24.04 the clang 14 that formatting and static analysis need" >&2
    exit 1
}
