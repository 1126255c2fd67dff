#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The RPM packages on a host that systemd booted: what they make, a pull and a
# push, an upgrade, what a removal keeps.
. "${0%/*}/../e2e/lib/e2e.sh"

[ -n "${RPMS-}" ] || skip_all "RPMS names no packages"
why=$(systemd_why_not)
[ -z "$why" ] || skip_all "$why"
hosts_begin
E2E_INIT=systemd host_new both 192.0.2.20 base
on both rm -f /usr/sbin/policy-rc.d
for package in common node master; do
	put_file both /root/$package.rpm <"$(echo "$RPMS"/bijk-$package-[0-9]*.rpm)"
done

# What they need comes from this machine's packages, which rpm does not know.
rpm_says() {
	run on both rpm --dbpath /var/lib/rpm --force-debian --nodeps "$@"
	[ "$RC" -eq 0 ]
}
packages='/root/common.rpm /root/node.rpm /root/master.rpm'

printf 'MASTERS=both\nNAME=n1\n' | put_file both /etc/default/bijk-node
# shellcheck disable=SC2086
ok "the packages" rpm_says -i $packages
contents "$OUT" 'bijk-master add n1' "say what is left to do"
is "$(on both stat -c '%U:%G %a' /etc/bijk/hash)" "root:bijk 640" "the hash"
is "$(on both getent shadow bijk | cut -d: -f2)" '*' "bijk has the password *"
for unit in bijk-recv.socket bijk-keyrecv.socket bijk-push.timer bijk-pull.timer; do
	is "$(on both systemctl is-active $unit)" active "$unit is active"
done
on both systemctl stop bijk-push.timer bijk-pull.timer
acquaint both both n1
on both bijk-master set n1 min-period=0
put_lines both 1 5
exits 0 "a pull" pull both n1
put_lines both 6 10
exits 0 "a push" push both
has_lines both n1 1 10 "brought the records"

# shellcheck disable=SC2086
ok "an upgrade" rpm_says -U --replacepkgs $packages
unlike "$(cat "$OUT")" 'bijk-master add' "says nothing more"
is "$(on both systemctl is-active bijk-recv.socket)" active "the socket is still active"

on both sha256sum /etc/bijk/hash /var/lib/bijk/id_ed25519 >secrets
ok "a removal" rpm_says -e bijk-common bijk-node bijk-master
is "$(on both systemctl is-active bijk-recv.socket || true)" inactive "stops the sockets"
ok "takes the programs" on both sh -c '! ls /usr/*bin/bijk-* /usr/share/bijk 2>/dev/null'
on both sha256sum /etc/bijk/hash /var/lib/bijk/id_ed25519 >kept
same kept secrets "keeps the secrets"
ok "and the records" on both sh -c 'test -s /var/lib/bijk/spool/*.seg'
done_testing
