#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The Debian packages on a host that systemd booted: autopkgtest runs
# debian/tests there (a pull, a push, upgrades during both); adequate looks at
# what is installed; a removal stops the sockets.
. "${0%/*}/../e2e/lib/e2e.sh"
. "$E2E_ROOT/tests/packages/debs.sh"

why=$(systemd_why_not)
[ -z "$why" ] || skip_all "$why"
hosts_begin
E2E_INIT=systemd E2E_SOURCE=$E2E_ROOT host_new both 192.0.2.20 base
bring_debs both
ok "the packages" dpkg_says both -i /root/1/common.deb /root/1/node.deb /root/1/master.deb
for unit in bijk-recv.socket bijk-keyrecv.socket; do
	is "$(on both systemctl is-active $unit)" active "$unit is active"
	is "$(on both systemctl is-enabled $unit)" enabled "and enabled"
done
ok "the next version" dpkg_says both -i /root/2/common.deb /root/2/node.deb /root/2/master.deb
is "$(on both systemctl is-active bijk-recv.socket)" active "the socket is still active"
ok "the first again" dpkg_says both --force-downgrade -i /root/1/common.deb /root/1/node.deb \
	/root/1/master.deb

if on both sh -c 'command -v autopkgtest dpkg-repack' >/dev/null; then
	run on both autopkgtest --no-built-binaries --ignore-restrictions \
		isolation-container,breaks-testbed "$E2E_ROOT" -- null
	is "$RC" 0 "autopkgtest"
	[ "$RC" -eq 0 ] || tail -n 60 "$ERR" "$OUT" | sed 's/^/# /'
else
	skip "autopkgtest" "autopkgtest or dpkg-repack is not here"
fi

if on both sh -c 'command -v adequate' >/dev/null; then
	is "$(on both adequate bijk-common bijk-node bijk-master)" "" "adequate finds nothing"
else
	skip "adequate" "adequate is not here"
fi

ok "a removal" dpkg_says both -r bijk-master bijk-node bijk-common
is "$(on both systemctl is-active bijk-recv.socket || true)" inactive "stops the sockets"
ok "a purge" dpkg_says both -P bijk-master bijk-node bijk-common
ok "leaves no unit" on both sh -c '! find /etc/systemd /lib/systemd /var/lib/systemd -name "bijk*" | grep .'
done_testing
