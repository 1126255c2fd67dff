#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Under systemd its timers start pushes and pulls, each minute, and cron's lines
# do not; a long run of bijk-pull does not keep the next one off.
. "${0%/*}/lib/e2e.sh"

why=$(systemd_why_not)
[ -z "$why" ] || skip_all "$why"
hosts_begin
E2E_INIT=systemd E2E_SOURCE=$E2E_ROOT host_new both 192.0.2.20 base
ok "install.sh master" install_master both
ok "install.sh node" install_node both n1 both
ok "install.sh node, again" install_node both n1 both
contents "$OUT" 'nothing changed' "changes nothing"
acquaint both both n1
# Each run leaves a line, and lasts as long as /run/slow is there.
for program in bijk-push bijk-pull; do
	on both mv /usr/sbin/$program /usr/sbin/$program.real
	put_file both /usr/sbin/$program 0755 <<END
#!/bin/sh
echo "\$(id -un) \$(date +%S)" >>/tmp/$program.runs
while [ -e /run/slow ]; do sleep 0.1; done
exec /usr/sbin/$program.real "\$@"
END
	on both install -m 666 /dev/null /tmp/$program.runs
done
runs_of() {
	on both wc -l "/tmp/$1.runs" | cut -d' ' -f1
}
has_run() {
	[ "$(runs_of "$1")" -ge "$2" ]
}
for program in bijk-push bijk-pull; do
	is "$(on both systemctl is-active $program.timer)" active "$program.timer is active"
	is "$(on both systemctl is-enabled $program.timer)" enabled "and enabled"
	soon 65 "within a minute it starts $program" has_run $program 1
	like "$(on both cat /tmp/$program.runs)" \
		"^bijk$([ $program = bijk-push ] || echo -master) 0[0-9]\$" \
		"as its user, at the beginning of the minute"
done
before=$(runs_of bijk-push),$(runs_of bijk-pull)
cron_push both
cron_pull both
is "$(runs_of bijk-push),$(runs_of bijk-pull)" "$before" "cron's lines start none"

on both touch /run/slow
n=$(runs_of bijk-pull)
on both systemctl start bijk-pull.service
soon 10 "a run that lasts" has_run bijk-pull $((n + 1))
on both sleep 1.1
on both systemctl start bijk-pull.service
soon 10 "does not keep the next one off" has_run bijk-pull $((n + 2))
on both rm /run/slow
is "$(on both systemctl list-units --failed --plain --no-legend | grep -c bijk || true)" 0 \
	"no unit of ours failed"

for program in bijk-push bijk-pull; do on both mv /usr/sbin/$program.real /usr/sbin/$program; done
on both sed -i 's/test -e [^|]*|| //' /etc/cron.d/bijk-node
ok "install.sh node, where cron's line was edited" install_node both n1 both
contents "$OUT" 'kept: /etc/cron.d/bijk-node' "keeps it"
contents "$ERR" 'bijk-push.timer is not installed' "and says that it installs no timer beside it"
ok "install.sh uninstall" install_sh both uninstall --no-packages
is "$(on both systemctl list-timers --all --no-legend | grep -c bijk || true)" 0 \
	"takes the timers away"
done_testing
