#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Someone else already listens on port 50011 of the node: it gets nothing, the
# message says that the port is taken.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
printf 'a secret of the node\n' | put_bytes node
put_lines node 1 10

squat() {
	start node squatter setpriv --reuid nobody --regid nogroup --clear-groups \
		socat -u "TCP-LISTEN:50011,reuseaddr,fork,$1" OPEN:/tmp/heard,creat,append
	until_ok 30 port_open node 50011
}
taken() {
	not_ok "$1: a push fails" push node
	contents "$ERR" '50011' "the message names the port"
	contents "$ERR" 'taken|in use|held|listens' "and says that it is taken"
	ok "the squatter heard nothing" on node test ! -s /tmp/heard
	has_nothing master n1 "nothing is stored"
	ok "no ssh is left" gone node ssh
}

squat bind=127.0.0.1
taken "on 127.0.0.1"
node_config node n1 master <<'END'
  local: stdio
END
exits 0 "with local: stdio the push needs no port" push node
archive master n1 --source test >have
{
	echo 'a secret of the node'
	lines 1 10
} >want
same have want "and brings the records"
ok "the squatter heard nothing" on node test ! -s /tmp/heard
done_testing
