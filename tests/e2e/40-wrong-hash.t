#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node with the wrong hash: nothing is stored, by pull, push or registration;
# the master's log says which, the node sees `auth`.
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
done_testing
