#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-master status --prom and bijk-push --prom: the metrics of a master and
# of a node, in the classic text format. The names are what rules and
# dashboards depend on; tests/monitoring has promtool read them.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0
# What every reader of the format wants: HELP and TYPE once, before all samples of
# a metric, which stand together; no timestamps.
well_formed() {
	awk '
		/^# HELP / { name = $3; if (name in seen || NF < 4) exit 1; seen[name] = 1; next }
		/^# TYPE / { if ($3 != name || $4 !~ /^(gauge|counter)$/) exit 1; next }
		!/^[a-z_]+({([a-z]+="([^"\\]|\\.)*",?)+})? -?[0-9]+$/ { exit 1 }
		{ sub(/[ {].*/, ""); if ($0 != name) exit 1; n++ }
		END { if (n == 0) exit 1 }' "$T/metrics"
}
value() {
	awk -v metric="$1" 'substr($0, 1, length(metric) + 1) == metric " " { print $2 }' "$T/metrics"
}
metrics_of() {
	exits 0 "$2 --prom" on "$@" --prom
	empty "$ERR" "without a message"
	cp "$OUT" "$T/metrics"
	ok "well-formed" well_formed
}
of_node() {
	metrics_of node bijk-push
}

before=$(date +%s)
of_node
is "$(value bijk_spool_waiting_records)" 0 "nothing was stored yet"
is "$(value bijk_spool_max_size_bytes)" 536870912 "the limit of the spool"
put_lines node 1 100
of_node
is "$(value bijk_spool_waiting_records)" 100 "the records that wait"
is "$(value bijk_spool_stored_records_total)" 100 "the records that were stored"
oldest=$(value bijk_spool_oldest_waiting_timestamp_seconds)
ok "the time of the oldest" test "$oldest" -ge "$before" -a "$oldest" -le "$(date +%s)"
is "$(value 'bijk_registration_failed{master="master"}')" 0 "the registration"

listener_stop master 50010
not_ok "a registration that nobody answers" on node bijk-keyreg
of_node
is "$(value 'bijk_registration_failed{master="master"}')" 1 "is told"
registered=$(value 'bijk_registration_timestamp_seconds{master="master"}')
ok "beside the last that went well" test "$registered" -gt 0
listener_stop master 50009
not_ok "a push that nobody accepts" push node
not_ok "another" push node
of_node
is "$(value bijk_push_failures)" 2 "are counted"
listener_start master 50009
exits 0 "a push" push node
of_node
is "$(value bijk_push_failures)" 0 "the count begins again"
is "$(value bijk_spool_waiting_records)" 0 "no record waits"
is "$(value bijk_spool_stored_records_total)" 100 "the number of those stored stays"
is "$(value bijk_spool_oldest_waiting_timestamp_seconds)" "" "there is no oldest"
ok "the time of the push" test \
	"$(value 'bijk_contact_timestamp_seconds{direction="push",master="m1"}')" -ge "$before"
put_lines node 101 150
of_node
is "$(value bijk_spool_waiting_records)" 50 "what was acknowledged does not wait"

state_age node last-push 1000
exits 0 "a pull" pull master n1
of_node
ok "the time of the pull" test \
	"$(value 'bijk_contact_timestamp_seconds{direction="pull",master="m1"}')" -ge "$before"

exits 0 "a node that was never heard of" on master bijk-master add n2 < <(printf '%064d\n' 7)
metrics_of master bijk-master status
is "$(value 'bijk_nodes{status="ok"}')" 1 "one node is ok"
is "$(value 'bijk_nodes{status="never"}')" 1 "one was never heard of"
is "$(value 'bijk_node_status{node="n1",status="ok"}')" 1 "which"
is "$(value 'bijk_node_status{node="n2",status="never"}')" 1 "and which"
is "$(value 'bijk_node_received_records_total{node="n1"}')" 150 "records received"
is "$(value 'bijk_node_backlog_records{node="n1"}')" 0 "backlog"
ok "the last contact" test \
	"$(value 'bijk_node_last_contact_timestamp_seconds{node="n1"}')" -ge "$before"
ok "free space" test "$(value bijk_store_free_bytes)" -gt 0
exits 75 "a feed that fails" on master bijk-feed --from oldest f1 -- /bin/false
metrics_of master bijk-master status
is "$(value 'bijk_feed_lag_records{feed="f1"}')" 150 "its lag"
is "$(value 'bijk_feed_failing{feed="f1"}')" 1 "and that it fails"
exits 1 "check" on master bijk-master check n1 n2
contents_not "$OUT" 'feed f1' "says nothing of it where nodes are named"
exits 1 "check of all" on master bijk-master check
contents "$OUT" ' - feed f1 \(.*\); 1 of 2 nodes: ' "does"
exits 0 "a feed" on master bijk-feed f1 -- /bin/cat
metrics_of master bijk-master status
is "$(value 'bijk_feed_lag_records{feed="f1"}')" 0 "has all"
is "$(value 'bijk_feed_confirmed_records_total{feed="f1"}')" 150 "which are counted"
is "$(value 'bijk_feed_failing{feed="f1"}')" 0 "and does not fail"
exits 64 "--prom with a name" on master bijk-master status --prom n1
exits 64 "--prom with --json" on master bijk-master status --prom --json
done_testing
