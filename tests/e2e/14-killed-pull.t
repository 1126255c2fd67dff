#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kill -9 of either side in the middle of a pull: no lock and no process stays, the next pull goes on, each record once.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 port=2222
noise 8000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want
# Slow enough to be met in the middle.
start node relay "$(tool relay)" -r 4000000 192.0.2.20:2222 192.0.2.20:22
until_ok 5 port_open node 2222

grown() {
	[ "$(on master du -sk /var/lib/bijk-master/nodes/n1 | cut -f1)" -ge "$1" ]
}

kill_during() {
	start master pull bijk-pull n1
	until_ok 10 grown "$3" || diag "nothing arrived before the kill"
	ok "$2 is at work" runs "$1" "$2"
	kill_all "$1" "$2" KILL
	finish master pull 20
	isnt "$RC" 0 "the pull fails when $2 is killed"
	soon 20 "no session is left on the node" gone node bijk-login
	soon 20 "nor an ssh on the master" gone master ssh
}

kill_during node bijk-login 1000
kill_during master bijk-pull 2500
kill_during master ssh 4000
on master bijk-master set n1 port=22
exits 0 "the pull that nothing kills" pull master n1
archive master n1 >have
same have want "every record is there, once, in order"
is "$(archive master n1 --json | json_field log | sort -u | wc -l)" 1 "in one log"
done_testing
