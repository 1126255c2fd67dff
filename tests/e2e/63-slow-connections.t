#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A thousand slow connections to each port, of which some send a byte a second,
# some read nothing, some are silent and some half-open: a node among them is
# served, and each of them is over within its time.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/hostile.sh"

pair
host_new other 192.0.2.66
bring master flood
bring other flood
on master bijk-master set n1 min-period=0
# What a half-open connection has forgotten would be reset by the kernel.
on master iptables -A OUTPUT -o lo -p tcp --dport 50009 --tcp-flags RST RST -j DROP
on other iptables -A OUTPUT -p tcp --dport 50010 --tcp-flags RST RST -j DROP
many() {
	test "$(pids "$1" "$2" | wc -l)" -ge "$3"
}

hold master slow 1000 127.0.0.1:50009
hold other slow 1000 192.0.2.10:50010
soon 10 "port 50009 is busy with a hundred of them at a time" many master bijk-recv 100
put_lines node 1 10
exits 0 "a push among them" push node
has_lines master n1 1 10 "brings the records"
exits 0 "a registration among them" on node bijk-keyreg
ok "of one address no more than 32 are served at once" test "$(pids master bijk-keyrecv | wc -l)" \
	-le 40
stop other slow KILL
soon 10 "the log says who was refused" \
	grep -q 'bijk-listen.* 192\.0\.2\.66: refused: ' "$(host_file master /var/log/syslog)"
put_lines node 11 20
exits 0 "another push" push node
has_lines master n1 1 20 "brings the records"
age=$(eldest master bijk-recv)
ok "who proves nothing on port 50009 is out in 5 s: the eldest has been there for $age s" \
	test "$age" -le 8
stop master slow KILL
soon 15 "afterwards nobody is left there" gone master bijk-recv
done_testing
