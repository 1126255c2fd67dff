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
	now=''
	if may_act procps start; then
		now=$(cat "$PORTS_NOW")
	elif [ -e "$PORTS_CONFIG" ]; then
		# An image that is being made: the kernel is another machine's.
		return 0
	fi
	if ports_cover "$now"; then return 0; fi
	if ports_edited; then
		say "  kept: $PORTS_CONFIG, which was edited here"
	else
		ports_text "$now" >"$WORK/sysctl"
		place "$WORK/sysctl" "$PORTS_CONFIG" 644
	fi
	ports_set "${now:+$now,}$PORTS" ||
		say "  ports $PORTS cannot be reserved here, as in a container; where they can,
  $PORTS_CONFIG does it"
	others=$(grep -sl '^[^#]*ip_local_reserved_ports' /etc/sysctl.conf /etc/sysctl.d/* \
		/run/sysctl.d/* /usr/lib/sysctl.d/* | grep -vxF "$PORTS_CONFIG" | tr '\n' ' ')
	[ -z "$others" ] ||
		note "${others}sets net.ipv4.ip_local_reserved_ports, too, and one list counts:
add $PORTS there"
}

# ports_text BEFORE: the file.
ports_text() {
	cat <<-EOF
		# Bijk: no outgoing connection takes the ports that Bijk listens on. The last file
		# that sets this list decides.
		# Before: $1
		net.ipv4.ip_local_reserved_ports = ${1:+$1,}$PORTS
	EOF
}

# ports_edited: is there a file, and not as ports_text would write it? $before is
# the list that it names.
ports_edited() {
	before=$(sed -n 's/^# Before: //p' "$PORTS_CONFIG" 2>/dev/null) || return 1
	! ports_text "$before" | cmp -s - "$PORTS_CONFIG"
}

# ports_set LIST: for the kernel at work.
ports_set() {
	! may_act procps start || { echo "$1" >"$PORTS_NOW"; } 2>/dev/null
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

# ports_release: restores the list, unless somebody has changed it since. A file
# that was edited goes to /etc/bijk.
ports_release() {
	[ -e "$PORTS_CONFIG" ] || return 0
	if ports_edited; then
		mkdir -p /etc/bijk
		mv -f "$PORTS_CONFIG" /etc/bijk/90-bijk.conf.saved
		did "$PORTS_CONFIG, edited here, is now /etc/bijk/90-bijk.conf.saved"
	else
		remove "$PORTS_CONFIG"
	fi
	[ -e "$PORTS_NOW" ] || return 0
	[ "$(cat "$PORTS_NOW")" != "${before:+$before,}$PORTS" ] || ports_set "$before" || :
}
