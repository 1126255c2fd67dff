#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# User bijk is in somebody else's hands, by a collector of its own for instance:
# what it lays where the doctor looks shows nothing of root's, holds the doctor
# up for seconds at most, and leads no mend elsewhere.
. "${0%/*}/lib/e2e.sh"

pair
put_lines node 1 10
exits 0 "a push" push node
on node sh -c \
	'mkdir -m 755 /srv/of-root; echo "a secret of root" >/srv/of-root/secret;
		chmod 600 /srv/of-root/secret'
bijk() {
	on node setpriv --reuid bijk --regid bijk --clear-groups sh -ec "cd /var/lib/bijk; $1"
}
# lays WHAT COMMAND: in the place of each file; and the doctor comes.
lays() {
	local file
	for file in known_hosts .ssh/authorized_keys id_ed25519 id_ed25519.pub state/last-push \
		spool/acked; do
		bijk "rm -f $file; $2 $file"
	done
	run on node timeout 90 bijk-doctor -v
	is "$RC" 75 "$1: the doctor ends, and finds something wrong"
	contents "$OUT" '(FAIL|warn) +keys of the masters: ' "the keys of the masters among it"
	cat "$OUT" "$ERR" >said
	contents_not said 'a secret|of-root' "nothing of root's file is shown"
}
mend() {
	run on node bijk-doctor
	sed -n "s/^ *mend: \\(.*$1 .*$2.*\\)/\\1/p" "$OUT" | head -n 1 >mend
	contents mend . "$3: there is a mend"
}
of_root() {
	is "$(on node sh -c 'cd /srv/of-root && stat -c "%n %U %a" . *')" \
		$'. root 755\nsecret root 600' "$1"
}

lays links 'ln -s /srv/of-root/secret'
lays FIFOs mkfifo

bijk 'rm -f known_hosts .ssh/authorized_keys id_ed25519 id_ed25519.pub state/last-push spool/acked'
exits 0 "bijk-keyreg makes all anew" on node bijk-keyreg
bijk 'chmod 644 id_ed25519'
mend chmod id_ed25519 'a key that others may read'
bijk 'mv id_ed25519 kept; ln -s /srv/of-root/secret id_ed25519'
run on node sh -c "$(cat mend)"
of_root "a link in its place, before root runs it: what it points to stays as it is"
bijk 'rm id_ed25519; mv kept id_ed25519; chmod 600 id_ed25519'

for dir in spool .ssh; do
	bijk "mv $dir kept; ln -s /srv/of-root $dir"
	run on node timeout 90 bijk-doctor -v
	is "$RC" 75 "a link in the place of $dir: something is wrong"
	contents_not "$OUT" 'of-root|secret' "and nothing of where it points to is shown"
	bijk "rm $dir; mv kept $dir"
done

# What only root can do, while bijk exchanges what it is done to.
on node sh -c 'cd /var/lib/bijk; mkdir spool/sub
	for i in $(seq 200); do : >spool/sub/$i; done; chown -hR root:root spool'
mend find bijk 'a spool of root'
# shellcheck disable=SC2016
on node sh -c 'setsid setpriv --reuid bijk --regid bijk --clear-groups sh -c "cd /var/lib/bijk/spool
	while :; do
		mv -T sub aside; ln -s /srv/of-root sub; rm sub; mv -T aside sub
		ln /srv/of-root/secret sub/hard
	done" >/dev/null 2>&1 & echo $!' >racer
for _ in $(seq 30); do
	on node chown -h root:root /var/lib/bijk/spool
	on node sh -c 'cd /var/lib/bijk/spool; find . -type f -exec chown -h root:root {} +' \
		2>/dev/null
	run on node sh -c "$(cat mend)"
done
on node kill -KILL -- "-$(cat racer)"
of_root "while bijk is at work there: only what is bijk's is given to it"
run on node sh -c "$(cat mend)"
is "$(on node find /var/lib/bijk/spool -type f ! -user bijk)" '' "and all of that is"
done_testing
