#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# In the middle of a session, under the restrictions: syslog is restarted on
# both sides, every program is stopped for a while and goes on. The session is
# good, and no process is killed for a call that it needed.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0 port=2222
noise 3000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want

syslog_restart() {
	stop "$1" syslog KILL
	start "$1" syslog "$(tool logsink)" /dev/log /var/log/syslog
	until_ok 30 test -S "$(host_file "$1" /dev/log)"
}

# signal_restricted SIGNAL HOST/PROGRAM...: to its processes that are under a filter.
signal_restricted() {
	local signal=$1 where pid
	shift
	for where; do
		for pid in $(pids "${where%/*}" "${where#*/}"); do
			! grep -qx 'Seccomp:.2' "$(host_file "${where%/*}" "/proc/$pid/status")" ||
				on "${where%/*}" kill -s "$signal" "$pid"
		done
	done
}

# A poll that a stop has interrupted is made again by the kernel, as another call.
stop_for_a_while() {
	signal_restricted STOP "$@"
	nap 0.05
	signal_restricted CONT "$@"
	nap 0.05
}

# disturbed WHAT JOB-HOST PROGRAM...: in its middle, where a session stopped.
disturbed() {
	local what=$1 host=$2
	shift 2
	soon 30 "in the middle of $what" archive_grows master n1 $((size + 300))
	syslog_restart node
	syslog_restart master
	stop_for_a_while "$@"
	stop_for_a_while "$@"
	let_go "$gate"
	finish "$host" session 60
	is "$RC" 0 "$what is good"
	stop "$gate" relay
	archive master n1 >have
	same have want "every record is there, once"
}

size=0 gate=node
stall node s:1000000 192.0.2.20:2222 192.0.2.20:22
start master session bijk-pull n1
disturbed "a pull" master node/bijk-login master/bijk-pull

node_config node n1 master <<'END'
  ssh_port: 2222
END
noise 3000000 | base64 -w 1000 >more.txt
on node bijk-put -l -s test <more.txt
cat more.txt >>want
size=$(archive_size master n1) gate=master
stall master c:1000000 192.0.2.10:2222 192.0.2.10:22
start node session bijk-push --now
disturbed "a push" node node/bijk-push master/bijk-recv
done_testing
