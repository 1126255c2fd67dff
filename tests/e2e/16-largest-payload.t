#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A payload of 16 MiB, the largest, passes by pull and by push, whether it
# compresses or not. One byte more is refused.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
size=$((16 * 1024 * 1024))
noise $size >payload
head -c $size /dev/zero | tr '\0' x >letters
as_shown payload >shown
as_shown letters >letters.shown

exits 0 "put 16 MiB of noise" on node bijk-put -s noise <payload
printf 'between\n' | put_bytes node between
exits 0 "put 16 MiB of one letter" on node bijk-put -s flat <letters
exits 65 "one byte more is refused" on node sh -c 'head -c 16777217 /dev/zero | bijk-put -s more'

exits 0 "pull" pull master n1
archive master n1 --source noise >have
same have shown "noise, pulled"
archive master n1 --source flat >have
same have letters.shown "one letter, pulled"
is "$(archive master n1 --source between)" between "and the small one between them"

exits 0 "put noise again" on node bijk-put -s again <payload
exits 0 "push" push node
archive master n1 --source again >have
same have shown "noise, pushed"
is "$(archive master n1 --json | json_field seq | tr '\n' ' ')" "1 2 3 4 " \
	"four records, nothing of the one refused"
done_testing
