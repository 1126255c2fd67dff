#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# One of two masters is taken over: what it has of the node is not the hash, and
# is nothing to the other, as the node or as its master.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
master_new other 192.0.2.11 m2
node_new node 192.0.2.20 n1 master other
acquaint node master n1
acquaint node other n1
hash=$(on node cat /etc/bijk/hash)
not_ok "the hash is nowhere at the master" on master grep -raq "$hash" /var/lib/bijk-master \
	/etc/bijk /var/log
is "$(on master stat -c '%U:%G %a' /var/lib/bijk-master/nodes/n1/secret)" \
	"bijk-master:bijk-master 600" "the secret is the master's alone"
isnt "$(on master cat /var/lib/bijk-master/nodes/n1/secret)" \
	"$(on other cat /var/lib/bijk-master/nodes/n1/secret)" \
	"each master has another secret"

# As the node, with all that the first master has.
node_new thief 192.0.2.30 n1 other
on master cat /var/lib/bijk-master/nodes/n1/secret | put_file thief /etc/bijk/hash 0640 root:bijk
before=$(on other sh -c 'cd /var/lib/bijk-master/nodes/n1 && cat push.pub known_hosts registered')
exits 77 "with it, a registration as the node at the other" on thief bijk-keyreg
is "$(on other sh -c 'cd /var/lib/bijk-master/nodes/n1 && cat push.pub known_hosts registered')" \
	"$before" "changes nothing there"

# As the other master, towards the node.
on master cat /var/lib/bijk-master/nodes/n1/secret |
	put_file other /var/lib/bijk-master/nodes/n1/secret 0600 bijk-master:bijk-master
put_lines node 1 3
exits 77 "a pull with the secret of another master" pull other n1
has_nothing other n1 "brings nothing"
exits 0 "and the first has its own" push node
has_lines master n1 1 3 "with which the records arrive"
done_testing
