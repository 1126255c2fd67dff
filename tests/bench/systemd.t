#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The pushes a second that bijk-recv takes under a real systemd, and under
# tcpserver on the same host, in turns. Row 09-recv runs it and reads what it
# prints; its points only say that the measuring went well.
. "${0%/*}/../e2e/lib/e2e.sh"

why=$(systemd_why_not)
[ -z "$why" ] || skip_all "$why"
command -v tcpserver >/dev/null || skip_all "tcpserver is not here"
hosts_begin
E2E_INIT=systemd E2E_SOURCE=$E2E_ROOT host_new master 192.0.2.10 base
ok "install.sh master" install_master master
for program in ../bin/bijk-put ../bin/bijk-keyreg measure bench/sender; do
	put_file master "$(tool "${program##*/}")" 0755 <"$E2E_TOOLS/$program"
done
put_file master /root/nodes 0755 <<'END'
#!/bin/sh -eu
# nodes TOOLS: 64 nodes of this master, /run/n/1 to 64.
umask 077
mkdir -p /run/n
bijk-master export --address 127.0.0.1 >/run/n/card
for i in $(seq 64); do
	d=/run/n/$i
	mkdir -p $d/state
	od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' >$d/hash
	printf 'node:\n  name: n%s\n  address: 127.0.0.1\n  state: %s/state\n  hash: %s/hash\n  host_keys: %s\nsender:\n  masters: [127.0.0.1]\nspool:\n  min_free: 0\n' \
		$i $d $d /etc/ssh/ssh_host_ed25519_key.pub >$d/plugins.yml
	"$1/bijk-keyreg" -f $d/plugins.yml --import /run/n/card >/dev/null
	"$1/bijk-keyreg" -f $d/plugins.yml --export >$d/card
	bijk-master import <$d/card >/dev/null
	bijk-master set n$i min-period=0 >/dev/null
done
seq 100 >/run/n/lines
END
tools=$(tool bijk-put)
tools=${tools%/*}
ok "64 nodes" on master /root/nodes "$tools"
put_file master /root/round 0755 <<'END'
#!/bin/sh -eu
# round TOOLS AT_ONCE PORT: a push of each; how many seconds they took.
for i in $(seq 64); do "$1/bijk-put" -f /run/n/$i/plugins.yml /run/n/lines; done
rm -f /run/n/times
"$1/measure" /run/n/times "$1/sender" "$2" "$3" /run/n/*/plugins.yml
cut -d' ' -f1 /run/n/times
END
start master tcpserver setpriv --reuid bijk-master --regid bijk-master --init-groups tcpserver \
	-b 512 -c 1024 -H -R -l 0 127.0.0.1 50018 /usr/sbin/bijk-recv
until_ok 10 on master sh -c 'ss -ltnH | grep -q :50018'
declare -A port=([systemd]=50009 [tcpserver]=50018)
measure() { # AT_ONCE LISTENER...: in this order
	local p=$1 name
	shift
	for name; do on master /root/round "$tools" "$p" "${port[$name]}" >>"$T/$name$p" || return; done
}
rounds() {
	local p r name
	# The first one makes the logs.
	on master /root/round "$tools" 8 50009 >/dev/null || return
	for p in 1 8 64; do
		for ((r = 0; r < 2 * ${RUNS:-3}; r++)); do
			measure $p systemd tcpserver && measure $p tcpserver systemd || return
		done
		for name in systemd tcpserver; do
			echo "# $name $p $(sort -n "$T/$name$p" |
				awk '{ v[NR] = $1 } END { print 64 / v[int((NR + 1) / 2)] }')"
		done
	done
}
ok "under systemd and under tcpserver" rounds
grep '^#' "$OUT"
done_testing
