#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A registration whose request is changed on its way changes nothing at the master.
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

# Without pending/: a changed name is that of a node which nobody knows, and
# that is kept for the administrator to see.
master_state() {
	on master sh -c \
		'cd /var/lib/bijk-master && find nodes keys -type f ! -name state.yml ! -name \
			"*lock*" \
		-exec sha256sum {} + | sort'
}
between() {
	start master relay "$(tool relay)" "$@" 192.0.2.10:50019 192.0.2.10:50010
	until_ok 30 port_open master 50019
	run on node bijk-keyreg
	stop_relay
}
stop_relay() {
	local rc=$RC out=$OUT err=$ERR
	stop master relay
	RC=$rc OUT=$out ERR=$err
}
# unchanged WHAT RELAY-OPTION...
unchanged() {
	local what=$1
	shift
	between "$@"
	isnt "$RC" 0 "$what: the registration fails"
	is "$(master_state)" "$before" "$what: nothing changes"
}
attacks() {
	unchanged "$1, the thief's key" -e "c:KEY :KEY n1 $thief"
	is "$RC" 77 "and the node sees that it is refused"
	unchanged "$1, the thief's key as host key" -e "c:HOSTKEY :HOSTKEY $thief"
	unchanged "$1, no host key" -e "c:HOSTKEY :"
	unchanged "$1, another port" -e "c:PORT :PORT 2222"
	unchanged "$1, no port" -e "c:PORT :"
	unchanged "$1, another address" -e "c:ADDRESS :ADDRESS 192.0.2.66"
	unchanged "$1, no address" -e "c:ADDRESS :"
	for at in 1:5 1:30 1:0 2:30 3:0 4:10 5:0 5:10; do
		unchanged "$1, one bit of line ${at%:*}" -x "c:$at"
	done
	unchanged "$1, cut" -c c:200:fin
}

before=$(master_state)
attacks "first registration"
between
is "$RC" 0 "passed on as it is, the registration is good"
before=$(master_state)
like "$before" 'nodes/n1/push.pub' "and the key is there"

on node bijk-keyreg --rotate >/dev/null 2>&1 || true
before=$(master_state)
attacks "a further registration"
log_says master 'n1.*(proof|hash|auth)' "the master's log says which node could not prove itself"
done_testing
