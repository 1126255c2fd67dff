#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Results that cannot be written are an error (74) with a message, in every program that prints any.
. "${0%/*}/lib/e2e.sh"

pair
put_lines node 1 3
pull master n1
# fails HOST COMMAND...
fails() {
	local host=$1
	shift
	exits 74 "$*, to a disk that is full" on "$host" sh -c 'exec "$@" >/dev/full' sh "$@"
	contents "$ERR" "$1: writing .*: No space left" "with a message"
	exits 74 "$*, with standard output closed" on "$host" sh -c 'exec "$@" >&-' sh "$@"
	contents "$ERR" "$1: writing " "with a message"
}
for program in bijk-put bijk-push bijk-keyreg bijk-doctor; do
	fails node $program -h
done
for program in bijk-pull bijk-recv bijk-keyrecv bijk-authkeys bijk-cat bijk-master; do
	fails master $program -V
done
fails node bijk-cat --spool
fails node bijk-cat --spool --json
fails node bijk-keyreg --export
exits 74 "bijk-doctor, to a disk that is full" on node sh -c 'bijk-doctor >/dev/full'
contents "$ERR" 'bijk-doctor: writing .*: No space left' "with a message"
fails master bijk-cat n1
for command in 'feeds --json' list 'list --json' pending status 'status --json' export 'test n1'; do
	# shellcheck disable=SC2086
	fails master bijk-master $command
done
exits 74 "bijk-authkeys, to a disk that is full" on master sh -c \
	'exec bijk-authkeys $1 >/dev/full' sh \
	"$(on node cut -d' ' -f1,2 /var/lib/bijk/id_ed25519.pub)"
log_says master 'bijk-authkeys.*writing .*: No space left' \
	"which it says to syslog: sshd throws away the rest"
exits 0 "who prints nothing needs no output" on node sh -c 'echo x | bijk-put >&-'
exits 74 "a closed standard input is not an empty one" on node sh -c 'bijk-put <&-'
done_testing
