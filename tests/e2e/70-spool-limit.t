#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A spool at its limit drops the oldest records, and the master shows the gap with both ends.
. "${0%/*}/lib/e2e.sh"

pair
printf 'node:\n  name: n1\nsender:\n  masters: [master]\nspool:\n  max_size: 32M\n' |
	put_file node /etc/bijk/plugins.yml
put_lines node 1 10
exits 0 "a first pull" pull master n1

# 50 times 1 MB that does not compress: about 18 MB too much.
mkdir -p big
on node mkdir -p /root/big
for i in $(seq 50); do
	noise 1000000 >big/"$i"
	put_file node "/root/big/$i" <big/"$i"
done
for i in $(seq 50); do
	on node bijk-put -s big "/root/big/$i" 2>>dropped || diag "bijk-put $i fails"
done
contents dropped '11 to [0-9]+ were dropped' "bijk-put says what is dropped"
size=$(on node du -sk /var/lib/bijk/spool | cut -f1)
ok "the spool keeps within 32 MiB and one segment" test "$size" -le $((41 * 1024))
put_lines node 11 20

exits 0 "the next pull" pull master n1
archive master n1 --json >json
from=$(json_field gap_from <json)
to=$(json_field gap_to <json)
is "$from" 11 "the gap begins behind what had arrived"
ok "and ends before the end" test "$to" -gt 20 -a "$to" -lt 50
archive master n1 >have 2>err
contents err "$from.*$to" "without --json it is a message on standard error, with both ends"
{
	lines 1 10
	# Record 11 is the first of the big ones.
	for i in $(seq $((to - 10 + 1)) 50); do as_shown big/"$i"; done
	lines 11 20
} >want
same have want "what was not dropped is there, once, in order"
run on master bijk-master status --json n1
contents "$OUT" '"gaps": ?1' "status counts one gap"
contents "$OUT" "$((to - 11 + 1))" "and the records in it"
exits 0 "another pull" pull master n1
run on master bijk-master status --json n1
contents "$OUT" '"gaps": ?1' "the gap is counted once"
done_testing
