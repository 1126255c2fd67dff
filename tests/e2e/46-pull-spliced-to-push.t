#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Who has stolen the master's pull key and splices a pull to the port of the
# pushes gets nothing stored: proofs name their way.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
put_lines node 1 10
on master cp /var/lib/bijk-master/id_ed25519 /root/stolen
on master cp /var/lib/bijk-master/nodes/n1/known_hosts /root/known_hosts
mapfile -t options < <(ssh_options /root/stolen /root/known_hosts n1)

log_clear master
log_clear node
on master sh -c \
	'printf "%s\n" "#!/bin/sh" "exec ssh $* bijk@192.0.2.20 pull" >/root/pull; chmod +x /root/pull' sh "${options[@]}"
run on master socat -t 5 -v EXEC:/root/pull TCP:127.0.0.1:50009
contents "$ERR" '^NODE n1 ' "the node answered the master's greeting"
contents "$ERR" '^ERR auth' "the master does not believe that this is a push"
contents_not "$ERR" '^FROM' "nothing is asked for"
contents_not "$ERR" '^DATA' "nothing is sent"
has_nothing master n1 "nothing is stored"
log_says master 'bijk-recv.*n1.*(proof|prove|hash)' \
	"the master's log says that n1 could not prove itself"
log_says node 'bijk-login.*auth' "the node's log says auth"
exits 0 "the true pull" pull master n1
has_lines master n1 1 10 "brings the records"
done_testing
