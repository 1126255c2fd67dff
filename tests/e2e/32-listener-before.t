#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# install.sh over what it installed before bijk-listen: tcpserver and its lines
# in cron, inetd's lines for each connection; and over a bijk-listen whose file
# it replaces. (systemd's units for each connection are in 05-systemd.)
. "${0%/*}/lib/e2e.sh"

hosts_begin
E2E_SOURCE=$E2E_ROOT host_new master 192.0.2.10 master
master_config master m1 </dev/null
printf '* * * * * bijk-master /usr/share/bijk/listen 50009 tcpserver 127.0.0.1 50009 %s &\n' \
	/usr/sbin/bijk-recv >before
for file in /etc/cron.d/bijk-listen /usr/share/bijk/shipped/etc/cron.d/bijk-listen; do
	put_file master $file <before
done
# What is told apart is its name and what it starts.
put_file master /usr/local/bin/tcpserver 0755 <"$(command -v socat)"
start master old setpriv --reuid bijk-master --regid bijk-master --init-groups \
	/usr/local/bin/tcpserver tcp-listen:50009,bind=127.0.0.1,reuseaddr,fork \
	exec:/usr/sbin/bijk-recv
until_ok 30 port_open master 50009
ok "install.sh master" install_master master
ok "ends tcpserver" gone master tcpserver
ok "starts bijk-listen" runs master bijk-listen
contents "$(host_file master /etc/cron.d/bijk-listen)" '/usr/sbin/bijk-listen' \
	"and has cron do so"
ok "install.sh master, again" install_master master
contents "$OUT" 'nothing changed' "changes nothing"

pids master bijk-listen >before
on master sh -c 'cd /usr/sbin && cp -p bijk-listen new && mv new bijk-listen'
ok "install.sh master, when the program is another" install_master master
pids master bijk-listen >after
is "$(wc -l <after)$(comm -12 <(sort before) <(sort after))" 2 "ends both listeners, and starts two"

on master rm /etc/cron.d/bijk-listen /usr/share/bijk/shipped/etc/cron.d/bijk-listen
for pid in $(pids master bijk-listen); do on master kill "$pid"; done
until_ok 30 gone master bijk-listen
command -v inetd >/dev/null || {
	skip "inetd's lines" "it is not installed"
	done_testing
	exit
}
{
	echo "# Bijk: the master's two ports."
	for line in '127.0.0.1:50009 recv' '50010 keyrecv'; do
		printf '%s stream tcp nowait.100000 bijk-master /usr/sbin/bijk-%s /usr/sbin/bijk-%s\n' \
			"${line% *}" "${line#* }" "${line#* }"
	done
	echo '13 stream tcp nowait root internal'
} | put_file master /etc/inetd.conf
start master inetd inetd -i
until_ok 30 port_open master 50010
ok "install.sh master, with inetd's lines for each connection" install_master master
is "$(on master grep -c nowait /etc/inetd.conf)" 1 "takes them away, and no other"
is "$(on master grep -c '/usr/sbin/bijk-listen' /etc/inetd.conf)" 2 "for two of bijk-listen"
soon 10 "which inetd starts" runs master bijk-listen
ok "install.sh uninstall" install_sh master uninstall --no-packages
is "$(on master cat /etc/inetd.conf)" '13 stream tcp nowait root internal' "takes those away, too"
done_testing
