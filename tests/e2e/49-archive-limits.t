#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What an archive keeps: a spool that is new at each start removes nothing, what
# passes the quota is told, and a gap; an administrator acknowledges it. What he
# purges is no loss. A master without room says so above the table.
. "${0%/*}/lib/e2e.sh"

pair
master_config master m1 <<'END'
archive:
  max_size: 32M
END
status() {
	run on master bijk-master status n1
}
held() {
	on master bijk-master status --json n1 | json_field "$1"
}

for i in 1 2 3 4 5 6 7 8 9; do
	on node rm -rf /var/lib/bijk/spool
	echo "start $i" | put_bytes node
	pull master n1 >/dev/null 2>&1 || true
done
archive master n1 >have
seq 1 9 | sed 's/^/start /' >want
same have want "nine starts with a new spool: all that came is there"
status
contents_not "$OUT" 'removed here' "and nothing was removed"

for i in 1 2 3 4; do
	noise 11000000 | on node bijk-put -s big
done
exits 0 "a pull of more than the quota" pull master n1
contents "$ERR" 'removed before archive.max_age' "says that something was removed early"
status
contents "$OUT" 'were removed here .*archive.max_size: [0-9]+ records?' "status says what went"
on master bijk-cat --json n1 | grep -o '"seq"\|"gap_from":1,"gap_to":[0-9]*' >have
contents have '"gap_from":1,"gap_to":[12]' "it is a gap"
exits 0 "acknowledge" on master bijk-master acknowledge n1
status
contents_not "$OUT" 'removed here' "then it is no news any more"

exits 0 "remove --purge" on master bijk-master remove n1 --purge
add_node node master n1
acquaint node master n1
put_lines node 1 3
exits 0 "a pull of the node that was added again" pull master n1
is "$(held lost)" 0 "our own purge is no loss"
exits 0 "remove" on master bijk-master remove n1
contents_not <(on master bijk-master list --json) n1 "it is no node"
like "$(on master bijk-master list)" 'removed nodes are kept: n1$' "but its archive is named"

add_node node master n1
on master sh -c \
	'cp -a /var/lib/bijk-master /root/keep; mount -t tmpfs -o size=64M,mode=700,nr_inodes=2000 \
		/dev/null /var/lib/bijk-master &&
	cp -a /root/keep/. /var/lib/bijk-master/ &&
		chown bijk-master:bijk-master /var/lib/bijk-master &&
	cd /var/lib/bijk-master && seq -f x%.0f 2000 | xargs touch 2>/dev/null' || true
status
contents "$OUT" '^this master: no records can be kept in .*: no inodes' \
	"no inodes: above the table, by that name"
like "$(held master)" 'no inodes' "--json too"
on master sh -c 'rm -f /var/lib/bijk-master/x*; mount -o remount,ro /var/lib/bijk-master'
status
contents "$OUT" '^this master: no records can be kept in .*: it is read-only' \
	"read-only: above the table"
done_testing
