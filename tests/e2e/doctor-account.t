#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The account bijk on the node, and the wrappers before sshd.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"

faults_begin
fault 'another shell' check=sshd says='shell' <<'END'
usermod -s /bin/sh bijk
END
fault 'a shell that cannot be executed' check=sshd says='bijk-login' <<'END'
chmod a-x /usr/sbin/bijk-login
END
fault 'an account that expired' check=sshd says='expire' <<'END'
usermod -e 1 bijk
END
fault 'a locked password without PAM' check=sshd says='UsePAM' <<'END'
usermod -p '!' bijk
sed -i 's/^UsePAM yes/UsePAM no/' /etc/ssh/sshd_config
sshd_has
END
fault 'a password that must be changed' check=sshd says='password' <<'END'
chage -d 0 bijk
END
fault 'nologin' check=sshd says='/etc/nologin' <<'END'
echo 'back at noon' >/etc/nologin
END
fault 'another home' check=sshd says='home' <<'END'
usermod -d /nonexistent bijk
END
fault 'hosts.deny' check=sshd says='hosts.deny' <<'END'
echo 'ALL: ALL' >/etc/hosts.deny
END
fault 'hosts.allow that denies' check=sshd says='hosts.allow' <<'END'
echo 'sshd: 192.0.2.0/255.255.255.0 : deny' >/etc/hosts.allow
END
fault 'hosts.deny without the end of its last line' check=sshd says='missing newline' <<'END'
printf 'ftpd: ALL' >/etc/hosts.deny
END
done_testing
