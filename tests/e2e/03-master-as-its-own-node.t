#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A master can be its own node: one machine, both installed, pulled from itself
# and pushing to itself.
. "${0%/*}/lib/e2e.sh"

hosts_begin
E2E_SOURCE=$E2E_ROOT host_new both 192.0.2.10 base
ok "install.sh master" install_master both
ok "install.sh node" install_node both self both
acquaint both both self
on both bijk-master set self min-period=0
put_lines both 1 10
exits 0 "a pull" pull both self
put_lines both 11 20
exits 0 "a push" push both
has_lines both self 1 20 "brought the records"
done_testing
