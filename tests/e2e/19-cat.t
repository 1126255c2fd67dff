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
exits 65 "a node that nobody added" on master bijk-cat n3
exits 64 "a time that is none" on master bijk-cat --since yesterdayish n1

start master follow bijk-cat --follow n1
follows() {
	[ "$(cat "$HOSTS_DIR/master-follow.out")" = "$(lines 1 "$1")" ]
}
soon 30 "--follow shows what is there" follows 10
put_lines node1 11 15
pull master n1
soon 30 "and what arrives" follows 15
ok "and goes on" job_running master follow
stop master follow
done_testing
