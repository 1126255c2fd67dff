#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Settings of sshd that the plain mend would not reach, values that cannot work
# on this machine, and cron.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"

# A new record is what cannot be stored.
flow_put() {
	echo "$1 put" | on node bijk-put 2>/dev/null && flow_pull "$1 put"
}

faults_begin
fault 'AllowUsers with a comment behind it' check=sshd says='AllowUsers' <<'END'
sshd_has 'AllowUsers root # nobody else'
END
fault 'AllowUsers below a Match' check=sshd says='AllowUsers' <<'END'
sshd_has 'AllowUsers root bijk' 'Match Address 192.0.2.0/24' '	AllowUsers games'
END
fault 'AllowGroups in a drop-in' check=sshd says='AllowGroups' <<'END'
printf '# of the site\nAllowGroups wheel adm\n' >/etc/ssh/sshd_config.d/50-site.conf
sshd_has
END
fault 'DenyUsers alone in its line' check=sshd says='DenyUsers' <<'END'
sshd_has 'DenyUsers bijk'
END
fault 'a group that is denied' check=sshd says='DenyGroups' <<'END'
groupadd contractors
gpasswd -a bijk contractors >/dev/null
sshd_has 'DenyGroups contractors'
END
fault 'a Match that is read before our drop-in' check=sshd says='AuthenticationMethods' <<'END'
printf 'Match User bijk\n\tAuthenticationMethods password\n' >/etc/ssh/sshd_config.d/00-a.conf
sshd_has
END
fault 'no drop-ins are read' check=sshd says='PubkeyAuthentication' <<'END'
sed -i '/^Include/d' /etc/ssh/sshd_config
sshd_has 'PubkeyAuthentication no'
END
fault 'ListenAddress of IPv6 alone' check=sshd says='192\.0\.2\.20' <<'END'
sshd_has 'ListenAddress ::'
END
fault 'MaxSessions 0' check=sshd says='MaxSessions' <<'END'
sshd_has 'MaxSessions 0'
END
fault 'MaxStartups 1' verdict=warn stops=none check=sshd says='MaxStartups' <<'END'
sshd_has 'MaxStartups 1'
END
fault 'sshd with a file of its own' check=sshd says='PubkeyAuthentication' <<'END'
sed 's/^Include.*//' /etc/ssh/sshd_config >/etc/ssh/other_config
echo 'PubkeyAuthentication no' >>/etc/ssh/other_config
sshd_stop
/usr/sbin/sshd -f /etc/ssh/other_config
END
fault 'more must stay free than there is' stops=put check=own says='min_free' <<'END'
printf 'spool:\n  min_free: 100T\n' >>/etc/bijk/plugins.yml
END
fault 'an entry that cron passes over' stops=none check=cron says='mode 0666' <<'END'
chmod 666 /etc/cron.d/bijk-node
END
fault 'the line for a push is for another user' verdict=warn stops=none check=cron \
	says='starts .* as bijk' <<'END'
sed -i 's, bijk test, root test,' /etc/cron.d/bijk-node
END
fault 'the line for a push has a minute that there is not' verdict=warn stops=none check=cron \
	says='bijk-push' <<'END'
sed -i 's,^[*]\(.* /usr/sbin/bijk-push\),60\1,' /etc/cron.d/bijk-node
END
fault 'the last line of the entry has no end' stops=none check=cron says='newline' <<'END'
truncate -s -1 /etc/cron.d/bijk-node
END
# The cron that is here, under that name: what is told apart is what runs.
fault 'a crond that does not read /etc/cron.d' stops=none check=cron says='bijk: .*BusyBox' <<'END'
cp "$(command -v cron)" /usr/bin/busybox
pkill -KILL -x cron
rm -f /run/crond.pid
bash -c 'exec -a crond /usr/bin/busybox'
END
fault 'no account' check=sshd says='there is none' <<'END'
userdel bijk
END
done_testing
