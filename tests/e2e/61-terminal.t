#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What a person at a terminal gets: the worst first, colours, --watch, and how far the work is.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master add z9 < <(printf "%064d\n" 7) >/dev/null
put_lines node 1 10
pull master n1
# typed HOST COMMAND: what it shows on a terminal, with ESC as a letter.
typed() {
	on "$1" env TERM=xterm script -qec "$2" /dev/null </dev/null | tr '\033\r' 'E\n'
}
green='n1 +E\[32mok +E\[0m'
typed master 'bijk-master status' >shown
contents shown "$green" "a node that is well is green"
contents shown '^z9 +never ' "one that never registered has no colour"
is "$(grep -oE '^(n1|z9)' shown | tr '\n' ' ')" 'z9 n1 ' "and comes first"
typed master 'NO_COLOR=1 bijk-master status' >shown
contents_not shown 'E\[' "with NO_COLOR there is none"
on master bijk-master status | tr '\033' 'E' >shown
contents_not shown 'E\[' "nor where there is no terminal"

exits 64 "--watch without a terminal" on master bijk-master status --watch
start master watch env TERM=xterm script -qefc 'bijk-master status --watch' /root/watched
watched() {
	[ "$(on master cat /root/watched | grep -c 'as of .*Ctrl-C ends')" -ge 2 ]
}
soon 30 "on a terminal it looks again and again" watched
stop master watch
on master cat /root/watched | tr '\033\r' 'E\n' >shown
contents shown "$green" "and shows the table"

put_lines node 11 12
stall node s:20 192.0.2.20:2222 192.0.2.20:22
on master bijk-master set n1 port=2222
on master bijk-master set z9 mode=off
start master pull env TERM=xterm script -qec 'bijk-pull --all -v' /root/pulled
until_ok 30 on master pgrep -x ssh
# What takes a second shows it.
sleep 1.1
let_go node
finish master pull
on master cat /root/pulled | tr '\033\r' 'E\n' >shown
contents shown 'E\[K1 of 1 nodes, 0 failed' "bijk-pull --all -v says how far it is"
contents shown '^(E\[K)?bijk-pull: n1: 2 records' "and its messages have their lines"

# bijk-put waits for a lock while it reads.
on node sh -c 'yes "a line of a large file" | head -c 12000000 >/root/big'
start node holder flock /var/lib/bijk/spool/lock sh -c \
	'touch /run/held; while [ ! -e /run/go2 ]; do sleep 0.1; done'
until_ok 30 on node test -e /run/held
start node put env TERM=xterm script -qec 'bijk-put -l -s big /root/big' /root/put
has_begun() {
	on node sh -c 'for p in $(pgrep -x bijk-put); do for fd in /proc/$p/fd/*; do
		[ "$(readlink "$fd")" != /root/big ] ||
			awk "/^pos/ { exit \$2 == 0 }" "/proc/$p/fdinfo/${fd##*/}" && exit 0
	done; done; exit 1'
}
soon 30 "bijk-put -l has begun to read" has_begun
sleep 1.1
on node touch /run/go2
finish node put
on node cat /root/put | tr '\033\r' 'E\n' >shown
contents shown 'E\[K/root/big: line [0-9]+, [0-9.]+ [KM]iB of 11 MiB' "and says how far it is"
done_testing
