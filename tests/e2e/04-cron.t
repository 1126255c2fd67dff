#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Real cron, with the files as shipped: within two minutes a node is pulled and
# another pushes, and the shipped collector runs.
. "${0%/*}/lib/e2e.sh"

command -v cron >/dev/null || skip_all "cron is not installed"
# n88 is a name whose place inside the minute is its beginning.
hosts_begin
master_new master 192.0.2.10 m1
master_config master m1 <<'END'
pull:
  period: 60
END
node_new pulled 192.0.2.20 n1 master
node_new pushing 192.0.2.21 n88 master
acquaint pulled master n1
acquaint pushing master n88
on master bijk-master set n88 mode=push
put_lines pulled 1 10
put_lines pushing 1 10
on pulled sed -i 's/^#\(.*bijk-vitals\)/\1/' /etc/cron.d/bijk-collect

start master cron cron -f
start pulled cron cron -f
start pushing cron cron -f
arrived() {
	archive master "$1" | cmp - want
}
lines 1 10 >want
soon 130 "the node that pushes has pushed" arrived n88
arrived_of() {
	archive master n1 --source "$1" | grep -q .
}
soon 130 "the other was pulled" arrived_of test
soon 130 "metrics were collected and pulled" arrived_of vitals
archive master n1 --source test >have
same have want "each record is there once"
has_lines master n88 1 10 "here too"
for host in master pulled pushing; do
	stop $host cron
	unlike "$(grep -a -i cron "$(host_file $host /var/log/syslog)")" \
		'bad|insecure|wrong|error' "cron has nothing against the files of $host"
done
done_testing
