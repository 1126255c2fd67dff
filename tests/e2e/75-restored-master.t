#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A master that is restored from a backup goes on from its own end: what nodes
# still hold comes again, what they have freed shows as a gap.
. "${0%/*}/lib/e2e.sh"

pair
put_lines node 1 10
exits 0 "a pull" pull master n1
on master cp -a /var/lib/bijk-master /root/backup
put_lines node 11 20
exits 0 "a pull" pull master n1
on master sh -c 'rm -rf /var/lib/bijk-master; cp -a /root/backup /var/lib/bijk-master'
has_lines master n1 1 10 "the backup has the first ten"
put_lines node 21 30
exits 0 "a pull" pull master n1
has_lines master n1 1 30 "brings what the node still had, and what is new"

# Two records that fill a segment each, acknowledged and so freed, after the backup.
on master sh -c 'rm -rf /root/backup; cp -a /var/lib/bijk-master /root/backup'
for i in 1 2; do
	noise 9000000 | on node bijk-put -s big
	exits 0 "pull $i" pull master n1
done
on master sh -c 'rm -rf /var/lib/bijk-master; cp -a /root/backup /var/lib/bijk-master'
put_lines node 33 40
exits 0 "a pull" pull master n1
archive master n1 --json >json
from=$(json_field gap_from <json)
is "$from" 31 "the gap begins at the backup's end"
like "$(on master bijk-master status --json n1)" '"notes":"[^"]*records? 31 (is|to 32 are) lost' \
	"status says which records are lost"
lines 33 40 >want
archive master n1 | tail -n 8 >have
same have want "what is new is there"
is "$(json_field seq <json | sort | uniq -d)" "" "nothing is there twice"
done_testing
