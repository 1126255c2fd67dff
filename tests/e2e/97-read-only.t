#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A file system that has gone read-only, or has no inodes left, on either side:
# an error in words at once, nothing spins, nothing is lost, and the work goes
# on when it is mended.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
put_lines node 1 10
# own HOST DIR USER: a file system of its own under a directory, with what was there.
own() {
	on "$1" sh -ec 'cp -a "$1" /run/kept
		mount -t tmpfs -o "mode=700,uid=$(id -u "$2"),gid=$(id -g "$2")" own "$1"
		cp -a /run/kept/. "$1"' sh "$2" "$3"
}
# fails_at_once WHAT ERE CMD...
fails_at_once() {
	local what=$1 ere=$2 began=$SECONDS
	shift 2
	not_ok "$what fails" "$@"
	contents "$ERR" "$ere" "and says why"
	ok "at once" test $((SECONDS - began)) -le 20
}
own node /var/lib/bijk bijk
own master /var/lib/bijk-master bijk-master

on node mount -o remount,ro /var/lib/bijk
fails_at_once "read-only node: bijk-put" '[Rr]ead-only' put_lines node 11 12
exits 0 "read-only node: a push brings what it holds" push node
exits 0 "read-only node: a pull, too" pull master n1
on node mount -o remount,rw /var/lib/bijk
on master mount -o remount,ro /var/lib/bijk-master
fails_at_once "read-only master: a pull" '[Rr]ead-only' pull master n1
not_ok "read-only master: a push" push node
exits 0 "read-only master: a registration that brings nothing new" on node bijk-keyreg
not_ok "and one that does" on node bijk-keyreg --rotate
for program in bijk-pull bijk-recv bijk-keyrecv bijk-login; do
	soon 10 "no $program spins" sh -c \
		'! pgrep -x '$program' --ns '"${host_pid[master]}"' &&
			! pgrep -x '$program' --ns '"${host_pid[node]}"
done
on master mount -o remount,rw /var/lib/bijk-master
exits 0 "mended: a pull" pull master n1
has_lines master n1 1 10 "brings what was there"

# The first frame of a log needs a directory and files.
put_lines node 11 20
on master sh -ec 'cd /var/lib/bijk-master
	rm -rf archives/n1/*
	mount -o "remount,nr_inodes=$(($(find . -xdev | wc -l) + 3))" .
	i=0; while touch nodes/n1/fill$i 2>/dev/null; do i=$((i + 1)); done'
fails_at_once "no inodes on the master: a pull" 'space' pull master n1
on master sh -c \
	'rm /var/lib/bijk-master/nodes/n1/fill*;
		mount -o remount,nr_inodes=1000 /var/lib/bijk-master'
exits 0 "mended: a pull" pull master n1
archive master n1 >have
lines 11 20 >want
tail -n 10 have >last
same last want "brings what was there"
done_testing
