#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The port of a node's sshd: what sshd listens on is registered; the node's file
# and the administrator's word go before it.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n1 master
on node sh -c 'echo "Port 2222" >/etc/ssh/sshd_config.d/port.conf'
sshd_restart node
acquaint node master n1
put_lines node 1 10
exits 0 "the port of sshd is found and registered" pull master n1
has_lines master n1 1 10 "and pulled on"

on node sh -c 'echo "Port 3333" >/etc/ssh/sshd_config.d/port.conf'
sshd_restart node
exits 69 "sshd moves, nobody answers on the old port" pull master n1
printf 'node:\n  name: n1\n  port: 3333\nsender:\n  masters: [master]\n' |
	put_file node /etc/bijk/plugins.yml
exits 0 "registered again, with the port in plugins.yml" on node bijk-keyreg
put_lines node 11 20
exits 0 "the new port" pull master n1
has_lines master n1 1 20 "is pulled on"

on node sh -c 'echo "Port 4444" >/etc/ssh/sshd_config.d/port.conf'
sshd_restart node
exits 0 "bijk-master set n1 port=4444" on master bijk-master set n1 port=4444
put_lines node 21 30
exits 0 "the administrator's port" pull master n1
has_lines master n1 1 30 "is pulled on"
exits 0 "another registration of port 3333" on node bijk-keyreg
put_lines node 31 40
exits 0 "does not take it away" pull master n1
has_lines master n1 1 40 "all is there"
done_testing
