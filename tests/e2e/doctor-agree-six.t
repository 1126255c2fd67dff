#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Node and master have no IPv4 but loopback's: the doctor says what a real pull
# does, and what it prints lets one through.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"
. "$E2E_LIB/agree.sh"

fault_setup() {
	ipv6_only master node
	on node bijk-keyreg >/dev/null
}
agree_hosts() {
	ipv6_only master node
}

agree_begin
lets_in 'IPv6 alone' <<'END'
ip6tables -A INPUT -s 2001:db8::10 -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -i lo -j ACCEPT
iptables -P INPUT DROP
END
keeps_out 'policy DROP of ip6tables' 'INPUT' <<'END'
ip6tables -A INPUT -i lo -j ACCEPT
ip6tables -A INPUT -p ipv6-icmp -j ACCEPT
ip6tables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
ip6tables -A INPUT -s 2001:db8::9 -p tcp --dport 22 -j ACCEPT
ip6tables -P INPUT DROP
END
keeps_out 'what finds neighbours' 'guard' <<'END'
nft -f - <<'RULES'
table ip6 guard {
	chain in {
		type filter hook input priority filter; policy drop;
		iif lo accept
		ct state established,related accept
		tcp dport { 22, 80 } accept
		icmpv6 type { echo-request, nd-router-advert } accept
	}
}
RULES
END
keeps_out 'what finds neighbours, by iptables-legacy' 'OUTPUT' <<'END'
ip6tables-legacy -A OUTPUT -o lo -j ACCEPT
ip6tables-legacy -P OUTPUT DROP
END
keeps_out 'a set of networks, and a hook before all others' 'guard' <<'END'
nft -f - <<'RULES'
table inet guard {
	set nets { type ipv6_addr; flags interval; elements = { 2001:db8::/64, fc00::/7 }; }
	chain pre {
		type filter hook prerouting priority raw; policy accept;
		ip6 saddr @nets tcp dport 22 reject
	}
}
RULES
END
keeps_out 'hosts.deny' 'hosts\.' <<'END'
echo 'sshd: [2001:db8::]/64' >/etc/hosts.deny
END
keeps_out 'AllowUsers' 'AllowUsers' <<'END'
sshd_has 'AllowUsers root bijk@192.0.2.10 bijk@2001:db8:0:1::/64'
END
lets_in 'AllowUsers and Match by network' <<'END'
sshd_has 'AllowUsers root bijk@2001:db8::/64' 'Match Address !2001:db8::/64,*' \
	'	PubkeyAuthentication no'
END
keeps_out 'sshd for IPv4 alone' 'AddressFamily|2001:db8::20|listen' <<'END'
sshd_has 'AddressFamily inet'
END
done_testing
