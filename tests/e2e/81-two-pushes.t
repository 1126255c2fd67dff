#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Two pushes of one node at once: one works, the other says that another run is
# at work and exits 75.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
node_config node n1 master <<'END'
  ssh_port: 2222
END
stall master c:1000000 192.0.2.10:2222 192.0.2.10:22
noise 2000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want

start node first bijk-push --now
until_ok 30 archive_grows master n1 300
exits 75 "the second push" push node
contents "$ERR" 'another|busy|at work|already' "says that another is at work"
exits 75 "cron's, too" on node setpriv --reuid bijk --regid bijk --init-groups bijk-push --now \
	--syslog
let_go master
finish node first
is "$RC" 0 "the first goes on"
archive master n1 >have
same have want "each record is there once"
done_testing
