#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node that was added and has not registered yet is no failure: `never`, and
# what to do. A master whose name is none.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n1 nosuch.example
add_node node master n1
run on master bijk-pull --all
is "$RC" 0 "nothing to be pulled"
empty "$ERR" "and nothing to complain about"
exits 75 "a pull of the node by its name" pull master n1
contents "$ERR" 'it has not registered yet' "says what it lacks"
is "$(on master bijk-master status --json | json_field status)" never "status: never"
like "$(on master bijk-master status)" 'it has not registered yet: bijk-keyreg' "and what to do"

run on node bijk-keyreg
is "$RC" 69 "a master whose name cannot be resolved"
contents "$ERR" 'nosuch.example: its name cannot be resolved' "is told by that"
contents_not "$ERR" 'port' "and not by a port"
done_testing
