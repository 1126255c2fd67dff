#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kill -9 of either side in the middle of a push: no lock and no process stays,
# the next push goes on, each record once.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
node_config node n1 master <<'END'
  ssh_port: 2222
END
noise 8000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want

# Each session stops after 2.5 MB, about a third of all, and is killed there.
kill_during() {
	stall master c:2500000 192.0.2.10:2222 192.0.2.10:22
	before=$(archive_size master n1)
	start node push bijk-push --now
	soon 30 "in the middle of a push" archive_grows master n1 $((before + 1000))
	ok "$2 is at work" runs "$1" "$2"
	kill_all "$1" "$2" KILL
	stop master relay
	finish node push 30
	isnt "$RC" 0 "the push fails when $2 is killed"
	soon 30 "no session is left on the master" gone master bijk-recv
	soon 30 "nor an ssh on the node" gone node ssh
	ok "nor a tunnel" port_shut node 50011
}

kill_during master bijk-recv
kill_during node bijk-push
kill_during node ssh
node_config node n1 master </dev/null
exits 0 "the push that nothing kills" push node
archive master n1 >have
same have want "every record is there, once, in order"
is "$(archive master n1 --json | json_field log | sort -u | wc -l)" 1 "in one log"
done_testing
