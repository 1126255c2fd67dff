#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-feed: each record once and in order while all is well; whatever is killed
# or fails, no record is left out; what the command rejects does not stop it.
. "${0%/*}/lib/e2e.sh"

hosts_begin
master_new master 192.0.2.10 m1
node_new node1 192.0.2.21 n1 master
node_new node2 192.0.2.22 n2 master
acquaint node1 master n1
acquaint node2 master n2
# feed WHAT [OPTION...]: the shell does this with a batch; /tmp/sink is its sink.
feed() {
	local what=$1
	shift
	run on master bijk-feed --format raw "$@" all -- sh -c "$what"
}
sink() {
	cat "$(host_file master /tmp/sink)" 2>/dev/null || true
}
store='cat >>/tmp/sink'
put_lines node1 1 20 app
put_lines node2 1 5 other
exits 0 "a pull of all" pull master --all

feed 'id -un >/tmp/who; env >/tmp/env; exit 7'
is "$RC" 75 "a command that fails"
contents "$ERR" 'sh ended with 7; the batch comes again' "which is told"
is "$(on master cat /tmp/who)" bijk-master "it runs as the owner of the archive"
contents "$(host_file master /tmp/env)" '^BIJK_NODE=n1$' "and knows what it gets"
like "$(on master bijk-master status)" 'feed all: 25 records behind, .* ago: sh ended with 7' \
	"status shows the lag and the reason"

# Killed with the record stored, and not confirmed; and with it confirmed.
feed 'cat >>/tmp/sink; [ "$BIJK_FIRST" -ne 7 ] || kill -9 $PPID' --batch 1
is "$(sink)" "$(lines 1 7)" "killed in the middle: delivered in order until then"
feed "$store" --batch 1
is "$RC" 0 "then all of it"
is "$(sink | sort -u | wc -l)" 20 "no record is left out"
is "$(sink | wc -l)" $((25 + 1)) "and the one in doubt came twice"
feed "$store"
is "$RC $(sink | wc -l)" "0 26" "without news nothing is delivered"
is "$(on master bijk-master feeds --json | json_field lag)" 0 "and nothing is behind"

put_lines node1 21 22 app
put_lines node1 1 1 bad
put_lines node1 23 23 app
pull master n1
feed '[ "$BIJK_FIRST" -ne 23 ] || exit 65' --batch 1
is "$RC" 65 "a batch that is rejected"
is "$(on master sh -c 'cat /var/lib/bijk-master/feeds/all/rejected/*')" "$(lines 1 1)" "is kept"
is "$(on master bijk-master feeds --json | json_field lag)" 0 "and the rest is delivered"
like "$(on master bijk-master status)" 'feed all: .*1 rejected batch kept' "status says so"

start master slow bijk-feed --from oldest second -- sh -c 'echo at work >/tmp/slow; exec sleep 600'
soon 30 "a run is at work" on master test -s /tmp/slow
exits 75 "a second one of this feed" on master bijk-feed second -- true
stop master slow

exits 0 "by source, to a pipe" on master bijk-feed --source 'o*' only -- cat
is "$(grep -c '"source":"other"' "$OUT")" 5 "its records"
is "$(wc -l <"$OUT")" 5 "and no others"
exits 0 "from now on" on master bijk-feed --from now late -- cat
is "$(cat "$OUT")" "" "nothing of what was there"
put_lines node2 6 6
pull master n2
exits 0 "what comes then" on master bijk-feed --from now late -- cat
contents "$OUT" '"node":"n2".*"seq":6,' "is delivered"

# Retention that waits: a log that is old and not delivered stays, also where a
# restricted session looks.
master_config master m1 <<'END'
archive:
  keep_for: [kept]
END
held() {
	on master bijk-cat n2 | wc -l
}
log=$(on master ls /var/lib/bijk-master/archives/n2)
on master find "/var/lib/bijk-master/archives/n2/$log" -name '*.seg' -exec touch -d '40 days ago' {} +
on node2 rm -rf /var/lib/bijk/spool
put_lines node2 7 7
exits 0 "a pull into a new log" pull master n2
is "$(held)" 7 "what a feed of keep_for lacks is not removed"
like "$(on master bijk-master feeds)" 'it has never run, and archive.keep_for waits' "and its absence is shown"
exits 0 "it is delivered" on master bijk-feed kept -- true
put_lines node2 8 8
exits 0 "the next pull" pull master n2
is "$(held)" 2 "removes it"

exits 65 "a node that nobody added" on master bijk-feed all n3 -- true
exits 64 "no command" on master bijk-feed all
exits 64 "a name that is none" on master bijk-feed ../all -- true
exits 64 "a format that is none" on master bijk-feed --format csv all -- true
done_testing
