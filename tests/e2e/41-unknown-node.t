#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node that the master does not know, though its key is let in: nothing is
# stored. The node sees the same `auth` as with a wrong proof; the master's log
# says which it was.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
put_lines node 1 10
node_config node stranger master </dev/null
# One that forgot under which name it registered, or does not care.
on node rm /var/lib/bijk/state/register-master
log_clear master
exits 77 "a push under a name that nobody added" push node
contents "$ERR" auth "says auth"
unlike "$(cat "$ERR")" 'unknown' "and not that the name is unknown"
log_says master 'bijk-recv.*stranger.*unknown|bijk-recv.*unknown.*stranger' \
	"the master's log says that it is"
has_nothing master n1 "nothing is stored"
ok "nor a directory made" on master test ! -e /var/lib/bijk-master/nodes/stranger

exits 77 "a pull that the node answers under that name" pull master n1
contents "$ERR" 'n1.*stranger|stranger.*n1' "says both names"
has_nothing master n1 "nothing is stored"
exits 65 "a pull of a node that nobody added" pull master stranger

on master bijk-master remove n1
node_config node n1 master </dev/null
not_ok "a push of a node that was removed fails" push node
has_nothing master n1 "nothing is stored"
done_testing
