#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A pull whose connection is cut, by FIN, RST or silence, while ssh greets, logs
# in, or sends: the next one goes on, and no record is lost or comes twice.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 port=2222
master_config master m1 <<'END'
pull:
  timeout: 2
END
# Noise in letters: 4 MB on the wire too, one line per record.
noise 3000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want

cut() {
	start node relay "$(tool relay)" -c "$1" 192.0.2.20:2222 192.0.2.20:22
	until_ok 30 port_open node 2222
	run pull master n1
	stop node relay
	until_ok 30 gone node bijk-login || diag "a session is left on the node"
}

# prefix_of WANT HAVE: what has arrived is the beginning of what was put.
prefix_of() {
	head -c "$(wc -c <"$2")" "$1" | cmp - "$2"
}

for how in s:20:fin s:1200:rst c:2500:fin s:20000:rst s:100000:silence s:1000000:fin c:6000:rst; do
	cut "$how"
	isnt "$RC" 0 "the pull that is cut at $how fails"
	archive master n1 >have 2>/dev/null || true
	ok "what has arrived is the beginning of what was put" prefix_of want have
done
on master bijk-master set n1 port=22
exits 0 "the pull that nothing cuts" pull master n1
archive master n1 >have
same have want "every record is there, once, in order"
is "$(archive master n1 --json | json_field log | sort -u | wc -l)" 1 "in one log"
done_testing
