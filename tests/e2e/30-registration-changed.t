#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A registration that is changed on its way, or that was recorded and is played
# again, changes nothing: the request nothing at the master, the answer nothing
# at the node. (That every bit of both counts: tests/unit/check_register.c.)
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

# What each side believes. Without pending/: a changed name is that of a node
# which nobody knows, and that is kept for the administrator to see.
believes() {
	local paths=(/var/lib/bijk/{known_hosts,.ssh,masters})
	[ "$1" = node ] || paths=(/var/lib/bijk-master/{nodes,keys})
	on "$1" sh -c 'find "$@" -type f ! -name state.yml ! -name day ! -name "*lock*" \
		-exec sha256sum {} + 2>/dev/null | sort' sh "${paths[@]}"
}
# between RELAY-OPTION...: a registration through it.
between() {
	start master relay "$(tool relay)" "$@" 192.0.2.10:50019 192.0.2.10:50010
	until_ok 30 port_open master 50019
	run on node bijk-keyreg
	code=$RC
	cp "$ERR" err.keyreg
	stop master relay
}
# unchanged HOST WHAT RELAY-OPTION...
unchanged() {
	local host=$1 what=$2 before
	shift 2
	before=$(believes "$host")
	between "$@"
	isnt "$code" 0 "$what: the registration fails"
	is "$(believes "$host")" "$before" "$what: nothing changes at the $host"
}
# request WHEN
request() {
	unchanged master "$1, the thief's key" -e "c:KEY :KEY n1 $thief"
	is "$code" 77 "and the node sees that it is refused"
	unchanged master "$1, the thief's key as host key" -e "c:HOSTKEY :HOSTKEY $thief"
	unchanged master "$1, no port" -e "c:PORT :"
	unchanged master "$1, another address" -e "c:ADDRESS :ADDRESS 192.0.2.66"
	for at in 1:5 3:0 5:0 5:10; do
		unchanged master "$1, one bit of line ${at%:*} of the node" -x "c:$at"
	done
	unchanged master "$1, cut" -c c:200:fin
}
answer() {
	unchanged node "$1, the thief's pull key" -e "s:PULLKEY :PULLKEY $thief"
	is "$code" 77 "and the node says that the master could not prove itself"
	contents err.keyreg 'prove|proof|hash' "in words"
	unchanged node "$1, the thief's host key" -e "s:HOSTKEY :HOSTKEY $thief"
	unchanged node "$1, another master's name" -e "s:MASTER :MASTER m2 240"
	for at in 1:14 2:0 5:0; do
		unchanged node "$1, one bit of line ${at%:*} of the master" -x "s:$at"
	done
	unchanged node "$1, cut" -c s:300:fin
}

request "first registration"
answer "first registration"
between -w /root/heard
is "$code" 0 "passed on as it is, the registration is good"
like "$(believes master)" 'nodes/n1/push.pub' "the key is there"
is "$(on node grep -c 'bijk-master:master' /var/lib/bijk/.ssh/authorized_keys)" 1 \
	"and the master is let in"
on node bijk-keyreg --rotate >/dev/null 2>&1 || true
request "a further registration"
log_says master 'n1.*(proof|hash|auth)' "the master's log says which node could not prove itself"
between
is "$code" 0 "the node has another key, and so has the master"
answer "a further registration"

before=$(believes master)
run on master sh -c 'socat -t 5 - TCP:192.0.2.10:50010 </root/heard.c'
contents "$OUT" '^ERR auth' "the old request, played to the master, is refused"
is "$(believes master)" "$before" "and changes nothing"
unchanged node "the old answer, played to the node" -p /root/heard.s
is "$code" 77 "and it is refused"
done_testing
