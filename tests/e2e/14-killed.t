#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# kill -9 of either side, or of ssh, in the middle of a pull or a push, or the
# end of bijk-pull by a signal: no lock, no process and no tunnel stays, the next
# one goes on, each record once.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0 port=2222
# kill_during SIGNAL HOST PROGRAM RELAYED-HOST ADDRESS LIMIT COMMAND-HOST COMMAND...: each
# session stops after 2.5 MB, and is killed there.
kill_during() {
	local signal=$1 host=$2 program=$3 relayed=$4 address=$5 way=$6 starter=$7 before
	shift 7
	noise 3000000 | base64 -w 1000 >part
	on node bijk-put -l -s test <part
	cat part >>want
	stall "$relayed" "$way:2500000" "$address:2222" "$address:22"
	before=$(archive_size master n1)
	start "$starter" session "$@"
	soon 30 "in the middle of $1" archive_grows master n1 $((before + 1000))
	ok "$program is at work" runs "$host" "$program"
	kill_all "$host" "$program" "$signal"
	stop "$relayed" relay
	finish "$starter" session 30
	isnt "$RC" 0 "$1 fails when $program gets SIG$signal"
	soon 30 "no session is left" gone node bijk-login
	soon 30 "on either side" gone master bijk-recv
	soon 30 "nor an ssh" gone "$starter" ssh
	ok "nor a tunnel" port_shut node 50011
}
goes_on() {
	exits 0 "$@"
	archive master n1 >have
	same have want "every record is there, once, in order"
	is "$(archive master n1 --json | json_field log | sort -u | wc -l)" 1 "in one log"
}

for killed in 'KILL node bijk-login' 'KILL master bijk-pull' 'KILL master ssh' \
	'TERM master bijk-pull' 'HUP master bijk-pull'; do
	# shellcheck disable=SC2086
	kill_during $killed node 192.0.2.20 s master bijk-pull n1
done
on master bijk-master set n1 port=22
goes_on "the pull that nothing kills" pull master n1
node_config node n1 master <<'END'
  ssh_port: 2222
END
for killed in 'KILL master bijk-recv' 'KILL node bijk-push' 'KILL node ssh'; do
	# shellcheck disable=SC2086
	kill_during $killed master 192.0.2.10 c node bijk-push --now
done
node_config node n1 master </dev/null
goes_on "the push that nothing kills" push node
done_testing
