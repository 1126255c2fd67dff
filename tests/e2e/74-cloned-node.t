#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A machine that was cloned with its hash and keys: the records of both arrive,
# and status says `cloned` with both addresses.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
put_lines node 1 10
exits 0 "a push" push node
host_new clone 192.0.2.21 node
on node tar -C / -cf - etc/bijk var/lib/bijk >all.tar
on clone tar -C / -xf - <all.tar

for turn in 1 2 3; do
	for host in node clone; do
		echo "turn $turn of $host" | put_bytes $host
		run push $host
		# Who finds that the log has forked starts a new one.
		[ "$RC" -eq 0 ] || exits 0 "turn $turn of $host" push $host
	done
done
{
	lines 1 10
	for turn in 1 2 3; do
		echo "turn $turn of node"
		echo "turn $turn of clone"
	done
} | sort >want
archive master n1 | sort -u >have
same have want "the records of both are there"
exits 0 "bijk-master status" on master bijk-master status n1
contents "$OUT" cloned "says cloned"
contents "$OUT" 'two machines use this name, from ' "and in words"
exits 0 "bijk-master status --json" on master bijk-master status --json n1
contents "$OUT" '"cloned"' "says it too"
done_testing
