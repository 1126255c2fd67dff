# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Shows the main job on this machine: a master and two nodes in a temporary
# directory, as the user who calls, on free ports of loopback. sshd, ssh,
# listeners and programs are the real ones, configured as shipped except for
# paths and ports. Node web is pulled; node laptop has no sshd and pushes.

DEMO_PIDS='' T=''

demo() {
	packages_for_trial build client server
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

# demo_place: the directory, and checks of the account.
demo_place() {
	# Paths in a configuration file: not every character is plain there.
	case ${TMPDIR:-} in *[!A-Za-z0-9/._-]*) unset TMPDIR ;; esac
	T=$(mktemp -d)
	ME=$(id -un) || die 69 'sshd lets nobody in who has no account'
	case $(account_entry "$ME") in
	*/nologin | */false) die 69 "sshd keeps out $ME, who has no shell: use another account" ;;
	esac
	sshd_path >/dev/null || die 69 'sshd is missing'
	mkdir "$T/bin" "$T/node-bin" "$T/master" "$T/web" "$T/laptop" "$T/log"
	PORT=$((20000 + $$ * 7 % 10000))
	# The node that is pulled is reached over IPv6 if this machine has it.
	WEB=127.0.0.1
	! grep -qs '^0*1 ' /proc/net/if_inet6 || WEB=::1
}

# demo_end: nothing stays, however the demo ends.
demo_end() {
	trap '' HUP INT PIPE TERM
	# shellcheck disable=SC2086
	[ -z "$DEMO_PIDS" ] || kill $DEMO_PIDS 2>/dev/null || :
	wait
	[ -z "$T" ] || rm -rf "$T"
	[ -z "$SSHD_MADE" ] || rmdir "$SSHD_MADE" 2>/dev/null || :
}

demo_step() { printf '%-8s %s\n' "$1" "$2"; }

# demo_on HOST PROGRAM ARG...: with the configuration of HOST.
demo_on() {
	host=$1 program=$2 dir=$T/node-bin
	[ "$host" != master ] || dir=$T/bin
	shift 2
	"$dir/$program" -f "$T/$host/config.yml" "$@"
}

# demo_run NAME COMMAND...: its output goes to $T/log/NAME, and its messages to
# $T/log/NAME.said; shown if it fails.
demo_run() {
	label=$1
	shift
	"$@" >"$T/log/$label" 2>"$T/log/$label.said" ||
		demo_fail "$label: exit code $?" "$T/log/$label"
}

demo_fail() {
	for log in "$2" "$2.said" "$T"/log/sshd.* "$T"/log/listen.*; do
		[ ! -s "$log" ] || sed "s|^|${log##*/}: |" "$log" >&2
	done
	die 70 "demo: $1"
}

# demo_port: sets PORT to the next free one.
demo_port() {
	PORT=$((PORT + 1))
	while port_is_open "$PORT"; do PORT=$((PORT + 1)); done
}

# demo_start NAME PORT COMMAND...: in the background, until the demo ends.
demo_start() {
	log=$T/log/$1 port=$2
	shift 2
	"$@" </dev/null >"$log" 2>&1 &
	DEMO_PIDS="$DEMO_PIDS $!"
	retry 50 0.1 port_is_open "$port" || demo_fail "nothing listens on port $port" "$log"
}

# demo_sshd NAME PORT ADDRESS: $T/NAME/sshd_config holds what it is to allow.
demo_sshd() {
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/$1/host_key"
	# A root whose password is locked gets in only through PAM.
	pam=no
	[ "$(id -u)" -ne 0 ] || ! grep -q '^root:!' /etc/shadow || pam=yes
	# StrictModes would refuse /tmp, which others can write to.
	cat - "$T/$1/sshd_config" >"$T/$1/sshd.conf" <<-EOF
		Port $2
		ListenAddress $3
		HostKey $T/$1/host_key
		PidFile none
		UsePAM $pam
		PermitRootLogin prohibit-password
		PasswordAuthentication no
		StrictModes no
	EOF
	sshd_test "$T/$1/sshd.conf" || die 78 'demo: sshd refuses the configuration'
	demo_start "sshd.$1" "$2" "$(sshd_path)" -D -e -f "$T/$1/sshd.conf"
}

# demo_listen PORT PROGRAM: on the master.
demo_listen() {
	demo_start "listen.$2" "$1" "$T/bin/bijk-listen" -b "127.0.0.1:$1" \
		"$T/bin/$2" -f "$T/master/config.yml"
}

# demo_build: brings an existing build directory up to date, or builds in $T.
demo_build() {
	started=$(date +%s)
	cd "$SOURCE" || exit
	where=${O:-build}
	if [ ! -d "$where/bin" ] || [ ! -w "$where" ]; then
		where=$T/build
		export CFLAGS="${CFLAGS:--O1}" # quicker to build
	fi
	demo_run build build "$where"
	cp "$where"/bin/bijk-* "$T/bin/"
	# The nodes may have programs of another build.
	cp "${NODE_BIN:-$T/bin}"/bijk-* "$T/node-bin/"
	"$T/bin/bijk-put" -V >/dev/null ||
		die 69 "demo: no program can be run in $T: set TMPDIR to another directory"
	demo_step build "$(find "$T/bin" -type f | wc -l) programs, $(($(date +%s) - started)) s"
}

