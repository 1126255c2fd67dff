# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Ports 50009 to 50011 are among those that Linux gives to outgoing connections:
# they are reserved.

PORTS=50009-50011
PORTS_CONFIG=/etc/sysctl.d/90-bijk.conf
PORTS_NOW=/proc/sys/net/ipv4/ip_local_reserved_ports

# ports_reserve: now and at every boot. The setting is one list: the file keeps
# what it held before.
ports_reserve() {
	[ -e "$PORTS_NOW" ] || return 0
	now=$(cat "$PORTS_NOW")
	if ports_cover "$now"; then return 0; fi
	wanted=${now:+$now,}$PORTS
	written=$WORK/sysctl
	cat >"$written" <<-EOF
		# Bijk: no outgoing connection takes the ports that Bijk listens on. The last file
		# that sets this list decides.
		# Before: $now
		net.ipv4.ip_local_reserved_ports = $wanted
	EOF
	place_config "$written" "$PORTS_CONFIG"
	{ echo "$wanted" >"$PORTS_NOW"; } 2>/dev/null ||
		say "  ports $PORTS cannot be reserved here, as in a container; where they can,
  $PORTS_CONFIG does it"
	others=$(grep -sl '^[^#]*ip_local_reserved_ports' /etc/sysctl.conf /etc/sysctl.d/* \
		/run/sysctl.d/* /usr/lib/sysctl.d/* | grep -vxF "$PORTS_CONFIG" | tr '\n' ' ')
	[ -z "$others" ] ||
		note "${others}sets net.ipv4.ip_local_reserved_ports, too, and one list counts:
add $PORTS there"
}

# ports_cover LIST: does it have all of ours?
ports_cover() {
	echo "$1" | tr , '\n' | awk -F- '
		{
			if (NF < 2) $2 = $1
			for (port = 50009; port <= 50011; port++)
				if ($1 <= port && port <= $2) held[port] = 1
		}
		END { exit !(held[50009] && held[50010] && held[50011]) }'
}

# ports_release: restores the list, unless somebody has changed it since.
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
