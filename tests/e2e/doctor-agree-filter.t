#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Packet filters in forms that are seldom met: the doctor says what a real pull
# does, and what it prints lets one through.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"
. "$E2E_LIB/agree.sh"

agree_begin
# Of nft
lets_in 'addresses and ports, concatenated' <<'END'
nft -f - <<'RULES'
table inet guard {
	set friends {
		type ipv4_addr . inet_service; flags interval
		elements = { 192.0.2.8/29 . 20-25, 198.51.100.7 . 443 }
	}
	chain in {
		type filter hook input priority filter; policy drop;
		iif lo accept
		ct state established,related accept
		ip saddr . tcp dport @friends accept
	}
}
RULES
END
keeps_out 'addresses and ports, concatenated, without this one' <<'END'
nft -f - <<'RULES'
table inet guard {
	chain in {
		type filter hook input priority filter; policy drop;
		iif lo accept
		ct state established accept
		ip saddr . tcp dport { 192.0.2.10 . 2222, 192.0.2.9 . 22 } accept
	}
}
RULES
END
keeps_out 'a map of verdicts' 'guard' <<'END'
nft -f - <<'RULES'
table inet guard {
	map offices {
		type ipv4_addr : verdict; flags interval
		elements = { 192.0.2.0-192.0.2.15 : goto closed, 192.0.2.128/25 : accept }
	}
	chain closed {
		tcp dport != 22 return
		counter reject with tcp reset
	}
	chain in {
		type filter hook input priority filter; policy accept;
		tcp dport vmap { 1-21 : drop, 22 : continue, 80 : accept }
		ip saddr vmap @offices
	}
}
RULES
END
keeps_out 'a mark, made in one table and met in another' 'late' <<'END'
nft -f - <<'RULES'
table ip early {
	chain pre {
		type filter hook prerouting priority mangle; policy accept;
		meta mark set tcp dport map { 22 : 0x16, 80 : 0x50 }
	}
}
table inet late {
	chain in {
		type filter hook input priority 10; policy accept;
		meta mark & 0xff == 0x16 drop
	}
}
RULES
END
lets_in 'limits that a pull does not reach' <<'END'
nft -f - <<'RULES'
table inet guard {
	set seen { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
	chain in {
		type filter hook input priority filter; policy drop;
		iif lo accept
		ct state established,related accept
		tcp dport 22 ct state new \
			add @seen { ip saddr limit rate over 30/minute burst 20 packets } drop
		tcp dport 22 ct state new limit rate 30/minute burst 20 packets accept
	}
}
RULES
END
keeps_out 'one drop among tables that accept' 'second' <<'END'
nft -f - <<'RULES'
table inet first { chain in { type filter hook input priority -10; tcp dport 22 accept; }; }
table inet second {
	chain in { type filter hook input priority 0; ip saddr 192.0.2.10 tcp dport 22 drop; };
}
table inet third { chain in { type filter hook input priority 10; tcp dport 22 accept; }; }
RULES
END
keeps_out 'bytes by their place' <<'END'
nft add table inet guard
nft add chain inet guard in '{ type filter hook input priority filter; policy accept; }'
nft add rule inet guard in meta l4proto tcp @th,16,16 22 drop
END
keeps_out 'answers to the ARP of the master' 'guard' <<'END'
nft add table arp guard
nft add chain arp guard in '{ type filter hook input priority filter; policy accept; }'
nft add rule arp guard in arp saddr ip 192.0.2.10 drop
END
keeps_out 'on its way out by the device' 'guard' <<'END'
nft add table netdev guard
nft add chain netdev guard out '{ type filter hook egress device "eth0" priority 0; policy accept; }'
nft add rule netdev guard out ip daddr 192.0.2.10 tcp sport 22 drop
END
keeps_out 'packets in the midst of the session' 'guard' <<'END'
nft add table ip guard
nft add chain ip guard in '{ type filter hook input priority filter; policy accept; }'
nft add rule ip guard in tcp dport 22 ct state established meta length 600-65535 drop
END
keeps_out 'answers, for only what begins here may go out' <<'END'
nft -f - <<'RULES'
table inet guard {
	chain out {
		type filter hook output priority filter; policy drop;
		oif lo accept
		tcp dport { 22, 50010 } accept
	}
}
RULES
END
lets_in 'conditions that do not hold' <<'END'
nft -f - <<'RULES'
table inet guard {
	ct helper ftp { type "ftp" protocol tcp; }
	chain pre {
		type filter hook prerouting priority raw; policy accept;
		iifname != { "lo", "eth*" } drop
		fib daddr type != { local, broadcast, multicast } drop
		fib saddr . iif oif missing drop
		tcp flags & (fin|syn) == fin|syn drop
		tcp option maxseg size < 500 drop
	}
	chain in {
		type filter hook input priority filter; policy accept;
		tcp dport 21 ct helper set "ftp"
		ip ttl < 3 drop
		ct state invalid,untracked drop
		ct count over 30 drop
		pkttype { broadcast, multicast } drop
		ip daddr != { 192.0.2.20, 127.0.0.0/8 } drop
		meta skuid 1 drop
	}
}
RULES
END

# Of iptables
lets_in 'recent, hashlimit and connlimit below their limits' <<'END'
iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -m recent --name ssh --set
iptables -A INPUT -p tcp --dport 22 -m recent --name ssh --update --seconds 60 --hitcount 12 -j DROP
iptables -A INPUT -p tcp --syn --dport 22 -m connlimit --connlimit-above 6 -j REJECT
iptables -A INPUT -p tcp --dport 22 -m hashlimit --hashlimit-name ssh --hashlimit-mode srcip \
	--hashlimit-upto 10/min --hashlimit-burst 12 -j ACCEPT
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -j DROP
END
keeps_out 'recent, at once' 'INPUT' <<'END'
iptables -A INPUT -p tcp --dport 22 -m recent --name ssh --set
iptables -A INPUT -p tcp --dport 22 -m recent --name ssh --rcheck --hitcount 1 -j DROP
END
keeps_out 'connlimit, at once' 'INPUT' <<'END'
iptables -A INPUT -p tcp --syn --dport 22 -m connlimit --connlimit-above 0 \
	-j REJECT --reject-with tcp-reset
END
lets_in 'owners of what goes out' <<'END'
iptables -A OUTPUT -m owner --uid-owner games -j DROP
iptables -A OUTPUT -p tcp --sport 22 -m owner ! --uid-owner root -j REJECT
END
keeps_out 'a mark in mangle' 'INPUT' <<'END'
iptables -t mangle -A PREROUTING -p tcp --dport 22 -j MARK --set-mark 7
iptables -A INPUT -m mark --mark 7 -j DROP
END
keeps_out 'mangle itself' 'mangle' <<'END'
iptables -t mangle -A INPUT -p tcp -s 192.0.2.0/28 --dport 22 -j DROP
END
keeps_out 'raw' 'raw' <<'END'
iptables -t raw -A PREROUTING -p tcp --dport 22 -j DROP
END
keeps_out 'raw without tracking, and a state rule' <<'END'
iptables -t raw -A PREROUTING -p tcp --dport 22 -j NOTRACK
iptables -t raw -A OUTPUT -p tcp --sport 22 -j NOTRACK
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW -j ACCEPT
iptables -P INPUT DROP
END
lets_in 'a set of sets' <<'END'
ipset create good hash:net,port
ipset add good 192.0.2.8/29,tcp:22
ipset create better hash:ip,port,ip
ipset create all list:set
ipset add all better
ipset add all good
iptables -A INPUT -m set --match-set good src,dst -j ACCEPT
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A INPUT -m set ! --match-set all src,dst -j DROP
END
keeps_out 'a set with an exception' 'INPUT' <<'END'
ipset create bad hash:net comment timeout 0
ipset add bad 192.0.2.0/24 comment "neighbours"
ipset add bad 192.0.2.128/25 nomatch
ipset create every list:set
ipset add every bad
iptables -A INPUT -m set --match-set every src -j DROP
END
keeps_out 'answers: policy DROP of OUTPUT' 'policy' <<'END'
iptables -A OUTPUT -o lo -j ACCEPT
iptables -A OUTPUT -p tcp -m multiport --dports 22,50010 -j ACCEPT
iptables -P OUTPUT DROP
END
keeps_out 'packets by their length' 'INPUT' <<'END'
iptables -A INPUT -p tcp --dport 22 -m length --length 700:65535 -j DROP
END
keeps_out 'a session that is cut off' 'INPUT' <<'END'
iptables -A INPUT -p tcp --dport 22 -m connbytes --connbytes 2000 --connbytes-dir original \
	--connbytes-mode bytes -j REJECT --reject-with tcp-reset
END
lets_in 'a queue that nobody reads, with a way around it' <<'END'
iptables -A INPUT -p tcp --dport 22 -j NFQUEUE --queue-num 7 --queue-bypass
END
lets_in 'a port that is translated' <<'END'
sshd_has 'Port 2222'
iptables -t nat -A PREROUTING -p tcp --dport 22 -j DNAT --to-destination 192.0.2.20:2222
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A INPUT -p tcp --dport 2222 -m conntrack --ctstate DNAT -j ACCEPT
iptables -P INPUT DROP
END
keeps_out 'a port that is redirected to where a rule stops it' 'INPUT' <<'END'
sshd_has 'Port 2222'
iptables -t nat -A PREROUTING -p tcp --dport 22 -j REDIRECT --to-ports 2222
iptables -A INPUT -p tcp --dport 2222 -m conntrack --ctorigdstport 22 -j DROP
END
keeps_out 'a port that is redirected to where nobody listens' 'PREROUTING' <<'END'
iptables -t nat -A PREROUTING -p tcp --dport 22 -j REDIRECT --to-ports 2222
END
keeps_out 'the same by iptables-legacy' 'PREROUTING' <<'END'
iptables-legacy -t nat -A PREROUTING -p tcp --dport 22 -j REDIRECT --to-ports 2222
END
lets_in 'who has knocked' <<'END'
iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -m recent --name KNOCK --rcheck -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -j DROP
echo +192.0.2.10 >/proc/net/xt_recent/KNOCK
END
keeps_out 'a port that is translated to another machine' 'away' <<'END'
nft -f - <<'RULES'
table ip away {
	chain pre {
		type nat hook prerouting priority dstnat; policy accept;
		ip saddr 192.0.2.0/24 tcp dport 22 dnat to 192.0.2.99
	}
}
RULES
END
keeps_out 'a queue that nobody reads' 'INPUT' <<'END'
iptables -A INPUT -p tcp --dport 22 -j NFQUEUE --queue-num 7
END
keeps_out 'a proxy that is not there' 'PREROUTING' <<'END'
iptables -t mangle -A PREROUTING -p tcp --dport 22 -j TPROXY --on-port 2222 --tproxy-mark 1/1
END
lets_in 'the address of another interface, translated' <<'END'
ip link add dmz0 type veth peer name dmz1
ip addr add 198.51.100.20/24 dev dmz0
ip link set dmz0 up
sed -i '1i ListenAddress 198.51.100.20' /etc/ssh/sshd_config
sshd_has
iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 22 -j DNAT --to-destination 198.51.100.20:22
END
keeps_out 'a group of interfaces' 'INPUT' <<'END'
ip link set eth0 group 7
iptables -A INPUT -m devgroup --src-group 7 -p tcp --dport 22 -j DROP
END

# No rule of a filter
keeps_out 'a route that leads nowhere' 'route' <<'END'
ip route add unreachable 192.0.2.10
END
keeps_out 'a rule of routing' 'route' <<'END'
ip rule add priority 100 from 192.0.2.20 ipproto tcp sport 22 prohibit
END
keeps_out 'a mark by which answers go another way' 'OUTPUT|route' <<'END'
iptables -t mangle -A OUTPUT -p tcp --sport 22 -j MARK --set-mark 9
ip rule add fwmark 9 lookup 100
ip route add blackhole default table 100
END
lets_in 'ufw with a limit' <<'END'
ufw limit 22/tcp
ufw --force enable
END
lets_in 'the hardware address of the master' <<'END'
bash -c ': </dev/tcp/192.0.2.10/22'
mac=$(ip neigh show 192.0.2.10 | sed 's/.*lladdr \([^ ]*\).*/\1/')
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -m mac --mac-source "$mac" -j ACCEPT
iptables -P INPUT DROP
END
done_testing
