# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# sshd: a drop-in that is tested before sshd is reloaded, and seen to be in
# force after.

SSHD_CONFIG=/etc/ssh/sshd_config
SSHD_DROPIN=/etc/ssh/sshd_config.d/00-bijk-master.conf
SSHD_INCLUDE="Include $SSHD_DROPIN"
# The directory that sshd_test made, if it did.
SSHD_MADE=

sshd_path() { command -v sshd; }

# sshd_query USER: the configuration that sshd would use for this user, a
# keyword a line.
sshd_query() {
	"$(sshd_path)" -T 2>/dev/null \
		-C "user=$1,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22"
}

# sshd_test CONFIG: says why, if sshd does not accept this configuration. Makes
# what sshd needs and where it never ran is missing: host keys, and the
# directory of its unprivileged part.
sshd_test() {
	why=$("$(sshd_path)" -t -f "$1" 2>&1) && return 0
	case $why in
	*'Missing privilege separation directory: '*)
		SSHD_MADE=$(printf %s "${why##*directory: }" | tr -d '\r')
		mkdir "$SSHD_MADE"
		;;
	*'no hostkeys available'*) ssh-keygen -A >/dev/null ;;
	esac
	"$(sshd_path)" -t -f "$1"
}

# sshd_pid: of the one that listens, by the file that its configuration names.
sshd_pid() {
	file=$(sshd_query root | sed -n 's/^pidfile //p')
	[ -s "${file:-/nonexistent}" ] && read -r pid <"$file" && [ -d "/proc/$pid" ] && echo "$pid"
}

# sshd_listens: on one of the ports that its configuration names.
sshd_listens() {
	for port in $(sshd_query root | sed -n 's/^port //p'); do
		if port_is_open "$port"; then return 0; fi
	done
	return 1
}

# sshd_reload: a running sshd reads its configuration again, one that is not
# running is started.
sshd_reload() {
	if [ "$(init_system)" = systemd ] && service=$(service_name ssh sshd); then
		# An sshd of systemd's socket loses it on a reload. Sessions
		# outlive a restart.
		if systemctl --quiet is-active ssh.socket ||
			systemctl --quiet is-active sshd.socket; then
			systemctl try-restart "$service"
			did "service $service restarted"
			return 0
		elif systemctl --quiet is-active "$service"; then
			systemctl reload "$service"
			did "service $service reloaded"
			return 0
		fi
	fi
	if pid=$(sshd_pid); then
		kill -HUP "$pid"
		# It executes itself again, and does not listen meanwhile.
		sleep 1
		did "sshd (process $pid) reloaded"
	elif port_is_open 22; then
		note 'port 22 is in use, but no sshd was found: reload it yourself'
	else
		sshd_start
	fi
}

sshd_start() {
	service_start ssh sshd ||
		note "sshd is not running, and no init system is here: start $(sshd_path)"
}

sshd_includes_dropin() {
	grep -Eiq '^[[:space:]]*Include[[:space:]=].*/?sshd_config\.d/(\*|00-bijk-master)' \
		"$SSHD_CONFIG"
}

# sshd_include: an sshd_config without sshd_config.d gets one line, at its top.
sshd_include() {
	echo "$SSHD_INCLUDE" >"$WORK/include"
	edit "$SSHD_CONFIG" cat "$WORK/include" -
	did "$SSHD_CONFIG, which has no sshd_config.d: first line is now '$SSHD_INCLUDE'"
}

sshd_uninclude() {
	grep -qsxF "$SSHD_INCLUDE" "$SSHD_CONFIG" || return 0
	edit "$SSHD_CONFIG" sed "\\|^$SSHD_INCLUDE\$|d"
	did "$SSHD_CONFIG: '$SSHD_INCLUDE' removed"
}

