# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# What every part uses: what the installer says, and whether it changed anything.

CHANGES=0 NOTES=0
# Who speaks. PACKAGED: a package's script, which says only what went wrong and
# what is left to do.
PROGRAM=${PROGRAM:-install.sh} PACKAGED=${PACKAGED:-}

tell() { printf '%s\n' "$*"; }
say() { [ -n "$PACKAGED" ] || tell "$*"; }

# did TEXT: one thing on this machine is now different.
did() {
	CHANGES=$((CHANGES + 1))
	say "  $*"
}

# note TEXT: what this machine lacks, or what is left to do on it.
note() {
	NOTES=$((NOTES + 1))
	printf '%snote: %s\n' "${PACKAGED:+$PROGRAM: }" "$*" >&2
}

# die CODE TEXT: CODE is of sysexits, as with the programs.
die() {
	printf '%s: %s\n' "$PROGRAM" "$2" >&2
	exit "$1"
}

# at_exit FUNCTION: called however the installer ends.
at_exit() {
	# shellcheck disable=SC2064
	trap "$1" EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
}

# retry TRIES SECONDS COMMAND...: until it succeeds; false if it never does.
retry() {
	tries=$1 pause=$2
	shift 2
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep "$pause"
	done
}

need_root() {
	[ "$(id -u)" -eq 0 ] || die 77 "$COMMAND changes the system: run it as root"
}

# is_our_root FILE: where we run in a chroot, /proc has processes from outside.
is_our_root() {
	[ "$(stat -L -c %d:%i "$1" 2>/dev/null)" = "$(stat -L -c %d:%i /)" ]
}
