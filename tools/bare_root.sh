# Sourced by scripts that try what was built where nothing else is installed: makes a bare root of this machine's Debian
# or Ubuntu in $root, from $MIRROR or the distribution's own, which goes when the script ends. Needs root and debootstrap.
name=$(basename "$0" .sh)
if [ "$(id -u)" -ne 0 ]; then
    echo "$name: NOT ROOT: nothing is tried in a bare root" >&2
    exit 0
fi
work=$(mktemp -d)
root=$work/root
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf "$work"' EXIT

failed() {
    echo "$name: $1" >&2
    exit 1
}

# Runs a command, of whose output only the end is shown, and only where it fails.
quietly() { "$@" >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; failed "this failed: $*"; }; }

# Runs a command in the bare root.
inside() { chroot "$root" env -i DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

install() { quietly inside apt-get install -y -qq --no-install-recommends "$@"; }

. /etc/os-release
components=main
[ "$ID" != ubuntu ] || components=main,universe
quietly debootstrap --variant=minbase --components="$components" "$VERSION_CODENAME" "$root" ${MIRROR:+"$MIRROR"}
mount -t proc proc "$root/proc"
quietly inside apt-get update -qq
