#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-vitals prints this machine's own figures in the text format of
# Prometheus, of every awk; where node_exporter is, under names that it has.
. "${0%/*}/lib/e2e.sh"

# Each sample has its TYPE before it, once, and stands beside its like; none is
# there twice.
format='
	/^# TYPE [a-z][A-Za-z0-9_]* (counter|gauge)$/ {
		if (seen[$3]++) print "again: " $0
		name = $3
		if (($4 == "counter") != (name ~ /_total$/)) print "not its type: " $0
		next
	}
	!/^[a-z][A-Za-z0-9_]*(\{[a-z]+="([^"\\]|\\["\\])*"(,[a-z]+="([^"\\]|\\["\\])*")*\})? [0-9]+(\.[0-9]+)?$/ {
		print "not a sample: " $0
	}
	{
		series = $0
		sub(/ [^ ]*$/, "", series)
		if (samples[series]++) print "twice: " $0
		sub(/\{.*/, "", series)
		if (series != name) print "out of place: " $0
	}'
# What has a figure of its own in /proc, which does not change meanwhile.
same_as_proc() {
	awk '/^MemTotal/ { printf "node_memory_MemTotal_bytes %.0f\n", $2 * 1024 }' /proc/meminfo
	awk '/^btime/ { print "node_boot_time_seconds " $2 }' /proc/stat
}

hosts_begin
host_new node 192.0.2.20 node
on node mkdir '/mnt/a "b\c'
on node mount -t tmpfs -o ro,size=5m tmpfs '/mnt/a "b\c'
for awk in mawk gawk busybox original-awk; do
	path=$(command -v $awk) || continue
	on node mkdir -p "/opt/$awk"
	[ $awk != busybox ] || for applet in stat timeout date uname cat; do
		on node ln -s "$path" "/opt/$awk/$applet"
	done
	on node ln -s "$path" "/opt/$awk/awk"
	exits 0 "with $awk" on node env PATH="/opt/$awk:$PATH" bijk-vitals
	cp "$OUT" metrics
	empty "$ERR" "which has nothing to say of it"
	LC_ALL=C awk "$format" metrics >wrong
	empty wrong "its format"
	same_as_proc | grep -vxFf metrics >wrong || true
	empty wrong "its figures"
	is "$(grep -cE '^node_cpu_seconds_total\{cpu="[0-9]+",mode="idle"\}' metrics)" \
		"$(grep -c '^cpu[0-9]' /proc/stat)" "each CPU"
	labels='device="tmpfs",fstype="tmpfs",mountpoint="/mnt/a \"b\\c"'
	for sample in "readonly{$labels} 1" "size_bytes{$labels} 5242880" "device_error{$labels} 0"; do
		is "$(grep -cxF "node_filesystem_$sample" metrics)" 1 "$sample"
	done
	like "$(grep '^node_network_receive_bytes_total{device="eth0"}' metrics)" ' [1-9]' "network"
	contents metrics '^node_uname_info.*nodename="node"' "uname"
done

# A server that does not answer costs 2 s, and the rest is there.
printf '#!/bin/sh\ncase $4 in */b*) sleep 1000 ;; esac\nexec /usr/bin/stat "$@"\n' |
	put_file node /opt/slow/stat 0755
on node mkdir /mnt/b
on node mount -t tmpfs dead:/b /mnt/b
exits 0 "with a dead server" on node env PATH="/opt/slow:$PATH" bijk-vitals
contents "$OUT" '^node_filesystem_device_error\{device="dead:/b".* 1$' "the error is a metric"
contents_not "$OUT" '^node_filesystem_size_bytes\{device="dead:/b"' "and nothing is made up"
contents "$OUT" '^node_filesystem_size_bytes\{.*mountpoint="/mnt/a ' "the others are there"
empty "$ERR" "and no message"

if command -v prometheus-node-exporter >/dev/null; then
	start node exporter prometheus-node-exporter --web.listen-address=127.0.0.1:9100
	until_ok 30 port_open node 9100 || give_up "no node_exporter"
	on node sh -c 'printf "GET /metrics HTTP/1.0\r\n\r\n" | socat -t 30 - TCP:127.0.0.1:9100' |
		grep '^node_' | sed 's/[ {].*//' | sort -u >theirs
	grep -v '^#' metrics | sed 's/[ {].*//' | sort -u | comm -23 - theirs >new
	empty new "every name is one of node_exporter's"
fi
on node mount -t tmpfs none /proc
exits 66 "without /proc" on node bijk-vitals
done_testing
