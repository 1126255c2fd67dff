#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What sits between ssh and bijk-recv can neither read nor change nor replay a
# record: what it hears is sealed.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
listener_stop master 50009
start master recv setpriv --reuid bijk-master --regid bijk-master --init-groups \
	bijk-listen -b 127.0.0.1:50109 /usr/sbin/bijk-recv
until_ok 30 port_open master 50109
between() {
	start master relay "$(tool relay)" "$@" 127.0.0.1:50009 127.0.0.1:50109
	until_ok 30 port_open master 50009
}

lines 1 20 >want
on node bijk-put -l -s test <want
between -w /root/heard
exits 0 "a push through a listener-in" push node
stop master relay
archive master n1 >have
same have want "arrives"
ok "what was heard is a push" on master grep -aq '^NODE n1 ' /root/heard.c
not_ok "of which no record can be read" on master grep -aq 'record' /root/heard.c
not_ok "nor its source" on master grep -aqw 'test' /root/heard.c
hash=$(on node cat /etc/bijk/hash)
not_ok "the hash does not travel" on master grep -aq "$hash" /root/heard.c /root/heard.s

put_lines node 21 40
# Line by line: the third thing the node says is DATA; what follows it is sealed.
for at in 1:6 1:60 1:0 2:6; do
	between -x "c:$at"
	not_ok "one bit of line ${at%:*} of the node changed: the push fails" push node
	stop master relay
	archive master n1 >have
	same have want "nothing is stored"
done
for at in 1:9 2:6 2:0 3:0; do
	between -x "s:$at"
	not_ok "one bit of line ${at%:*} of the master changed: the push fails" push node
	stop master relay
done
between -e 's:ACK :ACK 999 0000000000000000000000000000000000000000000000000000000000000000'
not_ok "a false ACK: the push fails" push node
stop master relay
is "$(on node bijk-cat --spool | tail -n 20)" "$(lines 21 40)" "the node keeps its records"

between
exits 0 "a push with nobody between" push node
stop master relay
has_lines master n1 1 40 "each record is there once"

run on master sh -c 'socat -t 5 - TCP:127.0.0.1:50109 </root/heard.c'
contents "$OUT" '^ERR auth' "the recorded push, played again, is refused"
has_lines master n1 1 40 "and changes nothing"
done_testing
