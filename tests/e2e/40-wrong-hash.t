#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node with the wrong hash, or that the master does not know, though its key
# is let in: nothing is stored, by pull, push or registration; the master's log
# says which it was, the node sees the same `auth`.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
put_lines node 1 10
hash_new node
before=$(on master cat /var/lib/bijk-master/nodes/n1/push.pub)

exits 77 "a pull" pull master n1
contents "$ERR" 'n1.*(proof|prove|hash)' "says that the node could not prove itself"
has_nothing master n1 "nothing is stored"
log_says node 'bijk-login.*auth' "the node's log says auth"

log_clear master
exits 77 "a push" push node
contents "$ERR" auth "says auth"
has_nothing master n1 "nothing is stored"
log_says master 'bijk-recv.*n1.*(proof|prove|hash)' \
	"the master's log says which node could not prove itself"

log_clear master
exits 77 "a registration" on node bijk-keyreg
contents "$ERR" 'another hash' "says that the master has another hash"
is "$(on master cat /var/lib/bijk-master/nodes/n1/push.pub)" "$before" "nothing changes"
log_says master 'bijk-keyrecv.*n1.*(proof|prove|hash)' \
	"the master's log says which node could not prove itself"

is "$(on node bijk-cat --spool | wc -l)" 10 "the node still has its records"
on node cat /etc/bijk/hash | on master bijk-master add n1 --replace-hash
exits 0 "with the new hash at the master a push" push node
has_lines master n1 1 10 "brings them"

put_lines node 11 20
node_config node stranger master </dev/null
# One that forgot under which name it registered, or does not care.
on node rm /var/lib/bijk/state/register-master
log_clear master
exits 77 "a push under a name that nobody added" push node
contents "$ERR" auth "says auth"
unlike "$(cat "$ERR")" 'unknown' "and not that the name is unknown"
log_says master 'bijk-recv.*stranger.*unknown|bijk-recv.*unknown.*stranger' \
	"the master's log says that it is"
ok "nor is a directory made" on master test ! -e /var/lib/bijk-master/nodes/stranger
exits 77 "a pull that the node answers under that name" pull master n1
contents "$ERR" 'n1.*stranger|stranger.*n1' "says both names"
exits 65 "a pull of a node that nobody added" pull master stranger
on master bijk-master remove n1
node_config node n1 master </dev/null
not_ok "a push of a node that was removed fails" push node
has_lines master n1 1 10 "nothing of it is stored"
done_testing
