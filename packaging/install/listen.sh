# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The master's two ports: systemd's sockets, else a running inetd, else
# tcpserver, started by cron.

LISTEN_UNITS='bijk-recv.socket bijk-keyrecv.socket'
LISTEN_FILES="$LISTEN_UNITS bijk-recv@.service bijk-keyrecv@.service"

listen_kind() {
	if [ -d /run/systemd/system ]; then
		echo systemd
	elif [ -n "$(process_ids xinetd)" ] && [ -d /etc/xinetd.d ]; then
		echo xinetd
	elif [ -n "$(process_ids inetd)" ] && [ -f /etc/inetd.conf ]; then
		echo inetd
	else
		echo tcpserver
	fi
}

listen_install() {
	kind=$(listen_kind)
	before=$CHANGES
	"listen_$kind"
	[ "$CHANGES" -eq "$before" ] ||
		say "  ports 50009 (on 127.0.0.1) and 50010 are served through $kind"
}

# listen_check: what listens must be ours, or no node gets in.
listen_check() {
	for port in 50009 50010; do
		if listen_greets 127.0.0.1 $port; then continue; fi
		die 69 "port $port of 127.0.0.1 does not answer as it should. Who has it:
  ss -ltnp 'sport = :$port'
Syslog may say why. When that is fixed, run this again"
	done
	if [ -s /proc/net/if_inet6 ] && ! listen_greets ::1 50010; then
		note "port 50010 does not answer on IPv6: a node with IPv6 only cannot register.
With tcpserver, install ucspi-tcp-ipv6 instead of ucspi-tcp"
	fi
}

# listen_greets ADDRESS PORT: within some seconds. ssh -v shows what a server
# says first.
listen_greets() {
	case $2 in 50009) greeting='BIJK ' ;; *) greeting='BIJKREG ' ;; esac
	heard=$WORK/heard
	retry 25 0.2 port_is_open "$2" || return 1
	as_user bijk-master "echo \$\$
		exec ssh -F none -v -o BatchMode=yes -o ConnectTimeout=10 -p $2 $1" >"$heard" 2>&1 &
	asking=$!
	until grep -q "$greeting" "$heard"; do
		kill -0 $asking 2>/dev/null || break
		sleep 0.1
	done
	kill "$(sed 1q "$heard")" 2>/dev/null || :
	wait $asking || :
	grep -q "$greeting" "$heard"
}

listen_systemd() {
	for unit in $LISTEN_FILES; do
		place_config "$SOURCE/packaging/systemd/$unit" "/etc/systemd/system/$unit"
	done
	if [ "$CHANGES" -ne "$before" ]; then
		systemctl daemon-reload
		for unit in $LISTEN_UNITS; do
			systemctl --quiet enable "$unit"
			systemctl restart "$unit" || :
		done
	fi
	for unit in $LISTEN_UNITS; do
		if systemctl --quiet is-active "$unit" && systemctl --quiet is-enabled "$unit"; then
			continue
		fi
		systemctl --quiet enable --now "$unit" && did "$unit started"
	done
}

listen_xinetd() {
	written=$WORK/xinetd
	cp "$SOURCE/packaging/inetd/xinetd" "$written"
	[ -e /proc/net/if_inet6 ] || sed -i /IPv6/d "$written"
	place_config "$written" /etc/xinetd.d/bijk
	[ "$CHANGES" -eq "$before" ] || listen_hup xinetd
}

listen_inetd() {
	if grep -q '/usr/sbin/bijk-recv' /etc/inetd.conf; then return 0; fi
	edit /etc/inetd.conf cat - "$SOURCE/packaging/inetd/inetd.conf"
	did '/etc/inetd.conf: two lines added'
	listen_hup inetd
}

listen_hup() {
	for pid in $(process_ids "$1"); do kill -HUP "$pid"; done
}

listen_tcpserver() {
	command -v tcpserver >/dev/null ||
		die 69 "no systemd, inetd or tcpserver is here to listen on 127.0.0.1:50009
for bijk-recv and on 50010 for bijk-keyrecv. Install tcpserver (Debian: ucspi-tcp-ipv6, Alpine:
ucspi-tcp6), and run this again"
	written=$WORK/bijk-listen
	cp "$SOURCE/packaging/cron/bijk-listen" "$written"
	# Alpine's ucspi-tcp6 has another word for both IPv4 and IPv6.
	[ ! -e /etc/alpine-release ] || sed -i 's/ 0 50010 / :0 50010 /' "$written"
	place_config "$written" /etc/cron.d/bijk-listen
	# What cron would run within the minute.
	for port in 50009 50010; do
		if ! port_is_open "$port"; then
			line="s/^[* ]*bijk-master \(.* $port .*\)/\1/p"
			as_user bijk-master "$(sed -n "$line" /etc/cron.d/bijk-listen)"
			did "tcpserver on port $port"
		fi
	done
}

# listen_uninstall: all of the kinds, for the machine may have changed since.
listen_uninstall() {
	if [ -e /etc/systemd/system/bijk-recv.socket ] && [ -d /run/systemd/system ]; then
		for unit in $LISTEN_UNITS; do systemctl --quiet disable --now "$unit"; done
	fi
	before=$CHANGES
	for unit in $LISTEN_FILES; do
		remove_config "/etc/systemd/system/$unit"
	done
	[ "$CHANGES" -eq "$before" ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload

	before=$CHANGES
	remove_config /etc/xinetd.d/bijk
	[ "$CHANGES" -eq "$before" ] || listen_hup xinetd

	if grep -qs '/usr/sbin/bijk-' /etc/inetd.conf; then
		edit /etc/inetd.conf sed -e '/^# Bijk:/d' -e '\|/usr/sbin/bijk-|d'
		did '/etc/inetd.conf: our lines removed'
		listen_hup inetd
	fi

	remove_config /etc/cron.d/bijk-listen
	for pid in $(process_ids tcpserver); do
		case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
		*/usr/sbin/bijk-*) kill "$pid" && did "tcpserver (process $pid) ended" ;;
		esac
	done
}
