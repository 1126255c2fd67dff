# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Whether bijk-doctor agrees with what the kernel, sshd and PAM do. A case is
# some commands on a fresh node; what a real pull then does is the truth.
#
#   agree_begin                     as faults_begin, which see (faults.sh)
#   lets_in NAME < COMMANDS         a pull comes through: the doctor has no FAIL
#   keeps_out NAME [EREs] < COMMANDS   none does: the doctor has a FAIL, its fixes, run as
#                                   printed, make a pull come through, and then
#                                   it is content. EREs, one a line: what its
#                                   first FAILs say, in this order
#   agree_either NAME < COMMANDS    the one or the other, as the doctor says; counts in `flowing`
#                                   the first kind
#   leaves_open NAME ERE COMMANDS < COMMANDS   none does, and only a person can decide what is to
#                                   be done: this stands under a FAIL, and the
#                                   COMMANDS are what the person does then
#
# agree_hosts, if the test has such a function, is called when the hosts of a
# case are there. Where agree_json is set, --json must say the same as the text.

# Visits to the doctor, each followed by its fixes, until a pull comes through.
agree_visits=1
agree_pulls=0

agree_begin() {
	# shellcheck disable=SC2034
	doctor=node verdict=FAIL
	faults_begin
}

# agree_made NAME < COMMANDS
agree_made() {
	name=$1
	cat >"$T/commands"
	fault_hosts
	! declare -F agree_hosts >/dev/null || agree_hosts
	run in_host node < <(echo "$fault_prelude" && cat "$T/commands")
	[ "$RC" -ne 0 ] || return 0
	diag_run
	fail "$name: cannot be made"
	return 1
}

# A pull of a new record, within that many seconds.
agree_pull() {
	local fault_try=$1
	agree_pulls=$((agree_pulls + 1))
	echo "$name, $agree_pulls" | put_bytes node
	flow_pull "$name, $agree_pulls"
}

agree_content() {
	local i
	# Where an sshd was told to read its settings again it does not listen
	# for a moment.
	for ((i = 0; i < 10; i++)); do
		ask_doctor
		[ "$RC" -ne 0 ] || break
		nap 0.2
	done
	is "$RC" 0 "$name: the doctor $1"
	[ "$RC" -eq 0 ] || agree_tell
}

agree_tell() {
	diag "the doctor says:"
	grep -vE '^ok' "$OUT" >"$T/told" || echo "all is well" >"$T/told"
	diag_file "$T/told" 6000
}

lets_in() {
	local name
	agree_made "$1" || return 0
	ok "$name: a pull comes through" agree_pull 20
	agree_content "finds no failure"
}

# What is true of keeps_out and leaves_open, until something is done.
agree_kept_out() {
	not_ok "$name: no pull comes through" agree_pull "$fault_patience"
	ask_doctor
	is "$RC" 75 "$name: the doctor finds a failure"
	[ "$RC" -eq 75 ] || agree_tell
	cp "$OUT" "$T/text"
	[ -n "${agree_json-}" ] || return 0
	ask_doctor --json
	json_text "$OUT" | grep -E '^FAIL|^      mend' >"$T/json.text"
	grep -E '^FAIL|^      mend' "$T/text" >"$T/text.json"
	same "$T/json.text" "$T/text.json" "$name: --json says the same"
}

keeps_out() {
	local name ere n=0 failed=$tap_failed
	agree_made "$1" || return 0
	agree_kept_out
	grep '^FAIL' "$T/text" >"$T/failures" || true
	while read -r ere; do
		n=$((n + 1))
		[ -z "$ere" ] || like "$(sed -n "${n}p" "$T/failures")" "$ere" "$name: FAIL $n"
	done <<<"${2-}"
	agree_let_in
	[ "$tap_failed" = "$failed" ] || agree_tell_all
}

# Either of the two, as the doctor says.
agree_either() {
	local name failed=$tap_failed
	agree_made "$1" || return 0
	ask_doctor
	if [ "$RC" -eq 0 ]; then
		flowing=$((flowing + 1))
		cp "$OUT" "$T/text"
		ok "$name: the doctor is content, and data flows" agree_pull 20
	else
		agree_kept_out
		agree_let_in
	fi
	[ "$tap_failed" = "$failed" ] || agree_tell_all
}

agree_tell_all() {
	diag "what the doctor printed last of fixes, with the rest:"
	diag_file "$T/text" 6000
}

# By what the doctor prints: once, or in as many visits as may be.
agree_let_in() {
	local visit flows=no patience=5
	for ((visit = 1; ; visit++)); do
		agree_fixed
		# The last word is the truth, however busy the machine is.
		[ "$visit" -lt "$agree_visits" ] || patience=60
		! until_ok "$patience" agree_pull 8 || flows=yes
		if [ $flows = yes ] || [ "$visit" -ge "$agree_visits" ]; then break; fi
		ask_doctor
		cp "$OUT" "$T/text"
	done
	is $flows yes "$name: what is printed lets a pull through"
	agree_content "is content"
}

# Runs what is printed, where it says.
agree_fixed() {
	local where command
	mends >"$T/mends"
	while IFS=$'\t' read -r where command; do
		run on "$(mend_host "$where")" timeout 60 sh -c "$command"
		[ "$RC" -ne 0 ] || continue
		fail "$name: $command"
		diag_run
	done <"$T/mends"
}

leaves_open() {
	local name
	agree_made "$1" || return 0
	agree_kept_out
	contents "$T/text" "^      .*($2)" "$name: the choice is described"
	on node sh -c "$fault_prelude$3" >"$T/deed" 2>&1 || diag_file "$T/deed"
	ok "$name: what a person does lets a pull through" agree_pull 20
	agree_content "is content"
}
