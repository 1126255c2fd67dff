#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-master: add, set, list, status, test, remove; the modes of a node.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n1 master
admin() {
	on master bijk-master "$@"
}
status() {
	admin status --json n1 | json_field status
}

exits 65 "a hash that is none" admin add n1 < <(echo abc)
exits 65 "a name that is none" admin add N_1 < <(on node cat /etc/bijk/hash)
add_node node master n1
is "$(status)" never "a node that was never heard of"
add_node node master n1
exits 0 "the same hash, through another system's clipboard" admin add n1 \
	< <(printf '\xef\xbb\xbf%s\r\n' "$(on node cat /etc/bijk/hash)")
exits 65 "a hash after a login script's greeting" admin add n1 \
	< <(printf 'Welcome to \033web7\n' && on node cat /etc/bijk/hash)
contents "$ERR" 'line 1 is not part of a hash$' "names the line that does not belong there"
exits 65 "the same name with another hash" admin add n1 < <(printf '%064d\n' 7)
contents "$ERR" 'another hash, registered never, last in contact never: .*another machine.*--name' \
	"says that nobody came under it, and advises another name first"
acquaint node master n1
on master bijk-master set n1 min-period=0
exits 65 "once more" admin add n1 < <(printf '%064d\n' 7)
contents "$ERR" 'registered [0-9].* ago from 192.0.2.20, ' \
	"says from where the one with the name registered"
put_lines node 1 10
exits 0 "bijk-master test" admin test n1
has_lines master n1 1 10 "is a pull"
is "$(status)" ok "status is ok"
master_age master n1 601
is "$(status)" late "two periods later: late"
master_age master n1 3600
is "$(status)" silent "an hour later: silent"

sshd_stop node
not_ok "bijk-master test of a node that is down" admin test n1
contents "$OUT" refused "says why"
not_ok "a pull" pull master n1
is "$(status)" error "status is error"
like "$(admin status --json n1 | json_field reason)" refused "with the reason"
sshd_start node
exits 0 "a pull" pull master n1
is "$(status)" ok "status is ok again"

exits 0 "mode=off" admin set n1 mode=off
is "$(status)" off "status is off"
put_lines node 11 20
not_ok "a push of a node that is off" push node
not_ok "a pull of it" pull master n1
has_lines master n1 1 10 "nothing is taken"
exits 0 "mode=push" admin set n1 mode=push
exits 0 "a push" push node
has_lines master n1 1 20 "is taken"
put_lines node 21 30
exits 0 "bijk-pull --all" pull master --all
has_lines master n1 1 20 "passes it over"
exits 0 "mode=pull" admin set n1 mode=pull
not_ok "a push is not taken" push node
exits 0 "bijk-pull --all" pull master --all
has_lines master n1 1 30 "is"

# As after a restore by root: it is a node all the same.
on master chown root:root /var/lib/bijk-master/nodes/n1
as_master() { on master setpriv --reuid bijk-master --regid bijk-master --clear-groups "$@"; }
is "$(as_master bijk-master status --json | json_field status)" error \
	"a node whose directory is root's is shown, as what cannot be read"
exits 77 "list says so too" as_master bijk-master list
contents "$ERR" 'n1: Permission denied' "and names it"
run as_master bijk-pull --all
contents "$ERR" 'n1: reading its settings: Permission denied' "and so does bijk-pull"
exits 66 "a file that is not there" admin add n1 --hash ./no-such-file
on master chown bijk-master:bijk-master /var/lib/bijk-master/nodes/n1

exits 64 "a key that is none" admin set n1 colour=red
exits 65 "a node that is none" admin set n2 mode=off
like "$(admin list --json)" '"n1"' "list names the node"
exits 0 "remove" admin remove n1
unlike "$(admin list --json)" '"n1"' "list names it no more"
not_ok "a push is refused" push node
ok "the records are kept" on master sh -c \
	'test -n "$(find /var/lib/bijk-master/archives/n1 -name "*.seg")"'
add_node node master n1
has_lines master n1 1 30 "and there again when it is added"
exits 0 "remove --purge" admin remove n1 --purge
ok "takes them away" on master test ! -e /var/lib/bijk-master/nodes/n1
done_testing
