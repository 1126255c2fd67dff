# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2016,SC2029,SC2034
# What the rows share. A row is a file in rows/, run as a program of its own
# with these set: BUILD (where make builds), T (a directory that is removed
# afterwards), RESULTS (what it found, a line each), RUNS (of how many a median
# is), SCALE (percent of the full sizes).
#
#   take NAME COMMAND...     runs it and keeps wall, user, system seconds and peak
#                            memory; its output is thrown away
#   median NAME [FIELD]      wall, cpu (user and system, with what it waited for) or rss
#   pair NAME OTHER [FIELD]  the median of the rounds' quotients: of two that were taken in turn, on a machine whose speed changes
#   result WHAT UNIT OURS THEIRS [OP TARGET [RATIO]]   one line of the table; OP
#                            TARGET is about RATIO, else OURS / THEIRS
#   remark TEXT              a line below the table
#   cannot TEXT              the row ends, and says why
set -eu
: "${BUILD:?}" "${T:?}" "${RESULTS:?}" "${RUNS:=3}" "${SCALE:=100}"
bin=$BUILD/bin
here=${BASH_SOURCE[0]%/*}

take() {
	local name=$1
	shift
	"$BUILD/tests/measure" "$T/$name.times" "$@" >/dev/null 2>"$T/$name.err" || {
		tail -n 3 "$T/$name.err" >&2
		return 1
	}
}

median() {
	awk -v what="${2-wall}" '{ print what == "wall" ? $1 : what == "rss" ? $4 : $2 + $3 }' \
		"$T/$1.times" | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

pair() {
	paste "$T/$1.times" "$T/$2.times" |
		awk -v what="${3-wall}" \
		'NF == 8 { print what == "wall" ? $1 / $5 : ($2 + $3) / ($6 + $7) }' | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

result() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "${5-}" "${6-}" "${7-}" \
		>>"$RESULTS"
}

remark() { printf 'remark\t%s\n' "$*" >>"$RESULTS"; }

cannot() {
	remark "Not measured: $*."
	exit 0
}

need() {
	command -v "$1" >/dev/null || cannot "$1 is not here"
}

# scaled N: so much of it as SCALE says, at least 1.
scaled() {
	local n=$(($1 * SCALE / 100))
	echo $((n > 0 ? n : 1))
}

calc() { awk "BEGIN { printf \"%.6g\\n\", $1 }"; }

# lines N: log lines of about 190 bytes, no two alike.
lines() {
	awk -v n="$1" 'BEGIN {
		srand(1)
		for (i = 0; i < n; i++)
			printf "2026-01-01T%02d:%02d:%02d.%06d host%d app[%d]: id=%08x%08x path=/api/v1/items/%d status=%d bytes=%d time=%.4f agent=\"client/%d.%d\" user=%d from=10.%d.%d.%d cache=%s\n",
				i / 3600 % 24, i / 60 % 60, i % 60, rand() * 1e6, i % 50,
				rand() * 30000, rand() * 4e9, i, rand() * 5000,
				rand() < .9 ? 200 : 404, rand() * 90000, rand(), rand() * 7,
				rand() * 13, rand() * 1e6, rand() * 255,
				rand() * 255, rand() * 255, rand() < .5 ? "hit" : "miss" }'
}

# scrapes N DIR: DIR/00001 and so on, of Debian's prometheus-node-exporter at
# successive moments.
scrapes() {
	local exporter=$UNPACKED/exporter/usr/bin/prometheus-node-exporter i file
	[ -x "$exporter" ] || cannot "prometheus-node-exporter could not be had"
	mkdir -p "$2"
	"$exporter" --web.listen-address=127.0.0.1:9100 --log.level=error &
	background+=($!)
	sleep 1
	for ((i = 1; i <= $1; i++)); do
		printf -v file '%s/%05d' "$2" "$i"
		exec 3<>/dev/tcp/127.0.0.1/9100
		printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3
		sed '1,/^\r*$/d' <&3 >"$file"
		exec 3>&-
	done
	[ "$(wc -c <"$file")" -gt 10000 ] || cannot "the exporter gave no scrape"
}

background=()
# Called by the trap.
# shellcheck disable=SC2317
bench_end() {
	local pid
	for pid in "${background[@]}"; do kill "$pid" 2>/dev/null || :; done
}
trap bench_end EXIT
