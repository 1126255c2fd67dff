#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node without sshd needs nothing but the OpenSSH client: it registers and pushes.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n1 master
sshd_stop node
on node sh -c \
	'rm -rf /usr/sbin/sshd /etc/ssh/ssh_host_* /etc/ssh/sshd_config /etc/ssh/sshd_config.d \
		/run/sshd'
add_node node master n1
exits 0 "it registers" on node bijk-keyreg
put_lines node 1 10
exits 0 "it pushes" push node
has_lines master n1 1 10 "its records are there"
not_ok "there is no way in" pull master n1
put_lines node 11 20
state_age_all node 300
on master bijk-master set n1 min-period=0
exits 0 "it pushes again" push node
has_lines master n1 1 20 "its records are there"
done_testing
