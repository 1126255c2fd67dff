#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node that systemd has booted: sshd by its socket, before and after the first
# login, and firewalld, whose commands the doctor prints.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"
. "$E2E_LIB/agree.sh"

why=$(systemd_why_not)
[ -z "$why" ] || skip_all "$why"
agree_hosts() {
	host_end node
	rm -rf "${HOSTS_DIR:?}/node"
	until_ok 30 groups_end
	E2E_INIT=systemd host_new node 192.0.2.20 "$(fault_lower node)"
	for unit in bijk-push.timer bijk-push.service; do
		put_file node /etc/systemd/system/$unit <"$E2E_ROOT/packaging/systemd/$unit"
	done
	on node systemctl --quiet enable --now bijk-push.timer
	on node systemctl --quiet start cron dbus
}

agree_begin
lets_in 'ssh.service' <<<''
on node systemctl --quiet stop bijk-push.timer
ask_doctor
isnt "$RC" 0 "a timer that does not run"
contents "$OUT" 'mend: systemctl enable --now bijk-push.timer' "is started anew"
lets_in 'ssh.socket, before the first login' <<'END'
systemctl --quiet stop ssh.service
systemctl --quiet start ssh.socket
END
ask_doctor
is "$RC" 0 "and after it, when ssh.service runs"
[ "$RC" -eq 0 ] || agree_tell
keeps_out 'AllowUsers, and ssh.socket before the first login' 'AllowUsers' <<'END'
systemctl --quiet stop ssh.service
echo 'AllowUsers root' >>/etc/ssh/sshd_config
systemctl --quiet start ssh.socket
END
# A reload would take the socket from it, and end it.
is "$(on node journalctl -u ssh.service | grep -c 'Failed with result')" 0 "no sshd failed by that"
on node sh -c 'command -v firewall-cmd' >/dev/null || {
	skip "firewalld" "it is not installed"
	done_testing
	exit
}
# It stays what it was when firewalld has read its own files again.
holds() {
	on node firewall-cmd --quiet --reload
	ok "$1: also after a reload" agree_pull 20
}
lets_in 'firewalld' <<'END'
systemctl --quiet start firewalld
END
name='a zone without ssh'
keeps_out "$name" 'filter_IN|zone|firewalld' <<'END'
systemctl --quiet start firewalld
firewall-cmd --quiet --permanent --remove-service=ssh
firewall-cmd --quiet --reload
END
holds "$name"
name='a source in the zone drop'
keeps_out "$name" 'drop' <<'END'
systemctl --quiet start firewalld
firewall-cmd --quiet --permanent --zone=drop --add-source=192.0.2.0/28
firewall-cmd --quiet --reload
END
holds "$name"
keeps_out 'a table of fail2ban beside firewalld' 'f2b' <<'END'
systemctl --quiet start firewalld
nft -f - <<'RULES'
table inet f2b-table {
	set addr-set-sshd { type ipv4_addr; elements = { 192.0.2.9, 192.0.2.10 }; }
	chain f2b-chain {
		type filter hook input priority filter - 1; policy accept;
		tcp dport { 22 } ip saddr @addr-set-sshd reject with icmp type port-unreachable
	}
}
RULES
END
done_testing
