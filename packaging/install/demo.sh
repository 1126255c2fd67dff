# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The main job, shown on this machine: a master and two nodes in a temporary directory, as the user who calls, on
# free ports of loopback. sshd, ssh, listeners and programs are the real ones, configured as they are shipped but
# for the places where they live. Node web is pulled; node laptop has no sshd and pushes.

DEMO_PIDS='' T=''

demo() {
	packages_for_trial build client server listen
	at_exit demo_end
	demo_place
	demo_build
	demo_master
	demo_web
	demo_laptop
	demo_records
	demo_transport
	demo_show
}

# demo_place: where it happens, and who we are.
demo_place() {
	# Configuration files name these paths, and not every character is plain there.
	case ${TMPDIR:-} in *[!A-Za-z0-9/._-]*) unset TMPDIR ;; esac
	T=$(mktemp -d)
	ME=$(id -un) || die 69 'sshd lets nobody in who has no account'
	case $(account_entry "$ME") in
	*/nologin | */false) die 69 "sshd lets $ME not in, whose shell is none: run this as another user" ;;
	esac
	sshd_path >/dev/null || die 69 'sshd is missing'
	mkdir "$T/bin" "$T/master" "$T/web" "$T/laptop" "$T/log"
	LAST_PORT=$((20000 + $$ * 7 % 10000))
	# The node that is pulled is reached over IPv6 where this machine has it.
	WEB=127.0.0.1
	! grep -qs '^0*1 ' /proc/net/if_inet6 || WEB=::1
}

# demo_end: nothing stays, however we come here.
demo_end() {
	trap '' HUP INT TERM
	# shellcheck disable=SC2086
	[ -z "$DEMO_PIDS" ] || kill $DEMO_PIDS 2>/dev/null || :
	wait
	[ -z "$T" ] || rm -rf "$T"
	[ -z "$SSHD_MADE" ] || rmdir "$SSHD_MADE" 2>/dev/null || :
}

demo_step() { printf '%-8s %s\n' "$1" "$2"; }

# demo_run NAME COMMAND...: what it says is kept, and shown if it fails.
demo_run() {
	log=$T/log/$1
	shift
	"$@" >"$log" 2>&1 && return 0
	code=$?
	demo_fail "$(echo "$1" | sed 's/.*\///') ended with $code" "$log"
}

demo_fail() {
	for log in "$2" "$T"/log/sshd.* "$T"/log/listen.*; do
		[ ! -s "$log" ] || sed "s|^|${log##*/}: |" "$log" >&2
	done
	die 70 "demo: $1"
}

# demo_port: sets PORT to a free one.
demo_port() {
	LAST_PORT=$((LAST_PORT + 1))
	while port_is_open "$LAST_PORT"; do LAST_PORT=$((LAST_PORT + 1)); done
	PORT=$LAST_PORT
}

# demo_start NAME PORT COMMAND...: in the background, until the demo ends.
demo_start() {
	log=$T/log/$1
	port=$2
	shift 2
	"$@" </dev/null >"$log" 2>&1 &
	DEMO_PIDS="$DEMO_PIDS $!"
	tries=50
	until port_is_open "$port"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || demo_fail "nothing listens on port $port" "$log"
		sleep 0.1
	done
}

# demo_sshd NAME PORT ADDRESS: $T/NAME/sshd_config holds what it is to allow.
demo_sshd() {
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/$1/host_key"
	{
		echo "Port $2"
		echo "ListenAddress $3"
		echo "HostKey $T/$1/host_key"
		echo 'PidFile none'
		# A root whose password is locked gets in only through PAM.
		if [ "$(id -u)" -eq 0 ] && grep -q '^root:!' /etc/shadow; then echo 'UsePAM yes'; else echo 'UsePAM no'; fi
		echo 'PermitRootLogin prohibit-password'
		echo 'PasswordAuthentication no'
		# A directory under /tmp can be written to by others, which StrictModes refuses.
		echo 'StrictModes no'
		cat "$T/$1/sshd_config"
	} >"$T/$1/sshd.conf"
	sshd_test "$T/$1/sshd.conf" || die 78 'demo: sshd refuses the configuration'
	demo_start "sshd.$1" "$2" "$(sshd_path)" -D -e -f "$T/$1/sshd.conf"
}

