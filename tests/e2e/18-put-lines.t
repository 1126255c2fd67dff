#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-put -l: a line longer than max_record is cut and marked, and named; the
# lines before and behind it are stored whole.
. "${0%/*}/lib/e2e.sh"

hosts_begin
node_new node 192.0.2.20 n1 master
printf 'node:\n  name: n1\nspool:\n  max_record: 100\n' | put_file node /etc/bijk/plugins.yml
long() {
	head -c "$1" /dev/zero | tr '\0' "${2-x}"
}
put() {
	on node bijk-put -l -s "$1"
}
spool() {
	on node bijk-cat --spool --source "$1"
}
{ lines 1 3; long 5000; echo; lines 4 6; } | put_file node /root/app.log
exits 0 "a long line among others" on node bijk-put -l -s app /root/app.log
{ lines 1 3; echo "$(long 94) [cut]"; lines 4 6; } >want
spool app >have
same have want "is cut to max_record, marked, and nothing else is"
contents "$ERR" '^bijk-put: /root/app.log, line 4: longer than max_record \(100 bytes\)' \
	"the message names file and line"
is "$(grep -c . "$ERR")" 1 "and is one line"

# What is longer than a piece that is read comes in several.
exits 0 "in a pipe" put pipe < <(long 300000; echo; lines 1 2; long 101; echo; long 100; echo; \
	long 200)
{ echo "$(long 94) [cut]"; lines 1 2; echo "$(long 94) [cut]"; long 100; echo; echo \
	"$(long 94) [cut]"; } >want
spool pipe >have
same have want "each of them, also the last without its line end; one of just max_record is whole"
contents "$ERR" 'standard input, line 6: ' "each is named"
exits 0 "characters of several bytes" put utf8 < <(printf 'x'; for _ in $(seq 60); do printf \
	'\303\274'; done; echo)
is "$(on node bijk-cat --spool --source utf8 --json | json_field payload)" \
	"x$(for _ in $(seq 46); do printf '\303\274'; done) [cut]" "are not torn in two"
exits 0 "thirty of them" put many < <(for _ in $(seq 30); do long 200; echo; done)
is "$(grep -c 'line' "$ERR")" 11 "ten are named, the last message counts them"
contents "$ERR" '30 lines were cut' "all"
exits 65 "without -l there is nothing to cut" on node bijk-put /root/app.log
start node open sh -c \
	'lines() { head -c 300000 /dev/zero | tr "\0" y; }; { lines; sleep 60; } | bijk-put -l -s open'
there() {
	[ "$(spool open)" = "$(long 94 y) [cut]" ]
}
soon 30 "one whose end has not come is stored" there
stop node open
done_testing
