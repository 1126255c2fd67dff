#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Half pulled, half pushed: one log, each record once, in order.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
for step in 1 2 3 4 5 6; do
	put_lines node $((step * 100 - 99)) $((step * 100))
	if [ $((step % 2)) -eq 1 ]; then
		exits 0 "pull $step" pull master n1
	else
		exits 0 "push $step" push node
	fi
done
has_lines master n1 1 600 "every record is there, once, in order"
is "$(archive master n1 --json | json_field log | sort -u | wc -l)" 1 "in one log"
done_testing
