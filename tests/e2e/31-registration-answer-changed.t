#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A registration whose answer is changed on its way changes nothing at the node.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n1 master
add_node node master n1
node_config node n1 master <<'END'
  register_port: 50019
END
ssh-keygen -q -t ed25519 -N '' -C '' -f thief
thief=$(cut -d' ' -f1,2 thief.pub)

# What the node trusts: pins, and keys that it lets in.
node_state() {
	on node sh -c \
		'cd /var/lib/bijk && cat known_hosts .ssh/authorized_keys 2>/dev/null;
			find masters -type f -exec sha256sum {} + 2>/dev/null | sort'
}
between() {
	start master relay "$(tool relay)" "$@" 192.0.2.10:50019 192.0.2.10:50010
	until_ok 30 port_open master 50019
	run on node bijk-keyreg
	local rc=$RC
	cp "$ERR" err.keyreg
	stop master relay
	RC=$rc
}
unchanged() {
	local what=$1
	shift
	between "$@"
	isnt "$RC" 0 "$what: the registration fails"
	is "$(node_state)" "$before" "$what: nothing changes"
}
attacks() {
	unchanged "$1, the thief's pull key" -e "s:PULLKEY :PULLKEY $thief"
	is "$RC" 77 "and the node says that the master could not prove itself"
	contents err.keyreg 'prove|proof|hash' "in words"
	unchanged "$1, the thief's host key" -e "s:HOSTKEY :HOSTKEY $thief"
	unchanged "$1, no pull key" -e "s:PULLKEY :"
	unchanged "$1, another master's name" -e "s:MASTER :MASTER m2 240"
	for at in 1:14 2:9 2:0 3:30 4:30 5:0; do
		unchanged "$1, one bit of line ${at%:*}" -x "s:$at"
	done
	unchanged "$1, cut" -c s:300:fin
}

before=$(node_state)
attacks "first registration"
between
is "$RC" 0 "passed on as it is, the registration is good"
before=$(node_state)
like "$before" 'bijk-master:master' "and the master is let in"
attacks "a further registration"
done_testing
