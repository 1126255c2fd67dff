#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A master under tcpserver, kept running by cron: a flood of connections ends
# nothing, and whoever comes after it is served at once.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/hostile.sh"

pair
host_new other 192.0.2.66
flood_and_serve
listener_start master 50009
is "$(pids master tcpserver | wc -l)" 2 "cron's next run of the line finds it at work"
done_testing
