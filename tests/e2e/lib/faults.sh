# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# One fault at a time, really made between a node and a master that work, and
# bijk-doctor against it.
#
#   faults_begin         host `node` (node n1) and host `master` (m1): a pull and a push went
#                        through, cron runs on both
#   fault NAME [WORD=VALUE]... < COMMANDS
#
# makes the fault by these commands and tries all of this: data does not flow;
# the doctor (with --json; doctor-agree-several.t sees that the text agrees)
# fails, names this fault first and no other; the mends, run as printed where
# they say, make data flow; then the doctor finds nothing more. Each fault meets
# hosts of its own, so nothing is left from the one before.
#
#   at=HOST          where the fault is made: node, unless said; or
#                    master
#   doctor=HOST      where the doctor is asked: node, unless said; or master, where it is
#                    `bijk-doctor --master`
#   stops=FLOWS      pull, unless said; push, "pull push", or another X for which the test has a function flow_X NAME; none
#   flows=FLOWS      which come behind the mend, where not just those that were stopped
#   check=CHECK      which finds it
#   says=ERE         in its line, behind the verdict
#   verdict=warn     it is no failure
#   advice=ERE       the mend is the deed of a person, and this stands under the line;
#   by=COMMANDS      is what that person does then, at by_at=HOST (`at`, unless said)
#   then=COMMANDS    at the other host, behind those that make the fault
#   later=COMMANDS   at the node, behind the mend: what cron does there within minutes
#   also=CHECKS      which cannot but fail too; said beside the fault why
#
# A mend at the master that asks for the node's hash finds it on standard input,
# as a person pastes it.
#
# What was found is left in TROUBLES, a directory, if that is set:
# docs/troubles.md is made of it.

# Seconds that a flow gets to show that it does not flow, and to flow again.
fault_patience=3
fault_settle=20

# What the commands of a fault may call.
# shellcheck disable=SC2016
fault_prelude='
sshd_stop() { p=$(cat /run/sshd.pid); kill "$p"; while [ -d "/proc/$p" ]; do sleep 0.02; done; }
sshd_has() {
	printf "%s\n" "$@" >>/etc/ssh/sshd_config
	sshd_stop
	/usr/sbin/sshd
	n=0
	until [ -s /run/sshd.pid ]; do n=$((n + 1)); [ $n -lt 250 ]; sleep 0.02; done
}
port_waits() { n=0; until ss -ltnH | grep -q ":$1 "; do n=$((n + 1)); [ $n -lt 250 ]; sleep 0.02; done; }
# Ends the listener on this port (both, without one), once it is there, and
# returns when it has let go.
listener_stops() {
	for p in ${1-50009 50010}; do port_waits "$p"; done
	for p in $(pgrep -x bijk-listen); do
		case $(tr "\0" " " <"/proc/$p/cmdline") in
		*":${1-}"*) kill "$p" && while [ -d "/proc/$p" ]; do sleep 0.02; done ;;
		esac
	done
}
# What cron starts within a minute.
listeners() {
	sed -n "s/^[* ]*bijk-master //p" /etc/cron.d/bijk-listen |
		setsid setpriv --reuid bijk-master --regid bijk-master --init-groups sh
	port_waits 50009
	port_waits 50010
}
'

faults_begin() {
	fault_kept=$T/kept
	mkdir -p "$fault_kept"
	pair
	# A push may follow a push at once, also of a node that is added anew.
	master_config master m1 <<'END'
push:
  min_period: 0
END
	! declare -F fault_setup >/dev/null || fault_setup
	put_lines node 1 2
	push node || give_up "no first push"
	put_lines node 3 4
	pull master n1 || give_up "no first pull"
	for host in node master; do
		host_end "$host"
		mv "$HOSTS_DIR/$host/up" "$fault_kept/$host"
	done
}

