#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The recipes of docs/feeds.md, as printed: whatever is stopped or killed, each
# record is in each receiver as often as its table says. The long form has
# Debian's packages of the receivers (set `feeds` of packages.sh), and kills a
# feed at every system call.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/docs.sh"

feeds=$E2E_ROOT/docs/feeds.md
# script HEADING N NAME: the block becomes a program of the master.
script() {
	doc_block "$1" "$2" "$feeds" | put_file master "/usr/local/bin/$3" 0755
}
# recipe HEADING N: its command, run as cron would; KILL=yes: the feed is killed
# when the command has ended, before it can hear that. WITHIN: its --timeout.
recipe() {
	doc_block "$1" "$2" "$feeds" | sed "s/ -- / -- ${KILL:+then-killed }/
		s/bijk-feed /&${WITHIN:+--timeout $WITHIN }/" >block
	run on master setpriv --reuid bijk-master --regid bijk-master --clear-groups \
		env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -e -s <block
}
# twice HEADING N: killed after its first batch, then as printed.
twice() {
	KILL=yes recipe "$1" "$2"
	is "$RC" 137 "$1: killed behind the command"
	recipe "$1" "$2"
	is "$RC" 0 "$1: then as printed"
	[ "$RC" -eq 0 ] || diag_run
}
vitals() {
	on node1 bijk-put -s vitals -- bijk-vitals
	sleep 1.1
}

hosts_begin
master_new master 192.0.2.10 m1
node_new node1 192.0.2.21 web1 master
acquaint node1 master web1
put_file master /usr/local/bin/then-killed 0755 <<'END'
#!/bin/sh
"$@"
code=$?
kill -9 $PPID
exit $code
END
on master install -d -o bijk-master -g bijk-master /srv/bijk

put_lines node1 1 40 app
pull master web1
files() {
	on master sh -c 'cat /srv/bijk/*/web1/*'
}
script Files 1 bijk-to-files
twice Files 2
is "$(files)" "$(lines 1 40)" "each record once"
put_lines node1 41 42 app
pull master web1
on master sh -c 'mv /srv/bijk/2* /srv/bijk/day-1'
KILL=yes recipe Files 2
on master sh -c 'mv /srv/bijk/2* /srv/bijk/day-2'
recipe Files 2
is "$(files)" "$(lines 1 42)" "and past midnight"
[ -n "${LONG-}" ] || { done_testing && exit; }

# --- Killed at every system call ---

swept=0 whole=0
# sweep [STRACE OPTION...]: a new feed, traced.
sweep() {
	on master sh -c 'rm -rf /srv/bijk/* /var/lib/bijk-master/feeds/sweep'
	run on master setpriv --reuid bijk-master --regid bijk-master --clear-groups strace "$@" \
		bijk-feed --batch 500 --format raw sweep -- /usr/local/bin/bijk-to-files
}
if command -v strace >/dev/null; then
	sweep -o /tmp/calls
	# From where it opens the feed: each call, and the how many of its kind it is.
	awk '{ sub(/\(.*/, "", $1); n[$1]++; if (begun || /"feeds"/) { begun = 1; print $1, n[$1] } }' \
		"$(host_file master /tmp/calls)" | grep '^[a-z]' >calls
	while read -r name nth; do
		sweep -o /dev/null -e "inject=$name:signal=KILL:when=$nth"
		[ "$RC" -ne 0 ] || [ "$name" = exit_group ] || diag "not killed at $name $nth"
		run on master bijk-feed --batch 500 --format raw sweep -- \
			/usr/local/bin/bijk-to-files
		if [ "$RC" -eq 0 ] && [ "$(files | sort -n)" = "$(lines 1 42 | sort -n)" ]; then
			whole=$((whole + 1))
		else
			diag "killed at $name $nth"
		fi
		swept=$((swept + 1))
	done <calls
	ok "killed at $swept calls" test "$swept" -gt 100
	is "$whole" "$swept" "each record is there once, wherever it was killed"
else
	skip "killed at every call" "strace is not here"
fi
on master sh -c 'rm -rf /srv/bijk/*'