# sshd_install: the drop-in for bijk-master.
sshd_install() {
	sshd_path >/dev/null || die 69 'sshd is missing'
	sshd_test "$SSHD_CONFIG" || die 78 'sshd refuses its present configuration: fix that first'
	undo=$WORK/sshd
	mkdir "$undo"
	cp -p "$SSHD_CONFIG" "$undo/config"
	[ ! -e "$SSHD_DROPIN" ] || cp -p "$SSHD_DROPIN" "$undo/dropin"

	before=$CHANGES
	place_config "$SOURCE/packaging/sshd/00-bijk-master.conf" "$SSHD_DROPIN"
	sshd_includes_dropin || sshd_include
	if ! sshd_test "$SSHD_CONFIG"; then
		cp -p "$undo/config" "$SSHD_CONFIG"
		rm -f "$SSHD_DROPIN"
		[ ! -e "$undo/dropin" ] || cp -p "$undo/dropin" "$SSHD_DROPIN"
		die 78 "sshd refuses $SSHD_DROPIN: both files are again as they were"
	fi

	if [ "$CHANGES" -ne "$before" ]; then
		sshd_reload
	elif ! sshd_pid >/dev/null && ! port_is_open 22; then
		sshd_start
	fi
	sshd_test "$SSHD_CONFIG" || die 78 'sshd refuses its configuration'
	missing=$(sshd_missing "$SSHD_DROPIN")
	[ -z "$missing" ] ||
		die 78 "these lines of $SSHD_DROPIN are not in force: an earlier Match sets others
for bijk-master (sshd -T -C user=bijk-master,... shows them):
$missing"
}

# sshd_accept: for a package, which has put the drop-in in place. One that sshd
# refuses would keep everybody out at its next start: it is moved aside.
sshd_accept() {
	aside=$SSHD_DROPIN.refused
	if [ ! -e "$SSHD_DROPIN" ]; then
		note "$SSHD_DROPIN was taken away here: no node can push"
		return 0
	fi
	if ! refused=$(sshd_test "$SSHD_CONFIG" 2>&1); then
		mv "$SSHD_DROPIN" "$aside"
		if sshd_test "$SSHD_CONFIG" 2>/dev/null; then
			note "sshd refuses $SSHD_DROPIN:
$refused
It is now $aside, and no node can push. Mend it, move it back, and
sshd -t && systemctl reload ssh"
		else
			mv "$aside" "$SSHD_DROPIN"
			note "sshd refuses its configuration, with and without our file:
$refused
Mend that; then sshd -t && systemctl reload ssh. Until then no node can push"
		fi
		return 0
	fi
	if ! sshd_includes_dropin; then
		note "$SSHD_CONFIG reads no sshd_config.d: no node can push until its first line is
$SSHD_INCLUDE"
		return 0
	fi
	if sshd_listens && may_act ssh reload; then sshd_reload; fi
	missing=$(sshd_missing "$SSHD_DROPIN")
	[ -z "$missing" ] ||
		note "these lines of $SSHD_DROPIN are not in force: an earlier Match sets others
for bijk-master (sshd -T -C user=bijk-master,... shows them):
$missing"
}

# sshd_missing DROPIN: the lines of the drop-in that sshd would not follow for
# bijk-master.
sshd_missing() {
	effective=$(sshd_query bijk-master) || effective=
	sed -n 's/^[[:space:]]\{1,\}//p' "$1" | while read -r keyword value; do
		printf '%s\n' "$effective" | grep -qixF "$keyword $value" ||
			echo "  $keyword $value"
	done
}

# sshd_uninstall: takes the drop-in away.
sshd_uninstall() {
	before=$CHANGES
	remove_config "$SSHD_DROPIN"
	sshd_uninclude
	[ "$CHANGES" -ne "$before" ] || return 0
	if sshd_test "$SSHD_CONFIG"; then
		if sshd_pid >/dev/null; then sshd_reload; fi
	else
		note 'sshd refuses its configuration, so it was not reloaded'
	fi
}
