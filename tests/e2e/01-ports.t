#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Ports 50009 to 50011 are taken out of the range of outgoing connections. A
# listener whose port is taken says so, and the installer reports no success
# before its listeners greet.
. "${0%/*}/lib/e2e.sh"

hosts_begin
E2E_SOURCE=$E2E_ROOT host_new master 192.0.2.10 master
master_config master m1 </dev/null
on master bijk-master export >/dev/null
list=/proc/sys/net/ipv4/ip_local_reserved_ports
on master umount /proc/sys
on master sh -c "echo 8080 >$list"

taken() { # ARG...: socat as user games
	start master thief setpriv --reuid games --regid games --clear-groups socat "$@"
}
taken tcp-listen:50010,reuseaddr,fork exec:'echo hello'
until_ok 30 port_open master 50010
install_master master || true
is "$RC" 69 "for install.sh master something else that answers is no success"
contents "$ERR" 'port 50010 .*does not answer as it should' "and says which port"
is "$(on master cat $list)" 8080,50009-50011 \
	"from now on no connection gets these ports, nor the one that was reserved before"
contents "$(host_file master /etc/sysctl.d/90-bijk.conf)" \
	'^net.ipv4.ip_local_reserved_ports = 8080,50009-50011$' "and after a reboot"
stop master thief

listener_start master 50010
listener_start master 50009
log_clear master
ok "install.sh master, with listeners that greet" install_master master
cron_run master bijk-listen :50010
cron_run master bijk-listen :50009
two_listen() {
	[ "$(pids master bijk-listen | wc -l)" -eq 2 ]
}
soon 10 "cron's next run starts no other" two_listen
unlike "$(log_of master)" bijk-listen "and says nothing"

has_connection() {
	on master awk '$2 ~ /:C35A$/ && $4 == "01" { r = 1 } END { exit !r }' /proc/net/tcp
}
listener_stop master 50010
on master mkfifo -m 666 /run/pipe
taken tcp:127.0.0.1:22,bind=127.0.0.2:50010,linger=0 /run/pipe
until_ok 30 has_connection || give_up "no connection from port 50010"
cron_run master bijk-listen :50010
soon 30 "cron's listener says in syslog that it cannot listen" log_matches master \
	'bijk-listen.*port 50010 is taken'
stop master thief

ok "install.sh uninstall" install_sh master uninstall --no-packages
is "$(on master cat $list)" 8080 "the list is as it was"
ok "with its file" on master test ! -e /etc/sysctl.d/90-bijk.conf
done_testing
