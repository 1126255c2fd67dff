#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A push that is cut between the end of the tunnel and bijk-recv, both ways, by
# FIN, RST or silence: the next one goes on, and no record is lost or comes
# twice.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
node_config node n1 master <<'END'
  timeout: 2
END
noise 3000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want

# The relay takes the place of the listener, which answers on another port for this test.
listener_stop master 50009
start master recv setpriv --reuid bijk-master --regid bijk-master --init-groups \
	tcpserver -H -R -l 0 127.0.0.1 50109 /usr/sbin/bijk-recv
until_ok 30 port_open master 50109

cut() {
	start master relay "$(tool relay)" -c "$1" 127.0.0.1:50009 127.0.0.1:50109
	until_ok 30 port_open master 50009
	run push node
	stop master relay
}

prefix_of() {
	head -c "$(wc -c <"$2")" "$1" | cmp - "$2"
}

for how in s:10:fin c:100:rst s:300:silence c:400:fin c:50000:rst c:1200000:silence s:400:rst; do
	cut "$how"
	isnt "$RC" 0 "the push that is cut at $how fails"
	archive master n1 >have 2>/dev/null || true
	ok "what has arrived is the beginning of what was put" prefix_of want have
	until_ok 30 gone master bijk-recv
done
listener_start master 50009
exits 0 "the push that nothing cuts" push node
archive master n1 >have
same have want "every record is there, once, in order"
is "$(archive master n1 --json | json_field log | sort -u | wc -l)" 1 "in one log"
done_testing
