# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The master's two ports, for bijk-listen: systemd's sockets, else a running
# inetd, else its own, started by cron.

LISTEN_UNITS='bijk-recv.socket bijk-keyrecv.socket'
LISTEN_SERVICES='bijk-recv.service bijk-keyrecv.service'
# Of the time when systemd started a program for each connection.
LISTEN_OLD='bijk-recv@.service bijk-keyrecv@.service'

listen_kind() {
	if [ -d /run/systemd/system ]; then
		echo systemd
	elif [ -n "$(process_ids xinetd)" ] && [ -d /etc/xinetd.d ]; then
		echo xinetd
	elif [ -n "$(process_ids inetd)" ] && [ -f /etc/inetd.conf ]; then
		echo inetd
	else
		echo cron
	fi
}

listen_install() {
	kind=$(listen_kind)
	listen_end replaced
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
		note 'port 50010 does not answer on IPv6: a node with IPv6 only cannot register'
	fi
}

# listen_greets ADDRESS PORT: within some seconds. ssh -v shows what a server
# says first.
listen_greets() {
	case $2 in 50009) greeting='BIJK ' ;; *) greeting='BIJKREG ' ;; esac
	heard=$WORK/heard
	retry 25 0.2 port_is_open "$2" || return 1
	: >"$heard"
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
	for unit in $LISTEN_UNITS $LISTEN_SERVICES; do
		place_config "$SOURCE/packaging/systemd/$unit" "/etc/systemd/system/$unit"
	done
	for unit in $LISTEN_OLD; do
		remove_config "/etc/systemd/system/$unit"
		rm -f "$SHIPPED/etc/systemd/system/$unit"
	done
	if [ "$CHANGES" -ne "$before" ]; then
		systemctl daemon-reload
		# shellcheck disable=SC2086
		systemctl --quiet stop $LISTEN_UNITS $LISTEN_SERVICES || :
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

# A line of ours that is there stays, as it may be edited; but not one of the
# time when inetd started a program for each connection.
listen_inetd() {
	if grep -q '/sbin/bijk-listen' /etc/inetd.conf; then return 0; fi
	if grep -q '/sbin/bijk-' /etc/inetd.conf; then
		# inetd does not heed that the word nowait has become wait.
		edit /etc/inetd.conf listen_inetd_without
		listen_hup inetd
		retry 50 0.1 listen_ports_shut || :
	fi
	edit /etc/inetd.conf listen_inetd_with
	did '/etc/inetd.conf: two lines of ours'
	listen_hup inetd
}

listen_inetd_without() { sed -e '/^# Bijk:/d' -e '\|/sbin/bijk-|d'; }

listen_inetd_with() {
	cat
	prefixed <"$SOURCE/packaging/inetd/inetd.conf"
}

listen_ports_shut() { ! port_is_open 50009 && ! port_is_open 50010; }

listen_hup() {
	for pid in $(process_ids "$1"); do kill -HUP "$pid"; done
}

listen_cron() {
	# Of the time when tcpserver listened.
	! grep -qs /share/bijk/listen /etc/cron.d/bijk-listen ||
		remove_config /etc/cron.d/bijk-listen
	place_config "$SOURCE/packaging/cron/bijk-listen" /etc/cron.d/bijk-listen
	[ "$CHANGES" -eq "$before" ] || listen_end
	listen_cron_now
}

# listen_cron_now: what cron would run within the minute.
listen_cron_now() {
	for port in 50009 50010; do
		if ! port_is_open "$port"; then
			line="s/^[* ]*bijk-master \(.*:${port}[^0-9].*\)/\1/p"
			as_user bijk-master "$(sed -n "$line" /etc/cron.d/bijk-listen)"
			did "bijk-listen on port $port"
		fi
	done
}

# listen_end [replaced]: ends what listens for our programs without systemd or
# inetd: bijk-listen, and tcpserver, which did it before; or each bijk-listen
# whose file was replaced. Whom they serve is served to the end.
listen_end() {
	for pid in $(process_ids bijk-listen tcpserver); do
		case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
		*/sbin/bijk-recv* | */sbin/bijk-keyrecv*) ;;
		*) continue ;;
		esac
		case ${1:-}:$(readlink "/proc/$pid/exe") in
		replaced:*' (deleted)' | :*) ;;
		*) continue ;;
		esac
		program=$(cat "/proc/$pid/comm")
		kill "$pid" 2>/dev/null || continue
		did "$program (process $pid) ended"
		retry 50 0.1 process_is_gone "$pid" || :
	done
}

process_is_gone() { ! kill -0 "$1" 2>/dev/null; }

# listen_uninstall: all of the kinds, for the machine may have changed since.
listen_uninstall() {
	if [ -e /etc/systemd/system/bijk-recv.socket ] && [ -d /run/systemd/system ]; then
		for unit in $LISTEN_UNITS; do systemctl --quiet disable --now "$unit"; done
		# shellcheck disable=SC2086
		systemctl --quiet stop $LISTEN_SERVICES
	fi
	before=$CHANGES
	for unit in $LISTEN_UNITS $LISTEN_SERVICES $LISTEN_OLD; do
		remove_config "/etc/systemd/system/$unit"
	done
	[ "$CHANGES" -eq "$before" ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload

	before=$CHANGES
	remove_config /etc/xinetd.d/bijk
	[ "$CHANGES" -eq "$before" ] || listen_hup xinetd

	if grep -qs '/sbin/bijk-' /etc/inetd.conf; then
		edit /etc/inetd.conf listen_inetd_without
		did '/etc/inetd.conf: our lines removed'
		listen_hup inetd
	fi

	remove_config /etc/cron.d/bijk-listen
	listen_end
}
