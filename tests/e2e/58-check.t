#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-master check is a monitoring plugin: exit code and line in each state, and
# with limits.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
state=/var/lib/bijk-master/nodes/n1/state.yml
# state_is LINE...: what the master remembers of n1.
state_is() {
	printf '%s\n' "$@" | put_file master $state 0600 bijk-master:bijk-master
}
ago() {
	echo $(($(date +%s) - $1))
}
# says CODE ERE WHAT ARGUMENT...
says() {
	local code=$1 ere=$2 what=$3
	shift 3
	exits "$code" "$what" on master bijk-master check "$@"
	like "$(cat "$OUT")" "$ere" "$what: its line"
	is "$(wc -l <"$OUT")" 1 "$what: one line"
}

says 3 '^BIJK UNKNOWN - there is no node' "no node"
says 3 '^BIJK UNKNOWN - .*n1' "a node that is none" n1
exits 0 "a node" on master bijk-master add n1 < <(printf '%064d\n' 1)
says 1 '^BIJK WARNING - 1 of 1 node: n1 never \(it has not registered' "never"
well=(direction:\ pull "contact: $(ago 10)")
state_is "${well[@]}"
says 0 '^BIJK OK - 1 node \| ok=1;;;0 late=0;;;0 .* contact=[0-9]+s;;;0 backlog=0;;;0 lost=0;0;;0 skew=0s;;;0$' \
	"ok" n1
state_is "${well[@]}" 'left: 5'
says 1 'n1 behind' "behind"
says 0 ' backlog=5;10;20;0' "behind, within a limit" -w backlog=10 -c backlog=20
says 2 'n1 behind, backlog 5 ' "behind, beyond a limit" -w backlog=3 -c backlog=4
state_is "${well[@]}" 'damaged: 7'
says 2 'n1 damaged' "damaged"
state_is "${well[@]}" "cloned: $(ago 5)"
says 2 'n1 cloned' "cloned"
state_is "${well[@]}" 'gaps: 1' 'lost: 3'
says 1 'n1 ok, lost 3' "records lost"
says 0 'OK' "fewer than may be lost" --warning lost=3
state_is "${well[@]}" 'skew: -90'
says 0 'skew=90s' "the clock"
says 1 'skew 90 s' "the clock, beyond a limit" --warning=skew=1m
state_is "${well[@]}" "newest_ns: $(ago 600)000000000"
says 2 'n1 ok, newest 10 min' "old records" -c newest=5m
state_is "direction: pull" "contact: $(ago 1000)"
says 1 'n1 late' "late"
says 0 ' contact=1[0-9]*s;1800;3600;0' "late, within a limit" -w contact=30m -c contact=1h
state_is "direction: pull" "contact: $(ago 4000)"
says 2 'n1 silent' "silent"
says 0 OK "silent, within a limit" -c contact=2h
failed=("reason: a | b" "failed: $(ago 5)" 'failed_direction: pull')
state_is "${well[@]}" "${failed[@]}"
says 1 'n1 error \(a / b\) \|' "a failure, with a bar in its reason"
state_is "direction: pull" "contact: $(ago 4000)" "${failed[@]}"
says 2 'n1 error' "failures for more than an hour"
state_is "direction: pull" "contact: $(ago 4000)" "${failed[@]}" 'gaps: 1' 'lost: 3'
exits 0 "off" on master bijk-master set n1 mode=off
says 0 'OK .* off=1' "off"

feed=/var/lib/bijk-master/feeds/f1
on master install -d -o bijk-master -g bijk-master -m 700 /var/lib/bijk-master/feeds $feed
put_file master $feed/.state 0600 bijk-master:bijk-master <<<'reason: no way to the sink'
says 1 '^BIJK WARNING - feed f1 \(no way to the sink\); 1 node \|.* feed=0s;;;0$' "a feed that failed"
says 0 'OK' "which is not the fault of a node" n1
on master rm -r $feed

exits 0 "another" on master bijk-master add n2 < <(printf '%064d\n' 2)
exits 0 "on again" on master bijk-master set n1 mode=auto
state_is "direction: pull" "contact: $(ago 4000)" "${failed[@]}"
says 2 '^BIJK CRITICAL - 2 of 2 nodes: n1 error \(a / b\); n2 never' "the worst first"
says 1 '^BIJK WARNING - 1 of 1 node: n2 never' "one of two" n2
says 3 '^BIJK UNKNOWN - option -w: unknown limit' "a limit that is none" -w years=1
says 3 '^BIJK UNKNOWN - usage: bijk-master check' "an option that is none" --years
says 2 'n1 error .*; n2 never [^;]* \| ok' "nothing stands behind the last" n1 n2

# As a local check of Checkmk.
checkmk() {
	run on master /usr/share/bijk/examples/monitoring/checkmk-local
	like "$(cat "$OUT")" "^$1\$" "Checkmk: $2"
}
checkmk '2 "Bijk" ok=0;;;0\|.*\|contact=[0-9]+;;;0\|.* BIJK CRITICAL - 2 of 2 nodes: n1 .*' "critical"
on master bijk-master set n1 mode=off
on master bijk-master set n2 mode=off
checkmk '0 "Bijk" ok=0;;;0\|.*\|off=2;;;0.* BIJK OK - 2 nodes' "all is well"
on master bijk-master set n1 mode=auto
on master bijk-master set n2 mode=auto
on master chown root:root /var/lib/bijk-master/nodes/n2
says 2 'n2 error \(its files on this master cannot be read\)' "files that cannot be read"
on master chown bijk-master:bijk-master /var/lib/bijk-master/nodes/n2
# More than fit into the line.
on master sh -c 'cd /var/lib/bijk-master/nodes && for i in $(seq 100 199); do cp -a n2 n$i; done'
says 2 '; [0-9]+ more \| ok' "many nodes: those that are not named are counted"
ok "and the line is short" test "$(wc -c <"$OUT")" -lt 3072
on master sh -c 'rm -r /var/lib/bijk-master/nodes/n1??'

master_config master m1 <<<'archive: {min_free: 900T}'
says 2 '^BIJK CRITICAL - this master: no records can be kept' "no room"
says 1 '^BIJK WARNING - 1 of 1 node: n2' "which is not the fault of a node" n2
echo 'pull: [' | put_file master /etc/bijk/master.yml
says 3 '^BIJK UNKNOWN - /etc/bijk/master.yml' "a configuration that is wrong"
checkmk '3 "Bijk" - BIJK UNKNOWN - .*' "unknown"
done_testing
