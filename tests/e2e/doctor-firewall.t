#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Firewalls on the node that keep the master out.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"

faults_begin
fault 'a DROP rule' check=firewall says='192\.0\.2\.10.* drops them' <<'END'
iptables -A INPUT -p tcp --dport 22 -j DROP
END
fault 'a REJECT in a chain that is jumped to' check=firewall says='guard.* drops them.*reject' <<'END'
iptables -N guard
iptables -A guard -p udp -j RETURN
iptables -A guard -p tcp --dport 22 -j REJECT --reject-with tcp-reset
iptables -A INPUT -i eth0 -j guard
END
fault 'only others are let in' check=firewall says='192\.0\.2\.10' <<'END'
iptables -A INPUT -p tcp -s 192.0.2.9 --dport 22 -j ACCEPT
iptables -A INPUT -p tcp -s 192.0.2.128/25 --dport 22 -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -j DROP
END
fault 'policy DROP with a state rule' check=firewall says='policy' <<'END'
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -P INPUT DROP
END
fault 'a set of addresses' check=firewall says='xt match' <<'END'
ipset create bad hash:net
ipset add bad 192.0.2.0/28
iptables -A INPUT -m set --match-set bad src -j DROP
END
fault 'a rule in the legacy tables' check=firewall says='iptables-legacy.*DROP' <<'END'
iptables-legacy -A INPUT -p tcp -m multiport --dports 22,80 -j DROP
END
fault 'a table of nft' check=firewall says='guard' <<'END'
nft -f - <<'RULES'
table inet guard {
	chain in {
		type filter hook input priority 10; policy accept;
		ct state established,related accept
		tcp dport { 22, 23 } drop
	}
}
RULES
END
fault 'a set of nft' check=firewall says='guard' <<'END'
nft -f - <<'RULES'
table ip guard {
	set friends {
		type ipv4_addr; flags interval
		elements = { 192.0.2.1-192.0.2.9 }
	}
	chain in {
		type filter hook input priority 0; policy drop;
		iif lo accept
		ct state established,related accept
		ip saddr @friends tcp dport 22 accept
	}
}
RULES
END
fault 'ufw without a rule' check=firewall says='ufw|policy' <<'END'
ufw --force enable
END
! [ -x /usr/sbin/firewalld ] || fault 'a zone of firewalld without ssh' check=firewall \
	says='table inet firewalld.*drops them.*reject' <<'END'
mkdir -p /run/dbus /etc/firewalld/zones
echo '<zone/>' >/etc/firewalld/zones/work.xml
dbus-daemon --system --fork --nopidfile </dev/null >/dev/null 2>&1
firewalld </dev/null >/dev/null 2>&1
n=0; until firewall-cmd --state >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 100 ]; sleep 0.1; done
firewall-cmd --zone=work --change-interface=eth0
END
fault 'a DROP rule on the way out' stops=push check=firewall says='192\.0\.2\.10.* drops them' <<'END'
iptables -A OUTPUT -p tcp -d 192.0.2.10 --dport 22 -j DROP
END
fault 'answers that are kept in' check=firewall says='answers to 192\.0\.2\.10.* drops them' <<'END'
iptables -A OUTPUT -p tcp --sport 22 -j DROP
END
fault 'a table of a device' check=firewall says='guard' <<'END'
nft -f - <<'RULES'
table netdev guard {
	chain in {
		type filter hook ingress device "eth0" priority 0; policy accept;
		ip saddr 192.0.2.10 tcp dport 22 drop
	}
}
RULES
END
done_testing
