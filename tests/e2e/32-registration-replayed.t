#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A registration that somebody recorded and plays again, to the master or to the
# node, changes nothing.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n1 master
add_node node master n1
node_config node n1 master <<'END'
  register_port: 50019
END
start master relay "$(tool relay)" -w /root/heard 192.0.2.10:50019 192.0.2.10:50010
until_ok 30 port_open master 50019
exits 0 "the registration that is recorded" on node bijk-keyreg
stop master relay
old=$(on master cat /var/lib/bijk-master/nodes/n1/push.pub)

node_config node n1 master </dev/null
exits 0 "the node takes another key" on node bijk-keyreg --rotate
new=$(on master cat /var/lib/bijk-master/nodes/n1/push.pub)
isnt "$new" "$old" "and the master has it"

run on master sh -c 'socat -t 5 - TCP:192.0.2.10:50010 </root/heard.c'
contents "$OUT" '^ERR auth' "the old request, played to the master, is refused"
is "$(on master cat /var/lib/bijk-master/nodes/n1/push.pub)" "$new" "and changes nothing"

# The master's keys change; what it said before must not bring them back.
pins() {
	on node cat /var/lib/bijk/known_hosts /var/lib/bijk/.ssh/authorized_keys
}
before=$(pins)
node_config node n1 master <<'END'
  register_port: 50019
END
start master relay "$(tool relay)" -p /root/heard.s 192.0.2.10:50019 192.0.2.10:50010
until_ok 30 port_open master 50019
exits 77 "the old answer, played to the node, is refused" on node bijk-keyreg
stop master relay
is "$(pins)" "$before" "and changes nothing"
done_testing
