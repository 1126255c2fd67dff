#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A node that hangs, before or in its session, delays no other, and is reported
# when its time is over.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/farm.sh"

hosts_begin
master_new master 192.0.2.10 m1
master_config master m1 <<'END'
pull:
  parallel: 4
  timeout: 5
END
farm_new farm 192.0.2.20 master
farm_nodes farm 12
farm_break farm hang 1 1
farm_break farm silent 2 2
farm_acquaint farm master

start master pull bijk-pull --all
arrived() {
	farm_shows master 3 12 | cmp - want
}
farm_puts 3 12 >want
soon 25 "the ten others were pulled at once" arrived
ok "while those that hang still do" job_running master pull
finish master pull 60
is "$RC" 75 "partly done"
contents "$ERR" '\bn1\b' "one that hangs is named"
contents "$ERR" '\bn2\b' "and so is the other"

# Now they are known to fail, and get one of the four places.
farm_put_again farm 3 12
farm_puts_again 3 12 >>want
sort want >want.sorted
all_arrived() {
	farm_shows master 3 12 | sort | cmp - want.sorted
}
start master pull bijk-pull --all
soon 25 "the ten others are pulled at once again" all_arrived
ok "while those that hang still do" job_running master pull
stop master pull
done_testing
