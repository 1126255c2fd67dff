#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Three hundred hostile requests through a real sshd, by someone who has stolen the pull key: each is refused by sshd or answered
# in one line, nothing runs. SEED chooses among the random ones.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/login.sh"
. "$E2E_LIB/hostile.sh"

pair
thief_has_pull_key
bring master sshraw
logged_in() {
	start master "$1" ssh "${thief_options[@]}" -M -S "/run/$1.sock" -N bijk@192.0.2.20
	until_ok 30 test -S "$(host_file master "/run/$1.sock")" || give_up "ssh does not log in"
}
tattle node

logged_in all
log_clear node
run on master "$(tool sshraw)" -s "${SEED-1}" -n 300 login /run/all.sock
is "$RC" 0 "300 requests: $(tail -n 1 "$OUT")"
[ "$RC" -eq 0 ] || diag_file "$OUT"
refused=$(sed -nE 's/.*bijk-login ([0-9]+),.*/\1/p' "$OUT")
is "$(log_of node | grep -c 'refused: ')" "$refused" "each that bijk-login refused is one line of the log"
unlike "$(log_of node | grep -v 'refused: ')" ' (<|<2[0-6]>)' "and no other says an error"
run on master "$(tool sshraw)" forward /run/all.sock
is "$RC" 0 "every kind of forwarding: $(tail -n 1 "$OUT")"
[ "$RC" -eq 0 ] || diag_file "$OUT"
stop master all
for turn in 1 2; do
	logged_in nul
	run on master "$(tool sshraw)" nul /run/nul.sock
	is "$RC" 69 "a command with a NUL inside: sshd ends the connection"
	stop master nul
done
has_run_nothing node "nothing ran"
exits 0 "and the true pull still works" pull master n1
done_testing
