#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-authkeys prints the one line of a key that a node has, and nothing for
# any other.
. "${0%/*}/lib/e2e.sh"

pair
type=ssh-ed25519
key=$(on node cut -d' ' -f2 /var/lib/bijk/id_ed25519.pub)
want="restrict,port-forwarding,permitopen=\"127.0.0.1:50009\",command=\"/usr/sbin/nologin\" $type $key"

exits 0 "the key of a node" on master bijk-authkeys $type "$key"
is "$(cut -d' ' -f1-3 "$OUT")" "$want" "one line that allows the forwarding and nothing else"
is "$(wc -l <"$OUT")" 1 "and only one"

ssh-keygen -q -t ed25519 -N '' -C '' -f other
exits 0 "a key that nobody has" on master bijk-authkeys $type "$(cut -d' ' -f2 other.pub)"
empty "$OUT" "no output"
empty "$ERR" "no error"
for odd in '../../../etc/passwd' 'SHA256:../x' 'SHA256:' "$key\"" ''; do
	run on master bijk-authkeys $type "$odd"
	empty "$OUT" "'${odd:0:20}': no output"
	ok "ends by itself" test "$RC" -lt 128
done

# An index entry alone lets nobody in: push.pub decides.
put_file master /var/lib/bijk-master/nodes/n1/push.pub 0600 bijk-master:bijk-master <other.pub
exits 0 "a key that is in the index only" on master bijk-authkeys $type "$key"
empty "$OUT" "no output"
done_testing
