#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A visit of the doctor leaves the master as it was, however the node stands with it.
. "${0%/*}/lib/e2e.sh"

pair
# All that the master keeps, but for lock files.
picture() {
# Like the log, the file `probes` counts who connected.
	on master sh -c \
		'cd /var/lib/bijk-master && find . -type f ! -name "*lock*" ! -name probes -exec \
			sha256sum {} + | sort -k 2'
}
# harmless WHAT: the doctor on the node changes nothing at the master, nor when
# the node's last push was.
harmless() {
	picture >"$T/before"
	on node cat /var/lib/bijk/state/last-push >"$T/push" 2>/dev/null || true
	run on node bijk-doctor
	cp "$OUT" "$T/said"
	picture >"$T/after"
	same "$T/after" "$T/before" "$1: the master is as it was"
	on node cat /var/lib/bijk/state/last-push >"$T/push.after" 2>/dev/null || true
	same "$T/push.after" "$T/push" "$1: so is what the node remembers of its pushes"
}
put_lines node 1 2
harmless "registered, never pushed"
exits 0 "a push" on node bijk-push --now
harmless "pushed just now, so that the next comes too early"
on master bijk-master set n1 min-period=0
on node rm -f /var/lib/bijk/state/last-push
put_lines node 3 4
harmless "records are waiting"
on node sh -c 'rm /var/lib/bijk/id_ed25519 /var/lib/bijk/id_ed25519.pub &&
	setpriv --reuid bijk --regid bijk --clear-groups ssh-keygen -q -t ed25519 -N "" -f \
		/var/lib/bijk/id_ed25519'
harmless "a new key, not registered"
contents "$T/said" 'has not registered the key' "which is told"
on node sh -c \
	'rm /etc/ssh/ssh_host_ed25519_key* &&
		ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key'
harmless "a new host key"

# A wrong directory in the configuration: nothing is made there, and no command gives it away.
on node sh -c \
	'cp /etc/bijk/plugins.yml /root/plugins.yml; mkdir -m 755 /home/alice /home/alice/data;
		chown alice /home/alice 2>/dev/null || chown 4711 /home/alice'
for state in / /srv /home/alice/data; do
	on node sed -i "s|^node:|&\n  state: $state|" /etc/bijk/plugins.yml
	is "$(on node sh -c "sed -n 's/^ *state: //p' /etc/bijk/plugins.yml")" "$state" \
		"node.state is $state"
	run on node bijk-doctor
	contents_not "$OUT" '^ *mend: .*chown' "$state: no command gives it to bijk"
	contents "$OUT" "is node.state in /etc/bijk/plugins.yml (the right directory|right\?)" \
		"it is asked whether it is the right one"
	is "$(on node sh -c "ls -d ${state%/}/state 2>/dev/null")" '' "and nothing is made there"
	on node cp /root/plugins.yml /etc/bijk/plugins.yml
done
done_testing
