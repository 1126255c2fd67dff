#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-master rotate: a new pull key. Both are in use until every node that is
# pulled has taken the new one, which it does with its daily registration; then
# the old one is removed.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new na 192.0.2.21 n88 master
node_new nb 192.0.2.22 n2 master
node_new nc 192.0.2.23 n3 master
# Cron's push waits for the place of the name inside the minute; that of n88 is its beginning.
for i in a:n88 b:n2 c:n3; do acquaint "n${i%:*}" master "${i#*:}"; done
key_of() {
	on master cut -d' ' -f2 "/var/lib/bijk-master/$1"
}
old=$(key_of id_ed25519.pub)
on master cp /var/lib/bijk-master/id_ed25519 /root/old
exits 0 "two nodes are pulled" pull master n88 n2
put_lines nc 1 10
on master bijk-master set n3 mode=push
exits 0 "the third pushes" push nc

exits 0 "bijk-master rotate" on master bijk-master rotate
contents "$OUT" '^n88: ' "names who is pulled"
contents "$OUT" '^n2: ' "all of them"
not_ok "and nobody else" grep -q '^n3' "$OUT"
new=$(key_of id_ed25519.new.pub)
isnt "$new" "$old" "there is another key"
put_lines na 1 10
exits 0 "a pull of one that does not know it yet" pull master n88
has_lines master n88 1 10 "is good"
run on master bijk-master status n88
contents "$OUT" 'new pull key' "status says that it is waited for"

state_age_all na 100000
exits 0 "a day later cron's push registers one again" cron_push na
empty "$ERR" "without a word"
ok "the node lets both keys in" on na sh -c \
	'grep -q "$1" ~bijk/.ssh/authorized_keys && grep -q "$2" ~bijk/.ssh/authorized_keys' sh \
	"$old" "$new"
exits 0 "it is pulled" pull master n88
exits 0 "the rotation goes on" on master bijk-master rotate
unlike "$(cat "$OUT")" n88 "without waiting for it"
contents "$OUT" '^n2: ' "but for the other"
exits 0 "one that is still to be pulled with the new key ends no rotation" on master bijk-pull --all
is "$(key_of id_ed25519.pub)" "$old" "the old key is there"
exits 0 "the other registers by hand" on nb bijk-keyreg
exits 0 "and is pulled" pull master n2
exits 0 "the next run of bijk-pull" on master bijk-pull --all
is "$(key_of id_ed25519.pub)" "$new" "ends the rotation"
ok "nothing of it is left" on master sh -c '! ls /var/lib/bijk-master/*.new*'
put_lines na 11 20
exits 0 "a pull with the one key" pull master n88
has_lines master n88 1 20 "is good"
exits 65 "there is nothing to finish" on master bijk-master rotate --finish
exits 0 "the node registers" on na bijk-keyreg
not_ok "and lets the old key in no more" on na grep -q "$old" /var/lib/bijk/.ssh/authorized_keys

exits 0 "another rotation" on master bijk-master rotate
exits 0 "is finished by hand" on master bijk-master rotate --finish
isnt "$(key_of id_ed25519.pub)" "$new" "with the newest key"
exits 77 "a node that does not know it refuses" pull master n88
exits 0 "it registers" on na bijk-keyreg
exits 0 "and is pulled" pull master n88
done_testing
