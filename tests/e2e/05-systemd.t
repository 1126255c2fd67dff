#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A master under systemd: install.sh puts the shipped units in place,
# registrations and pushes work under their hardening, our own restrictions are
# in force inside, and no flood switches a socket off.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/hostile.sh"

why=$(systemd_why_not)
[ -z "$why" ] || skip_all "$why"
hosts_begin
E2E_INIT=systemd E2E_SOURCE=$E2E_ROOT host_new master 192.0.2.10 base
node_new node 192.0.2.20 n1 master

# As it was before bijk-listen: a service for each connection.
for dir in /etc/systemd/system /usr/share/bijk/shipped/etc/systemd/system; do
	put_file master $dir/bijk-recv.socket <<'END'
[Socket]
ListenStream=127.0.0.1:50009
Accept=yes
END
	put_file master $dir/bijk-recv@.service <<'END'
[Service]
ExecStart=/bin/cat
StandardInput=socket
END
done
on master systemctl daemon-reload
on master systemctl start bijk-recv.socket
start master held bash -c 'exec 3<>/dev/tcp/127.0.0.1/50009; echo here >&3; head -n 1 <&3; exec sleep 10000'
until_ok 10 on master pgrep -x cat

ok "install.sh master" install_master master
is "$(on master systemctl show -P Accept bijk-recv.socket)" no \
	"where systemd started a service for each connection, it starts one for all"
ok "the service for each is gone" on master test ! -e /etc/systemd/system/bijk-recv@.service
ok "but not whom it served" on master pgrep -x cat
stop master held KILL
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
# Cron pulls there, too.
soon 30 "a pull" pull master n1
put_lines node 21 30
exits 0 "another push" push node
has_lines master n1 1 30 "brought the records"
on node bijk-keyreg >/dev/null 2>&1
is "$(on master systemctl list-units --failed --plain --no-legend | grep -c bijk || true)" 0 \
	"no unit of ours failed"

# probe PORT PROGRAM: what the program that answers there is kept from, asked of
# the kernel from inside of it. The unit alone would let it read any file, and
# would refuse to execute instead of ending the program.
bring master inject flood
bring node flood
probe() {
	on master bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"
		read -r -t 30 greeting <&3
		pid=$(pgrep -n "$2")
		grep -E "^(NoNewPrivs|Seccomp):" "/proc/$pid/status"
		exec "$3" "$pid" read exec' probe "$1" "$2" "$(tool inject)" | tr '\t\n' ' ;'
}
if [ "$(uname -m)" = x86_64 ]; then
	in_force='NoNewPrivs: 1;Seccomp: 2;read: Permission denied;exec: killed by signal 31;'
	is "$(probe 50009 bijk-recv)" "$in_force" \
		"in bijk-recv our Landlock and seccomp are in force"
	is "$(probe 50010 bijk-keyrecv)" "$in_force" "in bijk-keyrecv too"
else
	skip "our Landlock and seccomp inside" "system calls can be injected on x86-64 only"
fi

host_new other 192.0.2.66
bring other flood
run on other "$(tool flood)" hit 1000 192.0.2.10:50010
contents "$OUT" '^([5-9][0-9]{2}|1000) connections' "a flood to port 50010: $(cat "$OUT")"
run on master "$(tool flood)" hit 1000 127.0.0.1:50009
contents "$OUT" '^([5-9][0-9]{2}|1000) connections' "and to port 50009: $(cat "$OUT")"
drop_in=/etc/systemd/system/bijk-recv.service.d
serves() {
	printf '[Service]\nExecStart=\nExecStart=/usr/sbin/bijk-listen --syslog -c 1024 -i %s %s\n' "$1" "$2" |
		put_file master $drop_in/test.conf
	on master systemctl daemon-reload
	soon 30 "systemd starts $2, and lets it idle for $1 s" starts_anew "$1" "$2"
}
port_withstands table crashes exits idle

# What systemd cannot start it starts again in a second, and not at once and for ever.
serves 0 /usr/sbin/bijk-recv
on master mv /usr/sbin/bijk-listen /usr/sbin/bijk-listens
start master waits "$(tool flood)" greet 1 127.0.0.1:50009 1
restarts() {
	[ "$(on master systemctl show -P NRestarts bijk-recv.service)" -ge "$1" ]
}
soon 30 "a listener that cannot be started is tried again" restarts 6
ok "the connection waits meanwhile" job_running master waits
on master mv /usr/sbin/bijk-listens /usr/sbin/bijk-listen
finish master waits
is "$RC" 0 "and is answered when it can"
on master sh -c "rm -r $drop_in; systemctl daemon-reload"
for unit in bijk-recv.socket bijk-keyrecv.socket; do
	is "$(on master systemctl is-active $unit)" active "after all this $unit is still active"
	is "$(on master systemctl show -P TriggerLimitBurst $unit)" 0 "for it has no such limit"
done
put_lines node 31 40
exits 0 "a push" push node
has_lines master n1 1 40 "is served"
exits 0 "so is a registration" on node bijk-keyreg

hash_new node
exits 77 "a registration with a wrong hash" on node bijk-keyreg
soon 30 "is in the journal" on master sh -c 'journalctl -q -t bijk-keyrecv | grep -q n1'

ok "install.sh uninstall" install_sh master uninstall --no-packages
is "$(on master systemctl is-active bijk-recv.socket || true)" inactive "ends the sockets"
ok "and the listeners" gone master bijk-listen
ok "and takes the units away" on master test ! -e /etc/systemd/system/bijk-recv.socket
done_testing
