#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A master whose ports bijk-listen holds, kept running by cron: a flood of
# connections ends nothing, and whoever comes after it is served at once.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/hostile.sh"

two_listen() {
	[ "$(pids master bijk-listen | wc -l)" -eq 2 ]
}

pair
host_new other 192.0.2.66
flood_and_serve
listener_start master 50009
soon 10 "cron's next run of the line finds it at work, and ends" two_listen
serves() {
	listener_stop master 50009
	on master sed -i "/:50009/s|-c 1024 [^ ]*|-c 1024 $2|" /etc/cron.d/bijk-listen
	listener_start master 50009
}
port_withstands table crashes
ok "the listeners stay" two_listen
done_testing