# fault_hosts: both anew, as faults_begin left them.
fault_hosts() {
	local host
	for host in node master; do
		host_end "$host"
		rm -rf "${HOSTS_DIR:?}/$host"
	done
	printf '127.0.0.1 localhost\n::1 localhost\n' >"$HOSTS_DIR/etc-hosts"
	host_new master 192.0.2.10 "$(fault_lower master)"
	host_new node 192.0.2.20 "$(fault_lower node)"
	listener_start master 50009
	listener_start master 50010
	for host in node master; do
		# As on a machine that has been up for a while: what @reboot
		# starts has been started.
		on "$host" sh -c ': >/run/crond.reboot; exec cron'
		# It is there, and starts nothing in the midst of a test that is
		# not about it. Its file names the process that started it,
		# until it writes its own number there.
		# shellcheck disable=SC2016
		[ -n "${fault_cron-}" ] || on "$host" timeout 10 sh -c \
			'until kill -STOP $(cat /run/crond.pid) 2>/dev/null; do sleep 0.02; done'
	done
}

fault_lower() {
	echo "$fault_kept/$1:$(layer_lower "$1")"
}

# flow_X NAME: one try to bring the record that was stored for this fault.
flow_pull() {
	on master timeout "$fault_try" bijk-pull n1 >/dev/null 2>&1 || true
	arrived "$1"
}

flow_push() {
	on node timeout "$fault_try" bijk-push --now >/dev/null 2>&1 || true
	arrived "$1"
}

arrived() {
	archive master n1 2>/dev/null | grep -xF -e "$1" >/dev/null
}

fault() {
	local name=$1 at=node doctor=node stops=pull check='' says='' verdict=FAIL advice='' by='' \
		by_at='' later='' also='' then='' flows='' word
	shift
	for word; do
		case $word in
		at=* | doctor=* | stops=* | check=* | says=* | verdict=* | advice=* | by=* | \
			by_at=* | later=* | also=* | then=* | flows=*)
			local "$word"
			;;
		*) give_up "$name: what is $word?" ;;
		esac
	done
	: "${by_at:=$at}"
	cat >"$T/commands"
	[ "$stops" != none ] || stops=
	: "${flows:=$stops}"
	fault_hosts
	echo "$name" | put_bytes node
	run in_host "$at" < <(echo "$fault_prelude" && cat "$T/commands")
	[ "$RC" -eq 0 ] || {
		diag_run
		fail "$name: cannot be made"
		return 0
	}
	if [ -n "$then" ]; then
		on "$(other_host "$at")" sh -c "$fault_prelude$then" >"$T/then.log" 2>&1 || true
	fi
	fault_stops
	fault_found
	fault_mended
}

other_host() {
	if [ "$1" = node ]; then echo master; else echo node; fi
}

fault_stops() {
	local flow fault_try=$fault_patience
	for flow in $stops; do
		not_ok "$name: nothing comes by $flow" "flow_$flow" "$name"
	done
}

# ask_doctor WORD...: the doctor on the host in question.
ask_doctor() {
	[ "$doctor" = node ] || set -- --master "$@"
	run on "$doctor" timeout 60 bijk-doctor "$@"
}

# json_text FILE: what --json printed, as the doctor prints it without.
json_text() {
	perl -MJSON::PP -0777 -ne '
		my %label = (fail => "FAIL");
		for my $f (@{JSON::PP->new->decode($_)}) {
			printf "%-4s  %s: %s\n", $label{$f->{verdict}} // $f->{verdict}, $f->{what}, $f->{found};
			print "      mend", $_->{at} ? " at $_->{at}" : "", ": $_->{run}\n" for @{$f->{mend}};
			print "      $_\n" for @{$f->{notes}};
		}' "$1"
}

