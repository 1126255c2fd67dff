#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The Debian packages where something is there before them: masters that are
# named, a card, a drop-in that sshd refuses, an installation by install.sh.
. "${0%/*}/../e2e/lib/e2e.sh"
. "$E2E_ROOT/tests/packages/debs.sh"

hosts_begin
host_new told 192.0.2.21 base
bring_debs told
master_new master 192.0.2.10 m1
on master bijk-master export --address master | put_file told /etc/bijk/masters.d/m1.card
printf 'MASTERS="other master"\nNAME=told1\n' | put_file told /etc/default/bijk-node
ok "with masters in /etc/default and a card" dpkg_says told -i /root/1/common.deb /root/1/node.deb
contents "$(host_file told /etc/bijk/plugins.yml)" '- "other"' "the masters are configured"
contents "$(host_file told /etc/bijk/plugins.yml)" 'name: "told1"' "so is the name"
contents "$(host_file told /var/lib/bijk/known_hosts)" '^master ' "the card is imported"
put_lines told 1 5
on told bijk-keyreg --export >told.card
on master bijk-master import told1 <told.card >/dev/null
exits 0 "a pull" pull master told1
has_lines master told1 1 5 "brings the records"

# A drop-in that sshd refuses would keep everybody out at its next start.
host_new edited 192.0.2.22 base
bring_debs edited
dpkg_says edited -i /root/1/common.deb /root/1/master.deb || give_up "no master"
on edited sh -c 'echo "Nonsense yes" >>/etc/ssh/sshd_config.d/00-bijk-master.conf'
ok "an upgrade where sshd refuses the edited drop-in" dpkg_says edited --force-confold \
	-i /root/2/common.deb /root/2/master.deb
contents "$ERR" 'sshd refuses .*00-bijk-master.conf' "says so"
exits 0 "and moves it aside" on edited sshd -t
ok "where it can be found" on edited grep -q Nonsense \
	/etc/ssh/sshd_config.d/00-bijk-master.conf.refused

E2E_SOURCE=$E2E_ROOT host_new scripted 192.0.2.23 node
bring_debs scripted
not_ok "where install.sh was the packages refuse" dpkg_says scripted -i /root/1/common.deb \
	/root/1/node.deb
contents "$ERR" 'install.sh uninstall, which keeps the data' "and say how to go on"
ok "which is so" install_sh scripted uninstall --no-packages
hash_new scripted
hash=$(on scripted cat /etc/bijk/hash)
ok "then they are installed" dpkg_says scripted -i /root/1/common.deb /root/1/node.deb
is "$(on scripted cat /etc/bijk/hash)" "$hash" "with the hash that was there"
done_testing
