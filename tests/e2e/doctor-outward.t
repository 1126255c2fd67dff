#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What a node meets on its way to the master, and what the master thinks of it.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"

fault_setup() {
	put_file master "$(tool clockshift.so)" 0755 <"$E2E_TOOLS/clockshift.so"
	# As it is installed it may be static, and listens to no loader.
	put_file master "$(tool bijk-recv)" 0755 <"$E2E_TOOLS/dynamic/bijk-recv"
}
faults_begin
# The first, for five minutes after the registration above a push registers again.
fault "the master's host key has changed" at=master stops=push check=outward says='host key|pinned' <<'END'
rm /etc/ssh/ssh_host_ed25519_key*
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
sshd_stop
/usr/sbin/sshd
END
fault "the master's name is gone" stops=push check=outward says='master, name' \
	advice='ADDRESS master' by='echo "192.0.2.10 master" >>/etc/hosts' <<'END'
umount /etc/hosts
echo '127.0.0.1 localhost' >/etc/hosts
END
fault 'the master is down' at=master stops='pull push' check=outward says='port 22' \
	advice='bijk-doctor --master' by='ip link set eth0 up' <<'END'
ip link set eth0 down
END
fault "the master's sshd does not run" at=master stops=push check=outward says='port 22 is closed' \
	<<'END'
sshd_stop
END
fault "port 22 is dropped at the master" at=master stops=push check=outward \
	says='port 22 does not answer' \
	advice='bijk-doctor --master' by='iptables -F' <<'END'
iptables -A INPUT -p tcp --dport 22 -j DROP
END
# Who is registered is served without it.
fault 'port 50010 is closed at the master' at=master verdict=warn stops=none check=outward \
	says='50010' \
	advice='bijk-doctor --master' by='iptables -F' <<'END'
iptables -A INPUT -p tcp --dport 50010 -j REJECT
END
fault 'port 50010 is closed to a node that is not registered' at=master stops='pull push' \
	check=outward says='50010' \
	then='rm -r /var/lib/bijk/masters /var/lib/bijk/known_hosts \
		/var/lib/bijk/.ssh/authorized_keys /var/lib/bijk/state/register-master' \
	advice='bijk-keyreg --export' by='iptables -F' later=bijk-keyreg also=own <<'END'
iptables -A INPUT -p tcp --dport 50010 -j DROP
END
fault 'nobody listens on port 50009' at=master stops=push check=outward \
	says='nothing listens at the far end' \
	advice='bijk-doctor --master' \
	by=listeners <<'END'
listener_stops 50009
END
fault 'port 50011 is taken' stops=push check=outward says='50011' <<'END'
setsid setpriv --reuid nobody --regid nogroup --clear-groups socat -u \
	TCP-LISTEN:50011,bind=127.0.0.1,fork OPEN:/dev/null >/dev/null 2>&1 &
port_waits 50011
END
fault 'the port of sender.local is taken' stops=push check=outward says='50012' <<'END'
sed -i 's/^sender:/&\n  local: 127.0.0.1:50012/' /etc/bijk/plugins.yml
setsid setpriv --reuid nobody --regid nogroup --clear-groups socat -u \
	TCP-LISTEN:50012,bind=127.0.0.1,fork OPEN:/dev/null >/dev/null 2>&1 &
port_waits 50012
END
fault 'the push key is another one' stops=none flows=push check=outward \
	says='has not registered the key' <<'END'
bijk-keyreg
rm /var/lib/bijk/id_ed25519 /var/lib/bijk/id_ed25519.pub
setpriv --reuid bijk --regid bijk --clear-groups ssh-keygen -q -t ed25519 -N '' -f \
	/var/lib/bijk/id_ed25519
END
fault 'the master has another hash' at=master stops='pull push' check=outward says='another hash' \
	<<'END'
head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' | bijk-master add n1 --replace-hash
END
fault 'the node has another hash' stops='pull push' check=outward says='another hash' <<'END'
head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >/etc/bijk/hash
END
fault 'the node was removed at the master' at=master stops='pull push' check=outward \
	says='does not know n1' <<'END'
bijk-master remove n1
END
fault 'the node is switched off at the master' at=master stops='pull push' check=outward \
	says='switched off' <<'END'
bijk-master set n1 mode=off
END
fault 'a name that the master does not know' stops='pull push' check=outward \
	says='now called n2, but registered there as n1' \
	advice='node.name: n1 in .* rand -hex 32 .*add n2' \
		by="sed -i 's/name: n2/name: n1/' /etc/bijk/plugins.yml" <<'END'
sed -i 's/name: n1/name: n2/' /etc/bijk/plugins.yml
END
fault "the master's clock is an hour ahead" at=master verdict=warn stops=none check=outward \
	says='clock: ours is (59|60) min behind' \
	advice='chronyc makestep' by='mv /root/recv /usr/sbin/bijk-recv' <<'END'
mv /usr/sbin/bijk-recv /root/recv
cat >/usr/sbin/bijk-recv <<'RECV'
#!/bin/sh
LD_PRELOAD=/usr/local/lib/bijk-e2e/clockshift.so exec /usr/local/lib/bijk-e2e/bijk-recv
RECV
chmod 755 /usr/sbin/bijk-recv
END
fault 'a route by another interface' stops='pull push' check=outward says='cannot be reached' <<'END'
ip link add lan type veth peer name far
ip link set far up
ip link set lan up
ip route add 192.0.2.10 dev lan
END
done_testing
