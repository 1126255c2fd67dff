#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node that was not pulled for 15 minutes pushes by itself, from cron's own
# line, and stops when pulls come back. Time is not waited for: the clock
# readings in state/last-pull and state/last-push are set back.
. "${0%/*}/lib/e2e.sh"

pair n88
put_lines node 1 10
exits 0 "a pull" pull master n88

put_lines node 11 20
exits 0 "cron's push right after it" cron_push node
empty "$OUT" "prints nothing"
empty "$ERR" "not even an error"
state_age node last-pull 840
exits 0 "cron's push 14 minutes after the pull" cron_push node
has_lines master n88 1 10 "does nothing"

state_age node last-pull 70
exits 0 "cron's push more than 15 minutes after the pull" cron_push node
has_lines master n88 1 20 "sends what was put"
empty "$OUT" "prints nothing"
empty "$ERR" "not even an error"

put_lines node 21 30
exits 0 "pulls are back" pull master n88
state_age node last-push 86400
put_lines node 31 40
exits 0 "cron's push after that" cron_push node
has_lines master n88 1 30 "does nothing, though the last push is a day ago"

state_age node last-pull 910
put_lines node 41 50
exits 0 "an empty pull" pull master n88
exits 0 "another, with nothing to send" pull master n88
put_lines node 51 60
exits 0 "cron's push" cron_push node
has_lines master n88 1 50 "counts a pull that had nothing to send as contact"
done_testing
