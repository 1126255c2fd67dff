#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-master status --html: the page, its file, and cron's line for it.
. "${0%/*}/lib/e2e.sh"

pair
admin() {
	on master bijk-master "$@"
}
page() {
	on master cat /var/cache/bijk-page/index.html
}
put_lines node 1 10
exits 0 "a pull" pull master n1
exits 0 "status --html" admin status --html
contents "$OUT" '^<title>1 ok – Bijk</title>' "says in the title that all is well"
contents "$OUT" '^<tr><th>n1<td>pull<td>[0-9]+ s<td>0<td>0<td>[-0-9]+ s<td>-<td>' \
	"has the node, its direction, delay, backlog, gaps, clock and damage"
bytes=$(lines 1 10 | wc -c)
contents "$OUT" "<td><svg><path d=\"M35 [0-9]h0\"/></svg>$((bytes - 10)) B$" \
	"and the bytes of the last day, less the ends of lines"

not_ok "cron's line for the page is not enabled by itself" cron_run master bijk-master --html
on master install -d -o bijk-master /var/cache/bijk-page
on master sed -i 's/^#\* \* /* * /' /etc/cron.d/bijk-master
exits 0 "it is, without its #" cron_run master bijk-master --html
empty "$OUT" "prints nothing"
empty "$ERR" "not even an error"
is "$(on master stat -c '%U %a' /var/cache/bijk-page/index.html)" "bijk-master 644" \
	"a web server may read the page"
sshd_stop node
not_ok "a pull of a node that is down" pull master n1
exits 0 "the page once more" cron_run master bijk-master --html
page >"$OUT"
contents "$OUT" '^<title>1 error – Bijk</title>' "says so in the title"
contents "$OUT" 'The last try failed [0-9]+ s ago\. .*refused.* <code>bijk-master test n1</code>' \
	"and why, and what to do"

# A reader never sees half a page.
on master sh -c 'echo old >>/var/cache/bijk-page/index.html
	exec 3</var/cache/bijk-page/index.html; runuser -u bijk-master -- bijk-master status \
	--html --output /var/cache/bijk-page/index.html; cat <&3' >old
is "$(tail -n 1 old)" old "who reads the page sees all of it while another takes its place"
is "$(on master ls /var/cache/bijk-page)" index.html "nothing else is left there"
on master chown root /var/cache/bijk-page
exits 73 "where the page cannot be written" admin status --html --output /var/cache/bijk-page/index.html
contents "$ERR" 'writing /var/cache/bijk-page/index.html: Permission denied' "says where"
exits 64 "--output without --html" admin status --output x
exits 64 "two forms" admin status --html --json
done_testing
