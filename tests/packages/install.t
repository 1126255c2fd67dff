#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The Debian packages on a host without systemd that is a node and a master:
# what they make, what a removal keeps, what a purge leaves, and who refuses whom.
. "${0%/*}/../e2e/lib/e2e.sh"
. "$E2E_ROOT/tests/packages/debs.sh"

mode() {
	on both stat -c '%U:%G %a' "$1"
}

hosts_begin
E2E_SOURCE=$E2E_ROOT host_new both 192.0.2.20 base
bring_debs both
for f in passwd group shadow gshadow subuid subgid; do
	on both sh -c "[ ! -e /etc/$f ] || chmod --reference=/etc/$f /etc/$f"
done
picture() {
	(cd "$HOSTS_DIR/both/up/etc" && find . -type f ! -name '*-' ! -name .pwd.lock -exec \
		sha256sum {} + | sort)
	on both sh -c 'ls -d /etc/bijk* /var/lib/bijk* /usr/share/bijk* 2>/dev/null || :'
}
picture >before

ok "all three, where no master is named" dpkg_says both -i /root/1/common.deb /root/1/node.deb \
	/root/1/master.deb
contents "$OUT" 'No master is known here' "say what is left to do"
unlike "$(cat "$ERR")" '^bijk|^[a-z.]+: ' "and complain of nothing"
unlike "$(cat "$OUT" "$ERR")" "$(on both cat /etc/bijk/hash)" "nor do they print the hash"
is "$(on both getent passwd bijk | cut -d: -f6-)" /var/lib/bijk:/usr/sbin/bijk-login "user bijk"
is "$(on both getent passwd bijk-master | cut -d: -f6-)" /var/lib/bijk-master:/usr/sbin/nologin \
	"user bijk-master"
for user in bijk bijk-master; do
	is "$(on both getent shadow $user | cut -d: -f2)" '*' "$user has the password *"
done
not_ok "the shell is in no list of shells" on both grep -q bijk /etc/shells
is "$(mode /etc/bijk/hash)" "root:bijk 640" "the hash"
is "$(mode /var/lib/bijk/id_ed25519)" "bijk:bijk 600" "the key pair"
is "$(mode /var/lib/bijk-master/id_ed25519)" "bijk-master:bijk-master 600" "the pull key"
contents "$(host_file both /etc/sysctl.d/90-bijk.conf)" '= .*50009-50011$' "the ports"
ok "the drop-in is a file" on both sh -c \
	'test -f /etc/ssh/sshd_config.d/00-bijk-master.conf -a ! -L /etc/ssh/sshd_config.d/00-bijk-master.conf'
soon 10 "and in force" on both sh -c \
	"sshd -T -C user=bijk-master,host=h,addr=192.0.2.1 | grep -qi 'permitopen 127.0.0.1:50009'"
is "$(on both dpkg --audit)" "" "dpkg has nothing to add"
ok "all of it is as shipped" on both sh -c '! dpkg --verify bijk-common bijk-node bijk-master | grep .'

exits 73 "install.sh node refuses" on both sh -c "cd '$E2E_ROOT' && ./install.sh node --masters both"
exits 73 "so does install.sh uninstall" on both sh -c "cd '$E2E_ROOT' && ./install.sh uninstall"

node_config both n1 both </dev/null
listener_start both 50009
listener_start both 50010
acquaint both both n1
on both bijk-master set n1 min-period=0
put_lines both 1 5
exits 0 "a pull" pull both n1
has_lines both n1 1 5 "brings the records"

on both sha256sum /etc/bijk/hash /var/lib/bijk/id_ed25519 /var/lib/bijk-master/id_ed25519 >secrets
ok "the next version" dpkg_says both -i /root/2/common.deb /root/2/node.deb /root/2/master.deb
unlike "$(cat "$ERR")" '^bijk|^[a-z.]+: ' "complains of nothing"
# shellcheck disable=SC2016
is "$(on both dpkg-query -W -f '${Version}' bijk-node | tail -c 5)" +next "is installed"
unlike "$(on both sh -c 'readlink /proc/[0-9]*/exe')" 'bijk-listen .deleted' \
	"the listener is the new one"
put_lines both 6 10
exits 0 "a push" push both
has_lines both n1 1 10 "goes on where it was"

ok "a removal" dpkg_says both -r bijk-master bijk-node bijk-common
ok "takes the programs" on both sh -c \
	'! ls -d /usr/*bin/bijk-* /usr/share/bijk 2>/dev/null | grep .'
on both sha256sum /etc/bijk/hash /var/lib/bijk/id_ed25519 /var/lib/bijk-master/id_ed25519 >kept
same kept secrets "keeps the secrets"
ok "and the records" on both sh -c 'test -s /var/lib/bijk/spool/*.seg'
exits 0 "sshd accepts what is left" on both sshd -t
exits 73 "install.sh refuses what is left, too" on both sh -c \
	"cd '$E2E_ROOT' && ./install.sh master"
ok "no listener is left" gone both bijk-listen
for line in node:push node:keyreg master:pull; do
	run cron_run both "bijk-${line%:*}" "${line#*:}"
	is "$RC $(cat "$OUT" "$ERR")" "0 " "nor does cron's line for ${line#*:} fail"
done
ok "the packages again" dpkg_says both -i /root/1/common.deb /root/1/node.deb /root/1/master.deb
has_lines both n1 1 10 "have the records"

start both bijk setpriv --reuid bijk --regid bijk --init-groups sleep 1000
on both setpriv --reuid bijk --regid bijk --init-groups \
	sh -c 'cd /var/lib/bijk && mkdir -p a/b && chmod 0 a'
ok "a purge of the node" dpkg_says both -P bijk-node
ok "takes its data and its secrets" on both sh -c \
	'! ls -d /var/lib/bijk /etc/bijk/hash /etc/bijk/plugins.yml 2>/dev/null | grep .'
not_ok "and its account" on both getent passwd bijk
ok "and leaves those of the master" on both test -s /var/lib/bijk-master/id_ed25519
ok "a purge of the others" dpkg_says both -P bijk-master bijk-common
finish both bijk
picture >after
same after before "nothing is left"
not_ok "nor the account" on both getent passwd bijk-master
done_testing