demo_master() {
	demo_port && MASTER_SSH=$PORT
	demo_port && RECV=$PORT
	demo_port && KEYRECV=$PORT
	cat >"$T/master/config.yml" <<-EOF
		master:
		  name: master
		  state: $T/master/state
		  host_keys: $T/master/host_key.pub
		pull:
		  user: $ME
	EOF
	mkdir -m 700 "$T/master/state"
	# The shipped drop-in with this user, these paths, and this port instead
	# of 50009, also in the answer of bijk-authkeys. sshd wants the command
	# to be root's, which env is.
	cat >"$T/master/authkeys" <<-EOF
		'$T/bin/bijk-authkeys' -f '$T/master/config.yml' "\$@" | sed 's/:50009"/:$RECV"/'
	EOF
	sed -e "s|/usr/sbin/bijk-authkeys|/usr/bin/env sh $T/master/authkeys|" \
		-e "s|bijk-master$|$ME|" -e "s|127.0.0.1:50009|127.0.0.1:$RECV|" \
		"$SOURCE/packaging/sshd/00-bijk-master.conf" >"$T/master/sshd_config"
	demo_sshd master "$MASTER_SSH" 127.0.0.1
	demo_listen "$RECV" bijk-recv
	demo_listen "$KEYRECV" bijk-keyrecv
	demo_run export demo_on master bijk-master export --address 127.0.0.1
	cp "$T/log/export" "$T/master/card"
	demo_step master "sshd on port $MASTER_SSH; bijk-recv on $RECV, bijk-keyrecv on $KEYRECV; \
has a pull key"
}

# demo_node NAME ADDRESS [SSH_PORT]
demo_node() {
	demo_port
	cat >"$T/$1/config.yml" <<-EOF
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
	(umask 077 && random_hash >"$T/$1/hash")
}

demo_web() {
	demo_port && WEB_SSH=$PORT
	demo_node web "$WEB" "$WEB_SSH"
	# HOME: the user's shell runs the command, and might read start files.
	cat >"$T/web/sshd_config" <<-EOF
		SetEnv HOME=$T/web
		AuthorizedKeysFile $T/web/state/.ssh/authorized_keys
		ForceCommand $T/node-bin/bijk-login -f $T/web/config.yml -c pull
	EOF
	demo_sshd web "$WEB_SSH" "$WEB"
	demo_step web "sshd on $WEB port $WEB_SSH, where a login is bijk-login; reaches no port of \
the master"
	demo_run card demo_on web bijk-keyreg --export
	demo_run import demo_on master bijk-master import web <"$T/log/card"
	demo_run import demo_on web bijk-keyreg --import "$T/master/card"
	demo_step web "its card goes to bijk-master import, the master's to bijk-keyreg --import"
}

demo_laptop() {
	demo_node laptop 127.0.0.1
	if demo_on laptop bijk-keyreg 2>"$T/log/pending"; then
		demo_fail 'a node that nobody added was registered' "$T/log/pending"
	fi
	said=$(sed -n '/this kernel has/!s/.*bijk-keyreg: //p' "$T/log/pending" | sed q)
	demo_step laptop "no sshd; $said"
	demo_run add demo_on master bijk-master add laptop --mode push --hash "$T/laptop/hash"
	demo_step master 'bijk-master add laptop, with the hash that was made on it'
	demo_run keyreg demo_on laptop bijk-keyreg
	demo_step laptop "bijk-keyreg: registered; both sides have pinned the other's keys"
}

demo_records() {
	for node in web laptop; do
		demo_run put demo_on "$node" bijk-put /proc/loadavg
		demo_run collect demo_on "$node" bijk-put -- "$SOURCE/bijk-vitals/bijk-vitals"
		demo_run "spool.$node" demo_on "$node" bijk-cat --json --spool
		n=$(wc -l <"$T/log/spool.$node")
		demo_step "$node" "bijk-put: $n records in the spool, one of them from bijk-vitals"
	done
}

demo_transport() {
	demo_run pull demo_on master bijk-pull web
	demo_step master 'bijk-pull: web is pulled over ssh'
	demo_run push demo_on laptop bijk-push --now
	demo_step laptop 'bijk-push: its records go through ssh -L to the master'
	for node in web laptop; do
		demo_run "archive.$node" demo_on master bijk-cat --json "$node"
		cmp -s "$T/log/spool.$node" "$T/log/archive.$node" ||
			demo_fail "spool and archive of $node differ" "$T/log/archive.$node"
	done
	demo_step master 'both archives hold just what the spools hold, byte for byte'
}

demo_show() {
	lacks=$(sed -n '/this kernel has/{s/.*: this/this/p;q}' "$T"/log/*.said)
	[ -z "$lacks" ] || demo_step kernel "$lacks"
	demo_print bijk-master status
	demo_print bijk-cat --json --source loadavg web laptop
	for node in web laptop; do
		demo_print bijk-cat --source bijk-vitals "$node"
	done
}

# demo_print PROGRAM ARG...: on the master, as a person types it, and the first
# lines it prints.
demo_print() {
	demo_run print demo_on master "$@"
	say "
\$ $*"
	sed 8q "$T/log/print"
	more=$(($(wc -l <"$T/log/print") - 8))
	[ "$more" -le 0 ] || say "(and $more lines more)"
}
