# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Bijk between hosts: installed nodes and masters, what cron and the listeners
# do there, records to send and to compare.
#
#   pair [NAME]                   the usual scene: host `node` (node n1) and host `master`
#                                 (master m1), which knows
# it
#   node_new HOST ADDR NAME MASTER...   an installed node with a hash of its own; nothing
#                                 registered yet
#   master_new HOST ADDR [NAME]   an installed master with its two listeners
#   acquaint NODEHOST MASTERHOST NAME [OPTION...]   `bijk-master add` with the node's hash, then `bijk-keyreg`
#   cron_run HOST FILE ERE        the first line of /etc/cron.d/FILE that matches, as cron runs it

# Where the layers keep what hosts need of this directory and of build/tests,
# whatever the checkout's place.
e2e_share=/usr/local/lib/bijk-e2e

layer_lower() {
	if [ "$1" = base ]; then
		echo "$E2E_LAYERS/base:/"
	else
		echo "$E2E_LAYERS/$1:$E2E_LAYERS/base:/"
	fi
}

tool() {
	echo "$e2e_share/$1"
}

# install_node HOST NAME MASTER...: the real installer; RC, OUT and ERR as `run`
# leaves them.
install_node() {
	local host=$1 name=$2 IFS=,
	shift 2
	install_sh "$host" node --masters "$*" --name "$name" --no-packages
}

install_master() {
	install_sh "$1" master --no-packages
}

install_sh() {
	local host=$1
	shift
	run on "$host" sh -ec 'cd "$1"; shift; exec ./install.sh "$@"' sh "$E2E_ROOT" "$@"
	[ "$RC" -eq 0 ]
}

# forget_self HOST: what must not be the same on two machines.
forget_self() {
	in_host "$1" <<'END'
		rm -f /etc/ssh/ssh_host_* /etc/machine-id /etc/bijk/hash /var/log/syslog
		for dir in /var/lib/bijk /var/lib/bijk-master; do
			[ ! -d "$dir" ] || find "$dir" -type f -delete
		done
END
}

node_new() {
	local host=$1 addr=$2 name=$3
	shift 3
	host_new "$host" "$addr" node
	hash_new "$host"
	node_config "$host" "$name" "$@" </dev/null
}

hash_new() {
	od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' | put_file "$1" /etc/bijk/hash 0640 root:bijk
}

# node_config HOST NAME MASTER... < FURTHER YAML: lines indented by two go on in
# `sender:`.
node_config() {
	local host=$1 name=$2 IFS=,
	shift 2
	{
		printf 'node:\n  name: %s\nsender:\n  masters: [%s]\n' "$name" "$*"
		cat
	} | put_file "$host" /etc/bijk/plugins.yml
}

# master_config HOST NAME < FURTHER YAML
master_config() {
	{
		printf 'master:\n  name: %s\n' "$2"
		cat
	} | put_file "$1" /etc/bijk/master.yml
}

master_new() {
	host_new "$1" "$2" master
	master_config "$1" "${3-$1}" </dev/null
	on "$1" bijk-master export >"$T/$1.card" || give_up "no card of $1"
	listener_start "$1" 50009
	listener_start "$1" 50010
}

# The listener as shipped for a machine without systemd: cron's own line for the
# port.
listener_start() {
	cron_run "$1" bijk-listen ":$2[^0-9]" || give_up "no line for port $2 on $1"
	until_ok 30 port_open "$1" "$2" || give_up "no listener on port $2 of $1"
}

listener_stop() {
	in_host "$1" <<END
		for p in /proc/[0-9]*; do
			[ "\$(cat "\$p/comm")" = bijk-listen ] || continue
			! tr '\\0' ' ' <"\$p/cmdline" | grep -q ':$2 ' || kill "\${p#/proc/}"
		done
END
	until_ok 30 port_shut "$1" "$2" || give_up "the listener on port $2 of $1 does not end"
}

# port_open HOST PORT: something listens there, as /proc says; nobody is
# connected to.
port_open() {
	local port lines file
	printf -v port ':%04X' "$2"
	# Read as a whole, for at each read the kernel goes through its table of
	# all connections.
	for file in tcp tcp6; do
		mapfile lines <"/proc/${host_pid[$1]}/net/$file"
		[[ ! ${lines[*]} =~ $port\ 0+:0000\ 0A ]] || return 0
	done
	return 1
}

port_shut() {
	! port_open "$@"
}

# pids HOST PROGRAM: of every process of that name there, one a line.
pids() {
	local proc name
	for proc in "/proc/${host_pid[$1]}/root/proc"/[0-9]*; do
		{ read -r name <"$proc/comm"; } 2>/dev/null || continue
		[ "$name" != "$2" ] || echo "${proc##*/}"
	done
}

runs() {
	[ -n "$(pids "$@")" ]
}

