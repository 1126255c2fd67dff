#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The playbook of operations.md, as printed: from a control machine, over ssh,
# it makes two machines nodes that a master can pull; again, it changes nothing.
. "${0%/*}/../e2e/lib/e2e.sh"
. "$E2E_LIB/docs.sh"
. "$E2E_ROOT/tests/packages/debs.sh"

master=master.example.org
hosts_begin
master_new $master 192.0.2.10 m1
host_new control 192.0.2.9 base
on control ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
for n in 1 2; do
	host_new web$n 192.0.2.2$n base
	on web$n rm -f /usr/sbin/policy-rc.d
	host_first_start web$n
done
for host in web1 web2 $master; do
	on control cat /root/.ssh/id_ed25519.pub | put_file "$host" /root/.ssh/authorized_keys 0600
	echo "$host $(on "$host" cat /etc/ssh/ssh_host_ed25519_key.pub)"
done | put_file control /root/.ssh/known_hosts
for package in common node; do
	put_file control /root/rollout/bijk-${package}_1.deb <"$(echo "$DEBS"/bijk-${package}_*.deb)"
done
doc_block 'Many nodes' 1 | put_file control /root/rollout/rollout.yml

roll_out() {
	on control sh -c 'cd /root/rollout && LC_ALL=C.UTF-8 ANSIBLE_PIPELINING=1 ansible-playbook -i web1,web2, rollout.yml'
}
exits 0 "the playbook" roll_out
for n in 1 2; do
	exits 0 "cron's collector on web$n" cron_run web$n bijk-collect bijk-vitals
done
exits 0 "a pull of both" pull $master --all
for n in 1 2; do
	like "$(archive $master web$n --source vitals)" '^node_load1 ' "web$n has sent metrics"
done
exits 0 "the playbook again" roll_out
is "$(grep -c ' changed=0 .* failed=0 ' "$OUT")" 2 "changes nothing"
done_testing
