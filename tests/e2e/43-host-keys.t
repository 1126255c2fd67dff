#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Another machine answers at the node's address, or at the master's: a session
# stops at its host key, before it has shown its own key or sent a byte, and a
# registration there does not help it. A new host key of the machine itself is
# taken after a registration, which proves the hash, and which bijk-push runs by
# itself, at most once an hour.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
put_lines node 1 10
new_host_key() {
	in_host "$1" <<'END'
		rm /etc/ssh/ssh_host_ed25519_key*
		ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
END
	sshd_restart "$1"
}
# untouched HOST PROGRAM: a false one got nothing.
untouched() {
	until_ok 10 log_settled "$1"
	log=$(cat "$(host_file "$1" /var/log/syslog)")
	unlike "$log" 'Accepted' "nobody logged in there"
	unlike "$log" "$2" "and nothing was sent"
}

host_new false-node 192.0.2.65 node
on node cat /var/lib/bijk/.ssh/authorized_keys |
	put_file false-node /var/lib/bijk/.ssh/authorized_keys 0600 bijk:bijk
on false-node chown bijk:bijk /var/lib/bijk/.ssh
exits 0 "the address of the node is now another machine's" on master bijk-master set n1 \
	address=192.0.2.65
exits 77 "a pull" pull master n1
contents "$ERR" 'host key' "says that the host key is not the pinned one"
untouched false-node bijk-login
exits 77 "bijk-master test" on master bijk-master test n1
exits 0 "back to the node itself" on master bijk-master set n1 address=192.0.2.20
new_host_key node
exits 77 "the node has a new host key: a pull" pull master n1
contents "$ERR" 'host key' "says that it is not the pinned one"
has_nothing master n1 "nothing is stored"
exits 0 "the node registers" on node bijk-keyreg
exits 0 "a pull" pull master n1
has_lines master n1 1 10 "brings the records"

# It knows what is public: names, the node's push key. It has its own hash for n1.
master_new evil 192.0.2.66 m1
on node head -c 64 /dev/zero | tr '\0' a | on evil bijk-master add n1
on node cat /var/lib/bijk/id_ed25519.pub | put_file evil /var/lib/bijk-master/nodes/n1/push.pub \
	0600 bijk-master:bijk-master
pins() {
	on node cat /var/lib/bijk/known_hosts /var/lib/bijk/.ssh/authorized_keys
}
before=$(pins)
put_lines node 11 20
cp "$HOSTS_DIR/etc-hosts" hosts.good
sed 's/^192.0.2.10 master/192.0.2.66 master/' hosts.good >"$HOSTS_DIR/etc-hosts"
exits 77 "a push to the false master" push node
contents "$ERR" 'host key' "says that the host key is not the pinned one"
exits 77 "a registration with it" on node bijk-keyreg
is "$(pins)" "$before" "changes nothing"
exits 77 "another push" push node
untouched evil bijk-recv
has_nothing evil n1 "nothing is stored there"
cat hosts.good >"$HOSTS_DIR/etc-hosts"

new_host_key master
state_age_all node 3700
has_new_pin() {
	on node grep -qF "$(on master cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub)" \
		/var/lib/bijk/known_hosts
}
run push node
has_lines master n1 1 10 "the master has a new host key: the first push stops there"
soon 30 "but registers" has_new_pin
exits 0 "the next push" push node
has_lines master n1 1 20 "brings the records"
done_testing
