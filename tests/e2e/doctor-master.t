#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What goes wrong on a master, and `bijk-doctor --master` there.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"

# A node that comes again is answered.
flow_register() {
	on node timeout "$fault_try" bijk-keyreg
}

master_fault() {
	local name=$1
	shift
	fault "$name" at=master doctor=master stops=push check=sshd "$@"
}

fault_setup() {
	on node cat /etc/bijk/hash | put_file master /root/n1.hash 0600
}

faults_begin
master_fault 'DisableForwarding in a drop-in that sorts earlier' says='settings for bijk-master' <<'END'
printf 'Match User *,!root\n\tDisableForwarding yes\nMatch all\n' >/etc/ssh/sshd_config.d/00-a-hardening.conf
sshd_has
END
master_fault 'AllowTcpForwarding no in a drop-in that sorts earlier' says='settings for bijk-master' \
	<<'END'
printf 'Match Group *,!root\n\tAllowTcpForwarding no\nMatch all\n' >/etc/ssh/sshd_config.d/00-a-hardening.conf
sshd_has
END
master_fault 'ChrootDirectory in a drop-in that sorts earlier' says='settings for bijk-master' <<'END'
printf 'Match User *,!root\n\tChrootDirectory /srv/%u\nMatch all\n' >/etc/ssh/sshd_config.d/00-a-hardening.conf
sshd_has
END
master_fault 'the drop-in is gone' says='00-bijk-master.conf' <<'END'
rm /etc/ssh/sshd_config.d/00-bijk-master.conf
sshd_has
END
master_fault 'drop-ins are not included' says='sshd' <<'END'
sed -i '/^Include/d' /etc/ssh/sshd_config
sshd_has
END
master_fault 'AllowUsers without bijk-master' says='AllowUsers' <<'END'
sshd_has 'AllowUsers root'
END
master_fault 'DenyGroups with bijk-master' says='DenyGroups' <<'END'
sshd_has 'DenyGroups bijk-master'
END
master_fault 'bijk-authkeys that others may change' says='bijk-authkeys' <<'END'
chmod 777 /usr/sbin/bijk-authkeys
END
master_fault 'a folder of bijk-authkeys that its group may change' says='/usr/sbin' <<'END'
chgrp users /usr/sbin
chmod g+w /usr/sbin
END
master_fault 'sshd does not run' says='run' <<'END'
sshd_stop
END
master_fault 'the account has expired' check=sshd says='expire' <<'END'
usermod -e 1 bijk-master
END
master_fault 'nologin at the master' check=sshd says='/etc/nologin' <<'END'
: >/etc/nologin
END
master_fault 'nobody listens on port 50009' check=listeners says='50009' <<'END'
listener_stops 50009
END
master_fault 'nobody listens on port 50010' stops=register check=listeners says='50010' <<'END'
listener_stops 50010
END
master_fault 'port 50009 is open to all' stops=none check=listeners says='50009: it is bound to' \
	<<'END'
listener_stops 50009
sed -i "s/127.0.0.1:50009/'*:50009'/" /etc/cron.d/bijk-listen
setsid setpriv --reuid bijk-master --regid bijk-master --init-groups bijk-listen -b '*:50009' \
	/usr/sbin/bijk-recv >/dev/null 2>&1 &
port_waits 50009
END
master_fault 'something else answers on port 50009' check=listeners says='50009' \
	advice='process [0-9]+, .*/socat, listens there' by='pkill -x socat; listeners' <<'END'
listener_stops 50009
setsid socat tcp-listen:50009,bind=127.0.0.1,reuseaddr,fork exec:"echo hello" >/dev/null 2>&1 &
port_waits 50009
END
# The next pull makes one, which no node knows yet.
master_fault 'no pull key' stops=none flows=pull check=own says='id_ed25519' later=bijk-keyreg \
	<<'END'
rm /var/lib/bijk-master/id_ed25519*
END
master_fault 'a pull key that no node knows' verdict=warn stops=pull check=fleet says='n1: .*key' \
	advice='bijk-master test n1' by=: later=bijk-keyreg <<'END'
rm /var/lib/bijk-master/id_ed25519*
bijk-master export >/dev/null
END
master_fault 'a pull key that others may read' stops=pull check=own says='id_ed25519' <<'END'
chmod 644 /var/lib/bijk-master/id_ed25519
END
master_fault 'nodes of root' stops='pull push' check=own says='/var/lib/bijk-master' <<'END'
chown -R root:root /var/lib/bijk-master/nodes
END
master_fault 'a node of root' stops='pull push' check=own says='/var/lib/bijk-master/nodes/n1' \
	<<'END'
chown -R root:root /var/lib/bijk-master/nodes/n1
END
master_fault 'no space at the master' stops='pull push' check=own \
	says='space: .* free on the file system of /var/lib/bijk-master' \
	then='head -c 200000 /dev/urandom | base64 -w 0 | bijk-put -s noise' \
	advice='make room' by='rm /var/lib/bijk-master/other' <<'END'
cp -a /var/lib/bijk-master /run/kept
mount -t tmpfs -o size=4m,mode=700,uid=$(id -u bijk-master),gid=$(id -g bijk-master) small \
	/var/lib/bijk-master
cp -a /run/kept/. /var/lib/bijk-master
cat /dev/zero >/var/lib/bijk-master/other 2>/dev/null || :
chown bijk-master /var/lib/bijk-master/other
END
master_fault 'a tab in master.yml' stops=pull check=config says='master.yml:[0-9]' <<'END'
printf 'pull:\n\tperiod: 60\n' >>/etc/bijk/master.yml
END
master_fault 'a node that nobody has added' verdict=warn stops='pull push' check=fleet \
	says='n1, from 192\.0\.2\.20' then=bijk-keyreg \
	advice='bijk-master add n1' by='bijk-master add n1 --hash /root/n1.hash' later=bijk-keyreg \
		<<'END'
bijk-master remove n1
END
fault 'a node whose sshd is away' doctor=master verdict=warn stops=pull check=fleet \
	says='1 node: n1: ' then='bijk-pull n1' \
	advice='bijk-master test n1' by=/usr/sbin/sshd <<'END'
sshd_stop
END
done_testing
