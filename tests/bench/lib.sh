# shellcheck shell=bash
# SPDX-License-Identifier: ISC
# What the rows of `make bench` share. A row is a file of rows/, sourced by run in a shell of its own, in a directory of its own:
#
#   $T          that directory; $B the programs; $RUNS how many times each thing is measured (3)
#   bench_title TEXT           the heading of its table
#   measured NAME COMMAND...   runs it once and keeps wall, CPU and memory under NAME; ours and theirs in turn
#   wall NAME, cpu NAME, rss NAME    medians of what was kept: seconds, seconds, KiB
#   row WHAT OURS THEIRS UNIT LIMIT  a line of the table: two numbers, their ratio, and whether the limit is kept: "<= 1.05", ">= 20", "-"
#   note TEXT                  a sentence below the table
#   need COMMAND...            ends the row with a reason if one of them is not here
#   a_node, a_master, an_sshd  a node, a master, an sshd of their own, on loopback (see below)
set -eu

bench_title() { printf '\n### %s\n\n| measure | ours | theirs | ratio | to reach | |\n| --- | --- | --- | --- | --- | --- |\n' "$1"; }

measured() {
	local name=$1
	shift
	"$B/../tests/measure" "$T/$name.times" "$@" >"$T/$name.out" 2>"$T/$name.err" || {
		local code=$?
		echo "bench: $name ended with $code: $(tail -n 3 "$T/$name.err" | tr '\n' ' ')" >&2
		return $code
	}
}

# median COLUMNS NAME: of the sum of these columns.
median() {
	awk -v columns="$1" '{ n = split(columns, c, " "); s = 0; for (i = 1; i <= n; i++) s += $c[i]; print s }' "$T/$2.times" | sort -g |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
wall() { median 1 "$1"; }
cpu() { median '2 3' "$1"; }
rss() { median 4 "$1"; }

row() {
	awk -v what="$1" -v a="$2" -v b="$3" -v unit="$4" -v limit="$5" 'BEGIN {
		ratio = b > 0 ? a / b : 0
		split(limit, l, " ")
		said = "-"
		if (l[1] == "<=") said = ratio <= l[2] ? "reached" : "**missed**"
		if (l[1] == ">=") said = ratio >= l[2] ? "reached" : "**missed**"
		printf "| %s | %.4g %s | %.4g %s | %.3g | %s | %s |\n", what, a, unit, b, unit, ratio, limit, said }'
}

note() { printf '\n%s\n' "$1"; }

need() {
	local c
	for c; do
		command -v "$c" >/dev/null || {
			echo
			echo "Not measured: $c is not here."
			exit 0
		}
	done
}

# --- A node, a master and an sshd ---

free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 20000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# an_sshd: listens on 127.0.0.1:$PORT for the calling user; $T/key logs in to run anything, and what is added to
# $T/authorized_keys. BARE is an ssh to it, with the options that bijk-pull uses, to which a command is added.
an_sshd() {
	PORT=$(free_port)
	ME=$(id -un)
	[ -d /run/sshd ] || [ "$(id -u)" -ne 0 ] || mkdir /run/sshd
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/host_key"
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$T/key"
	sed 's|^|restrict |' "$T/key.pub" >"$T/authorized_keys"
	cat >"$T/sshd_config" <<-END
		ListenAddress 127.0.0.1:$PORT
		HostKey $T/host_key
		PidFile none
		StrictModes no
		PermitRootLogin yes
		UsePAM no
		PrintMotd no
		AuthorizedKeysFile $T/authorized_keys
		MaxStartups 1000
		MaxSessions 100
		${SSHD_EXTRA-}
	END
	/usr/sbin/sshd -D -e -f "$T/sshd_config" 2>"$T/sshd.log" &
	bench_pids="$bench_pids $!"
	sed "s|^|[127.0.0.1]:$PORT |" "$T/host_key.pub" >"$T/known_hosts"
	BARE=(ssh -F none -T -a -x -p "$PORT" -l "$ME" -i "$T/key" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes
		-o PreferredAuthentications=publickey -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$T/known_hosts"
		-o GlobalKnownHostsFile=/dev/null -o UpdateHostKeys=no -o Compression=no -o ControlMaster=no -o ControlPath=none 127.0.0.1)
	local tries=100
	until "${BARE[@]}" true 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || { cat "$T/sshd.log" >&2; exit 70; }
		sleep 0.1
	done
}

bench_pids=
bench_end() {
	local pid
	for pid in $bench_pids; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
}
trap bench_end EXIT

# a_node [NAME]: $T/NAME is its state, $T/NAME.yml its configuration (port $PORT, if there is an sshd).
a_node() {
	local name=${1-node}
	mkdir -m 700 "$T/$name"
	(umask 077 && od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' >"$T/$name.hash")
	cat >"$T/$name.yml" <<-END
		node:
		  name: $name
		  address: 127.0.0.1
		  port: ${PORT-22}
		  state: $T/$name
		  hash: $T/$name.hash
		  host_keys: $T/host_key.pub
		spool:
		  max_size: 100G
		  min_free: 0
	END
}

# a_master: $T/master is its state, $T/master.yml its configuration; MASTER_EXTRA are more lines of `pull:`.
a_master() {
	mkdir -m 700 "$T/master"
	cat >"$T/master.yml" <<-END
		master:
		  name: m1
		  state: $T/master
		  host_keys: $T/host_key.pub
		archive:
		  max_size: 1T
		pull:
		  user: ${ME-bijk}
		${MASTER_EXTRA-}
	END
}

# introduce [NAME]: the node to the master and back, by their cards; the master's pull key gets `bijk-login` of this node.
introduce() {
	local name=${1-node}
	"$B/bijk-master" -f "$T/master.yml" export --address 127.0.0.1 >"$T/card"
	"$B/bijk-keyreg" -f "$T/$name.yml" --import "$T/card" >/dev/null
	"$B/bijk-keyreg" -f "$T/$name.yml" --export | "$B/bijk-master" -f "$T/master.yml" import >/dev/null
	sed "s|^|restrict,command=\"${LOGIN_WRAP-}$B/bijk-login -f $T/$name.yml -c pull\" |" "$T/master/id_ed25519.pub" >>"$T/authorized_keys"
}

# lines N: about 190 bytes each, no two the same; to standard output.
lines() {
	awk -v n="$1" 'BEGIN {
		srand(1)
		for (i = 0; i < n; i++)
			printf "2026-01-01T%02d:%02d:%02d.%06d host%d app[%d]: id=%08x%08x path=/api/v1/items/%d status=%d bytes=%d time=%.4f agent=\"client/%d.%d\" user=%d from=10.%d.%d.%d cache=%s\n",
				i / 3600 % 24, i / 60 % 60, i % 60, rand() * 1e6, i % 50, rand() * 30000, rand() * 4e9, i, rand() * 5000,
				rand() < .9 ? 200 : 404, rand() * 90000, rand(), rand() * 7, rand() * 13, rand() * 1e6, rand() * 255,
				rand() * 255, rand() * 255, rand() < .5 ? "hit" : "miss" }'
}
