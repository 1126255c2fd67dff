# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# For the tests of what strangers try: tools that few hosts need, and what their
# attacks leave behind.
#
#   bring HOST TOOL...            tools of tests/tools/, to be called as "$(tool NAME)" there
#   hold HOST JOB COUNT ADDRESS   `flood hold` in the background, until `stop HOST JOB KILL`
#   eldest HOST PROGRAM           age in seconds of the oldest process of that name

bring() {
	local host=$1 name
	shift
	for name; do
		put_file "$host" "$(tool "$name")" 0755 <"$E2E_TOOLS/$name"
	done
}

hold() {
	start "$1" "$2" "$(tool flood)" hold "$3" "$4"
	until_ok 10 grep -q 'at it' "$HOSTS_DIR/$1-$2.out" || give_up "no flood from $1"
}

eldest() {
	{ cat "$(host_file "$1" /proc)"/[0-9]*/stat 2>/dev/null || true; } |
		awk -v name="($2)" -v now="$(cut -d' ' -f1 /proc/uptime)" \
			-v hz="$(getconf CLK_TCK)" '
			$2 == name && now - $22 / hz > age { age = now - $22 / hz }
			END { print int(age) }'
}

# flood_is_over HOST: no connection to its ports is served or waits to be.
# systemd starts one process for each, which takes minutes on a slow machine.
flood_is_over() {
	! on "$1" ss -Htan '( sport = :50009 or sport = :50010 )' | grep -qvE '^(LISTEN|TIME-WAIT)'
}

# tattle HOST: whoever runs a shell or the like there from now on leaves a line
# and gets nothing. Only root may, for PAM does.
tattle() {
	bring "$1" tattle
	in_host "$1" <<END
		: >/tmp/ran
		chmod 666 /tmp/ran
		for p in bash env id touch scp rsync sftp cat sleep true python3 perl dash; do
			[ ! -e /usr/bin/\$p ] || mount --bind "$(tool tattle)" /usr/bin/\$p
		done
		mount --bind "$(tool tattle)" /usr/lib/openssh/sftp-server
		mount --bind "$(tool tattle)" /usr/sbin/nologin
END
}

# has_run_nothing HOST WHAT
has_run_nothing() {
	grep -v '^0 ' "$(host_file "$1" /tmp/ran)" >"$T/ran" || true
	empty "$T/ran" "$2"
}

# flood_and_serve: 1000 connections to each port of host `master`, from host
# `other` and from `master` itself, which any listener at its default settings
# would take for a fault of the service; then a registration and a push of host
# `node` at once.
flood_and_serve() {
	local began
	bring other flood
	bring master flood
	on master bijk-master set n1 min-period=0
	run on other "$(tool flood)" hit 1000 192.0.2.10:50010
	contents "$OUT" '^([5-9][0-9]{2}|1000) connections' "a flood to port 50010: $(cat "$OUT")"
	run on master "$(tool flood)" hit 1000 127.0.0.1:50009
	contents "$OUT" '^([5-9][0-9]{2}|1000) connections' "and to port 50009: $(cat "$OUT")"
	began=$SECONDS
	exits 0 "afterwards a registration" on node bijk-keyreg
	put_lines node 1 10
	exits 0 "and a push" push node
	has_lines master n1 1 10 "are served"
	ok "within minutes: in $((SECONDS - began)) s" test $((SECONDS - began)) -le 300
}
