#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What is shipped for Icinga, Zabbix and Checkmk, with the real programs, where
# there are any: they read it, and its commands run as their accounts.
. "${0%/*}/../e2e/lib/e2e.sh"

examples=/usr/share/bijk/examples/monitoring
pair
on node cron
exits 0 "a pull" pull master n1
for host in master node; do
	on $host install -m 440 $examples/sudoers /etc/sudoers.d/bijk-check
	exits 0 "visudo, on the $host" on $host visudo -cq
done

put_file master /etc/icinga2/try.conf 0644 <<END
include <itl>
object Host "m" {
  check_command = "dummy"
  vars.bijk_master = true
  vars.bijk_node = true
}
include "$examples/icinga2.conf"
object CheckerComponent "checker" {}
object PerfdataWriter "numbers" {
  service_temp_path = "/run/icinga2/numbers"
  service_perfdata_path = "/run/icinga2/service"
  rotation_interval = 1s
  service_format_template = "\$service.name\$ \$service.state\$ \$service.perfdata\$ \$service.output\$"
}
END
exits 0 "Icinga" on master icinga2 daemon -C -c /etc/icinga2/try.conf
contents "$OUT" 'Instantiated 2 Services' "has both services"
contents_not "$OUT" 'warning|critical' "and no complaint"
on master install -d -o nagios -g nagios /run/icinga2 # as its init script
start master icinga icinga2 daemon -c /etc/icinga2/try.conf
# icinga_saw ERE: in what it wrote of a service.
icinga_saw() {
	on master sh -c 'cat /run/icinga2/service.*' | grep -qE "$1"
}
soon 120 "it runs the first, and reads its line and its numbers" icinga_saw \
	'^bijk OK ok=1;;;0 .* BIJK OK - 1 node'
soon 120 "and the second, on a machine that is no node" icinga_saw \
	'^bijk-doctor CRITICAL failed=[1-9][0-9]*;;;0 .* BIJK CRITICAL - '
stop master icinga
as() { on "$1" setpriv --reuid "$2" --regid "$2" --clear-groups "${@:3}"; }
exits 0 "its command, as nagios" as master nagios sudo -n -u bijk-master \
	/usr/sbin/bijk-master check
contents "$OUT" '^BIJK OK - 1 node' "is a plugin"
exits 0 "the other one" as node nagios sudo -n /usr/sbin/bijk-doctor --check
contents "$OUT" '^BIJK OK' "too"
not_ok "another argument is refused" as node nagios sudo -n /usr/sbin/bijk-doctor --check \
	-f /etc/shadow
not_ok "and so is no argument" as node nagios sudo -n /usr/sbin/bijk-doctor
not_ok "and another command" as master nagios sudo -n -u bijk-master /usr/sbin/bijk-master list

# zabbix HOST KEY: what the agent answers, in "KEY [t|ANSWER]".
zabbix() {
	as "$1" zabbix zabbix_agentd -c $examples/zabbix-agent.conf -t "$2"
}
like "$(zabbix master bijk.check)" '\[t\|BIJK OK - 1 node' "Zabbix: bijk.check"
like "$(zabbix master 'bijk.nodes[ok]')" '\[t\|1\]' "Zabbix: bijk.nodes[ok]"
like "$(zabbix master 'bijk.nodes[silent]')" '\[t\|0\]' "Zabbix: bijk.nodes[silent]"
like "$(zabbix master bijk.metrics)" '^bijk_node_status\{node="n1",status="ok"\} 1' \
	"Zabbix: bijk.metrics"
like "$(zabbix node bijk.doctor)" '\[t\|BIJK OK' "Zabbix: bijk.doctor"
done_testing