# demo_listen PORT PROGRAM ARG...
demo_listen() {
	port=$1
	shift
	if command -v tcpserver >/dev/null; then
		demo_start "listen.${1##*/}" "$port" tcpserver -H -R -l 0 127.0.0.1 "$port" "$@"
	elif command -v systemd-socket-activate >/dev/null; then
		demo_start "listen.${1##*/}" "$port" systemd-socket-activate --inetd -a -l "127.0.0.1:$port" "$@"
	else
		die 69 'demo: neither tcpserver (ucspi-tcp) nor systemd-socket-activate is here to listen'
	fi
}

# demo_build: a build directory that is there is brought up to date; else nothing of it stays here.
demo_build() {
	started=$(date +%s)
	cd "$SOURCE" || exit
	where=${O:-build}
	if [ ! -d "$where/bin" ] || [ ! -w "$where" ]; then
		# Built for a minute: what matters is that it is there soon.
		where=$T/build
		export CFLAGS="${CFLAGS:--O1}"
	fi
	demo_run build build "$where"
	cp "$where"/bin/bijk-* "$T/bin/"
	"$T/bin/bijk-put" -V >/dev/null || die 69 "demo: no program can be run in $T: set TMPDIR to another directory"
	demo_step build "$(find "$T/bin" -type f | wc -l) programs, $(($(date +%s) - started)) s"
}

demo_master() {
	demo_port && MASTER_SSH=$PORT
	demo_port && RECV=$PORT
	demo_port && KEYRECV=$PORT
	cat >"$T/master/master.yml" <<-EOF
		master:
		  name: master
		  state: $T/master/state
		  host_keys: $T/master/host_key.pub
		pull:
		  user: $ME
	EOF
	mkdir -m 700 "$T/master/state"
	# The shipped drop-in with this user, these paths and this port instead of 50009, which stands in the answer of
	# bijk-authkeys, too. sshd wants the command to be root's, which env is.
	echo "'$T/bin/bijk-authkeys' -f '$T/master/master.yml' \"\$@\" | sed 's/:50009\"/:$RECV\"/'" >"$T/master/authkeys"
	sed -e "s|/usr/sbin/bijk-authkeys|/usr/bin/env sh $T/master/authkeys|" \
		-e "s|bijk-master$|$ME|" -e "s|127.0.0.1:50009|127.0.0.1:$RECV|" \
		"$SOURCE/packaging/sshd/00-bijk-master.conf" >"$T/master/sshd_config"
	demo_sshd master "$MASTER_SSH" 127.0.0.1
	demo_listen "$RECV" "$T/bin/bijk-recv" -f "$T/master/master.yml"
	demo_listen "$KEYRECV" "$T/bin/bijk-keyrecv" -f "$T/master/master.yml"
	demo_run export "$T/bin/bijk-master" -f "$T/master/master.yml" export --address 127.0.0.1
	cp "$T/log/export" "$T/master/card"
	demo_step master "sshd on port $MASTER_SSH; bijk-recv on $RECV, bijk-keyrecv on $KEYRECV; has a key to pull with"
}

