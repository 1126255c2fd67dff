#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A master under inetd: install.sh adds the shipped lines, and a flood switches
# no service off, as it would at inetd's default of 256 a minute.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/hostile.sh"

command -v inetd >/dev/null || skip_all "inetd is not installed"
hosts_begin
E2E_SOURCE=$E2E_ROOT host_new master 192.0.2.10 master
master_config master m1 </dev/null
: | put_file master /etc/inetd.conf
start master inetd inetd -i
ok "install.sh master" install_master master
ok "adds two lines" test "$(on master grep -c '/usr/sbin/bijk-.*recv' /etc/inetd.conf)" -eq 2
soon 30 "inetd serves port 50009" port_open master 50009
soon 30 "and port 50010" port_open master 50010
not_ok "no listener of cron does" on master pgrep -f "bijk-listen.* -b"

host_new other 192.0.2.66
node_new node 192.0.2.20 n1 master
acquaint node master n1
flood_and_serve
serves() {
	on master sed -i "/50009/s| -i .*| -i $1 $2|" /etc/inetd.conf
	on master pkill -HUP inetd
	soon 30 "inetd starts $2, and lets it idle for $1 s" starts_anew "$1" "$2"
}
port_withstands table crashes exits idle
until_ok 10 log_settled master
unlike "$(cat "$HOSTS_DIR/master-inetd.err")$(grep -a inetd "$(host_file master /var/log/syslog)" \
	|| true)" 'looping|terminated' \
	"inetd has ended nothing"
done_testing
