#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What comes from outside is shown with its control characters visible, wherever it is shown.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
esc=$'\e[2Jx'

# shown WHAT CMD...: it fails, and says so in printable ASCII, where the escape can be seen.
shown() {
	local what=$1
	shift
	run "$@"
	isnt "$RC" 0 "$what: refused"
	cat "$OUT" "$ERR" >all
	is "$(LC_ALL=C tr -d '\n\t -~' <all | wc -c)" 0 "and shown without control characters"
	contents all '\\x1b\[2Jx' "but visibly"
}
printf 'BIJKCARD 1 node\nNODE %s\nEND\n' "$esc" >card
for host in node master; do
	printf 'node:\n  name: n1\n  "\\e[2Jx": 1\nmaster:\n  "\\e[2Jx": 1\n' |
		put_file $host /root/odd.yml
done
shown "a file to put" on node bijk-put "$esc"
shown "a source" on node bijk-put -s "$esc"
shown "a command to run" on node bijk-put -- "/$esc"
shown "an option" on node bijk-put "--$esc"
shown "a master" on node bijk-keyreg "$esc"
shown "a key in it" on node bijk-push -f /root/odd.yml
shown "a master's configuration" on master bijk-master -f /root/odd.yml list
for what in 'master bijk-master import' 'node bijk-keyreg --import'; do
	# shellcheck disable=SC2086
	run on $what <card
	isnt "$RC" 0 "a card for ${what#* }: refused"
	is "$(cat "$OUT" "$ERR" | LC_ALL=C tr -d '\n\t -~' | wc -c)" 0 "and not repeated"
done
shown "a name" on master bijk-master add "$esc"
shown "a setting" on master bijk-master set n1 "$esc=1"
shown "a subcommand" on master bijk-master "$esc"
shown "a node to show" on master bijk-cat "$esc"
shown "a node to pull" on master bijk-pull "$esc"
shown "our own name" on node bash -c 'exec -a "$1" /usr/bin/bijk-put -s ""' sh "$esc"

# What ssh passes on of the other side.
printf '%s\n' "$esc" | put_file node /etc/ssh/banner
printf 'Banner /etc/ssh/banner\nMatch User bijk\n\tAuthorizedKeysFile none\nMatch all\n' |
	put_file node /etc/ssh/sshd_config.d/banner.conf
sshd_restart node
run on master bijk-pull n1
isnt "$RC" 0 "a pull, from a node that shows a banner and lets nobody in"
run on master sh -c \
	'bijk-pull -v -v n1; bijk-master test n1; bijk-master status n1; bijk-master status --json n1'
cat "$OUT" "$ERR" >all
is "$(LC_ALL=C tr -d '\n\t -~' <all | wc -c)" 0 "nothing of it gets through"

# What the two ends say to each other.
printf 'ERR busy %s\n' "$esc" | put_file node /root/said
start node play "$(tool relay)" -p /root/said 127.0.0.1:2233 127.0.0.1:9
until_ok 30 port_open node 2233
printf 'node:\n  name: n1\nsender:\n  masters: [localhost]\n  register_port: 2233\n' |
	put_file node /root/there.yml
run on node bijk-keyreg -f /root/there.yml
isnt "$RC" 0 "a master that answers a registration with control characters"
is "$(cat "$OUT" "$ERR" | LC_ALL=C tr -d '\n\t -~' | wc -c)" 0 "is shown without"
log_clear master
run on master bash \
	-c \
	'printf "NODE %s\n" "$1" | socat -t 5 - TCP:127.0.0.1:50009; printf "KEY %s\n" "$1" | socat -t 5 - TCP:127.0.0.1:50010' sh "$esc"
soon 10 "both ports have had a node that says such" grep -q 'bijk-keyrecv' \
	"$(host_file master /var/log/syslog)"
# The test host's syslog makes a control character a question mark.
unlike "$(log_of master)" '\?' "nothing of it is in the log"

# Records are as they are, but not on a terminal.
printf '%s\303\244 \302\233 \377\tend\n' "$esc" | put_bytes node
on node rm /etc/ssh/sshd_config.d/banner.conf
sshd_restart node
exits 0 "a push" push node
archive master n1 >have
printf '%s\303\244 \302\233 \377\tend\n' "$esc" >want
same have want "bijk-cat into a file: the bytes"
on master script -q -c 'bijk-cat n1; bijk-cat --json n1' /dev/null </dev/null >typed
contents typed '^\\x1b\[2Jxä \\xc2\\x9b \\xff.end' "on a terminal: what could command it is visible"
is "$(LC_ALL=C tr -cd '\000-\010\013\014\016-\037\177' <typed | wc -c)" 0 "and nothing else"
done_testing
