#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-pull with 200 nodes, a third of them unreachable in every way: it
# finishes within its limits, and reports each with its reason. The nodes live
# on one machine, each with an address, a directory and a name of its own.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/farm.sh"

hosts_begin
master_new master 192.0.2.10 m1
farm_new farm 192.0.2.20 master
# good 1-134, refused 135-148, dropped 149-162, silent 163-175, wrong host key
# 176-188, key refused 189-195, hanging in the session 196-200
farm_nodes farm 200
farm_break farm refused 135 148
farm_break farm dropped 149 162
farm_break farm silent 163 175
farm_break farm hostkey 176 188
farm_break farm key 189 195
farm_break farm hang 196 200
farm_acquaint farm master

began=$SECONDS
exits 75 "bijk-pull --all: partly done" pull master --all
took=$((SECONDS - began))
cp "$ERR" said
ok "took $took s" test "$took" -le 120

farm_shows master 1 134 >have
farm_puts 1 134 >want
same have want "all of the 134 that can be reached were pulled, each record once"
on master bijk-master status --json >state.json
reasons() {
	local i wrong=0
	for i in $(seq "$1" "$2"); do
		grep -E "\"(name|node)\": ?\"n$i\"" state.json |
			grep -qiE "\"error\".*$3|$3.*\"error\"" || wrong=$((wrong + 1))
		grep -qE "\bn$i\b" said || wrong=$((wrong + 1))
	done
	echo $wrong
}
is "$(reasons 135 148 refused)" 0 "who refuses is reported so"
is "$(reasons 149 162 'timed? ?out|unreachable|answer')" 0 "who drops is"
is "$(reasons 163 175 'timed? ?out|silent|banner|says nothing')" 0 "who is silent is"
is "$(reasons 176 188 'host key')" 0 "who has another host key is"
is "$(reasons 189 195 'key')" 0 "who does not take our key is"
is "$(reasons 196 200 'timed? ?out|answer|silent')" 0 "who hangs in its session is"

began=$SECONDS
exits 0 "cron's next run: nodes that failed are left for later" cron_pull master
ok "took $((SECONDS - began)) s" test $((SECONDS - began)) -le 60
done_testing