gone() {
	[ -z "$(pids "$@")" ]
}

# kill_all HOST PROGRAM SIGNAL
kill_all() {
	local pid
	for pid in $(pids "$1" "$2"); do
		on "$1" kill -s "$3" "$pid" || true
	done
}

acquaint() {
	local node=$1 master=$2 name=$3
	shift 3
	add_node "$node" "$master" "$name" "$@"
	on "$node" bijk-keyreg "$(master_name "$master")" >"$T/keyreg.out" 2>&1 || {
		diag_file "$T/keyreg.out"
		give_up "$node does not register with $master"
	}
}

# Nodes reach a master by its host's name.
master_name() {
	echo "$1"
}

add_node() {
	local node=$1 master=$2 name=$3
	shift 3
	on "$master" bijk-master add "$name" "$@" <"$(host_file "$node" /etc/bijk/hash)" \
		>"$T/add.out" 2>&1 || {
		diag_file "$T/add.out"
		give_up "$master does not add $name"
	}
}

# Cron's push waits for the place that the name has inside the minute; that of
# n88 is its beginning.
pair() {
	hosts_begin
	master_new master 192.0.2.10 m1
	node_new node 192.0.2.20 "${1-n1}" master
	acquaint node master "${1-n1}"
}

# Cron's own way: the user named in the line, that environment and no other,
# standard input empty.
cron_run() {
	local root=/proc/${host_pid[$1]}/root line="" read_line fields=6 words user name home
	local assigned='^[[:space:]]*([A-Za-z_][A-Za-z_0-9]*)[[:space:]]*=[[:space:]]*(.*)$' \
		environment=()
	while IFS= read -r read_line; do
		if [[ $read_line =~ $assigned ]]; then
			environment+=("${BASH_REMATCH[1]}=${BASH_REMATCH[2]}")
		elif [ -z "$line" ] && [[ ! $read_line =~ ^[[:space:]]*# &&
			$read_line =~ $3 ]]; then
			line=$read_line
		fi
	done <"$root/etc/cron.d/$2"
	[ -n "$line" ] || return 1
	[ "${line::1}" != @ ] || fields=2
	read -ra words <<<"$line"
	user=${words[fields - 1]}
	while ((fields-- > 0)); do
		line=${line#"${line%%[![:space:]]*}"}
		line=${line#"${line%%[[:space:]]*}"}
	done
	while IFS=: read -r name _ _ _ _ home _; do
		[ "$name" != "$user" ] || break
	done <"$root/etc/passwd"
	host_ns "$1" setpriv --reuid "$user" --regid "$user" --init-groups env -i -C "$home" \
		SHELL=/bin/sh PATH=/usr/bin:/bin \
		"HOME=$home" "LOGNAME=$user" "USER=$user" "${environment[@]}" /bin/sh -c \
			"${line#"${line%%[![:space:]]*}"}" </dev/null
}

# cron_push HOST, cron_pull HOST: the two periodic lines.
cron_push() {
	cron_run "$1" bijk-node bijk-push
}

cron_pull() {
	cron_run "$1" bijk-master bijk-pull
}

# pull HOST NAME...: by hand, at once.
pull() {
	local host=$1
	shift
	on "$host" bijk-pull "$@"
}

push() {
	on "$1" bijk-push --now
}

# stall HOST DIR:BYTES LISTEN TARGET: a relay there passes that much and then
# nothing, until let_go HOST. What is to be met in the middle of its work waits
# there, however slow the machine is.
stall() {
	on "$1" rm -f /run/go
	start "$1" relay "$(tool relay)" -g /run/go -c "$2:gate" "$3" "$4"
	until_ok 30 port_open "$1" "${3#*:}"
}

let_go() {
	on "$1" touch /run/go
}

# archive_size MASTERHOST NODE, archive_grows MASTERHOST NODE SIZE: in KiB.
archive_size() {
	{ du -sk "$(host_file "$1" "/var/lib/bijk-master/archives/$2")" 2>/dev/null || echo 0; } |
		cut -f1
}

archive_grows() {
	[ "$(archive_size "$1" "$2")" -ge "$3" ]
}

# lines FIRST LAST: numbered records, one per line.
lines() {
	awk -v a="$1" -v b="$2" \
		'BEGIN { for (i = a; i <= b; i++) printf "record %d of the test, %x\n", i, i * 7919 }'
}

# noise BYTES: bytes that do not compress, the last of them no line end.
noise() {
	head -c $(($1 - 1)) /dev/urandom
	printf x
}

# put_lines HOST FIRST LAST [SOURCE]
put_lines() {
	lines "$2" "$3" | on "$1" bijk-put -l -s "${4-test}"
}

# put_bytes HOST [SOURCE] < PAYLOAD
put_bytes() {
	on "$1" bijk-put -s "${2-test}"
}

# as_shown FILE...: payloads that end in no line end, as bijk-cat shows them.
as_shown() {
	local file
	for file; do
		cat "$file"
		echo
	done
}

# archive MASTERHOST NODE [OPTION...] > RECORDS
archive() {
	local host=$1 node=$2
	shift 2
	on "$host" bijk-cat "$@" "$node"
}

# has_lines MASTERHOST NODE FIRST LAST WHAT: the archive holds exactly these
# records, each once, in order.
has_lines() {
	archive "$1" "$2" >"$T/have" || true
	lines "$3" "$4" >"$T/want"
	same "$T/have" "$T/want" "$5"
}

# has_nothing MASTERHOST NODE WHAT
has_nothing() {
	archive "$1" "$2" >"$T/have" 2>/dev/null || true
	empty "$T/have" "$3"
}

# is_due WHAT HOST SECONDS: so long after the last push the next is due:
# bijk-push is not silent then, whether or not the master takes it.
is_due() {
	state_age "$2" last-push "$3"
	run on "$2" setpriv --reuid bijk --regid bijk --init-groups bijk-push --syslog -v
	isnt "$(cat "$ERR")" "" "$1"
}

# json_field FIELD < LINES: the values of one field of flat objects, one a line,
# strings without their quotes. Lines may be long.
json_field() {
	awk -v key="\"$1\":" '
		(at = index($0, key)) > 0 {
			value = substr($0, at + length(key))
			sub(/^ /, "", value)
			if (match(value, /^"([^"\\]|\\.)*"/))
				print substr(value, 2, RLENGTH - 2)
			else if (match(value, /^[^,}]*/))
				print substr(value, 1, RLENGTH)
		}'
}

# state_age HOST FILE SECONDS: a state file of the node says what it says as if
# it had been written that long ago. Nobody can wait 15 minutes in a test, so
# the test edits the clock reading in the file, and nothing else.
state_age() {
	on "$1" sh -ec '
		file=/var/lib/bijk/state/$1
		awk -v back="$2" '\''/^(time|began|ended|taken|wait_until|busy_until): / && $2 > 0 { $2 -= back } { print }'\'' "$file" >"$file.aged"
		chown bijk:bijk "$file.aged"
		chmod --reference="$file" "$file.aged"
		mv "$file.aged" "$file"
	' sh "$2" "$3"
}

# state_age_all HOST SECONDS: the same for every state file that has a clock
# reading.
state_age_all() {
	local file
	for file in $(on "$1" sh -c \
		'cd /var/lib/bijk/state && grep -lE "^(time|began):" ./* || true'); do
		state_age "$1" "$file" "$2"
	done
}

# master_age HOST NODE SECONDS: what the master remembers of this node's
# sessions happened that much earlier.
master_age() {
	on "$1" sh -ec '
		file=/var/lib/bijk-master/nodes/$1/state.yml
		awk -v back="$2" '\''/^(contact|push_began|last_pull|tried|failed): / && $2 > 0 { $2 -= back } { print }'\'' "$file" >"$file.aged"
		chown bijk-master:bijk-master "$file.aged"
		chmod --reference="$file" "$file.aged"
		mv "$file.aged" "$file"
	' sh "$2" "$3"
}

# log_of HOST: what programs of ours wrote to syslog there.
log_of() {
	until_ok 10 log_settled "$1" || true
	grep -aE "bijk-[a-z]+\[" "$(host_file "$1" /var/log/syslog)" || true
}

# What was sent to syslog is in its file: logsink sleeps, so nothing waits for
# it.
log_settled() {
	local root=/proc/${host_pid[$1]}/root pid state
	read -r pid <"$root/run/syslog.job" || return 0
	read -r _ _ state _ <"$root/proc/$pid/stat" || return 0
	[ "$state" = S ]
}

log_clear() {
	until_ok 10 log_settled "$1" || true
	on "$1" truncate -s 0 /var/log/syslog
}

# log_says HOST ERE WHAT: at once, or when a program that is still ending has
# said it.
log_says() {
	until_ok 10 log_matches "$1" "$2" || true
	like "$(log_of "$1")" "$2" "$3"
}

log_matches() {
	log_of "$1" | grep -E "$2"
}

# push_key_works MASTERHOST NODEHOST... is not here on purpose: tests that need
# ssh by hand use these options. ssh_options KEY KNOWN_HOSTS ALIAS
ssh_options() {
	printf '%s\n' -F none -i "$1" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes \
		-o StrictHostKeyChecking=yes -o "UserKnownHostsFile=$2" \
			-o GlobalKnownHostsFile=/dev/null \
		-o "HostKeyAlias=$3" -o CheckHostIP=no -o ConnectTimeout=10 -o LogLevel=INFO
}
