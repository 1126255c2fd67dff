#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A registration that somebody carries on, byte for byte, comes from his
# address: the node is pulled at its own all the same. It moves when the node
# says so.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n1 master
host_new evil 192.0.2.66 base
sshd_stop evil
start evil relay "$(tool relay)" 192.0.2.66:50010 192.0.2.10:50010
until_ok 30 port_open evil 50010
add_node node master n1
address() {
	on master bijk-master list --json | json_field address
}
carried_on() {
	on node sh -c \
		'sed "s/masters: .*/masters: [192.0.2.66]/" /etc/bijk/plugins.yml >/root/carried.yml'
	exits 0 "$1, carried on by another machine" on node bijk-keyreg -f /root/carried.yml
	is "$(address)" 192.0.2.20 "the node's address is its own"
}

carried_on "the first registration"
exits 0 "the node registers by itself" on node bijk-keyreg
put_lines node 1 10
exits 0 "it is pulled" pull master n1
carried_on "another registration"
put_lines node 11 20
exits 0 "it is pulled still" pull master n1
has_lines master n1 1 20 "and its records are there"

on node ip address add 192.0.2.21/24 dev eth0
on node sed -i 's/^node:/node:\n  address: 192.0.2.21/' /etc/bijk/plugins.yml
exits 0 "the node has another address, and registers" on node bijk-keyreg
is "$(address)" 192.0.2.21 "the master has it"
exits 0 "and pulls it there" pull master n1

# Nothing behind what the node says, as behind a NAT: then it is tried where its
# registration came from.
on node sed -i 's/192.0.2.21/192.0.2.66/' /etc/bijk/plugins.yml
exits 0 "the node says an address that is not its own" on node bijk-keyreg
exits 69 "the pull fails there" pull master n1
exits 0 "the node registers again" on node bijk-keyreg
run pull master n1
contents "$ERR" 'at 192\.0\.2\.66' "now that there are two, the message says which failed"
put_lines node 21 30
exits 0 "the pull after it goes to where the registration came from" pull master n1
has_lines master n1 1 30 "and its records are there"
is "$(address)" 192.0.2.20 "which is its address from now on"
done_testing
