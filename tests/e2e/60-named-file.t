#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Only the usual configuration file may be absent: a file that is named and is
# not there is an error (66), in every program.
. "${0%/*}/lib/e2e.sh"

pair
put_lines node 1 3
picture() {
	on "$1" sh -c "find $2 -type f -exec sha256sum {} + | sort"
}
# misses HOST PROGRAM...
misses() {
	local host=$1 program=$2
	shift 2
	exits 66 "$program" on "$host" "$program" -f /nowhere.yml "$@"
	contents <(log_of "$host" | cat - "$ERR") "$program.*/nowhere.yml: No such file" \
		"and the message names the file"
}
picture node /var/lib/bijk >node.before
picture master /var/lib/bijk-master >master.before
echo x | put_file node /root/record
misses node bijk-put /root/record
misses node bijk-put -- touch /root/ran
misses node bijk-push --now
misses node bijk-keyreg
misses node bijk-keyreg --export
misses node bijk-cat --spool
misses node bijk-doctor
misses node bijk-login -c pull
misses master bijk-pull --all
misses master bijk-master list
misses master bijk-cat n1
misses master bijk-recv
misses master bijk-keyrecv
misses master bijk-authkeys SHA256:x
misses master bijk-doctor --master
not_ok "no command was run" on node test -e /root/ran
picture node /var/lib/bijk >node.after
picture master /var/lib/bijk-master >master.after
same node.after node.before "nothing is done on the node"
same master.after master.before "nor on the master"

on node rm /etc/bijk/plugins.yml
on node hostname n1
exits 0 "without the usual file the defaults hold" on node bijk-put /root/record
on node ln -s /root/managed.yml /etc/bijk/plugins.yml
exits 66 "a link there that leads nowhere is no absent file" on node bijk-put /root/record
done_testing
