#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A master and a node with a real node_exporter each, and a real Prometheus: the
# cron lines as shipped write what promtool has nothing to say about, each query of
# the dashboard has an answer, and the rules are loaded.
. "${0%/*}/../e2e/lib/e2e.sh"

examples=/usr/share/bijk/examples/monitoring
textfiles=/var/lib/prometheus/node-exporter
# write_metrics HOST PROGRAM: the line of cron.
write_metrics() {
	on "$1" cp $examples/cron /etc/cron.d/bijk-metrics
	ok "cron's line with $2" cron_run "$1" bijk-metrics "$2"
}
exporter_start() {
	on "$1" mkdir -p $textfiles
	start "$1" exporter prometheus-node-exporter --collector.disable-defaults \
		--collector.textfile --collector.textfile.directory=$textfiles
	until_ok 60 port_open "$1" 9100 || give_up "no node_exporter on $1"
}
ask() {
	on master curl -sG "http://127.0.0.1:9090/api/v1/$1" "${@:2}"
}
# has_answer QUERY: with a value.
has_answer() {
	ask query --data-urlencode "query=$1" >"$T/answer" &&
		grep -q '"status":"success"' "$T/answer" && grep -q '"value":\[' "$T/answer"
}

pair
on master bijk-master set n1 min-period=0
exits 0 "a node that was never heard of" on master bijk-master add n2 < <(printf '%064d\n' 7)
put_lines node 1 100
exits 0 "a pull" pull master n1
put_lines node 101 120
exits 75 "a feed that fails" on master bijk-feed --from oldest f1 -- /bin/false

exporter_start master
exporter_start node
write_metrics master bijk-master
write_metrics node bijk-push
for host in master node; do
	exits 0 "promtool check metrics, on the $host" on $host sh -c \
		"cat $textfiles/*.prom | promtool check metrics"
	empty "$OUT" "says nothing"
	empty "$ERR" "and complains of nothing"
	on $host curl -s http://127.0.0.1:9100/metrics >"$T/$host.metrics"
	contents "$T/$host.metrics" '^node_textfile_scrape_error 0$' "node_exporter takes the file"
done
# Both roles on one machine: no metric is there twice.
on master sh -c "cat >$textfiles/bijk-node.prom" < <(on node cat $textfiles/bijk-node.prom)
on master curl -s http://127.0.0.1:9100/metrics >"$T/both.metrics"
contents "$T/both.metrics" 'bijk_build_info\{program="bijk-push"' "a machine of both roles"
contents "$T/both.metrics" '^node_textfile_scrape_error 0$' "has no metric twice"
on master rm $textfiles/bijk-node.prom

put_file master /etc/prometheus/bijk.yml <<END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$examples/prometheus-rules.yml]
scrape_configs:
  - job_name: node
    static_configs: [{targets: ['master:9100', 'node:9100']}]
END
start master prometheus prometheus --config.file=/etc/prometheus/bijk.yml \
	--storage.tsdb.path=/root/tsdb --web.listen-address=127.0.0.1:9090 \
	--web.console.templates=/nowhere --web.console.libraries=/nowhere
until_ok 120 has_answer 'count(up == 1) == 2' || give_up "Prometheus does not scrape both"
"$E2E_ROOT/tests/monitoring/queries" \
	"$(host_file master $examples/grafana-dashboard.json)" >"$T/queries"
while read -r query; do
	ok "$query" until_ok 60 has_answer "$query"
done <"$T/queries"
ask rules >"$T/rules"
contents_not "$T/rules" '"health":"err"' "no rule is in error"
is "$(grep -o '"name":"Bijk[A-Za-z]*"' "$T/rules" | wc -l)" \
	"$(on master grep -c 'alert:' $examples/prometheus-rules.yml)" "each rule is there"
has_pending() {
	ask alerts >"$T/alerts"
	grep -q '"alertname":"BijkNodeNever"' "$T/alerts"
}
soon 60 "the node that was never heard of is an alert" has_pending
contents_not "$T/alerts" '"node":"n1"' "the other is none"
done_testing
