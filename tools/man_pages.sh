#!/usr/bin/env bash
# Writes a man page of the program and of each of its commands, from what --help says: tools/man_pages.sh PROGRAM DIR
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: tools/man_pages.sh PROGRAM DIR" >&2; exit 2; }
program=$1
out=$2
mkdir -p "$out"
version=$("$program" --version | cut -d" " -f2)

# The names below "Subcommands:".
commands_of() { "$program" "$@" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'; }

write_page() {
    local name title
    name=$(IFS=-; echo "inkling${*:+-}$*")
    title=$("$program" "$@" --help | sed -n '1{s/[.]$//;p}')
    help2man --no-info --version-string "$version" --source "Inkling $version" --name "$title" "$program${*:+ }$*" |
        sed -e "s/^\.TH [^ ]*/.TH ${name^^}/" -e "/^\.SH NAME/{n;s/^[^ ]* /${name//-/\\\\-} /}" \
            -e '/^\.S[SH] "*example/Ia .nf' >"$out/$name.1"
    for command in $(commands_of "$@"); do write_page "$@" "$command"; done
}

write_page
