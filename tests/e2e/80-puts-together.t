#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Eight bijk-put at once lose nothing and mix nothing up.
. "${0%/*}/lib/e2e.sh"

pair
for who in 1 2 3 4 5 6 7 8; do
	lines 1 300 | sed "s/^/$who: /" | put_file node /root/in.$who
	# One of many records, then many of one.
	start node put.$who sh -c '
		bijk-put -l -s "s$1" "/root/in.$1" || exit 1
		for i in $(seq 20); do echo "$1: single $i" | bijk-put -s "s$1" || exit 1; done' \
			sh $who
done
for who in 1 2 3 4 5 6 7 8; do
	finish node put.$who 60
	is "$RC" 0 "bijk-put $who stores everything"
done
exits 0 "a pull" pull master n1
for who in 1 2 3 4 5 6 7 8; do
	archive master n1 --source s$who >have
	{
		lines 1 300
		for i in $(seq 20); do echo "single $i"; done
	} | sed "s/^/$who: /" >want
	same have want "what $who stored is there, once, in its order"
done
is "$(archive master n1 --json | json_field seq | awk '$1 != NR' | wc -l)" 0 \
	"the numbers have no hole"
is "$(archive master n1 | wc -l)" 2560 "2560 records in all"
done_testing
