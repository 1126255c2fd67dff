#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The installation of README.md, as printed, on a node and a master that have
# nothing of Bijk; and each other's cards.
. "${0%/*}/../e2e/lib/e2e.sh"
. "$E2E_LIB/docs.sh"
. "$E2E_ROOT/tests/packages/debs.sh"

master=master.example.org
hosts_begin
host_new $master 192.0.2.10 base
host_new web7 192.0.2.20 base
for host in $master web7; do
	bring_debs "$host"
	in_host "$host" <<'END'
		for package in common node master; do
			mv /root/1/$package.deb /root/bijk-${package}_1.0_all.deb
		done
END
	host_first_start "$host"
done

# step N HOST: a block of the installation, in root's directory, without apt's
# index.
step() {
	doc_block 'A real installation in ten minutes' "$1" "$E2E_ROOT/README.md" | sed 's/^   //' >block
	[ -s block ] || give_up "README has no block $1"
	exits 0 "step $1 on $2: $(tail -n 1 block)" doc_step "$2"
}
doc_step() {
	# shellcheck source=/dev/null
	case $1 in
	here) (set -eu -o pipefail && . ./block) ;;
	*) (echo 'cd /root; export DEBIAN_FRONTEND=noninteractive' && cat block) | on "$1" sh -eu -s ;;
	esac
}
step 2 $master
step 3 web7
listener_start $master 50009
listener_start $master 50010
step 4 here
exits 0 "cron's collector" cron_run web7 bijk-collect bijk-vitals
exits 0 "a pull" pull $master web7
step 5 $master
contents "$OUT" '^web7 +ok +pull' "the node is there"
contents "$OUT" ' web7 vitals node_load1 ' "and its metrics"

exits 0 "without the master's keys" on web7 sh -c 'rm -rf /var/lib/bijk/masters /var/lib/bijk/.ssh/authorized_keys'
step 6 here
exits 0 "cards are enough for a pull" pull $master web7
done_testing
