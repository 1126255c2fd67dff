#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Another machine answers at the master's address: the node stops at its host
# key, and a registration there does not help it. A new host key of the master
# itself is taken after a registration, which bijk-push runs by itself, at most
# once an hour.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
put_lines node 1 10
# It knows what is public: names, the node's push key. It has its own hash for n1.
master_new evil 192.0.2.66 m1
on node head -c 64 /dev/zero | tr '\0' a | on evil bijk-master add n1
on node cat /var/lib/bijk/id_ed25519.pub | put_file evil /var/lib/bijk-master/nodes/n1/push.pub \
	0600 bijk-master:bijk-master
sed 's/^192.0.2.10 master/192.0.2.66 master/' "$HOSTS_DIR/etc-hosts" >hosts.evil
pins() {
	on node cat /var/lib/bijk/known_hosts /var/lib/bijk/.ssh/authorized_keys
}
before=$(pins)

cp "$HOSTS_DIR/etc-hosts" hosts.good
cat hosts.evil >"$HOSTS_DIR/etc-hosts"
exits 77 "a push to the false master" push node
contents "$ERR" 'host key' "says that the host key is not the pinned one"
exits 77 "a registration with it" on node bijk-keyreg
is "$(pins)" "$before" "changes nothing"
exits 77 "another push" push node
until_ok 10 log_settled evil
log=$(cat "$(host_file evil /var/log/syslog)")
unlike "$log" 'Accepted' "nobody logged in there"
unlike "$log" 'bijk-recv' "and nothing was sent"
has_nothing evil n1 "nothing is stored there"
cat hosts.good >"$HOSTS_DIR/etc-hosts"

in_host master <<'END'
	rm /etc/ssh/ssh_host_ed25519_key*
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
END
sshd_restart master
state_age_all node 3700
has_new_pin() {
	on node grep -qF "$(on master cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub)" \
		/var/lib/bijk/known_hosts
}
run push node
has_nothing master n1 "the master has a new host key: the first push stops there"
soon 30 "but registers" has_new_pin
exits 0 "the next push" push node
has_lines master n1 1 10 "brings the records"
done_testing
