#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The sudoers lines of operations.md, as printed: they let others store and
# read, and do nothing else.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/docs.sh"

command -v sudo >/dev/null || skip_all "sudo is not installed"
lines() {
	doc_block 'People who are not root' "$1"
}
hosts_begin
master_new master 192.0.2.10 m1
node_new web7 192.0.2.20 web7 master
acquaint web7 master web7
# Whatever else sudo is told on this machine is not in question.
for host in web7 master; do on $host sh -c 'rm -f /etc/sudoers.d/*'; done
lines 1 | put_file web7 /etc/sudoers.d/bijk-put 0440
lines 2 | put_file master /etc/sudoers.d/bijk-cat 0440
on web7 useradd app
on master groupadd monitor
on master useradd -G monitor reader
for host in web7 master; do exits 0 "visudo -c on $host" on $host visudo -cq; done

as() {
	local host=$1 user=$2
	shift 2
	on "$host" setpriv --reuid "$user" --regid "$user" --init-groups env -i PATH="$PATH" "$@"
}
store=$(lines 3 | sed -n 1p) status=$(lines 3 | sed -n 2p) read=$(lines 3 | sed -n 3p)
exits 0 "app: $store" as web7 app sh -c "$store"
is "$(on web7 bijk-cat --spool --source app)" "jobs 17" "it is stored"
exits 0 "lines, too" as web7 app sh -c 'printf "1\n2\n" | sudo -n -u bijk bijk-put -l -s app'
for args in '-s app /etc/bijk/hash' '-s app -- id' '-s other' '-f /etc/bijk/hash -s app' '-s app -V'; do
	exits 1 "not bijk-put $args" as web7 app sh -c "sudo -n -u bijk bijk-put $args </dev/null"
	contents "$ERR" 'password is required|not allowed' "says sudo"
done
exits 1 "nor anything as root" as web7 app sudo -n bijk-put -s app

exits 0 "a pull" pull master web7
exits 0 "reader: $status" as master reader sh -c "$status"
contents "$OUT" '^web7 +ok' "shows the state"
exits 0 "reader: $read" as master reader sh -c "$read"
like "$(head -n 1 "$OUT")" ' web7 app jobs 17$' "shows the record"
for args in 'bijk-cat --tail 1 --json --all' 'bijk-cat --since 22:00 web7' 'bijk-master status --json web7'; do
	exits 0 "$args" as master reader sh -c "sudo -n -u bijk-master $args"
done
for args in 'bijk-cat -f /etc/bijk/hash web7' 'bijk-cat --conf=/x web7' 'bijk-cat --since -f web7' \
	'bijk-cat --spool' 'bijk-cat web7 --config /x' 'bijk-master status --output /x' 'bijk-master list' \
	'bijk-master status -f /x' 'bijk-cat' 'bijk-cat "web7 -f" /x' 'id'; do
	exits 1 "not $args" as master reader sh -c "sudo -n -u bijk-master $args"
done
done_testing
