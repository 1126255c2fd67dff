#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Every program that talks to the network, met in the middle of its work: its
# process is restricted, and made to open a file, to connect or to run a
# program, it cannot.
. "${0%/*}/lib/e2e.sh"

[ "$(uname -m)" = x86_64 ] || skip_all "system calls can be injected on x86-64 only"
pair
on master bijk-master set n1 min-period=0 port=2222
for host in node master; do
	put_file "$host" "$(tool inject)" 0755 <"$E2E_TOOLS/inject"
done
noise 3000000 | base64 -w 1000 | on node bijk-put -l -s test

# restricted HOST PROGRAM: the processes of it that are under a filter, one a line.
restricted() {
	local pid
	for pid in $(pids "$1" "$2"); do
		! grep -qx 'Seccomp:.2' "$(host_file "$1" "/proc/$pid/status")" || echo "$pid"
	done
}
one_restricted() {
	[ "$(restricted "$@" | wc -l)" -eq 1 ]
}

# What is nobody's but the account's, and what is another node's.
on node sh -c 'cd /var/lib/bijk; ls .ssh/authorized_keys id_ed25519 known_hosts masters/master' \
	>/dev/null
on master bijk-master add n2 < <(printf '%064d' 7)
on master sh -c \
	'cd /var/lib/bijk-master; mkdir -p archives/n1/x archives/n2/x;
		touch archives/n1/x/y archives/n2/x/y
	chown -R bijk-master: nodes/n2 archives'
nodes_secrets=()
for file in .ssh/authorized_keys .ssh/rc id_ed25519 known_hosts masters/master masters/evil; do
	nodes_secrets+=({read,write}":/var/lib/bijk/$file")
done
others_secrets=()
for file in id_ed25519 nodes/n2/hash nodes/n2/secret nodes/n2/push.pub archives/n2/x/y; do
	others_secrets+=({read,write,remove}":/var/lib/bijk-master/$file")
done
masters_secrets=("${others_secrets[@]}" \
	{read,write,remove}:/var/lib/bijk-master/{pending/n3,keys/x})

# stopped HOST PROGRAM PROCESSES: of its PROCESSES the last is restricted, and
# what it is made to do comes to nothing.
stopped() {
	local pid status
	soon 30 "$2 is restricted" one_restricted "$1" "$2"
	is "$(pids "$1" "$2" | wc -l)" "$3" "in the process that talks"
	pid=$(restricted "$1" "$2")
	status=$(cat "$(host_file "$1" "/proc/$pid/status")")
	like "$status" '^NoNewPrivs:.1$' "it gains no privileges"
	isnt "$(sed -n 's/^Uid:.\([0-9]*\).*/\1/p' <<<"$status")" 0 "it is not root"
	contents "$(host_file "$1" "/proc/$pid/limits")" '^Max open files +64 +64 ' "it has limits"
	local files=()
	case $2 in
	bijk-login | bijk-push) files=("${nodes_secrets[@]}") ;;
	bijk-pull | bijk-recv) files=("${masters_secrets[@]}") ;;
	# Of the node that registers, no record.
	bijk-keyrecv) files=("${others_secrets[@]}" \
		{read,write,remove}:/var/lib/bijk-master/archives/n1/x/y) ;;
	esac
	run on "$1" "$(tool inject)" "$pid" "${files[@]}" read write "$4" exec
	is "$(head -n $((2 + ${#files[@]})) "$OUT" | sed 's/.*: //' |
		grep -vx 'No such file or directory' | sort -u)" "Permission denied" \
		"it reads and writes no file outside"
	like "$(tail -n 2 "$OUT" | head -n 1)" "^$4: ($5)$" "$6"
	is "$(sed -n '$p' "$OUT")" "${7-exec}: killed by signal 31" "it runs nothing"
}
offline() {
	stopped "$1" "$2" "$3" tcp 'Operation not permitted' "it connects nowhere"
}

stall node s:1000000 192.0.2.20:2222 192.0.2.20:22
start master pull bijk-pull n1
soon 30 "in the middle of a pull" archive_grows master n1 300
offline node bijk-login 1
offline master bijk-pull 2
finish master pull 30
is "$RC" 70 "a worker that was killed makes the pull fail"
contents "$ERR" 'killed by signal 31' "which says so"
stop node relay

on master bijk-master set n1 port=22
node_config node n1 master <<'END'
  ssh_port: 2222
END
stall master c:1000000 192.0.2.10:2222 192.0.2.10:22
start node push bijk-push --now
size=$(archive_size master n1)
soon 30 "in the middle of a push" archive_grows master n1 $((size + 300))
offline master bijk-recv 1
offline node bijk-push 2
finish node push 30
is "$RC" 70 "a session that was killed makes the push fail"
contents "$ERR" 'killed by signal 31' "which says so"
soon 30 "its ssh is gone" gone node ssh
stop master relay

node_config node n1 master <<'END'
  register_port: 2223
END
# The first line of the request, which names the node, has come through.
stall master c:120 192.0.2.10:2223 192.0.2.10:50010
start node keyreg bijk-keyreg
offline master bijk-keyrecv 1
stopped node bijk-keyreg 1 tcp 'Permission denied' "it connects to no other port"
finish node keyreg 30
stop master relay

node_config node n1 master </dev/null
for program in 'node bijk-keyreg' 'node bijk-push --now' 'master bijk-pull n1'; do
	# shellcheck disable=SC2086
	exits 0 "afterwards ${program#* } is good" on ${program%% *} ${program#* }
done
done_testing
