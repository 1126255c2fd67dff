#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A visit of the doctor leaves the machine as it was: on a healthy one and on a
# blocked one, when it is killed at any moment, and while user bijk lays things
# in its way.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"

# picture HOST [BUT]: every file that it ever wrote, and what runs, is mounted and is
# set up there. Logs are among them: what the copy does is in none.
picture() {
	(cd "$HOSTS_DIR/$1/up" && find . \( -path "${2-}" -prune -o -path ./var -o -path ./var/lib \) \
		-o -printf '%p %y %m %U:%G %s %T@ %l\n' | sort)
	in_host "$1" <<'END'
		cd /
		find run tmp dev ! -path 'dev/pts*' -printf '%p %y %m %U:%G %l\n' | sort
		find etc/ssh etc/pam.d etc/security etc/shadow etc/passwd -type f \
			-exec sha256sum {} + | sort
		nft -s list ruleset
		for p in iptables ip6tables iptables-legacy ip6tables-legacy; do
			! command -v $p-save >/dev/null || $p-save 2>&1 | grep -v '^#' | sed 's/\[.*//'
		done
		ipset save
		ip -o link
		ip -o addr show scope global
		ip route show table all | grep -v fe80
		ip rule
		ip netns
		sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo
		cat /proc/sys/net/ipv4/conf/*/rp_filter
		ipcs
END
	at_work "$1"
}

# at_work HOST: its processes, and how many namespaces they are in.
at_work() {
	in_host "$1" <<'END'
		ps -eo pid=,ppid=,comm= | awk -v self=$$ \
			'$1 != self && $2 != self && $3 != "sleep" { print "process", $1, $3 }' | sort
		for p in /proc/[0-9]*; do readlink "$p/ns/net" "$p/ns/mnt" || :; done 2>/dev/null | sort -u
END
}

quiet() {
	at_work "$1" >"$T/work.now"
	cmp "$T/work.now" "$T/work"
}

# leaves_nothing HOST WHAT CODE [WORD...]
leaves_nothing() {
	local host=$1 what=$2 code=$3
	shift 3
	at_work "$host" >"$T/work"
	picture "$host" >"$T/before"
	exits "$code" "$what: the doctor ends with $code" on "$host" timeout 60 bijk-doctor "$@"
	soon 20 "$what: none of its processes is left" quiet "$host"
	picture "$host" >"$T/after"
	same "$T/after" "$T/before" "$what: the $host is as it was"
}

faults_begin
fault_hosts
leaves_nothing node "a healthy node" 0
leaves_nothing master "a healthy master" 0 --master

# Several rounds, each with a fix of another kind.
in_host node <<END
$fault_prelude
iptables -A INPUT -p tcp --dport 22 -j DROP
ipset create some hash:ip
nft add table inet guard
nft add chain inet guard in '{ type filter hook input priority 10; }'
nft add rule inet guard in tcp dport 22 counter reject
echo 'ALL: ALL' >/etc/hosts.deny
usermod -e 1 bijk
sshd_has 'AllowUsers root'
END
leaves_nothing node "a blocked node" 75

# Killed, as by kill -9 of one process; the rest must follow. Several are at
# work at once, for each of them mostly waits.
at_work node >"$T/work"
picture node >"$T/before"
moments=10 batch=5 left=0
[ -z "${LONG-}" ] || moments=50
doctors() {
	for ((j = 0; j < batch; j++)); do "$@" node doctor$j "${words[@]}"; done
}
words=(bijk-doctor)
began=${EPOCHREALTIME/[.,]/}
doctors start
words=(60)
doctors finish
took=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
for ((i = 0; i < moments / batch; i++)); do
	words=(bijk-doctor)
	doctors start
	for ((j = 0, ms = i * took / moments; j < batch; j++)); do
		nap "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
		on node sh -c "kill -KILL \$(cat /run/doctor$j.job)" 2>/dev/null || true
		ms=$((took / batch))
	done
	words=(60)
	doctors finish
	until_ok 20 quiet node || {
		left=$((left + 1))
		diag "killed $((i * took / moments)) ms after each fifth of $took:"
		diag "$(diff "$T/work" "$T/work.now")"
	}
done
is "$left" 0 "killed at $moments moments: its processes and namespaces end with it"
picture node >"$T/after"
same "$T/after" "$T/before" "and the node is as it was"

# User bijk is at work meanwhile: what the doctor opens becomes another thing.
on node sh -c 'mkdir -m 700 /srv/of-root; echo "a secret" >/srv/of-root/authorized_keys'
at_work node >"$T/work"
picture node ./var/lib/bijk >"$T/before"
# shellcheck disable=SC2016
start node rival setpriv --reuid bijk --regid bijk --clear-groups sh -c '
	cd /var/lib/bijk && mv .ssh kept.ssh && mv spool kept.spool && mv state kept.state || exit
	while [ ! -e /tmp/enough ]; do
		for of in .ssh spool state known_hosts id_ed25519 kept.spool/acked \
			kept.ssh/authorized_keys; do
			mv -T "$of" aside 2>/dev/null
			case $((n = n + 1)) in
			*[05]) ln -s /srv/of-root "$of" ;;
			*[16]) mkfifo "$of" ;;
			*[27]) mkdir "$of" && ln -s /srv/of-root/authorized_keys "$of/authorized_keys" ;;
			*[38]) ln -s kept.ssh "$of" ;;
			*[49]) ln -s /proc/1/root "$of" ;;
			esac
			rm -rf "$of"
			mv -T aside "$of" 2>/dev/null
		done
	done'
for ((i = 0; i < ${LONG:+1}2; i++)); do
	run on node timeout 90 bijk-doctor -v
	[ "$RC" -eq 75 ] || break
	cat "$OUT" "$ERR" >>"$T/said"
done
is "$RC" 75 "user bijk puts links and FIFOs in its way: it ends each time"
contents_not "$T/said" 'a secret' "and shows nothing of root's"
on node touch /tmp/enough
finish node rival
on node rm /tmp/enough
soon 20 "none of its processes is left" quiet node
picture node ./var/lib/bijk >"$T/after"
same "$T/after" "$T/before" "and all but the home of bijk is as it was"

# A file system that never answers, in the home.
if [ -c /dev/fuse ]; then
	start node trap sh -c 'mknod -m 666 /dev/fuse c 10 229
		mkdir /var/lib/bijk/trap && exec 7<>/dev/fuse &&
			mount -i -n -t fuse -o "fd=7,rootmode=40000,user_id=$(id -u bijk),group_id=$(id -g bijk)" trap \
				/var/lib/bijk/trap
		exec sleep 1000'
	until_ok 10 on node grep -q ' /var/lib/bijk/trap ' /proc/self/mounts || diag "no trap"
	run on node timeout 100 bijk-doctor
	is "$RC" 75 "a file system that does not answer: it ends"
	job_kill node trap KILL
	finish node trap
else
	skip "a file system that does not answer" "no /dev/fuse here"
fi
done_testing
