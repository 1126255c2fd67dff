#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The ways of bijk-put: standard input, files, lines, a command; its exit codes; who may.
. "${0%/*}/lib/e2e.sh"

hosts_begin
node_new node 192.0.2.20 n1 master
spool() {
	on node bijk-cat --spool
}
is_spool() {
	is "$(spool)" "$(cat want)" "$1"
}

exits 0 "standard input" on node bijk-put < <(echo one)
echo one >want
printf 'two\n' | put_file node /root/2
printf 'three\nlines\nhere\n' | put_file node /root/3
exits 0 "files" on node bijk-put -s files /root/2 /root/3
printf 'two\nthree\nlines\nhere\n' >>want
is_spool "are a record each"
is "$(on node bijk-cat --spool --json | json_field seq | tail -n 1)" 3 "three records so far"
exits 0 "-l" on node bijk-put -l /root/3
printf 'three\nlines\nhere\n' >>want
is "$(on node bijk-cat --spool --json | json_field seq | tail -n 1)" 6 "makes a record of each line"
exits 0 "a command" on node bijk-put -s command -- echo said so
echo 'said so' >>want
is_spool "its output is a record"

exits 3 "a command that fails: its exit code" on node bijk-put -- sh -c 'echo half; exit 3'
is_spool "nothing is stored"
exits 64 "a source that is none" on node bijk-put -s 'a b' /root/2
is_spool "nothing is stored"
run on node bijk-put /root/2 /root/nothing
isnt "$RC" 0 "a file that is not there is an error"
exits 64 "an option that it does not have" on node bijk-put --no-such-option
contents "$ERR" usage "usage"
exits 77 "another user may not" on node setpriv --reuid nobody --regid nogroup --clear-groups \
	bijk-put /etc/hostname
exits 0 "user bijk may" on node setpriv --reuid bijk --regid bijk --init-groups bijk-put \
	/etc/hostname
is "$(spool | tail -n 1)" node "and it is stored"
is "$(on node sh -c 'find /var/lib/bijk/spool ! -user bijk')" "" \
	"everything in the spool is user bijk's"
done_testing
