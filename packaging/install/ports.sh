# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Ports 50009 to 50011 lie where Linux takes the ports of outgoing connections from: they are taken out of there.

PORTS=50009-50011
PORTS_CONFIG=/etc/sysctl.d/90-bijk.conf
PORTS_NOW=/proc/sys/net/ipv4/ip_local_reserved_ports

# ports_reserve: now and from every boot on. The setting is one list, so the file holds what was reserved before, too.
ports_reserve() {
	[ -e "$PORTS_NOW" ] || return 0
	now=$(cat "$PORTS_NOW")
	if ports_cover "$now"; then return 0; fi
	written=$WORK/sysctl
	{
		echo '# Bijk: no outgoing connection is to take the ports that Bijk listens on. The last file that sets this list decides.'
		echo "# Before: $now"
		echo "net.ipv4.ip_local_reserved_ports = ${now:+$now,}$PORTS"
	} >"$written"
	place_config "$written" "$PORTS_CONFIG"
	{ echo "${now:+$now,}$PORTS" >"$PORTS_NOW"; } 2>/dev/null ||
		say "  ports $PORTS can not be reserved from here, as in a container; where they can, $PORTS_CONFIG does it"
	others=$(grep -sl '^[^#]*ip_local_reserved_ports' /etc/sysctl.conf /etc/sysctl.d/* /run/sysctl.d/* /usr/lib/sysctl.d/* |
		grep -vxF "$PORTS_CONFIG" | tr '\n' ' ')
	[ -z "$others" ] || note "${others}sets net.ipv4.ip_local_reserved_ports, too, and one list counts: add $PORTS there"
}

# ports_cover LIST: does it hold all of ours?
ports_cover() {
	echo "$1" | tr , '\n' | awk -F- '
		{ if (NF < 2) $2 = $1; for (port = 50009; port <= 50011; port++) if ($1 <= port && port <= $2) held[port] = 1 }
		END { exit !(held[50009] && held[50010] && held[50011]) }'
}

# ports_release: the list is again as it was, unless somebody has changed it since.
ports_release() {
	[ -e "$PORTS_CONFIG" ] || return 0
	before=$(sed -n 's/^# Before: //p' "$PORTS_CONFIG")
	remove_config "$PORTS_CONFIG"
	[ -e "$PORTS_NOW" ] || return 0
	now=$(cat "$PORTS_NOW")
	if [ "$now" = "${before:+$before,}$PORTS" ]; then
		{ echo "$before" >"$PORTS_NOW"; } 2>/dev/null || :
	fi
}
