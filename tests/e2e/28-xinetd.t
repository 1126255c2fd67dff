#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A master under xinetd: install.sh puts the shipped file in place, and a flood
# switches no service off, as it would at xinetd's default of 50 a second.
# xinetd and inetd exclude each other as packages, so it may lie unpacked beside
# the build.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/hostile.sh"

xinetd=$(command -v xinetd || echo "${E2E_TOOLS%/tests}/unpacked/usr/sbin/xinetd")
[ -x "$xinetd" ] || skip_all "xinetd is not installed"
hosts_begin
E2E_SOURCE=$E2E_ROOT host_new master 192.0.2.10 master
master_config master m1 </dev/null
put_file master /usr/local/sbin/xinetd 0755 <"$xinetd"
printf 'defaults\n{\n}\nincludedir /etc/xinetd.d\n' | put_file master /etc/xinetd.conf
# It ends at once when it has no service at all.
printf \
	'service daytime\n{\n type = INTERNAL\n id = daytime\n socket_type = stream\n protocol = tcp\n user = root\n wait = no\n}\n' |
	put_file master /etc/xinetd.d/daytime
start master xinetd xinetd -dontfork -stayalive
until_ok 30 runs master xinetd
ok "install.sh master" install_master master
soon 30 "xinetd serves port 50009" port_open master 50009
not_ok "no listener of cron does" on master pgrep -f "bijk-listen.* -b"

host_new other 192.0.2.66
node_new node 192.0.2.20 n1 master
acquaint node master n1
flood_and_serve
serves() {
	on master sed -i "s|\( -c 1024\) -i .*|\1 -i $1 $2|" /etc/xinetd.d/bijk
	on master pkill -HUP xinetd
	soon 30 "xinetd starts $2, and lets it idle for $1 s" starts_anew "$1" "$2"
}
port_withstands table crashes exits idle
until_ok 10 log_settled master
unlike "$(grep -a xinetd "$(host_file master /var/log/syslog)" || true)" \
	'Deactivating|deactivated' "xinetd has ended nothing"
done_testing