# demo_node NAME ADDRESS [SSH_PORT]
demo_node() {
	demo_port
	cat >"$T/$1/plugins.yml" <<-EOF
		node:
		  name: $1
		  address: "$2"
		  ${3:+port: $3}
		  host_keys: $T/$1/host_key.pub
		  state: $T/$1/state
		  hash: $T/$1/hash
		sender:
		  masters: [127.0.0.1]
		  user: $ME
		  ssh_port: $MASTER_SSH
		  register_port: $KEYRECV
		  local: 127.0.0.1:$PORT
		  remote: 127.0.0.1:$RECV
	EOF
	mkdir -m 700 "$T/$1/state"
	(umask 077 && od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' >"$T/$1/hash")
}

demo_web() {
	demo_port && WEB_SSH=$PORT
	demo_node web "$WEB" "$WEB_SSH"
	# The shell of this user runs the command, and is to find none of its start files, which may say or do anything.
	cat >"$T/web/sshd_config" <<-EOF
		SetEnv HOME=$T/web
		AuthorizedKeysFile $T/web/state/.ssh/authorized_keys
		ForceCommand $T/bin/bijk-login -f $T/web/plugins.yml -c pull
	EOF
	demo_sshd web "$WEB_SSH" "$WEB"
	demo_step web "sshd on $WEB port $WEB_SSH, where a login is bijk-login; reaches no port of the master"
	demo_run card "$T/bin/bijk-keyreg" -f "$T/web/plugins.yml" --export
	demo_run import "$T/bin/bijk-master" -f "$T/master/master.yml" import web "$T/log/card"
	demo_run import "$T/bin/bijk-keyreg" -f "$T/web/plugins.yml" --import "$T/master/card"
	demo_step web 'its card goes to bijk-master import, the master'\''s card to bijk-keyreg --import'
}

demo_laptop() {
	demo_node laptop 127.0.0.1
	if "$T/bin/bijk-keyreg" -f "$T/laptop/plugins.yml" >"$T/log/pending" 2>&1; then
		demo_fail 'a node that nobody added was registered' "$T/log/pending"
	fi
	demo_step laptop "no sshd; $(sed 's/.*bijk-keyreg: //; q' "$T/log/pending")"
	demo_run add "$T/bin/bijk-master" -f "$T/master/master.yml" add laptop --mode push --hash "$T/laptop/hash"
	demo_step master 'bijk-master add laptop, with the hash that was made on it'
	demo_run keyreg "$T/bin/bijk-keyreg" -f "$T/laptop/plugins.yml"
	demo_step laptop 'bijk-keyreg: registered; both sides have pinned the other'\''s keys'
}

demo_records() {
	for node in web laptop; do
		demo_run collect env BIJK_PUT="$T/bin/bijk-put" \
			"$SOURCE/packaging/examples/collect-vitals" -f "$T/$node/plugins.yml"
		demo_run "spool.$node" "$T/bin/bijk-cat" -f "$T/$node/plugins.yml" --json --spool
		demo_step "$node" "collect-vitals: $(wc -l <"$T/log/spool.$node") records in the spool"
	done
}

demo_transport() {
	demo_run pull "$T/bin/bijk-pull" -f "$T/master/master.yml" web
	demo_step master 'bijk-pull: web is pulled over ssh'
	demo_run push "$T/bin/bijk-push" -f "$T/laptop/plugins.yml" --now
	demo_step laptop 'bijk-push: its records go through ssh -L to the master'
	for node in web laptop; do
		demo_run "archive.$node" "$T/bin/bijk-cat" -f "$T/master/master.yml" --json "$node"
		cmp -s "$T/log/spool.$node" "$T/log/archive.$node" ||
			demo_fail "the archive of $node is not what its spool holds" "$T/log/archive.$node"
	done
	demo_step master 'both archives hold just what the spools hold, byte for byte'
}

demo_show() {
	demo_print "$T/bin/bijk-master" -f "$T/master/master.yml" status
	demo_print "$T/bin/bijk-cat" -f "$T/master/master.yml" --json --source loadavg web laptop
	for node in web laptop; do
		for name in meminfo df; do
			demo_print "$T/bin/bijk-cat" -f "$T/master/master.yml" --source "$name" "$node"
		done
	done
}

# demo_print PROGRAM -f FILE ARG...: as a person would type it, and what it says; of long records the beginning.
demo_print() {
	demo_run print "$@"
	program=${1##*/}
	shift 3
	say "
\$ $program $*"
	sed 8q "$T/log/print"
	more=$(($(wc -l <"$T/log/print") - 8))
	[ "$more" -le 0 ] || say "(and $more lines more)"
}
