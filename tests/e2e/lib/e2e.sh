# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What a test file sources first: `. "${0%/*}/lib/e2e.sh"`. Started by hand,
# outside of tests/e2e/run, the file hands itself to it, so that the namespaces
# and the installed layers exist.
set -euo pipefail

E2E_LIB=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
if [ -z "${E2E_DIR-}" ]; then
	exec "$E2E_LIB/../run" --one "$0"
fi

test_name=${0##*/}
test_name=${test_name%.t}
exec </dev/null
T=$E2E_DIR/t/$test_name
mkdir -p "$T"
cd "$T"

# shellcheck source=tap.sh
. "$E2E_LIB/tap.sh"
# shellcheck source=hosts.sh
. "$E2E_LIB/hosts.sh"
# shellcheck source=bijk.sh
. "$E2E_LIB/bijk.sh"

clean_environment

e2e_died() {
	diag "line $1 failed with code $2: $3"
}

# The one way out: everything the file started ends, and its result is left for the run's summary.
e2e_exit() {
	local code=$? result=passed name
	trap - EXIT ERR
	set +e
	if [ "$tap_done" != skip ] && { [ "$code" -ne 0 ] || [ "$tap_failed" -ne 0 ]; }; then
		result=failed
		for name in "${!host_pid[@]}"; do
			diag "the last of syslog on $name:"
			grep -aE "bijk-[a-z]+\[" "$(host_file "$name" /var/log/syslog)" \
				2>/dev/null | tail -n 15 | cat -v | sed 's/^/#   | /' >&2
		done
	elif [ "$tap_done" = skip ]; then
		result=skipped
	elif [ "$tap_done" != plan ]; then
		result=failed
		diag "ended before done_testing"
		code=1
	fi
	hosts_end
	cd /
	rm -rf "$T"
	echo "$result" >"$E2E_DIR/results/$test_name"
	exit "$code"
}
trap e2e_exit EXIT
trap 'e2e_died "$LINENO" "$?" "$BASH_COMMAND"' ERR
trap 'exit 1' INT TERM HUP
