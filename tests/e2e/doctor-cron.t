#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# cron, on both ends: without it, or without the line in its files, nothing is
# started; with it data comes by itself.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"

command -v cron >/dev/null || skip_all "cron is not installed"
# Nobody starts anything here but cron.
fault_settle=130
fault_cron=runs
flow_cron() {
	arrived "$1"
}
# What cron would run, now.
flow_line() {
	cron_push node && arrived "$1"
}
fault_setup() {
	node_config node n1 master <<'END'
  mode: always
  period: 1
END
	master_config master m1 <<'END'
pull:
  period: 60
push:
  min_period: 0
END
}

faults_begin
fault 'cron does not run on the node' stops=cron check=cron says='cron' \
	then='bijk-master set n1 mode=push' <<'END'
pkill -x cron
END
fault 'no entry for cron on the node' stops=line check=cron says='/etc/cron.d/bijk-node' \
	then='pkill -x cron' <<'END'
rm /etc/cron.d/bijk-node
END
fault 'the line for a push is a comment' stops=line check=cron says='bijk-push' \
	then='pkill -x cron' <<'END'
sed -i 's,^.*/usr/sbin/bijk-push,#&,' /etc/cron.d/bijk-node
END
done_testing
