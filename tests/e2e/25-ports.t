#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The original's ports: registration on 50010, the tunnel from 127.0.0.1:50011
# of the node to 127.0.0.1:50009 of the master.
. "${0%/*}/lib/e2e.sh"

pair
ok "the master listens on 50010" port_open master 50010
is "$(on master awk '$2 ~ /:C359$/ && $4 == "0A" { print $2 }' /proc/net/tcp)" 0100007F:C359 \
	"and on 50009, of 127.0.0.1 only"
ok "the node listens on nothing but sshd's port" port_shut node 50011

# Held open by a session that stops in its middle, the tunnel can be looked at.
on master bijk-master set n1 min-period=0
node_config node n1 master <<'END'
  ssh_port: 2222
END
stall master c:1000000 192.0.2.10:2222 192.0.2.10:22
noise 2000000 | base64 -w 1000 | on node bijk-put -l
start node push bijk-push --now
soon 30 "during a push ssh listens on 50011" port_open node 50011
is "$(on node awk '$2 ~ /:C35B$/ && $4 == "0A" { print $2 }' /proc/net/tcp /proc/net/tcp6)" \
	0100007F:C35B \
	"of 127.0.0.1 only"
connected() {
	on master awk 'BEGIN { r = 1 } $3 ~ /:C359$/ && $4 == "01" { r = 0 } END { exit r }' \
		/proc/net/tcp
}
soon 30 "and sshd of the master is connected to 50009" connected
let_go master
finish node push
is "$RC" 0 "the push is good"
ok "the port is free again" port_shut node 50011
done_testing
