#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# `sender:` with `  period: 60`, the original's own lines, makes the push period a minute if the master allows it; if it
# does not, its WAIT holds the node back.
. "${0%/*}/lib/e2e.sh"

pair n88
printf 'sender:\n  period: 60\n' | put_file node /etc/bijk/original.yml
exits 0 "the original's file is a valid configuration" on node bijk-push -f /etc/bijk/original.yml
node_config node n88 master <<'END'
  period: 60
  mode: always
END
put_lines node 1 10
exits 0 "the first push" push node
put_lines node 11 20
exits 75 "the master, whose period is 4 minutes, does not take the next" push node
like "$(cat "$ERR")" '2[0-9][0-9]|[34] ?m' "and says how long"
has_lines master n88 1 10 "nothing was sent"

exits 0 "bijk-master set n88 min-period=60" on master bijk-master set n88 min-period=60
# At 60 s or less a period counts as over after half of it.
master_age master n88 31
exits 0 "half a minute later the master takes it" push node
has_lines master n88 1 20 "all of it"
put_lines node 21 30
exits 0 "cron's push 10 s later" cron_push node
has_lines master n88 1 20 "does nothing"
is_due "40 s after the last push the next is due" node 40
done_testing
