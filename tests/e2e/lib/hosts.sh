# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Hosts: network namespaces joined by a bridge, each with process, mount, uts
# and ipc namespaces of its own over an overlay of this machine's files. What a
# host writes is gone with it.
#
#   hosts_begin                 a wire of this test file's own, 192.0.2.0/24
#   host_new NAME ADDR [LAYER]  a host on it, with 2001:db8::N beside 192.0.2.N; LAYER: a directory of E2E_LAYERS that lies above the machine's files, or a
#                               whole list of directories, as overlayfs takes it
#   on NAME CMD...              runs a command there as root, in a clean environment
#   in_host NAME < SCRIPT       the same for a piece of shell
#   start NAME JOB CMD...       a command in the background; its output kept for `finish`
#   stop NAME JOB / finish NAME JOB [SECONDS]
#   host_wrote NAME             what it wrote so far, but for logs, caches, and the lock and
#                               backups of the account tools
#   host_end NAME, hosts_end    kill -9 of the whole host
#
# HOSTS_DIR is where all of it lies, inside the run's own tmpfs.

declare -A host_pid=()
declare -A host_addr=()
declare -A job_pid=()
HOSTS_DIR=
wire_pid=
host_tell=

# What a test file runs, here or on a host, sees this environment and no other.
clean_environment() {
	local name
	while read -r name; do
		case $name in
		PATH | HOME | LC_ALL | TERM) ;;
		*) export -n "${name?}" ;;
		esac
	done < <(compgen -e)
	export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		LC_ALL=C TERM=dumb
}

hosts_begin() {
	HOSTS_DIR=$T/hosts
	mkdir -p "$HOSTS_DIR"
	printf '127.0.0.1 localhost\n::1 localhost\n' >"$HOSTS_DIR/etc-hosts"
	unshare -n --kill-child sleep 100000 &
	wire_pid=$!
	disown "$wire_pid"
	until_ok 30 wire_apart || give_up "no network namespace"
	ip_at "$wire_pid" 'link add br0 type bridge' 'link set br0 up'
	exec {host_tell}<> <(:)
}

wire_apart() {
	[ ! "/proc/$wire_pid/ns/net" -ef "/proc/$$/ns/net" ]
}

# ip_at PID LINE...: what ip is told there.
ip_at() {
	local pid=$1
	shift
	printf '%s\n' "$@" | nsenter -t "$pid" -n ip -batch -
}

# What every host's /dev begins with, but for its devices themselves.
dev_new() {
	local dev=$1
	mkdir -p "$dev/pts" "$dev/shm"
	touch "$dev"/{null,zero,full,random,urandom,tty}
	ln -s /proc/self/fd "$dev/fd"
	ln -s pts/ptmx fd/0 fd/1 fd/2 "$dev"
	mv "$dev/0" "$dev/stdin"
	mv "$dev/1" "$dev/stdout"
	mv "$dev/2" "$dev/stderr"
}

