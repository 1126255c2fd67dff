#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A machine that was copied with hash and push key: the master takes neither for
# another node, and says whose they are.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new a 192.0.2.20 web1 master
node_new b 192.0.2.21 web2 master
acquaint a master web1
hash=$(on b cat /etc/bijk/hash)
on b sh -c 'cat >/etc/bijk/hash' <"$(host_file a /etc/bijk/hash)"
run on master bijk-master add web2 <"$(host_file a /etc/bijk/hash)"
is "$RC" 65 "adding a node with the hash of another is refused"
contents "$ERR" 'web1 has this hash' "and the message names that one"
on b bijk-keyreg --export >card 2>/dev/null
run on master bijk-master import <card
is "$RC" 65 "so is its card"
contents "$ERR" 'web1 has this hash' "in the same words"

on b sh -c 'cat >/etc/bijk/hash' <<<"$hash"
for f in id_ed25519 id_ed25519.pub; do on b sh -c "cat >/var/lib/bijk/$f" \
	<"$(host_file a "/var/lib/bijk/$f")"; done
on b bijk-keyreg --export >card 2>/dev/null
run on master bijk-master import <card
is "$RC" 65 "a card with the push key of another is refused"
contents "$ERR" 'web1 has this push key' "and the message names that one"
add_node b master web2
exits 77 "a registration with it, too" on b bijk-keyreg
contents "$ERR" 'bijk-keyreg --rotate' "and the node is told what to do"
like "$(log_of master)" 'push key of web2 is that of web1' "the log of the master says whose it is"
not_ok "the node is not told" grep -q web1 "$ERR"
exits 0 "a new key" on b bijk-keyreg --rotate
ok "makes it a node of its own" on master test -s /var/lib/bijk-master/nodes/web2/push.pub

on b sed -i 's/name: web2/name: web3/' /etc/bijk/plugins.yml
exits 75 "a copy of this one under a name of its own" on b bijk-keyreg
contents "$ERR" 'if web2 is another machine .*rand -hex 32 >/etc/bijk/hash here.* add web3' \
	"is told what makes it a node of its own"
contents_not "$ERR" 'remove' "and nothing that takes web2 away"
done_testing
