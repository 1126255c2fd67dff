#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What `bijk-master status` says of a node, in words: that it began a new log,
# what is lost, that it passed its quota, that two machines use its name.
. "${0%/*}/lib/e2e.sh"

pair
master_config master m1 <<'END'
archive:
  max_size: 32M
END
# says ERE WHAT
says() {
	run on master bijk-master status n1
	contents "$OUT" "$1" "$2"
	run on master bijk-master status --json n1
	contents "$OUT" "\"notes\":\"[^\"]*$1" "--json too"
}
big() {
	noise 9000000 | on node bijk-put -s big
}

put_lines node 1 10
exits 0 "a push" push node
run on master bijk-master status n1
contents_not "$OUT" 'lost|new log|removed|two machines' \
	"a node that is well: nothing more to say"

# Restored master: what was acknowledged after the backup, and so freed by the node, is a gap.
on master cp -a /var/lib/bijk-master /root/backup
for i in 1 2; do
	big
	exits 0 "pull $i" pull master n1
done
on master sh -c 'rm -rf /var/lib/bijk-master; cp -a /root/backup /var/lib/bijk-master'
put_lines node 13 20
exits 0 "the master is restored from a backup: a pull" pull master n1
says 'records? 11 (is|to 12 are) lost' "a gap: status says which records are lost"

for i in 1 2 3 4; do
	big
	exits 0 "pull $i of what is too much" pull master n1
done
says 'its oldest records were removed here .*archive.max_size: [0-9]+ records?' \
	"quota: status says what was removed"
ok "the node keeps within its quota and one segment" test "$(archive_size master n1)" -le \
	$((41 * 1024))

# The spool is gone; then two machines take turns.
on node sh -c 'cp -a /var/lib/bijk/spool /root/spool; rm -rf /var/lib/bijk/spool'
put_lines node 21 30
exits 0 "the spool is new: a pull" pull master n1
says 'it began a new log' "status says that the log is new"
on node sh -c 'rm -rf /var/lib/bijk/spool; cp -a /root/spool /var/lib/bijk/spool'
exits 0 "the old spool comes back: a pull" pull master n1
says 'two machines use this name, from 192\.0\.2\.20 and from 192\.0\.2\.20: ' \
	"two logs that alternate: status says where from"
run on master bijk-master status n1
sed 's/^/# /' "$OUT"
done_testing
