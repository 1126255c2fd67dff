#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Two pulls of one node at once: one works, the other says busy. Cron's passes
# the node over in silence.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 port=2222
stall node s:1000000 192.0.2.20:2222 192.0.2.20:22
noise 2000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want

start master first bijk-pull n1
until_ok 30 archive_grows master n1 300
exits 75 "the second pull" pull master n1
contents "$ERR" 'n1.*busy|busy.*n1' "says busy"
exits 0 "cron's pull" cron_pull master
empty "$ERR" "says nothing"
let_go node
finish master first
is "$RC" 0 "the first goes on"
archive master n1 >have
same have want "each record is there once"
done_testing
