# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The master's two ports: systemd's sockets, else an inetd that is here, else tcpserver, kept running by cron.

LISTEN_UNITS='bijk-recv.socket bijk-keyrecv.socket'

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
	[ "$CHANGES" -eq "$before" ] || say "  ports 50009 (on 127.0.0.1) and 50010 are served through $kind"
}

# listen_check: what listens must be ours, or no node gets in.
listen_check() {
	for port in 50009 50010; do
		if listen_greets 127.0.0.1 $port; then continue; fi
		who=$("$SOURCE/packaging/cron/listen" --who $port)
		die 69 "port $port of 127.0.0.1 does not answer as it should: ${who:-nobody listens there}.
Syslog may say why. When that is put right, run this again"
	done
	if [ -s /proc/net/if_inet6 ] && ! listen_greets ::1 50010; then
		note "port 50010 does not answer on IPv6: a node that has nothing else cannot register. With tcpserver that takes
ucspi-tcp-ipv6 in the place of ucspi-tcp"
	fi
}

# listen_greets ADDRESS PORT: within some seconds. ssh, told to say what it reads, shows what a server says first.
listen_greets() {
	case $2 in 50009) greeting='BIJK ' ;; *) greeting='BIJKREG ' ;; esac
	heard=$WORK/heard
	tries=25
	until port_is_open "$2"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
	as_user bijk-master "echo \$\$; exec ssh -F none -v -o BatchMode=yes -o ConnectTimeout=10 -p $2 $1" >"$heard" 2>&1 &
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
	for unit in bijk-recv.socket bijk-recv@.service bijk-keyrecv.socket bijk-keyrecv@.service; do
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
		systemctl --quiet is-active "$unit" && systemctl --quiet is-enabled "$unit" && continue
		systemctl --quiet enable --now "$unit" && did "$unit started"
	done
}

listen_xinetd() {
	written=$WORK/xinetd
	if [ -e /proc/net/if_inet6 ]; then cat "$SOURCE/packaging/inetd/xinetd"; else
		grep -v 'IPv6' "$SOURCE/packaging/inetd/xinetd"
	fi >"$written"
	place_config "$written" /etc/xinetd.d/bijk
	[ "$CHANGES" -eq "$before" ] || listen_hup xinetd
}

listen_inetd() {
	if grep -q '/usr/sbin/bijk-recv' /etc/inetd.conf; then return 0; fi
	cp -p /etc/inetd.conf /etc/inetd.conf.bijk-new
	cat "$SOURCE/packaging/inetd/inetd.conf" >>/etc/inetd.conf.bijk-new
	mv -f /etc/inetd.conf.bijk-new /etc/inetd.conf
	did '/etc/inetd.conf: two lines added'
	listen_hup inetd
}

listen_hup() {
	for pid in $(process_ids "$1"); do kill -HUP "$pid"; done
}

listen_tcpserver() {
	command -v tcpserver >/dev/null || {
		die 69 "no systemd, inetd or tcpserver is here to listen on 127.0.0.1:50009 for bijk-recv and on 50010 for
bijk-keyrecv. With tcpserver (Debian: ucspi-tcp-ipv6, Alpine: ucspi-tcp6) installed, run this again"
	}
	written=$WORK/bijk-listen
	# ucspi-tcp6, Alpine's, wants another word for both IPv4 and IPv6.
	sed "$([ ! -e /etc/alpine-release ] || echo 's/ 0 50010 / :0 50010 /')" "$SOURCE/packaging/cron/bijk-listen" >"$written"
	place_config "$written" /etc/cron.d/bijk-listen
	# What cron would run within the minute.
	for port in 50009 50010; do
		if ! port_is_open "$port"; then
			as_user bijk-master "$(sed -n "s/^[* ]*bijk-master \(.* $port .*\)/\1/p" /etc/cron.d/bijk-listen)"
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
	for unit in bijk-recv.socket bijk-recv@.service bijk-keyrecv.socket bijk-keyrecv@.service; do
		remove_config "/etc/systemd/system/$unit"
	done
	if [ "$CHANGES" -ne "$before" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi

	before=$CHANGES
	remove_config /etc/xinetd.d/bijk
	[ "$CHANGES" -eq "$before" ] || listen_hup xinetd

	if grep -qs '/usr/sbin/bijk-' /etc/inetd.conf; then
		cp -p /etc/inetd.conf /etc/inetd.conf.bijk-new
		grep -v -e '^# Bijk:' -e '/usr/sbin/bijk-' /etc/inetd.conf >/etc/inetd.conf.bijk-new || :
		mv -f /etc/inetd.conf.bijk-new /etc/inetd.conf
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