# host_new NAME ADDR [LAYER]
host_new() {
	local name=$1 addr=$2 layer=${3-} dir=$HOSTS_DIR/$1 lower=/ pid word
	case $layer in
	'') ;;
	*/*) lower=$layer ;;
	*) lower=$(layer_lower "$layer") ;;
	esac
	printf '%s %s\n' "$addr" "$name" >>"$HOSTS_DIR/etc-hosts"
	mkdir -p "$dir"
	E2E_INIT=${E2E_INIT-} E2E_SOURCE=${E2E_SOURCE-} host_unshare "$name" -m -n -p -u -i -f \
		--kill-child --propagation private \
		"$E2E_LIB/host-init" "$dir" "$name" "$lower" "$E2E_LAYERS/dev" 9>&"$host_tell" \
			{host_tell}>&- 2>"$dir/init.log" &
	read -r -t 60 -u "$host_tell" pid || host_lost "$name"
	host_pid[$name]=$pid
	host_addr[$name]=$addr
	ip_at "$wire_pid" "link add v$pid type veth peer name eth0 netns $pid" \
		"link set v$pid master br0 up"
	ip_at "$pid" "addr add $addr/24 dev eth0" "addr add $(host_six "$addr")/64 dev eth0 nodad" \
		'link set eth0 up' 'link set lo up'
	read -r -t 60 -u "$host_tell" word || host_lost "$name"
	[ "$word" = ready ] || host_lost "$name"
	[ -z "$layer" ] || host_first_start "$name"
}

# host_six ADDR: the IPv6 address of the host that has this one.
host_six() {
	echo "2001:db8::${1##*.}"
}

# ipv6_only HOST...: loses its IPv4 but that of loopback, and all hosts know it
# by its IPv6 address.
ipv6_only() {
	local host
	for host; do
		ip_at "${host_pid[$host]}" 'addr flush dev eth0 scope global' \
			"addr add $(host_six "${host_addr[$host]}")/64 dev eth0 nodad"
		echo "$(host_six "${host_addr[$host]}") $host" >>"$HOSTS_DIR/etc-hosts"
	done
	grep -v '^192\.0\.2\.' "$HOSTS_DIR/etc-hosts" >"$T/hosts.six"
	cat "$T/hosts.six" >"$HOSTS_DIR/etc-hosts"
}

# With E2E_INIT=systemd a host runs in a control group of its own.
host_unshare() {
	local group=$E2E_CGROUP/${E2E_DIR##*/}-$test_name-$1
	shift
	if [ "${E2E_INIT-}" = systemd ]; then
		mkdir "$group"
		echo "$BASHPID" >"$group/cgroup.procs"
		exec unshare -C "$@"
	fi
	exec unshare "$@"
}

# Why systemd cannot be tested here; nothing when it can.
systemd_why_not() {
	if [ ! -x /lib/systemd/systemd ]; then
		echo "systemd is not installed"
	elif [ ! -w "$E2E_CGROUP/cgroup.procs" ]; then
		echo "no cgroup2 file system here"
	fi
}

host_lost() {
	diag_file "$HOSTS_DIR/$1/init.log"
	give_up "host $1 does not start"
}

# What a fresh machine does once: its own ssh host key, its own syslog, and
# sshd.
host_first_start() {
	local key
	key=$(host_file "$1" /etc/ssh/ssh_host_ed25519_key)
	[ -e "$key" ] || ssh-keygen -q -t ed25519 -N "" -C "root@$1" -f "$key"
	if [ "${E2E_INIT-}" = systemd ]; then
		until_ok 30 on "$1" test -S /run/systemd/private ||
			give_up "systemd does not start on $1"
		on "$1" systemctl is-system-running --wait >/dev/null || true
		on "$1" systemctl --quiet start ssh || give_up "no ssh.service on $1"
		return 0
	fi
	start "$1" syslog "$(tool logsink)" /dev/log /var/log/syslog
	until_ok 30 test -S "$(host_file "$1" /dev/log)" || give_up "no /dev/log on $1"
	sshd_start "$1"
}

# It goes into the background before it listens, and writes its number once it
# does.
sshd_start() {
	on "$1" /usr/sbin/sshd || give_up "sshd does not start on $1"
	until_ok 10 on "$1" test -s /run/sshd.pid || give_up "sshd does not listen on $1"
}

sshd_stop() {
	on "$1" sh -ec \
		'p=$(cat /run/sshd.pid); kill "$p"; while [ -d "/proc/$p" ]; do sleep 0.02; done'
}

sshd_restart() {
	sshd_stop "$1"
	sshd_start "$1"
}

host_ns() {
	local pid=${host_pid[$1]-}
	shift
	[ -n "$pid" ] || return 125
	nsenter -t "$pid" -m -n -p -u -i -r -w -- "$@"
}

on() {
	host_ns "$@"
}

