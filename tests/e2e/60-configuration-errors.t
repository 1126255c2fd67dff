#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# An error in a configuration file: exit code 78, the message names file, line
# and column. (All kinds of errors: tests/unit/check_yaml.c.) A file that is
# named and is not there, or a link that leads nowhere: 66; only the usual file
# may be absent. Nothing is done then, in every program.
. "${0%/*}/lib/e2e.sh"

pair
put_lines node 1 5
file=/root/odd.yml

picture() {
	on node sh -c 'find /var/lib/bijk -type f -exec sha256sum {} + | sort'
	on master sh -c 'find /var/lib/bijk-master -type f -exec sha256sum {} + | sort'
}
before=$(picture)

# wrong WHAT LINE:COLUMN ERE < FILE: every program of the node.
wrong() {
	put_file node $file
	for program in 'bijk-put' 'bijk-push --now' 'bijk-keyreg' 'bijk-keyreg --export' \
		'bijk-cat --spool'; do
		# shellcheck disable=SC2086
		exits 78 "$1: ${program%% *}" on node ${program%% *} -f $file \
			${program#"${program%% *}"}
		contents "$ERR" "$file:$2: " "names file, line and column"
		contents "$ERR" "$3" "and what is wrong"
		is "$(grep -c . "$ERR")" 1 "in one line"
	done
}
wrong_at_master() {
	put_file master $file
	for program in 'bijk-pull --all' 'bijk-master list' 'bijk-cat n1'; do
		# shellcheck disable=SC2086
		exits 78 "$1: ${program%% *}" on master ${program%% *} -f $file \
			${program#"${program%% *}"}
		contents "$ERR" "$file:$2: " "names file, line and column"
		contents "$ERR" "$3" "and what is wrong"
	done
}

wrong "a tab" 2:1 tab < <(printf 'sender:\n\tperiod: 60\n')
wrong "an unknown key" 2:3 'period' < <(printf 'sender:\n  peroid: 60\n')
wrong_at_master "a tab" 2:1 tab < <(printf 'pull:\n\tperiod: 60\n')
wrong_at_master "an unknown key" 2:3 'parallel' < <(printf 'pull:\n  paralel: 4\n')
wrong_at_master "out of range" 2:13 'range' < <(printf 'pull:\n  parallel: 0\n')

# misses HOST PROGRAM...
misses() {
	local host=$1 program=$2
	shift 2
	exits 66 "$program" on "$host" "$program" -f /nowhere.yml "$@"
	contents <(log_of "$host" | cat - "$ERR") "$program.*/nowhere.yml: No such file" \
		"and the message names the file"
}
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
misses master bijk-authkeys ssh-ed25519 AAAA
misses master bijk-doctor --master
not_ok "no command was run" on node test -e /root/ran

# A machine that nobody named is no node and no master, for many have its name.
echo 'sender: {masters: [master]}' | put_file node $file
for name in localhost localhost.localdomain localhost6.localdomain6; do
	on node hostname $name
	exits 78 "a node called $name" on node bijk-push --now -f $file
	contents "$ERR" node.name "is to be named"
done
on node hostname node
echo '{}' | put_file master $file
on master hostname localhost.localdomain
exits 78 "a master called so" on master bijk-master export -f $file
on master hostname master

is "$(picture)" "$before" "nothing was done, on either side"

# What sshd and the listeners start reads the file that is installed.
printf 'sender:\n\tperiod: 60\n' | put_file node /etc/bijk/plugins.yml
not_ok "a node with such a file is not pulled" pull master n1
log_says node 'bijk-login.*plugins.yml:2:1' "its log names file, line and column"
node_config node n1 master </dev/null
printf 'pull:\n\tperiod: 60\n' | put_file master /etc/bijk/master.yml
not_ok "nor does a master with such a file take a push" push node
has_nothing_now() {
	master_config master m1 </dev/null
	has_nothing master n1 "$1"
}
has_nothing_now "nothing is stored"

on node rm /etc/bijk/plugins.yml
on node hostname n1
exits 0 "without the usual file the defaults hold" on node bijk-put /root/record
on node ln -s /root/managed.yml /etc/bijk/plugins.yml
exits 66 "a link there that leads nowhere is no absent file" on node bijk-put /root/record
done_testing
