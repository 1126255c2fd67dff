#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Records put on a node are pulled: byte for byte, once, in order, with their time and source.
. "${0%/*}/lib/e2e.sh"

pair
before=$(date -u +%FT%T)
put_lines node 1 500
printf 'no line end' | put_bytes node other
after=$(date -u -d '1 second' +%FT%T)
has_nothing master n1 "nothing is on the master before a pull"

exits 0 "a pull" pull master n1
lines 1 500 >want
archive master n1 --source test >have
same have want "every record is there, once, in order, byte for byte"
archive master n1 --source other >have
printf 'no line end\n' >want
same have want "a record of the other source is there; it is shown with a line end"

archive master n1 --json >json
is "$(json_field seq <json | tr '\n' ' ')" "$(seq 1 501 | tr '\n' ' ')" \
	"sequence numbers count from 1"
is "$(json_field source <json | sort | uniq -c | awk '{ print $1, $2 }' | tr '\n' ' ')" \
	"1 other 500 test " \
	"each has its source"
is "$(json_field node <json | sort -u)" n1 "and its node"
like "$(json_field log <json | sort -u)" '^[0-9a-f]{32}$' "one log id"
json_field 'time' <json >stored
ok "times are in RFC 3339 with nanoseconds" sh -c \
	'! grep -vqE "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$" stored'
is "$(awk -v a="$before" -v b="$after" 'substr($0, 1, 19) < a || substr($0, 1, 19) > b' stored)" \
	"" "those of bijk-put"
ok "and do not go back" sort -c stored

exits 0 "a pull with nothing new" pull master n1
archive master n1 --source test >have
lines 1 500 >want
same have want "changes nothing"
put_lines node 501 600
exits 0 "a pull of what is new" pull master n1
archive master n1 --source test >have
lines 1 600 >want
same have want "adds it, once"
done_testing
