#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Records put on a node are pushed through the tunnel: byte for byte, once, in
# order, with their source.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
put_lines node 1 500
put_lines node 501 510 other
exits 0 "a push" push node
empty "$OUT" "says nothing on standard output"
has_lines master n1 1 510 "every record is there, once, in order, byte for byte"
is "$(archive master n1 --json | json_field source | sort | uniq -c | awk '{ print $1, $2 }' |
	tr '\n' ' ')" \
	"10 other 500 test " "each has its source"
ok "nothing of ssh is left on the node" gone node ssh
soon 30 "nothing of bijk-recv is left on the master" gone master bijk-recv

put_lines node 511 600
exits 0 "the next push" push node
has_lines master n1 1 600 "adds what is new, once"
exits 0 "a push with nothing new" push node
has_lines master n1 1 600 "changes nothing"
done_testing
