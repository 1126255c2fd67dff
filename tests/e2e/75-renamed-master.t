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
contents "$ERR" 'master.name is m2, but .* master m1: .* go on as m1; .bijk-master rename m2.* added anew' "says how to go on, and what a change means"
put_lines node 7 9
not_ok "a push then" push node
log_says master 'bijk-recv.*master.name is m2' "the log says why"
exits 78 "a pull" pull master n1
has_lines master n1 1 6 "nothing was taken"
done_testing
