#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A master whose host gets another name, or which moves, stays the master that its nodes know.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
put_lines node 1 3
exits 0 "a push" push node
on master rm /etc/bijk/master.yml
on master hostname monitor.example.org
put_lines node 4 6
exits 0 "a push after the host has another name" push node
exits 0 "and a pull" pull master n1
exits 0 "and a registration" on node bijk-keyreg
has_lines master n1 1 6 "the records arrived"
exits 0 "bijk-master" on master bijk-master -v list
contents "$ERR" 'this is master m1$' "says with -v who it is"

master_config master m2 </dev/null
exits 78 "another name in the configuration: bijk-master" on master bijk-master list
contents "$ERR" 'master.name is m2, but .* master m1: .* go on as m1; .* remove every node' \
	"says how to go on, and what a change means"
put_lines node 7 9
not_ok "a push then" push node
log_says master 'bijk-recv.*master.name is m2' "the log says why"
exits 78 "a pull" pull master n1
has_lines master n1 1 6 "nothing was taken"

master_config master m1 </dev/null
exits 0 "bijk-master remove" on master bijk-master remove n1
master_config master m2 </dev/null
exits 0 "without nodes the name may change" on master bijk-master list
contents "$OUT" 'removed nodes are kept: n1$' "and the records are still there"
state_age_all node 301
not_ok "a node that is not added anew is refused" push node
log_says master 'bijk-keyrecv.*n1 is unknown' "the master says why"
exits 0 "the node added anew, with the hash that it has" on master bijk-master add n1 \
	< <(on node cat /etc/bijk/hash)
state_age_all node 301
not_ok "the next push finds the other name" push node
exits 0 "and has registered by itself: the one after it" push node
has_lines master n1 1 9 "brings the records"
exits 0 "it is pulled, too" pull master n1
done_testing
