#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A full disk on the master: what it could not store is not acknowledged, and
# comes when there is space.
. "${0%/*}/lib/e2e.sh"

pair
noise 9000000 | base64 -w 1000 >want
on node bijk-put -l -s test <want
on master sh -ec 'mkdir -p /var/lib/bijk-master/archives/n1
	mount -t tmpfs -o "size=4M,mode=700,uid=$(id -u bijk-master),gid=$(id -g bijk-master)" log \
		/var/lib/bijk-master/archives/n1'
not_ok "a pull" pull master n1
contents "$ERR" 'n1.*(space|full)' "says why it fails"
archive master n1 >have || true
ok "what is stored is a beginning" sh -c 'head -c "$(wc -c <have)" want | cmp - have'
not_ok "a push" push node
run on master bijk-master status n1
contents "$OUT" 'error' "status says error"
on master mount -o remount,size=40M /var/lib/bijk-master/archives/n1
exits 0 "with space again a pull" pull master n1
archive master n1 >have
same have want "brings all, once, in order"
done_testing
