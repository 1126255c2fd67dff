# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Services, under whichever init system is at work. In a container or a chroot
# there may be none.

CRONTABS=/var/spool/cron/crontabs

init_system() {
	if [ -d /run/systemd/system ]; then
		echo systemd
	elif [ -e /run/openrc/softlevel ]; then
		echo openrc
	elif [ "$(cat /proc/1/comm)" = init ] && [ -d /etc/init.d ]; then
		echo sysv
	else
		echo none
	fi
}

# may_act SERVICE ACTION: does policy-rc.d let a package's script do that?
may_act() {
	if [ -z "$PACKAGED" ] || [ ! -x /usr/sbin/policy-rc.d ]; then return 0; fi
	policy=0
	/usr/sbin/policy-rc.d "$1" "$2" >/dev/null 2>&1 || policy=$?
	[ $policy -eq 0 ] || [ $policy -eq 104 ]
}

# service_name NAME...: the first of these names that is a service here.
service_name() {
	for service in "$@"; do
		case $(init_system) in
		systemd) ! systemctl cat "$service.service" >/dev/null 2>&1 || break ;;
		*) [ ! -x "/etc/init.d/$service" ] || break ;;
		esac
		service=
	done
	[ -n "$service" ] && echo "$service"
}

# service_start NAME...: now and at every boot; false where that cannot be done.
service_start() {
	name=$(service_name "$@") || return 1
	case $(init_system) in
	systemd) systemctl --quiet enable --now "$name.service" ;;
	openrc) rc-update -q add "$name" default && rc-service -q "$name" start ;;
	sysv) "/etc/init.d/$name" start >/dev/null ;;
	*) return 1 ;;
	esac
	did "service $name started"
}

# service_stop NAME...: now and at every boot.
service_stop() {
	name=$(service_name "$@") || return 0
	case $(init_system) in
	systemd) systemctl --quiet disable --now "$name.service" ;;
	openrc) rc-update -q del "$name" && rc-service -q "$name" stop ;;
	sysv) "/etc/init.d/$name" stop >/dev/null && update-rc.d "$name" disable ;;
	*) return 0 ;;
	esac
	did "service $name stopped"
}

# timer_ensure CRON UNIT...: units with a timer, where systemd does the work of
# the line in /etc/cron.d/CRON.
timer_ensure() {
	[ "$(init_system)" = systemd ] || return 0
	if ! grep -qs 'test -e /run/systemd/system' "/etc/cron.d/$1"; then
		note "/etc/cron.d/$1, which was edited here, works beside systemd, so
$2 is not installed. As shipped: $SHIPPED/etc/cron.d/$1"
		shift
		timer_remove "$@"
		return 0
	fi
	shift
	before=$CHANGES
	for unit in "$@"; do
		place_config "$SOURCE/packaging/systemd/$unit" "/etc/systemd/system/$unit"
	done
	[ "$CHANGES" -eq "$before" ] || systemctl daemon-reload
	for unit in "$@"; do
		case $unit in
		bijk-page.timer) continue ;; # the administrator's to enable
		*.timer) ;;
		*) continue ;;
		esac
		if systemctl --quiet is-active "$unit" && systemctl --quiet is-enabled "$unit"; then
			continue
		fi
		systemctl --quiet enable --now "$unit"
		did "$unit started"
	done
}

# timer_remove UNIT...
timer_remove() {
	before=$CHANGES
	for unit in "$@"; do
		case $unit:$(init_system) in
		*.timer:systemd) systemctl --quiet disable --now "$unit" 2>/dev/null || : ;;
		esac
		remove_config "/etc/systemd/system/$unit"
	done
	[ "$CHANGES" -eq "$before" ] || [ "$(init_system)" != systemd ] || systemctl daemon-reload
}

# cron_ensure USER: cron itself. BusyBox's reads no /etc/cron.d, but a file for
# each user: there it finds the lines of USER.
cron_ensure() {
	busybox=
	for pid in $(process_ids cron crond busybox); do
		case $(readlink "/proc/$pid/exe") in
		'') ;;
		*/busybox) ! tr '\0' '\n' <"/proc/$pid/cmdline" | grep -q 'crond$' || busybox=yes ;;
		*) return 0 ;;
		esac
	done
	if [ -z "$busybox" ]; then
		service_start cron cronie crond ||
			note 'cron is not running, and no init system is here: nothing is pulled or
pushed without it'
		return 0
	fi
	sed -n "s,^\\([0-9*@].*\\) $1 \\([t/]\\),\\1 \\2,p" /etc/cron.d/bijk-* >"$WORK/crontab"
	place "$WORK/crontab" "$CRONTABS/$1" 600
	echo "$1" >>$CRONTABS/cron.update
	note "BusyBox's crond does not read /etc/cron.d: the lines for $1 are copied to
$CRONTABS/$1, also after a change if this is run again; or install cronie"
}

# process_ids NAME...: of the programs with one of these names.
process_ids() {
	for comm in /proc/[0-9]*/comm; do
		read -r program 2>/dev/null <"$comm" || continue
		for wanted in "$@"; do
			[ "$program" != "$wanted" ] || ! is_our_root "${comm%/comm}/root" ||
				basename "${comm%/comm}"
		done
	done
}

# port_is_open PORT: does anything listen on this TCP port?
port_is_open() {
	grep -Eqs "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:0000 0A " \
		/proc/net/tcp /proc/net/tcp6
}
