#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-put -- COMMAND: it has a time limit, its whole process group ends with
# it, and one runs for a source at a time.
. "${0%/*}/lib/e2e.sh"

hosts_begin
node_new node 192.0.2.20 n1 master
nothing_stored() {
	is "$(on node bijk-cat --spool 2>/dev/null)" "" "nothing is stored"
}
sleeps() {
	on node sh -c 'grep -lz "^100[1-4]" /proc/[0-9]*/cmdline 2>/dev/null | grep .'
}
none_sleeps() {
	! sleeps
}
# It ignores SIGTERM, and leaves another behind that holds its output.
on node sh -c \
	'printf "#!/bin/sh\necho half\ntrap \"\" TERM\nsleep 1001 &\nexec sleep 1002\n" >/root/hangs; chmod +x /root/hangs'
exits 75 "a command that hangs" on node bijk-put --timeout 1s -s df -- /root/hangs
contents "$ERR" 'bijk-put: /root/hangs did not end within 1 s' "it is said"
nothing_stored
soon 20 "its process group is gone" none_sleeps
exits 75 "one whose child goes on" on node \
	bijk-put --timeout 1s -s df -- sh -c 'sleep 1003 & exit 0'
soon 20 "is ended with its child" none_sleeps
exits 0 "one that has time" on node bijk-put --timeout 1h -s df -- echo ended
is "$(on node bijk-cat --spool)" "ended" "is stored"
for time in 0 2d x; do
	exits 64 "--timeout $time" on node bijk-put --timeout $time -- true
done
exits 64 "--timeout without a command" on node bijk-put --timeout 1m /etc/hostname

start node first bijk-put -s df -- sleep 1004
until_ok 30 sleeps
exits 75 "a second one for the source" on node bijk-put -s df -- touch /root/ran
contents "$ERR" 'source df .* still running' "says that the first is at work"
not_ok "and runs nothing" on node test -e /root/ran
exits 75 "nor does one of user bijk" on node setpriv --reuid bijk --regid bijk --init-groups \
	bijk-put -s df -- true
exits 0 "another source is free" on node bijk-put -s other -- echo other
exits 0 "so is what is no command" on node bijk-put -s df /etc/hostname
is "$(on node sh -c 'find /var/lib/bijk ! -user bijk')" "" "everything is user bijk's"
stop node first
soon 30 "what ends bijk-put ends the command" none_sleeps
exits 0 "then the source is free again" on node bijk-put -s df -- echo again
done_testing
