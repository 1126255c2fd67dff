#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Another machine answers at the node's address: the master stops at its host
# key, before it has shown its own key or sent a byte. A new host key of the
# node itself is taken after a registration, which proves the hash.
. "${0%/*}/lib/e2e.sh"

pair
put_lines node 1 10
host_new evil 192.0.2.66 node
on node cat /var/lib/bijk/.ssh/authorized_keys | put_file evil /var/lib/bijk/.ssh/authorized_keys \
	0600 bijk:bijk
on evil chown bijk:bijk /var/lib/bijk/.ssh
exits 0 "the address of the node is now another machine's" on master bijk-master set n1 \
	address=192.0.2.66
exits 77 "a pull" pull master n1
contents "$ERR" 'host key' "says that the host key is not the pinned one"
until_ok 10 log_settled evil
log=$(cat "$(host_file evil /var/log/syslog)")
unlike "$log" 'Accepted' "nobody logged in there"
unlike "$log" 'bijk-login' "and nothing was sent"
exits 77 "bijk-master test" on master bijk-master test n1
exits 0 "back to the node itself" on master bijk-master set n1 address=192.0.2.20

in_host node <<'END'
	rm /etc/ssh/ssh_host_ed25519_key*
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
END
sshd_restart node
exits 77 "the node has a new host key: a pull" pull master n1
contents "$ERR" 'host key' "says that it is not the pinned one"
has_nothing master n1 "nothing is stored"
exits 0 "the node registers" on node bijk-keyreg
exits 0 "a pull" pull master n1
has_lines master n1 1 10 "brings the records"
done_testing
