#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# With the pull key any other command, subsystem, sftp and scp are refused in one line, and nothing
# runs; sshd refuses a terminal and every forwarding.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/login.sh"
. "$E2E_LIB/hostile.sh"

pair
thief_has_pull_key
tattle node
# One login for all of them: a handshake each would take longer than the rest.
start master login ssh "${thief_options[@]}" -M -S /run/thief.sock -N bijk@192.0.2.20
until_ok 30 test -S "$(host_file master /run/thief.sock)" || give_up "ssh does not log in"
thief_options+=(-S /run/thief.sock)
log_clear node
asked=0
for command in id 'pull; id' 'pull id' 'pull ' ' pull' PULL pul pulll --help '-c pull' 'sh -c id' \
	'$(id)' '`id`' 'pull $(id)' 'pull && id' 'pull | id' 'pull & id' 'pull > /tmp/ran' \
	$'pull\nid' $'pull\n' $'pull\r' $'\tpull' '*' "'pull'" pull\\ '${IFS}' '() { :;}; id' \
	'A=1 pull' 'scp -t /tmp' 'scp -f /etc/passwd' 'rsync --server . /tmp' internal-sftp \
	git-shell push /usr/sbin/bijk-login '../../../bin/sh' '%s%s%n' $'\xff\xfepull' \
		$'\e[2Jpull' \
	$'pull\b\b\b\bid' "$(printf 'x%.0s' {1..9000})" "$(printf 'x%.0s' {1..100000})"; do
	refused "$(cat -v <<<"${command:0:20}")" login "$command"
	asked=$((asked + 1))
done
for subsystem in sftp netconf pull ../sftp 'x;id'; do
	run login -s "$subsystem"
	isnt "$RC" 0 "a subsystem $subsystem is refused"
	empty "$OUT" "without a word"
done
soon 10 "each that bijk-login refused is one line of the log" \
	test "$(log_of node | grep -c 'refused: ')" -ge "$asked"
unlike "$(log_of node | grep -v 'refused: ')" ' (<|<2[0-6]>)' "and no other says an error"
run on master sftp -b /dev/null "${thief_options[@]}" bijk@192.0.2.20
isnt "$RC" 0 "sftp is refused"
run on master scp "${thief_options[@]}" /etc/hostname bijk@192.0.2.20:/tmp/stolen
isnt "$RC" 0 "scp is refused"
run on master scp -O "${thief_options[@]}" bijk@192.0.2.20:/etc/passwd /tmp/stolen
isnt "$RC" 0 "the old scp too"
ok "no file was copied" on master test ! -e /tmp/stolen
ok "neither way" on node test ! -e /tmp/stolen
has_run_nothing node "nothing ran"
stop master login
thief_has_pull_key

greeting >greeting.txt
run login -tt pull <greeting.txt
contents "$ERR" 'PTY allocation request failed' "a terminal: sshd refuses"
forwards_nothing "the pull key" login
exits 0 "the true pull still works" pull master n1
done_testing
