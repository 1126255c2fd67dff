#!/usr/bin/env bash
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"
faults_begin
fault 'firewalld without ssh' check=firewall says='firewalld' <<'END'
mkdir -p /run/dbus /etc/firewalld/zones
echo '<zone/>' >/etc/firewalld/zones/work.xml
dbus-daemon --system --fork --nopidfile </dev/null >/dev/null 2>&1
firewalld </dev/null >/dev/null 2>&1
n=0; until firewall-cmd --state >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 100 ]; sleep 0.1; done
firewall-cmd --zone=work --change-interface=eth0
END
fault 'ufw without a rule' check=firewall says='ufw|policy' <<'END'
ufw --force enable
END
done_testing
