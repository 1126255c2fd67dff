# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# For the tests of bijk-login: someone on the master who has stolen the pull key
# and uses it with plain ssh.

thief_options=()

thief_has_pull_key() {
	on master cp /var/lib/bijk-master/id_ed25519 /root/stolen
	on master cp /var/lib/bijk-master/nodes/n1/known_hosts /root/known_hosts
	mapfile -t thief_options < <(ssh_options /root/stolen /root/known_hosts n1)
}

# login [OPTION...] [COMMAND]
login() {
	local options=()
	while [ $# -gt 0 ]; do
		case $1 in
		-[oWRLcS]) options+=("$1" "$2") && shift ;;
		-tt | -N) options+=("$1") ;;
		-s) options+=(-s) ;;
		*) break ;;
		esac
		shift
	done
	on master timeout 10 ssh "${thief_options[@]}" "${options[@]}" bijk@192.0.2.20 -- "$@"
}

# A master's greeting, then the end of input: enough to see who answers, not enough for a session.
greeting() {
	printf 'BIJK 2 m1 %064d %d\n' 7 "$(date +%s)"
}

# answered WHAT CMD...: the node answers the greeting with its own line.
answered() {
	local what=$1
	shift
	greeting >"$T/greeting"
	run "$@" <"$T/greeting"
	contents "$OUT" '^NODE n1 ' "$what"
}

# refused WHAT CMD...: one line on standard error, exit code 77, nothing of a session.
refused() {
	local what=$1
	shift
	greeting >"$T/greeting"
	run "$@" <"$T/greeting"
	is "$RC" 77 "$what: refused"
	[ "$RC" -eq 77 ] || diag_run
	is "$(wc -l <"$ERR")" 1 "in one line"
	empty "$OUT" "and nothing on standard output"
}

# forwards_nothing WHAT CMD...: CMD, ssh with its own host, gets no forwarding of any kind.
forwards_nothing() {
	local what=$1 to
	shift
	for to in 127.0.0.1:22 localhost:22 "[::1]:22" 127.0.0.2:50009 127.0.0.1:50010 \
		192.0.2.10:50009 192.0.2.20:22 0.0.0.0:50009; do
		run "$@" -W "$to"
		contents "$ERR" 'prohibited|forwarding failed|refused' "$what: -W $to is refused"
		contents_not "$OUT" 'SSH-2' "nothing comes through"
	done
	for to in 7777:127.0.0.1:22 0:127.0.0.1:22 /tmp/sock:127.0.0.1:22 7778:/run/x; do
		run "$@" -o ExitOnForwardFailure=yes -N -R "$to"
		contents "$ERR" 'forwarding failed' "$what: -R $to is refused"
	done
}
