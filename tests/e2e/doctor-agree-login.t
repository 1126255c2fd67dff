#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# PAM, the account and its home, in forms that are seldom met: the doctor says
# what a real pull does, and what it prints lets one through.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"
. "$E2E_LIB/agree.sh"

agree_begin
# PAM
lets_in 'access.conf with the master in it' <<'END'
echo 'account required pam_access.so nodefgroup' >>/etc/pam.d/sshd
printf -- '+ : bijk : 192.0.2.0/24\n- : ALL EXCEPT root : ALL\n' >>/etc/security/access.conf
END
keeps_out 'access.conf from elsewhere' 'PAM|pam|access' <<'END'
echo 'account required pam_access.so' >>/etc/pam.d/sshd
printf -- '+ : bijk : 192.0.2.128/25\n- : ALL EXCEPT root : ALL\n' >>/etc/security/access.conf
END
keeps_out 'time.conf' 'PAM|pam|time' <<'END'
echo 'account required pam_time.so' >>/etc/pam.d/sshd
echo '*;*;bijk;!Al0000-2400' >>/etc/security/time.conf
END
keeps_out 'a list of those who may' 'PAM|pam|list' <<'END'
echo root >/etc/ssh/may-log-in
sed -i '1i account required pam_listfile.so item=user sense=allow file=/etc/ssh/may-log-in onerr=fail' /etc/pam.d/sshd
END
keeps_out 'people alone' 'PAM|pam|succeed_if' <<'END'
sed -i '1i account required pam_succeed_if.so uid >= 1000' /etc/pam.d/sshd
END
lets_in 'people alone, or members of this group' <<'END'
sed -i '1i account [success=1 default=ignore] pam_succeed_if.so quiet user ingroup bijk\naccount required pam_succeed_if.so uid >= 1000' /etc/pam.d/sshd
END
keeps_out 'shells of /etc/shells alone' 'PAM|pam|shells' <<'END'
echo 'account required pam_shells.so' >>/etc/pam.d/sshd
END
lets_in 'faillock, which counts passwords' <<'END'
sed -i '1i auth required pam_faillock.so preauth\naccount required pam_faillock.so' /etc/pam.d/sshd
END
lets_in 'what stands in auth alone' <<'END'
sed -i '1i auth requisite pam_deny.so' /etc/pam.d/sshd
END
leaves_open 'a module that denies all' 'PAM|pam' "sed -i 1d /etc/pam.d/sshd" <<'END'
sed -i '1i account requisite pam_deny.so' /etc/pam.d/sshd
END
keeps_out 'no memory for its processes' <<'END'
echo 'bijk hard as 100' >>/etc/security/limits.conf
END
keeps_out 'no logins at once' <<'END'
echo 'bijk hard maxlogins 0' >>/etc/security/limits.conf
END
lets_in 'no PAM' <<'END'
usermod -p '*' bijk
sed -i 's/^UsePAM yes/UsePAM no/' /etc/ssh/sshd_config
sshd_has
END

# The account
lets_in 'a locked password with PAM' <<'END'
usermod -L bijk
END
keeps_out 'a password that is too old' 'password|account|expire' <<'END'
chage -d 2020-01-01 -M 30 -I 5 bijk
END
keeps_out 'a shell that is not there' 'shell' <<'END'
usermod -s /usr/local/sbin/bijk-login bijk
END
lets_in 'a home elsewhere, with its keys' <<'END'
cp -a /var/lib/bijk/.ssh /srv/
usermod -d /srv bijk
END
keeps_out 'a file of PAM that is gone' 'common-session' <<'END'
rm /etc/pam.d/common-session
END
keeps_out 'the file of PAM for sshd is gone, and the other denies' 'PAM' <<'END'
rm /etc/pam.d/sshd
printf '%s required pam_deny.so\n' auth account session >/etc/pam.d/other
END
keeps_out 'no source for accounts' 'account sshd' <<'END'
sed -i 's/^passwd:.*/passwd: nosuch/' /etc/nsswitch.conf
END
lets_in 'no source for groups' <<'END'
sed -i 's/^group:.*/group: nosuch/' /etc/nsswitch.conf
END
leaves_open 'a file that PAM is to include, and that is not there' 'that includes it' \
	"sed -i s/acount/account/ /etc/pam.d/sshd" <<'END'
sed -i 's/^@include common-account/@include common-acount/' /etc/pam.d/sshd
END
keeps_out 'another user owns its home' <<'END'
usermod -u 4711 bijk
chown -R 998 /var/lib/bijk
END

# Its home
lets_in 'a home of mode 0711' <<'END'
chmod 711 /var/lib/bijk
END
lets_in 'a home that others may write, without StrictModes' <<'END'
chmod 777 /var/lib/bijk
sshd_has 'StrictModes no'
END
lets_in 'a directory above it that others may write' <<'END'
chmod 777 /var/lib
END
lets_in 'authorized_keys that others may read' <<'END'
chmod 444 /var/lib/bijk/.ssh/authorized_keys
END
lets_in 'a home on a file system of its own' <<'END'
mkdir /mnt/new
mount -t tmpfs home /mnt/new
cp -a /var/lib/bijk/. /mnt/new
chmod --reference=/var/lib/bijk /mnt/new
chown --reference=/var/lib/bijk /mnt/new
mount --move /mnt/new /var/lib/bijk
END
keeps_out 'a key for another address' 'AuthorizedKeysFile' <<'END'
sed -i 's/^\(restrict\|command\|ssh\)/from="203.0.113.1",&/' /var/lib/bijk/.ssh/authorized_keys
grep -q '^from' /var/lib/bijk/.ssh/authorized_keys
END
keeps_out 'a key whose time is over' 'AuthorizedKeysFile' <<'END'
sed -i 's/^\(restrict\|command\|ssh\)/expiry-time="20200101",&/' /var/lib/bijk/.ssh/authorized_keys
grep -q '^expiry' /var/lib/bijk/.ssh/authorized_keys
END
lets_in 'a link to keys elsewhere, written on another system' <<'END'
mv /var/lib/bijk/.ssh /srv/keys
ln -s /srv/keys /var/lib/bijk/.ssh
sed -i 's/$/\r/' /srv/keys/authorized_keys
END
keeps_out 'a link to nowhere' <<'END'
rm -r /var/lib/bijk/.ssh
ln -s /srv/keys /var/lib/bijk/.ssh
END
keeps_out 'keys that nobody may read' 'authorized_keys' <<'END'
chmod 0 /var/lib/bijk/.ssh/authorized_keys
END
lets_in 'a script of sshd' <<'END'
echo 'echo welcome' >/etc/ssh/sshrc
END
done_testing
