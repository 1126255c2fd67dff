#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# With the pull key any other command, sftp and scp are refused in one line; sshd refuses a terminal and every forwarding.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/login.sh"

pair
thief_has_pull_key
for command in id 'pull; id' 'pull id' 'pull ' ' pull' PULL --help 'sh -c id' '$(id)' '`id`' $'pull\nid' '*' "$(printf 'x%.0s' {1..9000})"; do
	refused "${command:0:20}" login "$command"
done
run login -s netconf
isnt "$RC" 0 "a subsystem of another name is refused"
run on master sftp -b /dev/null "${thief_options[@]}" bijk@192.0.2.20
isnt "$RC" 0 "sftp is refused"
run on master scp "${thief_options[@]}" /etc/hostname bijk@192.0.2.20:/tmp/stolen
isnt "$RC" 0 "scp is refused"
run on master scp -O "${thief_options[@]}" bijk@192.0.2.20:/etc/passwd /tmp/stolen
isnt "$RC" 0 "the old scp too"
ok "no file was copied" on master test ! -e /tmp/stolen
ok "neither way" on node test ! -e /tmp/stolen

greeting >greeting.txt
run login -tt pull <greeting.txt
contents "$ERR" 'PTY allocation request failed' "a terminal: sshd refuses"
run login -W 127.0.0.1:22
contents "$ERR" 'prohibited|forwarding failed|refused' "-W: sshd refuses"
contents_not "$OUT" 'SSH-2' "nothing comes through"
run login -o ExitOnForwardFailure=yes -N -R 7777:127.0.0.1:22
contents "$ERR" 'forwarding failed' "-R: sshd refuses"
start master forward ssh "${thief_options[@]}" -N -L 127.0.0.1:7777:127.0.0.1:22 bijk@192.0.2.20
until_ok 30 port_open master 7777
run on master socat -t 2 -u TCP:127.0.0.1:7777 -
empty "$OUT" "-L: nothing comes through"
stop master forward
contents "$ERR" 'prohibited' "sshd refuses"

exits 0 "the true pull still works" pull master n1
done_testing
