#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A limit on file sizes (ulimit -f) is an error with words, not a signal,
# wherever something is stored.
. "${0%/*}/lib/e2e.sh"

pair
on node sh -c 'head -c 1000000 /dev/urandom >/root/big'
exits 74 "bijk-put" on node sh -c 'ulimit -f 64; exec bijk-put -s big /root/big'
contents "$ERR" 'bijk-put: storing in /var/lib/bijk/spool: File too large' "says it"
exits 0 "without the limit" on node bijk-put -s big /root/big
run on master sh -c 'ulimit -f 64; exec bijk-pull n1'
is "$RC" 74 "bijk-pull"
contents "$ERR" 'bijk-pull: n1: .*File too large' "says it"
exits 0 "without the limit" pull master n1
on node cat /root/big >want
echo >>want
archive master n1 >have
is "$(head -c 1000000 have | sha256sum)" "$(head -c 1000000 want | sha256sum)" "everything arrives"
exits 74 "bijk-cat" on master sh -c 'ulimit -f 64; exec bijk-cat n1 >/root/out'
contents "$ERR" 'bijk-cat: writing .*: File too large' "says it"
done_testing
