#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kill -9 of either side in the middle of a pull: no lock and no process stays,
# the next pull goes on, each record once.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 port=2222
noise 8000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want

# Each session stops after 2.5 MB, about a third of all, and is killed there.
kill_during() {
	stall node s:2500000 192.0.2.20:2222 192.0.2.20:22
	before=$(archive_size master n1)
	start master pull bijk-pull n1
	soon 30 "in the middle of a pull" archive_grows master n1 $((before + 1000))
	ok "$2 is at work" runs "$1" "$2"
	kill_all "$1" "$2" KILL
	stop node relay
	finish master pull 30
	isnt "$RC" 0 "the pull fails when $2 is killed"
	soon 30 "no session is left on the node" gone node bijk-login
	soon 30 "nor an ssh on the master" gone master ssh
}

kill_during node bijk-login
kill_during master bijk-pull
kill_during master ssh
on master bijk-master set n1 port=22
exits 0 "the pull that nothing kills" pull master n1
archive master n1 >have
same have want "every record is there, once, in order"
is "$(archive master n1 --json | json_field log | sort -u | wc -l)" 1 "in one log"
done_testing
