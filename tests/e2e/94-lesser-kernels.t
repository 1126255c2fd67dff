#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Kernels without Landlock or without seccomp filters: everything works, one
# warning a run names what is missing, and -v says what holds. (All that can be
# missing: tests/unit/check_sandbox_kernels.c.)
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/login.sh"

pair
on master bijk-master set n1 min-period=0
for host in node master; do
	put_file "$host" "$(tool lesskernel)" 0755 <"$E2E_TOOLS/lesskernel"
done

# less HOST PART CMD...
less() {
	local host=$1 part=$2
	shift 2
	on "$host" "$(tool lesskernel)" "$part" "$@"
}
login_without() {
	less node "$1" setpriv --reuid bijk --regid bijk --init-groups /usr/sbin/bijk-login \
		-v -c pull
}

answered "bijk-login" on node setpriv --reuid bijk --regid bijk --init-groups /usr/sbin/bijk-login \
	-v -c pull
like "$(log_of node)" \
	'restricted: no_new_privs, Landlock ABI [0-9]+ \(paths(, TCP)?\), seccomp ([12]?[0-9]|3[01]) calls, limits$' \
	"says with -v what holds: 31 calls at most"
unlike "$(log_of node)" 'this kernel has no' "and warns of nothing"

log_clear node
answered "without seccomp it answers, too" login_without seccomp
is "$(log_of node | grep -c 'bijk-login.*this kernel has no seccomp filter: Landlock, no_new')" 1 \
	"with one warning"
log_says node 'restricted: no_new_privs, Landlock ABI [0-9]+ \(.*\), limits$' "and what holds"

on node bijk-cat --spool >/dev/null
put_lines node 1 10
exits 0 "a push from such a kernel" less node landlock bijk-push --now -v
is "$(grep -c 'this kernel has no Landlock' "$ERR")" 1 "one warning"
is "$(grep -c 'restricted: no_new_privs, seccomp' "$ERR")" 1 "and what holds"
exits 0 "a registration from there" less node landlock bijk-keyreg -v
is "$(grep -c 'this kernel has no Landlock' "$ERR")" 1 "one warning"

node_new other 192.0.2.21 n2 master
acquaint other master n2
put_lines node 11 20
exits 0 "pulls of two nodes by such a kernel" less master landlock bijk-pull -v n1 n2
is "$(grep -c 'this kernel has no Landlock' "$ERR")" 1 "one warning for both"
is "$(grep -c 'restricted: no_new_privs, seccomp' "$ERR")" 2 "and what holds, for each"
has_lines master n1 1 20 "every record is there"
done_testing
