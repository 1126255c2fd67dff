#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Two sessions of one node at once: one works, the other says that another is at
# work or busy, whichever came first. Cron's passes the node over in silence.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0 port=2222
# more: 2 MB that a session stops in the middle of.
more() {
	noise 2000000 | base64 -w 1000 >part
	on node bijk-put -l -s test <part
	cat part >>want
	size=$(archive_size master n1)
}
# goes_on HOST JOB GATE: the one that came first.
goes_on() {
	let_go "$3"
	finish "$1" "$2"
	is "$RC" 0 "the first goes on"
	archive master n1 >have
	same have want "each record is there once"
}

stall node s:1000000 192.0.2.20:2222 192.0.2.20:22
more
start master pull bijk-pull n1
until_ok 30 archive_grows master n1 $((size + 300))
exits 75 "a pull during a pull" pull master n1
contents "$ERR" 'n1.*busy|busy.*n1' "says busy"
exits 75 "a push during a pull" push node
contents "$ERR" 'busy|another|at work' "says busy"
exits 0 "cron's pull" cron_pull master
empty "$ERR" "says nothing"
goes_on master pull node
on master bijk-master set n1 port=22

node_config node n1 master <<'END'
  ssh_port: 2222
END
stall master c:1000000 192.0.2.10:2222 192.0.2.10:22
more
start node push bijk-push --now
until_ok 30 archive_grows master n1 $((size + 300))
exits 75 "a pull during a push" pull master n1
contents "$ERR" 'n1.*busy|busy.*n1' "says busy"
exits 75 "a push during a push" push node
contents "$ERR" 'another|busy|at work|already' "says that another is at work"
exits 75 "cron's, too" on node setpriv --reuid bijk --regid bijk --init-groups bijk-push --now \
	--syslog
goes_on node push master
done_testing