fault_found() {
	local wrong=fail exit=75 first others
	if [ "$verdict" = warn ]; then
		wrong=warn exit=0
	fi
	# What stops only pushes is a failure at a node that nobody pulls.
	[ "$stops" != push ] || on node rm -f /var/lib/bijk/state/last-pull
	ask_doctor --json
	json_text "$OUT" >"$T/text"
	is "$RC" $exit "$name: the doctor ends with $exit"
	[ ! -s "$ERR" ] || diag_run
	# Of a fault that is no failure the first warning is the line.
	first=$(grep -m 1 "^$verdict" "$T/text" || true)
	like "${first#*  }" "$says" "$name: is the first that it names"
	others=$(sed -n "s/^{\"check\":\"\([a-z-]*\)\",\"verdict\":\"$wrong\".*/\1/p" "$OUT")
	is "${others%%$'\n'*}" "$check" "$name: by the check that finds it"
	for word in $check $also; do
		others=$(grep -vxF -e "$word" <<<"$others" || true)
	done
	is "$others" "" "$name: nothing else is blamed"
	if [ "$tap_failed" != "$fault_failed" ]; then
		diag_file "$T/text" 6000
		fault_failed=$tap_failed
	fi
	fault_first=$first
}

fault_failed=0

# mends: of every finding with the verdict, "HOST<TAB>COMMAND", each once, in
# order.
mends() {
	awk -v verdict="$verdict" -v here="$doctor" '
		/^(ok|warn|FAIL|skip) / { bad = $1 ~ "^(" verdict ")$" }
		!bad { next }
		/^      mend: / { at = here; command = substr($0, 13) }
		/^      mend at [^ ]+: / { at = $3; sub(/:$/, "", at); command = $0; sub(/^      mend at [^ ]+: /, "", command) }
		!/^      mend/ || seen[at, command]++ { next }
		{ print at "\t" command }
	' "$T/text"
}

# Where a mend says that it is to be run.
mend_host() {
	case $1 in
	node | n1 | 192.0.2.20) echo node ;;
	master | m1 | 192.0.2.10) echo master ;;
	*) echo "$1" ;;
	esac
}

fault_mended() {
	local flow fault_try=8 where command i
	mends >"$T/mends"
	if [ -n "$advice" ]; then
		contents "$T/text" "^      .*($advice)" "$name: tells what is to be done"
		on "$by_at" sh -c "$fault_prelude$by" >"$T/mend.log" 2>&1 || true
	else
		ok "$name: there is a mend" test -s "$T/mends"
		while IFS=$'\t' read -r where command; do
			where=$(mend_host "$where")
			: >"$T/typed"
			[ "$where" = node ] || on node cat /etc/bijk/hash >"$T/typed" 2>/dev/null \
				|| true
			exits 0 "$name: $command" on "$where" timeout 60 sh -c "$command" \
				<"$T/typed"
		done <"$T/mends"
	fi
	[ -z "$later" ] || on node timeout 60 sh -c "$fault_prelude$later" >"$T/later.log" 2>&1 ||
		diag_file "$T/later.log"
	for flow in $flows; do
		soon "$fault_settle" "$name: mended, data comes by $flow" "flow_$flow" "$name"
	done
	# An sshd that was told to read its settings again needs a moment until it
	# begins, and then it does not listen for a moment.
	for ((i = 0; i < 20; i++)); do
		ask_doctor
		[ "$RC" -ne 0 ] || grep -qE '^(FAIL|warn)' "$OUT" || break
		nap 0.2
	done
	is "$RC" 0 "$name: the doctor is content"
	contents_not "$OUT" '^(FAIL|warn)' "$name: and finds nothing more"
	if [ "$tap_failed" != "$fault_failed" ]; then
		fault_failed=$tap_failed
		diag "first it said:"
		diag_file "$T/text" 6000
		diag "and in the end:"
		diag_file "$OUT" 6000
	fi
	fault_row
}

# fault_row: what the table of troubles says of this fault.
fault_row() {
	[ -n "${TROUBLES-}" ] || return 0
	{
		printf 'fault\t%s\n' "$name"
		printf 'line\t%s\n' "$fault_first"
		if [ -n "$advice" ]; then
			grep -m 1 -E "^      .*($advice)" "$T/text" | sed 's/^ */note\t/'
		fi
		sed 's/^/mend\t/' "$T/mends"
	} >>"$TROUBLES/$test_name"
}