for i in 1 2 3; do vitals; done
on node1 sh -c 'echo "weather,station=x temperature=21.5" | bijk-put -s influx'
on node1 sh -c 'printf "a\0\0b\\\\u0000\n" | bijk-put -s odd; printf "\377\n" | bijk-put -s odd'
pull master web1
samples=$(on master bijk-cat --source vitals web1 | grep -vc '^#')
script HTTP 1 bijk-to-http

# has PROGRAM...: or the receiver is skipped.
has() {
	local program
	for program; do
		PATH=$PATH:/usr/lib/postgresql/15/bin command -v "$program" >/dev/null ||
			{ skip "$program" "it is not here" && return 1; }
	done
}
# server NAME PORT COMMAND...: as a user of its own.
server() {
	local name=$1 port=$2
	shift 2
	on master install -d -o nobody -g nogroup "/srv/$name"
	start master "$name" setpriv --reuid nobody --regid nogroup --clear-groups "$@"
	until_ok 60 port_open master "$port" || { diag_file "$HOSTS_DIR/master-$name.err"; give_up "$name"; }
}
# fetch URL
fetch() {
	on master curl -sSG "$@"
}

# in_prometheus: how many samples it has.
in_prometheus() {
	fetch http://localhost:9090/api/v1/query --data-urlencode 'query={node="web1"}[2h]' |
		grep -o '\[[0-9.]*,"' | wc -l
}

if has initdb postgres psql; then
	bin=/usr/lib/postgresql/15/bin
	as_postgres() {
		on master setpriv --reuid postgres --regid postgres --clear-groups env -i PATH=$bin:/usr/bin:/bin "$@"
	}
	on master install -d -o postgres -g postgres /srv/pg /run/postgresql
	as_postgres initdb -A peer -D /srv/pg >/dev/null
	start master pg setpriv --reuid postgres --regid postgres --clear-groups \
		$bin/postgres -D /srv/pg -c listen_addresses= -k /run/postgresql
	until_ok 60 as_postgres psql -qX -c '' || give_up "no PostgreSQL"
	doc_block PostgreSQL 1 "$feeds" >block
	exits 0 "PostgreSQL: its tables" as_postgres sh -e -s <block
	doc_block PostgreSQL 2 "$feeds" | put_file master /etc/bijk/feed.sql 0644
	stop master pg
	recipe PostgreSQL 3
	is "$RC" 75 "PostgreSQL: it is stopped"
	on master rm -f /srv/pg/postmaster.pid
	start master pg setpriv --reuid postgres --regid postgres --clear-groups \
		$bin/postgres -D /srv/pg -c listen_addresses= -k /run/postgresql
	until_ok 60 as_postgres psql -qX -c '' || give_up "no PostgreSQL"
	twice PostgreSQL 3
	sql() {
		as_postgres psql -qXAt -d bijk -c "$1"
	}
	is "$(sql "SELECT payload FROM record WHERE source = 'app' ORDER BY seq")" "$(lines 1 42)" \
		"PostgreSQL: each record once"
	is "$(sql 'SELECT count(*) FROM record')" "$(on master bijk-cat --json web1 | wc -l)" "all of them"
	is "$(sql "SELECT payload FROM record WHERE source = 'odd' AND payload IS NOT NULL")" \
		"$(printf 'a\357\277\275\357\277\275b\\u0000')" "a NUL is replaced, and no more"
	is "$(sql "SELECT payload_raw FROM record WHERE payload IS NULL")" '\xff0a' "bytes stay"
	put_lines node1 43 45 app
	pull master web1
	start master slow setpriv --reuid postgres --regid postgres --clear-groups \
		psql -qX -d bijk -c 'BEGIN; LOCK record; SELECT pg_sleep(20)'
	soon 30 "PostgreSQL: a table is locked" as_postgres sh -c \
		"psql -qXAt -c \"SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock'\" | grep 1"
	WITHIN=2 recipe PostgreSQL 3
	is "$RC" 75 "PostgreSQL: slower than --timeout"
	contents "$ERR" 'did not end within 2 s' "is told"
	# Slower than usual, but not than --timeout: it waits for the lock.
	recipe PostgreSQL 3
	is "$RC" 0 "PostgreSQL: slow"
	is "$(sql "SELECT payload FROM record WHERE source = 'app' ORDER BY seq")" "$(lines 1 45)" \
		"each record once"
	finish master slow
	stop master pg
