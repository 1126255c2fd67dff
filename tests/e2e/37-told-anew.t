#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What a master was told of a node and is true no more reaches it by itself
# within 5 minutes, though the node is only pulled. Only a person can say what a
# new name means. (n88 has its place in the first second of the minute, and does
# not wait.)
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
host_new node 192.0.2.20 node
hash_new node
printf 'sender:\n  masters: [master]\n  mode: never\n' | put_file node /etc/bijk/plugins.yml
on node hostname n88
acquaint node master n88
state_age_all node 301
exits 0 "cron's bijk-push, nothing being new" cron_push node
unlike "$(log_of master | tail -n 1)" 'nothing is new' "does not register again"

in_host node <<'END'
	rm /etc/ssh/ssh_host_ed25519_key*
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
	echo "Port 2222" >/etc/ssh/sshd_config.d/port.conf
	ip addr add 192.0.2.21/24 dev eth0
	ip route replace 192.0.2.10 dev eth0 src 192.0.2.21
END
sshd_restart node
put_lines node 1 3
not_ok "sshd has another port and host key: a pull" pull master n88
exits 0 "cron's bijk-push, 5 minutes after the registration" cron_push node
is "$(on master bijk-master list --json | json_field port)" 2222 "it has told the new port"
is "$(on master bijk-master list --json | json_field address)" 192.0.2.21 "the new address"
exits 0 "and the new host key: a pull" pull master n88
has_lines master n88 1 3 "brings the records"

on node hostname n88.example.org
printf 'sender:\n  masters: [master]\n' | put_file node /etc/bijk/plugins.yml
state_age_all node 301
exits 75 "the node has another name: bijk-keyreg" on node bijk-keyreg
both='called n88.example.org, but registered as n88: set node.name: n88 .*add n88.example.org'
contents "$ERR" "$both" "names both, and both ways out"
exits 75 "bijk-push --now" push node
contents "$ERR" "$both" "too"
not_ok "a pull" pull master n88
contents "$ERR" 'asked for node n88, but n88.example.org answers: set node.name: n88' "too"
printf 'node:\n  name: n88\nsender:\n  masters: [master]\n' | put_file node /etc/bijk/plugins.yml
put_lines node 4 6
exits 0 "under its old name: a push" push node
has_lines master n88 1 6 "goes on"
done_testing
