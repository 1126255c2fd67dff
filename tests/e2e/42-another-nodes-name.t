#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node that takes another node's name, with a key that is let in: nothing is stored for either.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node1 192.0.2.21 n1 master
node_new node2 192.0.2.22 n2 master
acquaint node1 master n1
acquaint node2 master n2
on master bijk-master set n1 min-period=0
on master bijk-master set n2 min-period=0
put_lines node1 1 10
put_lines node2 1 10

node_config node2 n1 master </dev/null
on node2 rm /var/lib/bijk/state/register-master
log_clear master
exits 77 "n2 pushes as n1" push node2
contents "$ERR" auth "and sees auth"
log_says master 'bijk-recv.*n1.*(proof|prove|hash)' "the master's log says that this was not n1"
key=$(on master cat /var/lib/bijk-master/nodes/n1/push.pub)
exits 77 "n2 registers as n1" on node2 bijk-keyreg
is "$(on master cat /var/lib/bijk-master/nodes/n1/push.pub)" "$key" "n1 keeps its key"
has_nothing master n1 "nothing is stored for n1"
has_nothing master n2 "nor for n2"
exits 77 "a pull of n2, which answers as n1" pull master n2
has_nothing master n1 "nothing is stored for n1"
has_nothing master n2 "nor for n2"

exits 0 "n1 itself pushes" push node1
has_lines master n1 1 10 "and its records are there"
done_testing
