#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# sender.copies: 2 of three masters: what the node frees is on two of them, exactly once, also when
# one is killed and its disk wiped, one cannot be reached, and one is removed.
. "${0%/*}/lib/e2e.sh"

# config MASTER...: the node's
config() {
	node_config node n88 "$@" <<'END'
  copies: 2
END
}

# segments: how many the spool has
segments() {
	on node sh -c 'ls /var/lib/bijk/spool' | grep -c '\.seg$'
}

# put_big: a record that closes its segment
put_big() {
	noise 9000000 | on node bijk-put -s big
}

# numbers HOST > NUMBERS: of the records there
numbers() {
	archive "$1" n88 --json | cut -b -200 | json_field seq
}

cron_due() {
	state_age node last-push 3600
	run on node setpriv --reuid bijk --regid bijk --init-groups bijk-push -vv
}

meet() {
	acquaint node "$1" n88
	on "$1" bijk-master set n88 min-period=0
}

hosts_begin
master_new ma 192.0.2.11 m1
master_new mb 192.0.2.12 m2
master_new mc 192.0.2.13 m3
node_new node 192.0.2.20 n88 ma
config ma mb mc
for host in ma mb mc; do meet $host; done

put_lines node 1 10
exits 0 "a push" push node
has_lines ma n88 1 10 "goes to the first"
has_lines mb n88 1 10 "and to the second"
has_nothing mc n88 "and no further"

exits 0 "the third pulls" pull mc n88
has_lines mc n88 1 10 "and has them, too"
put_lines node 11 20
cron_due
is "$RC" 0 "a push is due, for only one of two pulls"
has_lines ma n88 1 20 "it goes to the first"
has_lines mb n88 1 10 "and to no other: with the one that pulls these are two"
exits 0 "the second pulls, too" pull mb n88
put_lines node 21 30
cron_due
contents "$ERR" 'no push is due: the masters pull' "now no push is due"

on mb bijk-master set n88 min-period=1d
exits 0 "one says WAIT: the next takes it" push node
contents "$ERR" 'mb: too early' "and this is said"
has_lines mb n88 1 20 "the one that said it has nothing new"
has_lines mc n88 1 30 "the next has all"
on mb bijk-master set n88 min-period=0

host_end ma
on node ip neigh flush dev eth0
put_big
exits 0 "the first is gone, its disk wiped: a push" push node
contents "$ERR" 'ma\b' "names it"
put_big
exits 0 "the node goes on" push node
is "$(segments)" 1 "and frees what the other two have"
numbers mb >mb.numbers
seq 32 >want
same mb.numbers want "the second has each once"
numbers mc >mc.numbers
same mc.numbers want "and so has the third"

sshd_stop mb
put_big
put_big
exits 69 "the second is away, too: a push fails" push node
numbers mc >mc.numbers
seq 34 >want
same mc.numbers want "though the third has all"
isnt "$(segments)" 1 "the node frees nothing that only one has"
sshd_start mb
exits 0 "the second is back: a push" push node
is "$(segments)" 1 "and frees it then"
numbers mb >mb.numbers
same mb.numbers want "which the second has, too, each once"

master_new ma 192.0.2.11 m1
meet ma
put_lines node 35 40
exits 0 "the first is back, with an empty disk: a push" push node
numbers ma >ma.numbers
is "$(tail -n 1 ma.numbers)" 40 "it goes on with what the node holds"
is "$(sort ma.numbers | uniq -d)" "" "each once"
numbers mb >mb.numbers
seq 40 >want
same mb.numbers want "the second has all of it"

config ma mc
put_big
put_big
exits 0 "the second is removed: a push" push node
is "$(segments)" 1 "goes to the two that are left, and is freed"
numbers mc >mc.numbers
seq 42 >want
same mc.numbers want "the third has each once"
is "$(numbers ma | tail -n 2 | tr '\n' ' ')" "41 42 " "and so has the first"
archive ma n88 | tail -c 9000000 >ma.tail
archive mc n88 | tail -c 9000000 >mc.tail
same ma.tail mc.tail "the same bytes"
done_testing
