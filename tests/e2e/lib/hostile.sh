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

# port_withstands WHAT...: of port 50009 of host `master`, under any starter.
# The test has a function `serves IDLE PROGRAM` that changes what the starter
# starts there.
#
#   table     processes run out: a connection waits until there is one
#   crashes   a program that crashes at once
#   exits     connections that arrive while the listener exits, thousands of times: none is
#             refused, none lost; 1000 of them, 10000 in the long form
#   idle      nothing stays
port_withstands() {
	bring master flood
	for what; do "withstands_$what"; done
}

greet() { # COUNT AT_ONCE WHAT
	exits 0 "$3" on master "$(tool flood)" greet "$1" 127.0.0.1:50009 "$2"
	diag "$(cat "$OUT")"
}

withstands_table() {
	local pid ticks
	serves 30 /usr/sbin/bijk-recv
	greet 1 1 "a connection is answered"
	pid=$(on master pgrep -f "^[^ ]*bijk-listen .* /usr/sbin/bijk-recv\$")
	limit_of master "$pid" nproc 0
	log_clear master
	start master waits "$(tool flood)" greet 3 127.0.0.1:50009 3
	soon 30 "with no process left the listener says so" listener_says \
		'starting /usr/sbin/bijk-recv: Resource temporarily unavailable; connections wait'
	ticks=$(listener_ticks "$pid")
	sleep 1
	ok "it does not spin" test $(($(listener_ticks "$pid") - ticks)) -le 5
	ok "and waits" job_running master waits
	limit_of master "$pid" nproc "$(ulimit -Hu)"
	finish master waits
	is "$RC" 0 "when there are processes again, those that waited are answered"
}

# starts_anew IDLE PROGRAM: the listener is the one that its starter was told of
# last; one from before ends.
starts_anew() {
	local pid line found=
	on master "$(tool flood)" greet 1 127.0.0.1:50009 1 || true
	for pid in $(pids master bijk-listen); do
		line=$(tr '\0' ' ' <"/proc/${host_pid[master]}/root/proc/$pid/cmdline") || continue
		case $line in
		*"-i $1 $2 ") found=yes ;;
		*"-c 1024 "*)
			on master kill "$pid" || true
			return 1
			;;
		esac
	done
	[ "$1" -eq 0 ] || [ -n "$found" ]
}

# limit_of HOST PID WHAT NUMBER: set by its own user, which needs no right to do so.
limit_of() {
	on "$1" setpriv --reuid bijk-master --regid bijk-master --init-groups prlimit --pid "$2" \
		"--$3=$4:"
}

listener_ticks() {
	on master awk '{ print $14 + $15 }' "/proc/$1/stat"
}

listener_says() {
	log_matches master "bijk-listen.*$1" || on master journalctl -q -t bijk-listen | grep -E "$1"
}

withstands_crashes() {
	serves 30 /bin/false
	run on master "$(tool flood)" hit 1000 127.0.0.1:50009
	contents "$OUT" '^([5-9][0-9]{2}|1000) connections' \
		"a flood, and a program that crashes at once: $(cat "$OUT")"
	serves 30 /usr/sbin/bijk-recv
	greet 10 5 "the port answers afterwards"
}

withstands_exits() {
	local many=500 before starts=0 round
	[ -z "${LONG-}" ] || many=5000
	serves 0 /usr/sbin/bijk-recv
	# Where processes end slowly, many connections find the listener still there.
	for round in $(seq 20); do
		before=$(on master cat /proc/sys/kernel/ns_last_pid)
		greet $many 1 "$many connections, one by one, to a listener that exits when it serves nobody"
		# The processes that are not programs are listeners.
		starts=$((starts + $(on master cat /proc/sys/kernel/ns_last_pid) - before - many))
		[ "$starts" -lt $((many / 5)) ] || break
	done
	ok "it has exited often: $starts times in $round rounds" test "$starts" -ge $((many / 5))
	# The oldest: not a process that is just becoming a program.
	start master ender sh -c \
		'while :; do pkill -o -f "^[^ ]*bijk-listen .* /usr/sbin/bijk-recv\$"; sleep 0.1; done'
	greet $many 16 "$many that arrive while it is made to exit ten times a second"
	stop master ender KILL
}

withstands_idle() {
	serves 2 /usr/sbin/bijk-recv
	greet 1 1 "a connection"
	ok "the listener stays a moment" runs master bijk-listen
	soon 30 "but not long: no process is left" gone master bijk-listen
	greet 1 1 "the next connection is answered all the same"
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
