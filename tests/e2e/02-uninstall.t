#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# install.sh uninstall takes away what was installed and keeps the data; --purge
# takes the data too. Before that, a master is its own node, which it is pulled
# from and pushes to.
. "${0%/*}/lib/e2e.sh"

hosts_begin
E2E_SOURCE=$E2E_ROOT host_new both 192.0.2.20 base
# What it wrote, with contents instead of times, and so what it took away.
picture() {
	host_wrote both | awk '{ $5 = ""; print }'
	(cd "$HOSTS_DIR/both/up/etc" && find . -type f ! -name '*-' ! -name .pwd.lock -exec \
		sha256sum {} + | sort)
}
# The files that are changed for an account, as they were.
on both sh -c \
	'cd /etc && for f in passwd group shadow gshadow subuid subgid; do [ ! -e $f ] ||
		chmod --reference=$f $f; done'
picture >before
ok "install.sh master" install_master both
ok "install.sh node" install_node both n1 both
acquaint both both n1
on both bijk-master set n1 min-period=0
put_lines both 1 5
exits 0 "a pull from itself" pull both n1
put_lines both 6 10
exits 0 "a push to itself" push both
has_lines both n1 1 10 "brought the records"
ok "the documents are there" on both test -s /usr/share/doc/bijk/docs/operations.md
ok "install.sh uninstall" install_sh both uninstall --no-packages
for path in /usr/sbin/bijk-login /usr/bin/bijk-put /usr/sbin/bijk-recv /etc/cron.d/bijk-node \
	/etc/cron.d/bijk-collect /etc/cron.d/bijk-master \
	/etc/cron.d/bijk-listen /etc/ssh/sshd_config.d/00-bijk-master.conf /usr/share/bijk \
	/usr/share/doc/bijk; do
	ok "$path is gone" on both test ! -e $path
done
ok "no listener is left" gone both bijk-listen
ok "the hash is kept" on both test -s /etc/bijk/hash
ok "so are the records" on both sh -c 'test -s /var/lib/bijk/spool/*.seg'
is "$(on both bash -c 'exec 3<>/dev/tcp/192.0.2.20/22; head -c 4 <&3')" SSH- "sshd still answers"

ok "install.sh node after that" install_node both n1 both
is "$(on both bijk-cat --spool)" "$(lines 1 10)" "the records are still there"
# Seen from a chroot, the host is full of processes that are not ours.
in_host both <<'END'
mkdir /run/other
for f in /usr/bin/sleep $(ldd /usr/bin/sleep | grep -o '/[^ ]*'); do
	cp --parents "$f" /run/other
done
chroot --userspec="$(id -u bijk):$(id -g bijk)" /run/other /usr/bin/sleep 1000 >/dev/null 2>&1 &
echo $! >/run/other/pid
END
on both install -d -o bijk-master /var/cache/bijk-page
on both install -o bijk-master /etc/hostname /var/cache/bijk-page/index.html
ok "install.sh uninstall --purge" install_sh both uninstall --purge --no-packages
ok "a process of that number in another root lives" on both sh -c \
	'kill "$(cat /run/other/pid)"'
on both rm -r /run/other
for path in /etc/bijk /var/lib/bijk /var/lib/bijk-master /var/cache/bijk-page \
	/usr/sbin/bijk-login; do
	ok "$path is gone" on both test ! -e $path
done
not_ok "so is user bijk" on both getent passwd bijk
not_ok "and bijk-master" on both getent passwd bijk-master
picture >after
same after before "nothing else is left"
ok "install.sh uninstall, with nothing to take away" install_sh both uninstall --purge --no-packages
done_testing
