#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The shipped collector: what it prints, and that its line is the administrator's, who switches it on
# once; what fails is in syslog.
. "${0%/*}/lib/e2e.sh"

hosts_begin
E2E_SOURCE=$E2E_ROOT node_new node 192.0.2.20 n1 master
on node sed -i 's/^#\(.*bijk-vitals\)/\1/' /etc/cron.d/bijk-collect
collect() {
	cron_run node bijk-collect bijk-vitals
}
exits 0 "cron's line" collect
on node bijk-cat --spool --source vitals >metrics
contents metrics '^node_memory_MemTotal_bytes [0-9]{6,}$' "metrics are stored"
is "$(log_of node)" "" "and nothing is said"
ok "install.sh node, again" install_node node n1 master
exits 0 "the line is still there" collect

in_host node <<'END'
	mount -t tmpfs -o size=70m,mode=700,uid=$(id -u bijk),gid=$(id -g bijk) t \
		/var/lib/bijk/spool
	head -c 60000000 /dev/zero >/var/lib/bijk/spool/hog
END
exits 75 "on a full disk" collect
log_says node 'bijk-put.*storing in /var/lib/bijk/spool: no space' "syslog says so"
on node umount /var/lib/bijk/spool
printf 'spool:\n  max_sise: 64M\n' | put_file node /etc/bijk/plugins.yml
exits 78 "with a wrong configuration" collect
log_says node 'bijk-put.*plugins.yml:2:3' "syslog says so, too"
done_testing
