#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Random machines: where data flows the doctor finds no failure, where it does
# not it finds one, and what it prints makes it flow. N says how many machines,
# SEED (1) which is the first: `SEED=17 N=1` is the 17th alone. Without them it
# is 15, in the long form 150, and doctor-random-2.t goes on where this one ends.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"
. "$E2E_LIB/agree.sh"

command -v iptables-legacy nft ipset >/dev/null || skip_all "a packet filter is missing"
: "${N:=15${LONG:+0}}" "${SEED:=$((1 + ${halves:-0} * N))}"
# Several rules may stand behind one another, and several faults as well.
agree_visits=4
agree_hosts() {
	[ "$six" = 4 ] || {
		ipv6_only master node
		on node bijk-keyreg >/dev/null
		on master bijk-master set n1 address=2001:db8::20
	}
}
# What flows: a pull, and what the doctor tries outward.
agree_pull() {
	local fault_try=$1
	agree_pulls=$((agree_pulls + 1))
	echo "$name, $agree_pulls" | put_bytes node
	flow_pull "$name, $agree_pulls" && on node timeout "$1" bijk-push --now &&
		on node timeout "$1" bijk-keyreg
}

agree_begin
diag "$N machines from seed $SEED"
# Where pulls come, what stops only the way out is a warning.
verdict='FAIL|warn'
flowing=0
for ((seed = SEED; seed < SEED + N; seed++)); do
	perl "$E2E_LIB/random-machine.pl" "$seed" >"$T/machine"
	read -r _ six <"$T/machine"
	failed=$tap_failed
	agree_either "machine $seed" <"$T/machine"
	[ "$tap_failed" = "$failed" ] || diag_file "$T/machine" 8000
done
diag "of $N machines $flowing let all of it through"
ok "machines of both kinds were among them" test "$N" -lt 15 -o \
	$((flowing * 8)) -ge "$N" -a $(((N - flowing) * 8)) -ge "$N"
done_testing
