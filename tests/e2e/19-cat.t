#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-cat: what of a node's records, by time and source; following; several nodes.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node1 192.0.2.21 n1 master
node_new node2 192.0.2.22 n2 master
acquaint node1 master n1
acquaint node2 master n2
put_lines node1 1 5 early
# The moments between have to be apart by the clock.
sleep 1.1
middle=$(date -u +%FT%TZ)
sleep 1.1
put_lines node1 6 10 late
put_lines node2 1 3
exits 0 "a pull of all" pull master --all

is "$(archive master n1 --since "$middle")" "$(lines 6 10)" "--since"
is "$(archive master n1 --until "$middle")" "$(lines 1 5)" "--until"
is "$(archive master n1 --source late)" "$(lines 6 10)" "--source"
is "$(archive master n1 --since 1h)" "$(lines 1 10)" "--since an hour ago"
is "$(archive master n1 --until 1h)" "" "--until an hour ago"
is "$(on master bijk-cat n1 n2)" "$(lines 1 10; lines 1 3)" "two nodes"
is "$(on master bijk-cat --all)" "$(lines 1 10; lines 1 3)" "--all"
is "$(on master bijk-cat --all --tail 2)" "$(lines 9 10; lines 2 3)" "--tail, of each node"
is "$(archive master n1 --tail 2 --source early)" "$(lines 4 5)" "--tail of a source"
is "$(archive master n1 --source 'e*' --source lat?)" "$(lines 1 10)" "two patterns"
is "$(archive master n1 --since yesterday --source 'l*')" "$(lines 6 10)" "--since yesterday"
is "$(archive master n1 --long --tail 1 | sed 's/^[0-9T:+-]* //')" "n1 late $(lines 10 10)" "--long"
is "$(on node1 bijk-cat --spool --tail 3)" "$(lines 8 10)" "--tail of a spool"
ok "a node is removed" on master bijk-master remove n2
is "$(on master bijk-cat --all --source 'te*')" "$(lines 1 3)" "--all has what was kept of it"
exits 65 "a node that nobody added" on master bijk-cat n3
exits 64 "a time that is none" on master bijk-cat --since yesterdayish n1

exits 64 "a source that is none" on master bijk-cat --source a/b n1

start master follow bijk-cat --follow n1
start master last bijk-cat --follow --tail 1 --all
follows() {
	[ "$(cat "$HOSTS_DIR/master-$1.out")" = "$2" ]
}
soon 30 "--follow shows what is there" follows follow "$(lines 1 10)"
soon 30 "with --tail, the last" follows last "$(lines 10 10; lines 3 3)"
put_lines node1 11 15
pull master n1
soon 30 "and what arrives" follows follow "$(lines 1 15)"
soon 30 "with --tail, too" follows last "$(lines 10 10; lines 3 3; lines 11 15)"
node_config node2 n4 master </dev/null
acquaint node2 master n4
put_lines node2 4 4
push node2
ends_in() {
	[ "$(tail -n 1 "$HOSTS_DIR/master-last.out")" = "$1" ]
}
soon 30 "--all: a node that is added meanwhile" ends_in "$(lines 4 4)"
stop master last
ok "and goes on" job_running master follow
stop master follow
done_testing
