#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# How long a visit takes: 5 s on a healthy machine, 10 s with the rules of what
# manages firewalls, or with a list of 200,000 addresses, also where these keep
# the master out; three times as long is granted here, for a machine that has
# other things to do. What a visit with a long list must not do, whatever the
# machine: read or copy it for each thing that it tries.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"
. "$E2E_LIB/agree.sh"

# timed SECONDS CODE NAME: the doctor ends so, in time; `cpu` is what it needed of
# the processor, in milliseconds.
timed() {
	local began=${EPOCHREALTIME/[.,]/} ms
	# shellcheck disable=SC2016
	run on node timeout 60 bash -c 'bijk-doctor; code=$?; times >/run/times; exit "$code"'
	ms=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
	cp "$OUT" "$T/text"
	is "$RC" "$2" "$3: the doctor ends with $2"
	[ "$RC" -eq "$2" ] || agree_tell
	contents_not "$T/text" 'leaves out' "$3: all rules are in the copy"
	ok "$3: in time, $ms ms" test "$ms" -le $(($1 * 3000))
	# As in 0m1.234s, of the children.
	cpu=$(on node sed -n '2s/[ms]/ /gp' /run/times |
		awk '{ print int(($1 * 60 + $2 + $3 * 60 + $4) * 1000) }')
	diag "$3: $ms ms, $cpu ms of the processor"
}

# kept_out NAME < COMMANDS: behind `within`, the master is added to the list; this
# needs no more than half as much again of the processor, though a pull, a push
# and a registration are stopped, and each gets a fix.
kept_out() {
	local let_in=$cpu
	in_host node
	timed 10 75 "$1"
	is "$(grep -c '^FAIL .* drops them' "$T/text")" 3 "$1: all that it stops is told"
	ok "$1: it is copied once, $cpu ms beside $let_in ms" test "$cpu" -le $((let_in * 3 / 2 + 300))
}

# within SECONDS NAME < COMMANDS: a pull comes through, and the doctor is
# content in time.
within() {
	local name
	agree_made "$2" || return 0
	ok "$name: a pull comes through" agree_pull 20
	timed "$1" 0 "$name"
}

# addresses N PREFIX: as many lines.
# shellcheck disable=SC2016
addresses='addresses() {
	awk -v n="$1" -v before="${2-}" '\''BEGIN {
		for (i = 0; i < n; i++)
			printf "%s10.%d.%d.%d\n", before, i / 65536, i / 256 % 256, i % 256
	}'\''
}'

