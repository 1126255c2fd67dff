#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A master under systemd: install.sh puts the shipped units in place, and registrations and pushes work under their hardening.
. "${0%/*}/lib/e2e.sh"

why=$(systemd_why_not)
[ -z "$why" ] || skip_all "$why"
hosts_begin
E2E_INIT=systemd E2E_SOURCE=$E2E_ROOT host_new master 192.0.2.10 base
node_new node 192.0.2.20 n1 master

ok "install.sh master" install_master master
for unit in bijk-recv.socket bijk-keyrecv.socket; do
	is "$(on master systemctl is-active $unit)" active "$unit is active"
	is "$(on master systemctl is-enabled $unit)" enabled "and enabled"
done
ok "install.sh master, again" install_master master
contents "$OUT" 'nothing changed' "changes nothing"

acquaint node master n1
on master bijk-master set n1 min-period=0
put_lines node 1 10
exits 0 "a push" push node
put_lines node 11 20
exits 0 "a pull" pull master n1
put_lines node 21 30
exits 0 "another push" push node
has_lines master n1 1 30 "brought the records"
on node bijk-keyreg >/dev/null 2>&1
is "$(on master systemctl list-units --failed --plain --no-legend | grep -c bijk || true)" 0 "no unit of ours failed"

# systemd's own limit of 200 connections in 2 s would switch a socket off for good.
on node bash -c 'for i in $(seq 250); do exec {fd}<>/dev/tcp/192.0.2.10/50010; done' 2>/dev/null || true
for unit in bijk-recv.socket bijk-keyrecv.socket; do
	is "$(on master systemctl is-active $unit)" active "after a burst $unit is still active"
	is "$(on master systemctl show -P TriggerLimitBurst $unit)" 0 "for it has no such limit"
done
put_lines node 31 40
exits 0 "a push" push node
has_lines master n1 1 40 "is still served"

hash_new node
exits 77 "a registration with a wrong hash" on node bijk-keyreg
soon 30 "is in the journal" on master sh -c 'journalctl -q -t bijk-keyrecv | grep -q n1'

ok "install.sh uninstall" install_sh master uninstall --no-packages
is "$(on master systemctl is-active bijk-recv.socket || true)" inactive "ends the sockets"
ok "and takes the units away" on master test ! -e /etc/systemd/system/bijk-recv.socket
done_testing