in_host() {
	host_ns "$1" sh -eu -s
}

# put_file HOST PATH [MODE [OWNER:GROUP]] < CONTENT
put_file() {
	local owner=${4-root:root}
	host_ns "$1" install -D -m "${3-0644}" -o "${owner%:*}" -g "${owner#*:}" /dev/stdin "$2"
}

# start HOST JOB CMD...: job_pid[HOST/JOB] is the process that a later `wait`
# asks.
start() {
	local host=$1 job=$2
	shift 2
	host_ns "$host" setsid sh -c 'j=$1; shift; echo $$ >"/run/$j.job"; exec "$@"' start "$job" \
		"$@" \
		</dev/null >"$HOSTS_DIR/$host-$job.out" 2>"$HOSTS_DIR/$host-$job.err" &
	job_pid[$host/$job]=$!
	until_ok 30 test -s "$(host_file "$host" "/run/$job.job")" ||
		give_up "job $job does not start on $host"
}

job_running() {
	kill -0 "${job_pid[$1/$2]}" 2>/dev/null
}

# job_kill HOST JOB SIGNAL: to the job and to what it started, not to what waits
# for it here.
job_kill() {
	host_ns "$1" sh -c 'kill -s "$1" -- "-$(cat "/run/$2.job")"' kill "$3" "$2"
}

# finish HOST JOB [SECONDS]: waits for the end; RC is its exit code, OUT and ERR
# its output.
finish() {
	local host=$1 job=$2
	if ! until_ok "${3-30}" job_gone "$host" "$job"; then
		diag "job $job on $host does not end"
		job_kill "$host" "$job" KILL || true
	fi
	RC=0
	wait "${job_pid[$host/$job]}" 2>/dev/null || RC=$?
	OUT=$HOSTS_DIR/$host-$job.out ERR=$HOSTS_DIR/$host-$job.err
	unset "job_pid[$host/$job]"
	host_ns "$host" rm -f "/run/$job.job"
}

job_gone() {
	! job_running "$1" "$2"
}

stop() {
	job_kill "$1" "$2" "${3-TERM}" 2>/dev/null || true
	finish "$1" "$2" 10
}

# Where another host's file can be read without entering it.
host_file() {
	echo "/proc/${host_pid[$1]}/root$2"
}

# host_wrote NAME: every file that this host wrote, one a line, with its mode,
# owner, time and link, and every directory that is not this machine's. What
# others change of this machine's files meanwhile is not in it; what the host
# took away is.
host_wrote() {
	(
		cd "$HOSTS_DIR/$1/up" || exit
		find . \( -path ./var/log -o -path ./var/cache -o -path "./etc/*-" -o -name \
			.pwd.lock \) -prune -o \
			! -type d -printf "%p %y %M %U:%G %T@ %s %l\n"
		find . -type d | while read -r dir; do [ -d "/$dir" ] ||
			stat -c '%n/ %A %u:%g' "$dir"; done
	) | sort
}

host_end() {
	local pid=${host_pid[$1]-}
	[ -n "$pid" ] || return 0
	kill -9 "$pid" 2>/dev/null || true
	unset "host_pid[$1]"
	until_ok 30 test ! -d "/proc/$pid"
	rm -rf "${HOSTS_DIR:?}/$1/new" "$HOSTS_DIR/$1/wk"
}

# The control groups can go when the last process in them has.
groups_end() {
	local groups=$E2E_CGROUP/${E2E_DIR##*/}-$test_name-
	! compgen -G "$groups*" || find "$groups"* -depth -type d -exec rmdir {} +
}

hosts_end() {
	local name
	for name in "${!host_pid[@]}"; do
		kill -9 "${host_pid[$name]}" 2>/dev/null || true
	done
	host_pid=()
	until_ok 10 groups_end || true
	if [ -n "$wire_pid" ]; then
		kill -9 "$wire_pid" 2>/dev/null || true
	fi
	wire_pid=
}