agree_begin
within 5 'nothing' <<<''
within 10 'Docker' <<'END'
ip link add docker0 type bridge
ip addr add 172.17.0.1/16 dev docker0
{
	echo '*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN'
	for i in $(seq 2 60); do
		echo "-A DOCKER ! -i docker0 -p tcp -m tcp --dport $((8000 + i)) -j DNAT --to-destination 172.17.0.$i:80"
		echo "-A POSTROUTING -s 172.17.0.$i/32 -d 172.17.0.$i/32 -p tcp -m tcp --dport 80 -j MASQUERADE"
	done
	echo 'COMMIT
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT'
	for i in $(seq 2 60); do
		echo "-A DOCKER -d 172.17.0.$i/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT"
	done
	echo '-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
COMMIT'
} | iptables-restore
END
within 10 'Kubernetes' <<'END'
{
	echo '*nat
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-MARK-MASQ - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully'
	for s in $(seq 300); do
		ip=10.96.$((s / 250)).$((s % 250 + 1))
		echo ":KUBE-SVC-SERVICE$s - [0:0]"
		for e in 1 2; do
			pod=10.244.$e.$((s % 250 + 1))
			echo ":KUBE-SEP-SERVICE$s-$e - [0:0]
-A KUBE-SEP-SERVICE$s-$e -s $pod/32 -m comment --comment \"default/s$s:http\" -j KUBE-MARK-MASQ
-A KUBE-SEP-SERVICE$s-$e -p tcp -m comment --comment \"default/s$s:http\" -m tcp -j DNAT --to-destination $pod:8080"
		done
		echo "-A KUBE-SERVICES -d $ip/32 -p tcp -m comment --comment \"default/s$s:http cluster IP\" -m tcp --dport 80 -j KUBE-SVC-SERVICE$s
-A KUBE-SVC-SERVICE$s ! -s 10.244.0.0/16 -d $ip/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SVC-SERVICE$s -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-SERVICE$s-1
-A KUBE-SVC-SERVICE$s -j KUBE-SEP-SERVICE$s-2"
	done
	echo '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
COMMIT
*filter
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-EXTERNAL-SERVICES - [0:0]
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A INPUT -j KUBE-FIREWALL
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A OUTPUT -j KUBE-FIREWALL
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
-A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
COMMIT'
} | iptables-restore
END
within 10 'fail2ban, in both ways' <<END
$addresses
{
	printf '*filter\n:f2b-sshd - [0:0]\n-I INPUT -p tcp -m multiport --dports 22 -j f2b-sshd\n'
	addresses 500 '-A f2b-sshd -j REJECT --reject-with icmp-port-unreachable -s '
	printf -- '-A f2b-sshd -j RETURN\nCOMMIT\n'
} | iptables-restore
{
	printf 'table inet f2b-table {\n\tset addr-set-sshd {\n\t\ttype ipv4_addr; elements = {\n'
	addresses 500 | sed 's/\$/,/'
	printf '192.0.2.77 }\n\t}\n\tchain f2b-chain {\n'
	printf 'type filter hook input priority filter - 1; policy accept;\n'
	printf 'tcp dport { 22 } ip saddr @addr-set-sshd reject with icmp type port-unreachable\n\t}\n}\n'
} | nft -f -
END
within 10 'ufw' <<'END'
for port in 22/tcp 80/tcp 443/tcp 25/tcp 993/tcp; do ufw allow $port; done
ufw limit 8022/tcp
ufw --force enable
END
within 10 'the tables of firewalld' <<'END'
{
	echo 'table inet firewalld {
	ct helper helper-netbios-ns-udp { type "netbios-ns" protocol udp; }
	chain filter_PREROUTING {
		type filter hook prerouting priority filter + 10; policy accept;
		icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
		meta nfproto ipv6 fib saddr . mark . iif oif missing drop
	}
	chain filter_INPUT {
		type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		ct status dnat accept
		iifname "lo" accept
		ct state invalid drop
		goto filter_INPUT_ZONES
	}
	chain filter_OUTPUT {
		type filter hook output priority filter + 10; policy accept;
		ct state { established, related } accept
		oifname "lo" accept
		ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24, 2002:a00::/24 } \
			reject with icmpv6 addr-unreachable
	}'
	for zone in public work home dmz internal external trusted; do
		for part in pre log deny allow post; do
			echo "	chain filter_IN_${zone}_$part {"
			[ $part != allow ] || echo '		tcp dport 22 accept
		ip6 daddr fe80::/64 udp dport 546 accept'
			echo '	}'
		done
		echo "	chain filter_IN_$zone {
		jump filter_IN_${zone}_pre
		jump filter_IN_${zone}_log
		jump filter_IN_${zone}_deny
		jump filter_IN_${zone}_allow
		jump filter_IN_${zone}_post
		meta l4proto { icmp, ipv6-icmp } accept
		reject with icmpx admin-prohibited
	}"
	done
	echo '	chain filter_INPUT_ZONES {
		ip saddr 198.51.100.0/24 goto filter_IN_work
		iifname "eth0" goto filter_IN_public
		iifname "eth1" goto filter_IN_internal
		goto filter_IN_public
	}
}'
} | nft -f -
END
within 10 '200,000 addresses in a set of ipset' <<END
$addresses
{
	echo 'create bad hash:ip maxelem 400000'
	addresses 200000 'add bad '
} | ipset restore
iptables -A INPUT -m set --match-set bad src -j DROP
END
kept_out 'the same, and the master among them' <<'END'
ipset add bad 192.0.2.10
END
# The kernel takes more than twice as long to list twice as many.
many=20000
[ -z "${LONG-}" ] || many=200000
within 10 "$many addresses in a set of nft" <<END
$addresses
{
	printf 'table inet guard {\n\tset bad {\n\t\ttype ipv4_addr; elements = {\n'
	addresses $many | sed 's/\$/,/'
	printf '192.0.2.77 }\n\t}\n\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n'
	printf '\t\tip saddr @bad drop\n\t}\n}\n'
} | nft -f -
END
kept_out 'the same, and the master is another' <<'END'
nft add element inet guard bad '{ 192.0.2.10 }'
END
done_testing
