#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Pushes come every 4 minutes. Time is not waited for: the clock reading in
# state/last-push is set back.
. "${0%/*}/lib/e2e.sh"

pair n88
node_config node n88 master <<'END'
  mode: always
END
put_lines node 1 10
exits 0 "the first push" push node
put_lines node 11 20
exits 0 "cron's push at once after it" cron_push node
state_age node last-push 180
exits 0 "and 3 minutes after it" cron_push node
has_lines master n88 1 10 "do nothing"
is_due \
	"3 min 50 s after the last push the next is due: 30 s are granted, so that cron's minute does not stretch 4 to 5" \
	node 50
exits 75 "the master, whose clock nobody has set, says WAIT" push node
like "$(cat "$ERR")" 'wait|later|period|too (soon|early)' "and the message says so"
has_lines master n88 1 10 "nothing was sent"
done_testing
