# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Documents that tests run.
#
#   doc_block HEADING N [FILE]   prints the Nth block of code below that heading
#   doc_steps HEADING [FILE]     runs each of them on the host that its first line names, "# on HOST…";
#                                "# on your machine": here, where ssh enters the host as root

doc_block() {
	awk -v heading="$1" -v want="$2" '
		/^#+ / && !code { here = $0; sub(/^#+ /, "", here); here = here == heading; n = 0 }
		/^ *```/ { code = !code; n += code; next }
		code && here && n == want { print }' "${3-$E2E_ROOT/docs/operations.md}"
}

# The test's own ssh: `ssh root@HOST COMMAND...`.
ssh() {
	local host=${1#root@}
	shift
	on "$host" sh -c "$*"
}

doc_run() {
	local host
	host=$(sed -n '1s/^# on \([a-z0-9.]*\).*/\1/p' "$1")
	# shellcheck source=/dev/null
	case $host in
	'') give_up "a block that names no host" ;;
	your) (set -eu -o pipefail && . "$1") ;;
	*) on "$host" sh -eu -s <"$1" ;;
	esac
}

doc_steps() {
	local n=1
	doc_block "$1" 1 "${@:2}" >block
	[ -s block ] || give_up "no block below $1"
	while [ -s block ]; do
		exits 0 "$1: $n$(sed -n '1s/^# on/, on/p' block)" doc_run block
		n=$((n + 1))
		doc_block "$1" $n "${@:2}" >block
	done
}
