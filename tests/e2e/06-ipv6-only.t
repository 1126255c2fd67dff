#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Node and master have no IPv4 but loopback's: the node registers, pushes and is
# pulled, by names and by addresses of every form, and with a tunnel that has no
# IPv4 at the node's end either.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node 192.0.2.20 n1 master
ipv6_only master node
add_node node master n1
on master bijk-master set n1 min-period=0
exits 0 "the node registers" on node bijk-keyreg
like "$(on master bijk-master list --json)" '"2001:db8::20"' "its address is an IPv6 one"
put_lines node 1 3
exits 0 "a push" push node
put_lines node 4 6
exits 0 "a pull" pull master n1
has_lines master n1 1 6 "brought the records"

# everywhere LOCAL MASTER ADDRESS WHAT: a registration, a push through LOCAL,
# and a pull from ADDRESS.
next=7
everywhere() {
	node_config node n1 "$2" <<END
  local: "$1"
END
	exits 0 "$4: the node registers" on node bijk-keyreg
	put_lines node $next $((next + 2))
	exits 0 "$4: a push" push node
	exits 0 "$4: the address is set" on master bijk-master set n1 "address=$3"
	put_lines node $((next + 3)) $((next + 5))
	exits 0 "$4: a pull" pull master n1
	next=$((next + 6))
}

everywhere '[::1]:50011' '"2001:db8::10"' 2001:db8::20 "addresses, and a tunnel from [::1]"
link_local() {
	on "$1" sh -c "ip -6 -o addr show dev eth0 scope link | sed 's/.* inet6 \([^/]*\).*/\1/'"
}
everywhere '[::1]:50011' "\"$(link_local master)%eth0\"" "$(link_local node)%eth0" \
	"addresses of the link"
has_lines master n1 1 $((next - 1)) "the archive is whole"
done_testing
