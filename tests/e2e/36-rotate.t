#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-keyreg --rotate: a new key pair; both are kept and offered until every
# master has taken the new one.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new ma 192.0.2.11 m1
master_new mb 192.0.2.12 m2
node_new node 192.0.2.20 n1 ma mb
for host in ma mb; do
	acquaint node "$host" n1
	on "$host" bijk-master set n1 min-period=0
done
key_at() {
	on "$1" cut -d' ' -f2 /var/lib/bijk-master/nodes/n1/push.pub
}
key_of() {
	on node cut -d' ' -f2 "/var/lib/bijk/$1"
}
old=$(key_of id_ed25519.pub)
on node cp /var/lib/bijk/id_ed25519 /root/old

listener_stop mb 50010
exits 75 "a rotation while one master cannot be told" on node bijk-keyreg --rotate
isnt "$(key_at ma)" "$old" "the other has the new key"
is "$(key_at mb)" "$old" "the one has the old"
new=$(key_at ma)
ok "both pairs are on the node" on node test -s /var/lib/bijk/id_ed25519.new \
	-a -s /var/lib/bijk/id_ed25519
put_lines node 1 10
exits 0 "a push to the one that has the new key" push node
has_lines ma n1 1 10 "is good"
sshd_stop ma
put_lines node 11 20
exits 0 "a push to the one that has the old key" push node
has_lines mb n1 1 20 "is good"
sshd_start ma

listener_start mb 50010
exits 0 "the next registration reaches both" on node bijk-keyreg
is "$(key_at mb)" "$new" "both masters have the new key"
is "$(key_of id_ed25519.pub)" "$new" "it is the node's one key"
ok "nothing of the rotation is left" on node sh -c '! ls /var/lib/bijk/*.new*'
put_lines node 21 30
exits 0 "a push" push node
has_lines ma n1 1 30 "is good"

mapfile -t options < <(ssh_options /root/old /var/lib/bijk/known_hosts ma)
exits 255 "the old key is let in no more" on node ssh "${options[@]}" -N -W 127.0.0.1:50009 \
	bijk-master@ma
contents "$ERR" 'Permission denied' "says sshd"
done_testing
