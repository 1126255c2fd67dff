#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A spool, or a file of the master's, that cannot be read: both sides say so,
# and not that they do not trust each other.
. "${0%/*}/lib/e2e.sh"

pair n1
put_lines node 1 3
on node sh -c 'chown root /var/lib/bijk/spool/*.seg; chmod 0600 /var/lib/bijk/spool/*.seg'
run pull master n1
is "$RC" 75 "a pull of a node whose spool it may not read"
contents "$ERR" 'the node says store: its spool cannot be read' "names the spool"
contents_not "$ERR" auth "and no proof"
log_says node 'bijk-login.*opening the spool /var/lib/bijk/spool: ' "the node's log says why"
on node sh -c 'chown bijk /var/lib/bijk/spool/*.seg'
exits 0 "once it may: a pull" pull master n1

put_lines node 4 6
# What a node shares with the master, cut short.
on master sh -c \
	'for f in hash secret; do f=/var/lib/bijk-master/nodes/n1/$f; [ ! -e $f ] || : >$f; done'
run push node
is "$RC" 75 "a push to a master that has lost its copy of the secret"
contents "$ERR" 'the master says store: .*see its log' "points at the master"
log_says master '<27>.*bijk-recv.*looking up node n1' "whose log says why, as an error"
run on node bijk-keyreg
is "$RC" 75 "a registration there"
contents "$ERR" 'cannot answer: a file of its store' "says the same"
done_testing
