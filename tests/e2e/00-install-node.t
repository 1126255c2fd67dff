#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# install.sh node: what is there afterwards, and that a second run changes nothing.
. "${0%/*}/lib/e2e.sh"

hosts_begin
E2E_SOURCE=$E2E_ROOT host_new node 192.0.2.20 base
mode() {
	on node stat -c '%U:%G %a' "$1"
}

ok "install.sh node" install_node node n1 master
is "$(mode /etc/bijk/hash)" "root:bijk 640" "the hash is root's, readable for bijk"
like "$(on node cat /etc/bijk/hash)" '^[0-9a-f]{64}$' "64 hex digits"
is "$(mode /var/lib/bijk)" "bijk:bijk 750" "/var/lib/bijk"
is "$(mode /var/lib/bijk/.ssh)" "bijk:bijk 700" "/var/lib/bijk/.ssh"
is "$(on node getent passwd bijk | cut -d: -f6-)" /var/lib/bijk:/usr/sbin/bijk-login \
	"home and shell of user bijk"
is "$(on node getent shadow bijk | cut -d: -f2)" '*' \
	"no password fits, but the account is not locked"
for program in bin/bijk-put bin/bijk-cat sbin/bijk-login sbin/bijk-push sbin/bijk-keyreg; do
	is "$(mode /usr/$program)" "root:root 755" "/usr/$program"
done
is "$(mode /etc/cron.d/bijk-node)" "root:root 644" "cron's file, as cron wants it"
exits 0 "its configuration is valid" on node bijk-cat --spool
exits 0 "bijk-put stores" put_lines node 1 5
is "$(on node bijk-cat --spool)" "$(lines 1 5)" "and bijk-cat --spool shows it"
exits 77 "nobody else may put" on node setpriv --reuid nobody --regid nogroup --clear-groups \
	bijk-put /etc/hostname

host_wrote node >first
ok "install.sh node, again" install_node node n1 master
host_wrote node >second
same second first "changes nothing"

echo 'ssh-ed25519 AAAA restrict,command="pull" somebody' >other
printf '%s\n' 'restrict,command="pull" ssh-ed25519 AAAA bijk-master:gone' "$(cat other)" |
	put_file node /var/lib/bijk/.ssh/authorized_keys 0600 bijk:bijk
ok "install.sh node, with another key in authorized_keys" install_node node n1 master
is "$(on node cat /var/lib/bijk/.ssh/authorized_keys2)" "$(cat other)" \
	"the key lies in authorized_keys2"
is "$(mode /var/lib/bijk/.ssh/authorized_keys2)" "bijk:bijk 600" "which is bijk's own"
is "$(on node cat /var/lib/bijk/.ssh/authorized_keys)" "" \
	"authorized_keys has the masters' keys alone, and there is none"
done_testing
