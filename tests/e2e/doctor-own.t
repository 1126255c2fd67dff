#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The node's own things: configuration, hash, keys, spool.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"

# A new record is what cannot be stored.
flow_put() {
	echo "$1 put" | on node bijk-put 2>/dev/null && flow_pull "$1 put"
}
faults_begin
fault 'a tab in the configuration' stops='put push' check=config says='plugins.yml:[0-9]' <<'END'
printf 'spool:\n\tmax_size: 1G\n' >>/etc/bijk/plugins.yml
END
fault 'a section that is ours but for a letter' verdict=warn stops=none check=config says='sendr' \
	advice='below .sender' by="sed -i '/^sendr/,\$d' /etc/bijk/plugins.yml" <<'END'
printf 'sendr:\n  period: 60\n' >>/etc/bijk/plugins.yml
END
fault 'authorized_keys that others may write' check=sshd says='authorized_keys' <<'END'
chmod 666 /var/lib/bijk/.ssh/authorized_keys
END
fault 'a home that others may write' check=sshd says='/var/lib/bijk' <<'END'
chmod 777 /var/lib/bijk
END
fault 'authorized_keys emptied' check=sshd says='key' <<'END'
: >/var/lib/bijk/.ssh/authorized_keys
END
fault 'authorized_keys of root' check=own also=sshd says='authorized_keys' <<'END'
chmod 600 /var/lib/bijk/.ssh/authorized_keys
chown root:root /var/lib/bijk/.ssh/authorized_keys
END
fault 'two lines of the account' check=own says='passwd.*in front of' <<'END'
sed -i '1i bijk:x:4711:4711::/nonexistent:/bin/false' /etc/passwd
END
fault 'no hash' stops='pull push' check=own \
	says='/etc/bijk/hash' advice='put back a copy' \
	by='install -m 640 -o root -g bijk /root/hash /etc/bijk/hash' <<'END'
mv /etc/bijk/hash /root/hash
END
fault 'a hash that others may read' stops='pull push' check=own \
	says='/etc/bijk/hash' <<'END'
chmod 644 /etc/bijk/hash
END
fault 'a hash that bijk cannot read' stops='pull push' check=own \
	says='/etc/bijk/hash' <<'END'
chmod 600 /etc/bijk/hash
END
# The next push makes one and registers it.
fault 'no push key' verdict=warn stops=none check=own says='id_ed25519' <<'END'
rm /var/lib/bijk/id_ed25519 /var/lib/bijk/id_ed25519.pub
END
# bijk-push registers it by itself, when one is due.
fault 'a push key that is not registered' stops=none check=outward says='key' <<'END'
rm /var/lib/bijk/id_ed25519 /var/lib/bijk/id_ed25519.pub
setpriv --reuid bijk --regid bijk --clear-groups ssh-keygen -q -t ed25519 -N '' -f \
	/var/lib/bijk/id_ed25519
END
fault 'a spool of root' stops='put pull push' check=own also=sshd says='spool' <<'END'
chown -R root:root /var/lib/bijk/spool
END
# spool_on OPTIONS: the spool as a file system of its own.
spool_on=$(
	cat <<'END'
spool_on() {
	cp -a /var/lib/bijk/spool /root/spool
	mount -t tmpfs -o "$1,mode=700,uid=$(id -u bijk),gid=$(id -g bijk)" spool \
		/var/lib/bijk/spool
	cp -a /root/spool/. /var/lib/bijk/spool/
	printf 'spool:\n  max_size: 40M\n' >>/etc/bijk/plugins.yml
}
END
)
fault_prelude=$fault_prelude$spool_on$'\n'
fault 'the file system of the spool is full' stops=put check=own \
	says='free on the file system of /var/lib/bijk/spool: nothing is stored' \
	advice='make room' by='rm /var/lib/bijk/spool/hog' <<'END'
spool_on size=70m
setpriv --reuid bijk --regid bijk --clear-groups head -c 60000000 /dev/zero >/var/lib/bijk/spool/hog
chown bijk /var/lib/bijk/spool/hog
END
fault 'the file system of the spool has no inode left' stops=none check=own \
	says='and 0 inodes free on the file system of /var/lib/bijk/spool: no new file' \
	advice='make room; .*--inodes' by='rm -r /var/lib/bijk/spool/hogs' <<'END'
spool_on size=90m,nr_inodes=40
mkdir -m 700 /var/lib/bijk/spool/hogs
for i in $(seq 40); do touch /var/lib/bijk/spool/hogs/$i || break; done 2>/dev/null
chown -R bijk /var/lib/bijk/spool/hogs
END
# A restored copy, as another user's.
fault 'a home of another user' stops='put pull push' check=own also=sshd \
	says='home: .* user ID 4711' <<'END'
chown -hR 4711:4711 /var/lib/bijk
END
done_testing
