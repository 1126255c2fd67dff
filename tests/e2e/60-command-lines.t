#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Command lines: the same rules in every program, and a message that says which rule was broken.
. "${0%/*}/lib/e2e.sh"

pair
# wrong ERE HOST COMMAND...
wrong() {
	local says=$1 host=$2
	shift 2
	exits 64 "$*" on "$host" "$@"
	contents "$ERR" "$says" "says: $says"
	contents "$ERR" "usage: $1" "and how it is used"
}
for program in bijk-put bijk-push bijk-keyreg bijk-doctor; do
	wrong 'option --nonsense is unknown' node $program --nonsense
done
for program in bijk-listen bijk-recv bijk-keyrecv bijk-authkeys bijk-pull bijk-cat bijk-master; do
	wrong 'option --nonsense is unknown' master $program --nonsense
done
exits 64 "where standard error is a file that standard output is, too" on master sh -c \
	'bijk-recv --nonsense 2>&1'
contents "$OUT" 'option --nonsense is unknown' "it is said, too"
log_says master 'bijk-recv.*option --nonsense is unknown' "and to syslog, for a listener's line"
wrong 'option --port requires a value' master bijk-master add n2 --port
wrong 'option -s requires a value' node bijk-put -l -s
wrong 'option -x is unknown' node bijk-put -lx
wrong 'option --now=1 is .* takes no value' node bijk-push --now=1
wrong 'option --s is .*ambiguous' master bijk-cat --s x n1
wrong 'before --until' master bijk-cat --since 1h --until 2h n1
wrong 'before --until' master bijk-cat --since @7 --until @7 n1
wrong 'FILE cannot be used' node bijk-put /etc/hostname -- echo x
wrong 'missing command' node bijk-put -s x --

on node sh -c 'lines() { printf "record %s\n" 1 2; }; lines >/root/two'
exits 0 "options behind the operands" on node bijk-put /root/two -l -s behind
is "$(on node bijk-cat --spool --source behind)" "$(printf 'record %s\n' 1 2)" "count"
exits 0 "but behind -- they are the command's" on node bijk-put -s echo -- echo -l -s
is "$(on node bijk-cat --spool --source echo)" "-l -s" "which gets them"
run on master bijk-master set n1 foo=1
unlike "$(cat "$ERR")" 'did you mean' "nothing is suggested for a key that is like none"
run on master bijk-master set n1 prot=1
contents "$ERR" 'did you mean `port`' "and the nearest for a slip"
done_testing
