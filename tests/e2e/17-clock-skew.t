#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The skew that status shows is that of the clocks, not the time that a slow
# login took. Here both hosts have one clock.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 port=2222
put_lines node 1 10
stall node s:20 192.0.2.20:2222 192.0.2.20:22
start master pull bijk-pull n1
# This wait is what the test is about.
sleep 4
let_go node
finish master pull
is "$RC" 0 "a pull whose login took 4 s"
run on master bijk-master status --json n1
skew=$(json_field skew <"$OUT")
like "$skew" '^-?[01]$' "the skew is none"

waited=$(on master od -An -v -tu4 -w16 /var/lib/bijk-master/nodes/n1/day | awk '$1 > 0 { print $2 }')
ok "the last day has how long the records waited: $waited s" test "$waited" -ge 3

# The master's clock was set on by a month since anybody looked.
on master sed -i "s/^seen: .*/seen: $(($(date +%s) - 30 * 86400))/" /var/lib/bijk-master/clock
pull master n1
run on master bijk-master status
cat "$ERR" >>"$OUT"
contents "$OUT" 'the clock of this machine was set' "status tells of a clock that was set"
done_testing
