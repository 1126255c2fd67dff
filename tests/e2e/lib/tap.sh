# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# TAP for the test files: ok, is, like, exits and their like; done_testing prints the plan.
#
# A test file runs under `set -eu`. A command outside an assertion that fails
# ends the file; what failed stands in its diagnostics. T is the file's own
# temporary directory, RC, OUT and ERR are what `run` saw last: exit code, and
# the files that hold standard output and standard error.

tap_count=0
tap_failed=0
tap_done=
RC=0
OUT=
ERR=

# Diagnostics go to standard error, so that prove shows them also when a file
# passes quietly to its log.
diag() {
	printf '%s\n' "$*" | head -c 2000 | cat -v | sed 's/^/# /' >&2
}

# What a file holds, for a person: control characters visible, long content cut.
diag_file() {
	[ -s "$1" ] || return 0
	head -c "${2:-4000}" "$1" | cat -v | sed 's/^/#   | /' >&2
	echo >&2
}

skip_all() {
	echo "1..0 # SKIP $*"
	tap_done=skip
	exit 0
}

# Ends this file only: a `Bail out!` would end the whole run.
give_up() {
	diag "$*"
	exit 1
}

pass() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	diag "failed: $1 (${BASH_SOURCE[-1]##*/} line ${BASH_LINENO[-2]})"
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# run CMD...: never fails; leaves RC, OUT and ERR.
run() {
	OUT=$T/out
	ERR=$T/err
	RC=0
	"$@" >"$OUT" 2>"$ERR" || RC=$?
}

diag_run() {
	diag "exit code $RC; standard output:"
	diag_file "$OUT"
	diag "standard error:"
	diag_file "$ERR"
}

# ok WHAT CMD...: the command succeeds.
ok() {
	local what=$1
	shift
	run "$@"
	if [ "$RC" -eq 0 ]; then pass "$what"; else
		fail "$what"
		diag "command: $*"
		diag_run
	fi
}

# not_ok WHAT CMD...: the command fails, but is not killed by a signal.
not_ok() {
	local what=$1
	shift
	run "$@"
	if [ "$RC" -ne 0 ] && [ "$RC" -lt 128 ]; then pass "$what"; else
		fail "$what"
		diag "command: $*"
		diag_run
	fi
}

# exits CODE WHAT CMD...: the command ends with exactly this exit code.
exits() {
	local want=$1 what=$2
	shift 2
	run "$@"
	if [ "$RC" -eq "$want" ]; then pass "$what"; else
		fail "$what"
		diag "command: $*"
		diag "wanted exit code $want"
		diag_run
	fi
}

# is GOT WANT WHAT: two strings are the same.
is() {
	if [ "$1" = "$2" ]; then pass "$3"; else
		fail "$3"
		diag "     got: $1"
		diag "expected: $2"
	fi
}

isnt() {
	if [ "$1" != "$2" ]; then pass "$3"; else
		fail "$3"
		diag "did not expect: $1"
	fi
}

# like GOT ERE WHAT: a string has a match.
like() {
	if grep -qE -e "$2" <<<"$1"; then pass "$3"; else
		fail "$3"
		diag "     got: $1"
		diag "to match: $2"
	fi
}

unlike() {
	if ! grep -qE -e "$2" <<<"$1"; then pass "$3"; else
		fail "$3"
		diag "         got: $1"
		diag "not to match: $2"
	fi
}

# contents FILE ERE WHAT: a file has a line that matches.
contents() {
	if grep -qaE -e "$2" "$1"; then pass "$3"; else
		fail "$3"
		diag "to match: $2; in $1:"
		diag_file "$1"
	fi
}

contents_not() {
	if ! grep -qaE -e "$2" "$1"; then pass "$3"; else
		fail "$3"
		diag "not to match: $2; in $1:"
		diag_file "$1"
	fi
}

# empty FILE WHAT
empty() {
	if [ ! -s "$1" ]; then pass "$2"; else
		fail "$2"
		diag "not empty:"
		diag_file "$1"
	fi
}

# same GOT WANT WHAT: two files hold the same bytes.
same() {
	local first
	if first=$(cmp "$1" "$2" 2>&1); then pass "$3"; else
		fail "$3"
		diag "$first"
		diag "$(diff -a "$1" "$2" | head -n 20)"
		diag "sizes: got $(wc -c <"$1"), expected $(wc -c <"$2")"
	fi
}

# nap SECONDS: without another process.
exec {tap_never}<> <(:)
nap() {
	read -r -t "$1" -u "$tap_never" || true
}

# until_ok SECONDS CMD...: repeats the command until it succeeds; fails at the
# deadline. What does not come at once is asked for more and more seldom:
# looking is work, too.
until_ok() {
	local end=$((SECONDS + $1 + 1)) ms=10 naptime
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		printf -v naptime '0.%03d' "$ms"
		nap "$naptime"
		ms=$((ms < 320 ? ms * 2 : ms))
	done
}

# soon SECONDS WHAT CMD...: the command comes to succeed within that time, or
# three times as long, as a machine that others use may take.
soon() {
	local seconds=$1 what=$2
	shift 2
	if until_ok $((3 * seconds)) "$@"; then pass "$what"; else
		fail "$what"
		diag "not within $((3 * seconds)) s: $*"
	fi
}

done_testing() {
	echo "1..$tap_count"
	tap_done=plan
	[ "$tap_failed" -eq 0 ]
}
