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

listen_systemd() {
	for unit in bijk-recv.socket bijk-recv@.service bijk-keyrecv.socket bijk-keyrecv@.service; do
		place_config "$SOURCE/packaging/systemd/$unit" "/etc/systemd/system/$unit"
	done
	if [ "$CHANGES" -ne "$before" ]; then
		systemctl daemon-reload
		for unit in $LISTEN_UNITS; do
			systemctl --quiet enable "$unit"
			systemctl restart "$unit"
		done
	fi
	for unit in $LISTEN_UNITS; do
		systemctl --quiet is-active "$unit" && systemctl --quiet is-enabled "$unit" && continue
		systemctl --quiet enable --now "$unit"
		did "$unit started"
	done
}

listen_xinetd() {
	place_config "$SOURCE/packaging/inetd/xinetd" /etc/xinetd.d/bijk
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
		note "no systemd, inetd or tcpserver is here to listen on 127.0.0.1:50009 for bijk-recv and on 50010 for
bijk-keyrecv. With tcpserver (ucspi-tcp) installed, run this again."
		return 0
	}
	place_config "$SOURCE/packaging/cron/bijk-listen" /etc/cron.d/bijk-listen
	# What cron would run within the minute.
	for port in 50009 50010; do
		if ! port_is_open "$port"; then
			line=$(sed -n "s/^[* ]*bijk-master \(tcpserver .* $port .*\) <.*/\1/p" /etc/cron.d/bijk-listen)
			# shellcheck disable=SC2086
			listen_detached $line
			did "tcpserver on port $port"
		fi
	done
}

# listen_detached tcpserver ARG...: in the background, as bijk-master.
listen_detached() {
	shift
	(
		cd /
		exec setsid tcpserver -u "$(id -u bijk-master)" -g "$(id -g bijk-master)" "$@" </dev/null >/dev/null 2>&1
	) &
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
