#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# With a node's push key, user bijk-master of the master can be forwarded to
# 127.0.0.1:50009 and nothing else, under the shipped sshd settings.
. "${0%/*}/lib/e2e.sh"

pair
mapfile -t options < <(ssh_options /var/lib/bijk/id_ed25519 /var/lib/bijk/known_hosts master)
start master other socat TCP-LISTEN:50008,bind=127.0.0.1,fork,reuseaddr EXEC:'echo forbidden'
until_ok 30 port_open master 50008
# key OPTION... [COMMAND]
key() {
	on node timeout 10 ssh "${options[@]}" "$@"
}
who=bijk-master@master

run key -W 127.0.0.1:50009 $who
contents "$OUT" '^BIJK 2 m1 ' "-W to 50009 is allowed: bijk-recv greets"
for to in 127.0.0.1:50008 127.0.0.1:22 localhost:50008 192.0.2.10:50010 192.0.2.20:22 '[::1]:22'; do
	run key -W "$to" $who
	contents "$ERR" 'prohibited|forwarding failed' "-W to $to is refused"
	empty "$OUT" "and nothing comes through"
done
for command in id 'cat /etc/passwd' pull ''; do
	run key $who "$command"
	isnt "$RC" 0 "the command '$command' is refused"
	empty "$OUT" "and prints nothing"
done
run key -tt $who
isnt "$RC" 0 "a terminal is refused"
run key -s $who sftp
isnt "$RC" 0 "sftp is refused"
run key -o ExitOnForwardFailure=yes -N -R 7777:127.0.0.1:22 $who
contents "$ERR" 'forwarding failed' "-R is refused"
run key -o ExitOnForwardFailure=yes -N -R /tmp/sock:127.0.0.1:22 $who
contents "$ERR" 'forwarding failed' "-R of a unix socket is refused"
run key -o ExitOnForwardFailure=yes -N -w 0:0 $who
isnt "$RC" 0 "a tunnel device is refused"
start node forward ssh "${options[@]}" -N -L 127.0.0.1:7777:/run/sshd.pid $who
until_ok 30 port_open node 7777
run on node socat -t 2 -u TCP:127.0.0.1:7777 -
empty "$OUT" "-L to a unix socket: nothing comes through"
stop node forward
contents "$ERR" 'open failed' "sshd refuses"
done_testing
