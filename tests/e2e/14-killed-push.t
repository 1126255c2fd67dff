#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kill -9 of either side in the middle of a push: no lock and no process stays, the next push goes on, each record once.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
node_config node n1 master <<'END'
  ssh_port: 2222
END
noise 8000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want
# Slow enough to be met in the middle.
start master relay "$(tool relay)" -r 4000000 192.0.2.10:2222 192.0.2.10:22
until_ok 5 port_open master 2222

grown() {
	[ "$(on master du -sk /var/lib/bijk-master/nodes/n1 | cut -f1)" -ge "$1" ]
}

kill_during() {
	start node push bijk-push --now
	until_ok 10 grown "$3" || diag "nothing arrived before the kill"
	ok "$2 is at work" runs "$1" "$2"
	kill_all "$1" "$2" KILL
	finish node push 20
	isnt "$RC" 0 "the push fails when $2 is killed"
	soon 20 "no session is left on the master" gone master bijk-recv
	soon 20 "nor an ssh on the node" gone node ssh
}

kill_during master bijk-recv 1000
kill_during node bijk-push 2500
kill_during node ssh 4000
exits 0 "the push that nothing kills" push node
archive master n1 >have
same have want "every record is there, once, in order"
is "$(archive master n1 --json | json_field log | sort -u | wc -l)" 1 "in one log"
done_testing
