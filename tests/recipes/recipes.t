#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Each recipe of collect.md on a host with systemd and the packages: its lines
# in /etc/cron.d/bijk-collect store what they say.
. "${0%/*}/../e2e/lib/e2e.sh"
. "$E2E_LIB/docs.sh"

why=$(systemd_why_not)
[ -z "$why" ] || skip_all "$why"
hosts_begin
E2E_INIT=systemd node_new node 192.0.2.20 n1 master
cp "$RECIPES"/*.deb "$(host_file node /root)"
ok "the packages" on node sh -c 'DEBIAN_FRONTEND=noninteractive dpkg -i /root/*.deb'

part() {
	doc_block "$1" "$2" "$E2E_ROOT/docs/collect.md"
}
# cron_does HEADING N LINE: the LINEth line of the Nth block below it, in the
# file as it is shipped, is run as cron would.
cron_does() {
	on node sed -i '/^[*0-9]/d' /etc/cron.d/bijk-collect
	part "$1" "$2" | sed -n "$3p" | on node sh -c 'cat >>/etc/cron.d/bijk-collect'
	exits 0 "$1: $(part "$1" "$2" | sed -n "$3p")" cron_run node bijk-collect '^[*0-9]'
	is "$(cat "$OUT" "$ERR")" "" "says nothing"
}
# stored SOURCE ERE: its last record has a line that matches.
stored() {
	on node bijk-cat --spool --source "$1" --tail 1 >record
	contents record "$2" "source $1: $2"
}

cron_does 'This machine' 1 1
stored vitals '^node_load1 [0-9]'

part node_exporter 1 | put_file node /etc/default/prometheus-node-exporter
on node systemctl restart prometheus-node-exporter
soon 30 "node_exporter" port_open node 9100
like "$(on node ss -Hltn 'sport = :9100')" '127\.0\.0\.1:9100' "listens here only"
put_file node /var/lib/prometheus/node-exporter/backup.prom <<<'backup_age_seconds 17'
cron_does node_exporter 2 1
stored node '^node_load1 [0-9]'
stored node '^backup_age_seconds 17$'
cron_does node_exporter 3 1
stored textfile '^backup_age_seconds 17$'

part collectd 1 | put_file node /etc/collectd/collectd.conf.d/bijk.conf
on node systemctl restart collectd
soon 30 "collectd" port_open node 9103
like "$(on node ss -Hltn 'sport = :9103')" '127\.0\.0\.1:9103' "listens here only"
has_load() {
	on node curl -fsS http://127.0.0.1:9103/metrics | grep '^collectd_load_shortterm'
}
soon 60 "it has collected something" has_load
cron_does collectd 2 1
stored collectd '^collectd_load_shortterm\{.*\} [0-9]'

on node sh -c "cd /etc/munin/plugins && rm -f ./* && ln -s /usr/share/munin/plugins/load . &&
	ln -s /usr/share/munin/plugins/memory ."
cron_does "Munin's plugins" 1 1
stored munin.load '^load.value [0-9]'
stored munin.memory '^free.value [0-9]'

for n in 1 2; do
	cron_does sysstat 1 $n
done
stored mpstat '"cpu": "all"'
stored iostat '"disk": \['
on node /usr/lib/sysstat/sadc -F 1 2 "/var/log/sysstat/sa$(date -d yesterday +%d)"
cron_does sysstat 1 3
stored sysstat '"cpu-load"'

part 'The journal' 1 | put_file node /usr/local/sbin/bijk-journal 0755
on node logger -t recipes before
exits 0 "the journal: its beginning" on node sh -euc "$(part 'The journal' 2)"
cron_does 'The journal' 3 1
for n in 1 2 3; do on node logger -t recipes "entry $n"; done
entries() {
	on node journalctl --sync
	on node bijk-cat --spool --source journal |
		sed -n 's/.*"MESSAGE" *: *"\(entry [0-9]\)".*/\1/p'
}
cron_does 'The journal' 3 1
is "$(entries)" "$(printf 'entry %s\n' 1 2 3)" "each entry is stored, and none from before"
cron_does 'The journal' 3 1
is "$(entries)" "$(printf 'entry %s\n' 1 2 3)" "none of them again"

# It fails to store: the cursor stays.
on node logger -t recipes "entry 4"
printf 'spool:\n  max_sise: 64M\n' | put_file node /etc/bijk/plugins.yml
exits 78 "while nothing can be stored" cron_run node bijk-collect '^[*0-9]'
node_config node n1 master </dev/null
on node logger -t recipes "entry 5"
cron_does 'The journal' 3 1
is "$(entries)" "$(printf 'entry %s\n' 1 2 3 4 5)" "what was not stored is stored then"
done_testing
