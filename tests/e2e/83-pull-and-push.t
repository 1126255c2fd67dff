#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A pull and a push of one node at once: one works, the other says busy, whichever came first.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0 port=2222
stall node s:1000000 192.0.2.20:2222 192.0.2.20:22
noise 2000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want

start master pull bijk-pull n1
until_ok 30 archive_grows master n1 300
exits 75 "a push during a pull" push node
contents "$ERR" 'busy|another|at work' "says busy"
let_go node
finish master pull
is "$RC" 0 "the pull goes on"
archive master n1 >have
same have want "each record is there once"
on master bijk-master set n1 port=22

node_config node n1 master <<'END'
  ssh_port: 2222
END
stall master c:1000000 192.0.2.10:2222 192.0.2.10:22
noise 2000000 | base64 -w 1000 >second
on node bijk-put -l -s test <second
size=$(archive_size master n1)
start node push bijk-push --now
until_ok 30 runs master bijk-recv
until_ok 30 archive_grows master n1 $((size + 300))
exits 75 "a pull during a push" pull master n1
contents "$ERR" 'n1.*busy|busy.*n1' "says busy"
let_go master
finish node push
is "$RC" 0 "the push goes on"
archive master n1 >have
cat second >>want
same have want "each record is there once"
done_testing
