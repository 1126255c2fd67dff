#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node that registers before the administrator has added it is pending; after
# `bijk-master add` it is in within 5 minutes by itself, at once with
# bijk-keyreg; one that was added and has not registered yet is no failure. The 5
# minutes are not waited for: clock readings in the node's state are set back.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n88 master

exits 75 "a node that nobody has added registers: try again later" on node bijk-keyreg
contents "$ERR" pending "and the message says pending"
exits 0 "bijk-master pending" on master bijk-master pending
contents "$OUT" 'n88.*192\.0\.2\.20' "shows its name and address"
exits 0 "bijk-master pending --json" on master bijk-master pending --json
is "$(json_field node <"$OUT")$(json_field name <"$OUT")" n88 "has it too"
ok "nothing of it is among the nodes" on master test ! -e /var/lib/bijk-master/nodes/n88
not_ok "no key of it is kept" on master grep -rq \
	"$(on node cut -d' ' -f2 /var/lib/bijk/id_ed25519.pub)" /var/lib/bijk-master

exits 0 "cron's push of a pending node" cron_push node
empty "$ERR" "prints nothing"
add_node node master n88
state_age_all node 310
exits 0 "5 minutes after it was added, cron's push" cron_push node
ok "has registered the node" on master test -s /var/lib/bijk-master/nodes/n88/push.pub
exits 0 "bijk-master pending" on master bijk-master pending
unlike "$(cat "$OUT")" n88 "shows it no more"
put_lines node 1 10
exits 0 "it is pulled" pull master n88
has_lines master n88 1 10 "and its records are there"

node_new node2 192.0.2.21 n2 master
exits 75 "another node is pending" on node2 bijk-keyreg
add_node node2 master n2
run on master bijk-pull --all
is "$RC" 0 "added, it is not to be pulled yet"
empty "$ERR" "and nothing to complain about"
exits 75 "a pull of the node by its name" pull master n2
contents "$ERR" 'it has not registered yet' "says what it lacks"
run on master bijk-master status --json n2
is "$(json_field status <"$OUT")" never "status: never"
contents "$OUT" 'it has not registered yet: bijk-keyreg' "and what to do"
exits 0 "after it was added bijk-keyreg brings it in at once" on node2 bijk-keyreg
put_lines node2 1 10
exits 0 "it is pulled" pull master n2
has_lines master n2 1 10 "and its records are there"

master_config master m1 <<'END'
register:
  unknown: refuse
END
node_new node3 192.0.2.22 n3 master
exits 77 "a master that refuses unknown nodes says so" on node3 bijk-keyreg
run on master bijk-master pending
unlike "$(cat "$OUT")" n3 "and keeps nothing"
node_config node3 n3 nosuch.example </dev/null
exits 69 "a master whose name cannot be resolved" on node3 bijk-keyreg
contents "$ERR" 'nosuch.example: its name cannot be resolved' "is told by that"
contents_not "$ERR" 'port' "and not by a port"
done_testing
