#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Three masters, of which the first two are down, each in its way: the third gets the records.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new ma 192.0.2.11 m1
master_new mb 192.0.2.12 m2
master_new mc 192.0.2.13 m3
node_new node 192.0.2.20 n1 ma mb mc
for host in ma mb mc; do
	acquaint node "$host" n1
	on "$host" bijk-master set n1 min-period=0
done
exits 0 "registered with all three" on node bijk-keyreg

put_lines node 1 10
exits 0 "all are up: a push" push node
has_lines ma n1 1 10 "goes to the first"
has_nothing mb n1 "and to no other"

sshd_stop ma
host_end mb
# Or the node would wait for an answer from where the second just was; so it
# finds at once that nobody is there.
on node ip neigh flush dev eth0
put_lines node 11 20
log_clear node
exits 0 "the first refuses, the second is gone: a push" push node
contents "$ERR" 'ma\b.*refused' "says why not to the first"
contents "$ERR" 'mb\b' "and names the second"
# The node still held what the first had taken: a segment that is being written is not freed.
has_lines mc n1 1 20 "goes to the third, which has all of it"

sshd_stop mc
on node ip neigh flush dev eth0
exits 69 "all are down: exit code 69" push node
sshd_start ma
put_lines node 21 30
exits 0 "the first is back: a push" push node
has_lines ma n1 1 30 "goes on from the first's own end"
has_lines mc n1 1 20 "and not to the third"
done_testing
