#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Several faults of different layers at once: one visit of the doctor reports
# all of them, in the order in which a pull meets them, and what it prints, run
# once, lets a pull through.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"
. "$E2E_LIB/agree.sh"

agree_json=1
agree_begin
keeps_out 'packet filter, hosts.deny, AllowUsers' $'INPUT\nhosts\\.\nAllowUsers' <<'END'
iptables -A INPUT -p tcp --dport 22 -j DROP
echo 'sshd: ALL' >/etc/hosts.deny
sshd_has 'AllowUsers root'
END
keeps_out 'iptables, nft, expiry' $'INPUT\nguard\nexpire|account' <<'END'
iptables -A INPUT -s 192.0.2.0/24 -j REJECT
nft -f - <<'RULES'
table inet guard {
	chain in { type filter hook input priority 10; policy accept; tcp dport 22 drop; };
}
RULES
usermod -e 1 bijk
END
keeps_out 'nft, DenyGroups, access.conf' $'guard\nDenyGroups\nPAM|pam' <<'END'
nft -f - <<'RULES'
table inet guard {
	chain in {
		type filter hook input priority 0; policy drop;
		iif lo accept
		ct state established,related accept
	}
}
RULES
echo 'account required pam_access.so' >>/etc/pam.d/sshd
echo '- : ALL EXCEPT root : ALL' >>/etc/security/access.conf
sshd_has 'DenyGroups games bijk'
END
keeps_out 'a port, hosts.deny, the shell' $'2222|listen|22\nhosts\\.\nshell' <<'END'
echo 'ALL: 192.0.2.' >/etc/hosts.deny
usermod -s /bin/nosuchshell bijk
sshd_has 'Port 2222'
END
keeps_out 'both ways, and a method' $'INPUT\nOUTPUT\nAuthenticationMethods|method|publickey' <<'END'
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -p tcp -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -P INPUT DROP
iptables -A OUTPUT -p tcp --sport 22 -j DROP
sshd_has 'Match Address 192.0.2.10' '	AuthenticationMethods password'
END
done_testing
