#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node's file system without a free inode: what is stored is fetched all the
# same, which makes room; and every message says inodes, not space.
. "${0%/*}/lib/e2e.sh"

pair
put_lines node 1 2
# All of the state lies on a file system of its own.
in_host node <<'END'
	cp -a /var/lib/bijk /root/b
	mount -t tmpfs -o \
		"size=300m,nr_inodes=$(($(find /root/b | wc -l) + 6)),mode=750,uid=$(id -u bijk),gid=$(id -g bijk)" t /var/lib/bijk
	cp -a /root/b/. /var/lib/bijk/
END
put_lines node 3 3
fill() {
	on node sh -c 'i=0; while touch "/var/lib/bijk/full$i" 2>/dev/null; do i=$((i + 1)); done'
}
fill
exits 0 "the first pull ever" pull master n1
has_lines master n1 1 3 "brings what is there"
log_says node 'bijk-login.*no free inodes' "what could not be noted is said, by its right name"
unlike "$(log_of node)" 'No space left' "and not by another"
exits 0 "what fits into a file that is there is still stored" put_lines node 4 6
exits 0 "a push" push node
is "$(archive master n1 | tail -n 3)" "$(lines 4 6)" "brings that"
exits 0 "a command's lock is not to be had" on node bijk-put -s df -- echo x
contents "$ERR" 'command.lock: no free inodes' "which is said"
exits 74 "a card cannot be kept" on node bijk-keyreg --import <"$T/master.card"
contents "$ERR" 'no free inodes' "nor is it for want of space"

# Large records take a segment each, until none can be made.
on node sh -c 'rm /var/lib/bijk/full[0-3]'
for i in 1 2 3 4 5 6; do
	noise 15000000 | put_bytes node large >put.out 2>&1 || break
done
run on node bijk-put -s large /etc/hostname
is "$RC" 75 "where a new segment is needed bijk-put waits for better times"
contents "$ERR" 'no free inodes' "and says why"
unlike "$(cat "$ERR")" 'space' "without a word of space"
exits 0 "a pull" pull master n1
exits 0 "makes room" on node bijk-put -s large /etc/hostname

# The master, too.
in_host master <<'END'
	cp -a /var/lib/bijk-master /root/b
	mount -t tmpfs -o \
		"size=300m,nr_inodes=$(($(find /root/b | wc -l) + 1)),mode=700,uid=$(id -u bijk-master),gid=$(id -g bijk-master)" t /var/lib/bijk-master
	cp -a /root/b/. /var/lib/bijk-master/
	i=0
	while touch "/var/lib/bijk-master/full$i" 2>/dev/null; do i=$((i + 1)); done
END
run on master bijk-master add n2 < <(printf '%064d' 7)
isnt "$RC" 0 "a master without free inodes adds no node"
contents "$ERR" 'no free inodes' "and says why"
done_testing
