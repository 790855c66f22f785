#!/usr/bin/env bash
# Installs, tries and removes the packages of `make package` in a bare root: tools/check_package.sh
set -euo pipefail
cd "$(dirname "$0")/../build/package"
. ../../tools/bare_root.sh

ours() { find "$root" -xdev -path "$root/proc" -prune -o -path "$root/tmp" -prune -o -iname '*inkling*' -print; }
[ -z "$(ours)" ] || failed "the root is not bare: $(ours)"

cp inkling_*.deb "$root/tmp/inkling.deb"
cp inkling-dev_*.deb "$root/tmp/inkling-dev.deb"
install /tmp/inkling.deb
inside inkling --version
quietly inside sh -c 'cd /tmp && inkling train mlp --split synthetic --per-class 50 --epochs 1 --no-test --out run --quiet'
quietly inside sh -c 'cd /tmp && inkling export run --onnx run.onnx --quantize int8 --split synthetic && inkling export run --page run.html'
for file in share/man/man1/inkling.1.gz share/man/man1/inkling-study.1.gz share/inkling/recipes/cnn.toml \
    share/bash-completion/completions/inkling share/doc/inkling/copyright; do
    [ -s "$root/usr/$file" ] || failed "/usr/$file is missing"
done
completed=$(inside bash -c '. /usr/share/bash-completion/completions/inkling
    COMP_WORDS=(inkling exp) COMP_CWORD=1; _inkling 2>/dev/null; echo "${COMPREPLY[@]}"')
[ "$completed" = export ] || failed "bash completes 'inkling exp' to '$completed', expected 'export'"
zcat "$root/usr/share/man/man1/inkling.1.gz" | grep -q '^\.SH NAME' || failed "inkling.1 is no man page"

install g++ make /tmp/inkling-dev.deb
cp -r ../../examples "$root/tmp/examples"
quietly inside sh -c 'cmake -S /tmp/examples -B /tmp/built -DCMAKE_BUILD_TYPE=Release && cmake --build /tmp/built && ctest --test-dir /tmp/built --output-on-failure'

quietly inside apt-get purge -y -qq inkling inkling-dev
[ -z "$(ours)" ] || failed "left behind: $(ours)"
echo "check_package: the packages install, work and go without a trace"