fi

if has rrdtool; then
	script rrdtool 1 bijk-to-rrd
	twice rrdtool 2
	exits 0 "rrdtool: the time of the last value" on master rrdtool last /srv/bijk/web1/node_load1.rrd
	is "$(cat "$OUT")" "$(on master bijk-cat --json --source vitals --tail 1 web1 |
		json_field time | xargs -I{} date -d {} +%s)" "rrdtool: is that of the last record"
	doc_block rrdtool 3 "$feeds" >block
	exits 0 "rrdtool: a graph" on master sh -e -s <block
	like "$(on master head -c 4 /srv/bijk/web1-load.png | od -An -c)" 'P +N +G' "which is there"
fi

if has influxd; then
	put_file master /etc/influx.conf <<'END'
reporting-disabled = true
[meta]
dir = "/srv/influx/meta"
[data]
dir = "/srv/influx/data"
wal-dir = "/srv/influx/wal"
END
	recipe InfluxDB 1
	is "$RC" 75 "InfluxDB: it is stopped"
	server influx 8086 influxd -config /etc/influx.conf
	on master curl -sS -o /dev/null -XPOST http://localhost:8086/query --data-urlencode 'q=CREATE DATABASE bijk'
	twice InfluxDB 1
	fetch http://localhost:8086/query --data-urlencode db=bijk \
		--data-urlencode 'q=SELECT count(temperature) FROM weather WHERE node='"'web1'" >got
	contents got '\["1970-01-01T00:00:00Z",1\]' "InfluxDB: the point is there once"
	on node1 sh -c 'echo "weather,station=x temperature=\"warm\"" | bijk-put -s influx'
	on node1 sh -c 'echo "weather,station=y temperature=20" | bijk-put -s influx'
	pull master web1
	recipe InfluxDB 1
	is "$RC" 65 "InfluxDB: an answer 400"
	contents "$ERR" 'field type conflict' "is told"
	like "$(on master sh -c 'cat /var/lib/bijk-master/feeds/influxdb/rejected/*')" 'temperature="warm"' \
		"the batch is kept"
	recipe InfluxDB 1
	is "$RC" 0 "and the feed continues"
	stop master influx
fi

if has victoria-metrics vmagent; then
	recipe VictoriaMetrics 1
	is "$RC" 75 "VictoriaMetrics: it is stopped"
	server victoria 8428 victoria-metrics -storageDataPath=/srv/victoria \
		-dedup.minScrapeInterval=1ms
	twice VictoriaMetrics 1
	fetch http://localhost:8428/internal/force_flush
	fetch http://localhost:8428/api/v1/export --data-urlencode 'match[]={node="web1"}' >got
	is "$(grep -o '"timestamps":\[[^]]*\]' got | grep -o '[0-9]\{13\}' | wc -l)" "$samples" \
		"VictoriaMetrics: each sample once"
	stop master victoria

	if has prometheus promtool; then
		{
			echo 'global: {}'
			doc_block Prometheus 1 "$feeds"
		} | put_file master /etc/prometheus-feed.yml 0644
		server agent 8429 vmagent -remoteWrite.url=http://localhost:9090/api/v1/write \
			-remoteWrite.tmpDataPath=/srv/agent
		twice Prometheus 2
		server prometheus 9090 prometheus --config.file=/etc/prometheus-feed.yml \
			--storage.tsdb.path=/srv/prometheus --web.enable-remote-write-receiver
		arrived() {
			[ "$(in_prometheus)" = "$samples" ]
		}
		soon 150 "Prometheus: each sample once, also what vmagent kept" arrived
		stop master agent
		stop master prometheus
	fi
fi

if has promtool prometheus; then
	script Prometheus 3 bijk-to-blocks
	twice Prometheus 4
	on master cp -r /srv/bijk/blocks /srv/history
	on master chown -R nobody:nogroup /srv/history
	echo 'global: {}' | put_file master /etc/prometheus-feed.yml 0644
	server history 9090 prometheus --config.file=/etc/prometheus-feed.yml \
		--storage.tsdb.path=/srv/history
	is "$(in_prometheus)" "$samples" "Prometheus' blocks: each sample once"
	stop master history
fi
done_testing
