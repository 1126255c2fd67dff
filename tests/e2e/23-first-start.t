#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# At the first start the key pair appears under /var/lib/bijk and is registered,
# by cron's own @reboot line; at every further start registration is repeated
# and changes nothing.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n1 master
add_node node master n1

start_up() {
	cron_run node bijk-node bijk-keyreg
}
# Names, owners, modes and contents of everything that is not a log or a clock.
picture() {
	on "$1" sh -c \
		'cd "$1" && find . -type f ! -name "*.lock" ! -name state.yml ! -path "./state/*" \
			! -name lock \
		-exec ls -ln --time-style=+ {} + -exec sha256sum {} + | sort' sh "$2"
}

ok "there is no key before" on node test ! -e /var/lib/bijk/id_ed25519
exits 0 "the first start" start_up
empty "$OUT" "prints nothing"
empty "$ERR" "not even an error"
is "$(on node stat -c '%U %a' /var/lib/bijk/id_ed25519)" "bijk 600" \
	"the private key is the node's own, mode 0600"
like "$(on node cat /var/lib/bijk/id_ed25519.pub)" '^ssh-ed25519 [A-Za-z0-9+/=]+' \
	"the public key lies beside it"
is "$(on master cut -d' ' -f1,2 /var/lib/bijk-master/nodes/n1/push.pub)" \
	"$(on node cut -d' ' -f1,2 /var/lib/bijk/id_ed25519.pub)" "the master has it"
picture node /var/lib/bijk >node.first
picture master /var/lib/bijk-master >master.first

for n in 2 3; do
	exits 0 "start $n" start_up
done
picture node /var/lib/bijk >node.again
picture master /var/lib/bijk-master >master.again
same node.again node.first "changes nothing on the node"
same master.again master.first "nor on the master"
is "$(on node grep -c bijk-master: /var/lib/bijk/.ssh/authorized_keys)" 1 \
	"one line lets the master in"

put_lines node 1 10
exits 0 "a pull works" pull master n1
put_lines node 11 20
exits 0 "a push works" push node
has_lines master n1 1 20 "both brought what was put"
done_testing
