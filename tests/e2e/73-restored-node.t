#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node that is restored from a snapshot, or whose spool is gone: its log gets
# a new id, nothing is mixed up or lost, and the node says what it found.
. "${0%/*}/lib/e2e.sh"

pair
logs() {
	archive master n1 --json | json_field log | sort -u | wc -l
}
# all_there FILE WHAT: each record that was ever put has arrived; after a fork,
# and only then, some may come twice.
all_there() {
	archive master n1 | sort -u >have
	sort -u "$1" >want
	same have want "$2"
}
snapshot() {
	on node sh -c 'rm -rf /root/spool; cp -a /var/lib/bijk/spool /root/spool'
}
restore() {
	on node sh -c 'rm -rf /var/lib/bijk/spool; cp -a /root/spool /var/lib/bijk/spool'
}
# The session that finds the fork ends with it; the next one starts under the new id.
pull_through_fork() {
	# It may be an hour ago that it found one.
	on node rm -f /var/lib/bijk/state/last-renewal
	run pull master n1
	isnt "$RC" 0 "the pull that finds it fails"
	log_says node 'bijk-login.*(renew|restored|fork|regress|anew)' \
		"the node's log says what it found"
	exits 0 "the next pull" pull master n1
}

put_lines node 1 10
exits 0 "a pull" pull master n1
snapshot
put_lines node 11 20
exits 0 "a pull" pull master n1
restore
put_lines node 21 25
pull_through_fork
lines 1 25 >ever
all_there ever "a snapshot that is behind the master: everything is there"
is "$(logs)" 2 "in two logs"
like "$(on master bijk-master status --json n1)" '"notes":"[^"]*it began a new log' "status says so"

# As many records again as the master has: only the digest of the record before
# shows that the log is another.
snapshot
put_lines node 31 35
exits 0 "a pull" pull master n1
restore
put_lines node 41 50
log_clear node
pull_through_fork
{
	lines 31 35
	lines 41 50
} >>ever
all_there ever "a snapshot that went on past the master: everything is there"
is "$(logs)" 3 "in three logs"

on node rm -rf /var/lib/bijk/spool
put_lines node 61 70
exits 0 "the spool is gone: a pull" pull master n1
lines 61 70 >>ever
all_there ever "everything is there"
is "$(logs)" 4 "in four logs"
put_lines node 71 80
exits 0 "a push" push node
lines 71 80 >>ever
all_there ever "everything is there"
is "$(logs)" 4 "in the same logs"
done_testing
