#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# install.sh master: what is there afterwards, and that a second run changes nothing.
. "${0%/*}/lib/e2e.sh"

hosts_begin
E2E_SOURCE=$E2E_ROOT host_new master 192.0.2.10 base
mode() {
	on master stat -c '%U:%G %a' "$1"
}
sshd_says() {
	on master /usr/sbin/sshd \
		-T -C "user=$1,host=node,addr=192.0.2.20,laddr=192.0.2.10,lport=22" | sort
}

sshd_says root >root.before
ok "install.sh master" install_master master
is "$(mode /var/lib/bijk-master)" "bijk-master:bijk-master 700" "/var/lib/bijk-master"
is "$(mode /var/lib/bijk-master/id_ed25519)" "bijk-master:bijk-master 600" "the pull key"
is "$(on master getent shadow bijk-master | cut -d: -f2)" '*' \
	"no password fits, but the account is not locked"
for program in bin/bijk-cat sbin/bijk-pull sbin/bijk-recv sbin/bijk-keyrecv sbin/bijk-authkeys \
	sbin/bijk-master; do
	is "$(mode /usr/$program)" "root:root 755" "/usr/$program"
done
sshd_says bijk-master >says
for line in 'authorizedkeyscommand /usr/sbin/bijk-authkeys %t %k' 'authorizedkeysfile none' \
	'permitopen 127.0.0.1:50009' \
	'maxsessions 0' 'allowtcpforwarding local' 'forcecommand /usr/sbin/nologin'; do
	ok "sshd, for bijk-master: $line" grep -qx "$line" says
done
sshd_says root >root.after
same root.after root.before "sshd, for root: as before"
ok "port 50009 is served" port_open master 50009
ok "port 50010 is served" port_open master 50010
exits 0 "bijk-master list" on master bijk-master list

# The installer greets its listeners, who count it among the probes.
wrote() {
	host_wrote master | grep -v '/bijk-master/probes '
}
wrote >first
ok "install.sh master, again" install_master master
wrote >second
same second first "changes nothing"

put_file master /etc/ssh/sshd_config.d/50-broken.conf <<'END'
NoSuchKeyword yes
END
not_ok "with a broken sshd_config it fails" install_master master
is "$(on master bash -c 'exec 3<>/dev/tcp/192.0.2.10/22; head -c 4 <&3')" SSH- \
	"and sshd goes on as it was"
done_testing
