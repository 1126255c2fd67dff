#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A full disk: bijk-put exits 75 and nothing of that record stays; the log goes
# on when there is space. A limit on file sizes (ulimit -f) is an error with
# words, not a signal, wherever something is stored.
. "${0%/*}/lib/e2e.sh"

pair
# small_disk SIZE MIN_FREE: a file system of its own under the spool.
small_disk() {
	on node sh -ec 'mkdir -p /var/lib/bijk/spool
		! mountpoint -q /var/lib/bijk/spool || umount /var/lib/bijk/spool
		mount -t tmpfs -o "size=$1,mode=700,uid=$(id -u bijk),gid=$(id -g bijk)" spool \
			/var/lib/bijk/spool' sh "$1"
	printf 'node:\n  name: n1\nsender:\n  masters: [master]\nspool:\n  min_free: %s\n' "$2" |
		put_file node /etc/bijk/plugins.yml
}
# fill: one record after another until one is refused; `taken` holds those that were stored.
fill() {
	local i
	: >taken
	for i in $(seq 100); do
		noise 700000 | base64 -w 0 >record
		run on node bijk-put -s fill <record
		[ "$RC" -eq 0 ] || return 0
		as_shown record >>taken
	done
}

small_disk 80M 64M
fill
is "$RC" 75 "below min_free bijk-put exits 75"
contents "$ERR" 'space|free|full' "and says why"
ok "some were stored before" test -s taken
on node mount -o remount,size=100M /var/lib/bijk/spool
lines 1 5 >>taken
exits 0 "with space again it stores" put_lines node 1 5
exits 0 "a pull" pull master n1
archive master n1 >have
same have taken "brings exactly what was stored, once, in order"

on master bijk-master remove n1 --purge
small_disk 4M 0
add_node node master n1
on node bijk-keyreg >keyreg.out 2>&1
fill
is "$RC" 75 "on a disk that is full to the last byte bijk-put exits 75"
exits 75 "and again" on node bijk-put -s fill <record
on node mount -o remount,size=20M /var/lib/bijk/spool
lines 1 5 >>taken
exits 0 "with space again it stores" put_lines node 1 5
exits 0 "a pull" pull master n1
archive master n1 >have
same have taken "brings exactly what was stored, once, in order"

on node sh -c 'head -c 1000000 /dev/urandom >/root/big'
exits 74 "bijk-put" on node sh -c 'ulimit -f 64; exec bijk-put -s big /root/big'
contents "$ERR" 'bijk-put: storing in /var/lib/bijk/spool: File too large' "says it"
exits 0 "without the limit" on node bijk-put -s big /root/big
run on master sh -c 'ulimit -f 64; exec bijk-pull n1'
is "$RC" 74 "bijk-pull"
contents "$ERR" 'bijk-pull: n1: .*File too large' "says it"
exits 0 "without the limit" pull master n1
is "$(archive master n1 --source big | head -c 1000000 | sha256sum)" \
	"$(on node sh -c 'sha256sum </root/big')" "everything arrives"
exits 74 "bijk-cat" on master sh -c 'ulimit -f 64; exec bijk-cat n1 >/root/out'
contents "$ERR" 'bijk-cat: writing .*: File too large' "says it"
done_testing
