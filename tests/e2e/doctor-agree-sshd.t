#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Settings of sshd and of the wrappers before it, in forms that are seldom met:
# the doctor says what a real pull does, and what it prints lets one through.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"
. "$E2E_LIB/agree.sh"

agree_begin
# Lists
keeps_out 'AllowUsers has it, AllowGroups has not' 'AllowGroups' <<'END'
sshd_has 'AllowUsers root bijk@192.0.2.0/24' 'AllowGroups root wheel'
END
lets_in 'AllowUsers and AllowGroups have it' <<'END'
sshd_has 'AllowUsers !games b?jk@192.0.2.*' 'AllowGroups bi*'
END
lets_in 'a pattern that would take it out again, were it a Match' <<'END'
sshd_has 'AllowUsers * !bijk'
END
keeps_out 'DenyUsers by the name of the master' 'DenyUsers' <<'END'
sshd_has 'UseDNS yes' 'DenyUsers games *@master'
END
lets_in 'AllowUsers by the name of the master' <<'END'
sshd_has 'UseDNS yes' 'AllowUsers root *@mast?r'
END
keeps_out 'AllowUsers by a name that is not looked up' 'AllowUsers' <<'END'
sshd_has 'UseDNS no' 'AllowUsers root bijk@master'
END

# Match
# Lists add up: no setting of ours undoes this one.
keeps_out 'Match by the local port, and for all' 'DenyUsers' <<'END'
printf 'Match LocalPort 22\n\tDenyUsers b*\nMatch all\n\tDenyUsers games bijk\n' \
	>/etc/ssh/sshd_config.d/50-site.conf
sshd_has 'DenyUsers bijk'
END
keeps_out 'Match by name, with UseDNS' 'PubkeyAuthentication|publickey' <<'END'
sshd_has 'UseDNS yes' 'Match Host mast*' '	PubkeyAuthentication no'
END
keeps_out 'Match by group and address' <<'END'
sshd_has 'Match Group bijk,wheel Address 192.0.2.0/24,!192.0.2.9' \
	'	AuthenticationMethods publickey,keyboard-interactive'
END
lets_in 'Match blocks that do not match' <<'END'
sshd_has 'Match User *,!bijk' '	PubkeyAuthentication no' 'Match LocalAddress 127.0.0.1' \
	'	DenyUsers bijk' 'Match Address 192.0.2.0/24,!192.0.2.10' '	MaxSessions 0' \
	'Match all' '	Banner /etc/issue.net'
END
keeps_out 'Match in a drop-in, in front of ours' <<'END'
printf 'Match LocalAddress 192.0.2.20\n\tPermitOpen none\n\tPubkeyAcceptedAlgorithms rsa-sha2-512\n' \
	>/etc/ssh/sshd_config.d/00-aa.conf
sshd_has
END

# What a client and sshd agree on
leaves_open 'no cipher in common' 'Ciphers' \
	"sed -i '/^Ciphers/d' /etc/ssh/sshd_config; sshd_has" <<'END'
sshd_has 'Ciphers aes128-cbc'
END
keeps_out 'no host key that the master knows' 'ost.?[kK]ey' <<'END'
ssh-keygen -q -t ecdsa -N '' -f /etc/ssh/ssh_host_ecdsa_key
sshd_has 'HostKey /etc/ssh/ssh_host_ecdsa_key'
END
keeps_out 'a list of revoked keys that is not there' 'evoked' <<'END'
sshd_has 'RevokedKeys /etc/ssh/revoked'
END
keeps_out 'keys from a command alone' <<'END'
printf '#!/bin/sh\n' >/usr/local/sbin/keys-of
chmod 755 /usr/local/sbin/keys-of
sshd_has 'AuthorizedKeysCommand /usr/local/sbin/keys-of %u' 'AuthorizedKeysCommandUser nobody' \
	'AuthorizedKeysFile none'
END
keeps_out 'host keys of another kind' 'HostKeyAlgorithms' <<'END'
sshd_has 'HostKeyAlgorithms rsa-sha2-512'
END
keeps_out 'a file of keys elsewhere, without these' 'AuthorizedKeysFile' <<'END'
sshd_has 'AuthorizedKeysFile /etc/ssh/authorized_keys/%u'
END
lets_in 'the same with these keys' <<'END'
mkdir /var/lib/keys
install -m 644 /var/lib/bijk/.ssh/authorized_keys /var/lib/keys/bijk
sshd_has 'AuthorizedKeysFile /var/lib/keys/%u'
END
keeps_out 'the same, from elsewhere alone' 'AuthorizedKeysFile' <<'END'
mkdir /etc/ssh/authorized_keys
sed 's/^restrict,/restrict,from="198.51.100.0\/24",/' /var/lib/bijk/.ssh/authorized_keys \
	>/etc/ssh/authorized_keys/bijk
grep -q from= /etc/ssh/authorized_keys/bijk
sshd_has 'AuthorizedKeysFile /etc/ssh/authorized_keys/%u'
END
lets_in 'a command that has these keys' <<'END'
install -m 644 /var/lib/bijk/.ssh/authorized_keys /srv/all-keys
printf '#!/bin/sh\ncat /srv/all-keys\n' >/usr/local/sbin/keys-of
chmod 755 /usr/local/sbin/keys-of
sshd_has 'AuthorizedKeysCommand /usr/local/sbin/keys-of' 'AuthorizedKeysCommandUser nobody' \
	'AuthorizedKeysFile none'
END
lets_in 'settings that do not concern a pull' <<'END'
printf '#!/bin/sh\n' >/usr/local/sbin/keys-of
chmod 755 /usr/local/sbin/keys-of
sshd_has 'AuthorizedKeysCommand /usr/local/sbin/keys-of %u' 'AuthorizedKeysCommandUser nobody' \
	'AuthorizedKeysFile %h/.ssh/authorized_keys .ssh/authorized_keys2' 'PermitTTY no' \
	'DisableForwarding yes' 'MaxAuthTries 2' 'LoginGraceTime 20' 'Compression no' 'LogLevel QUIET'
END

# sshd itself
keeps_out 'sshd that inetd starts' 'AllowUsers' <<'END'
echo 'AllowUsers root' >>/etc/ssh/sshd_config
sshd_stop
echo '22 stream tcp nowait root /usr/sbin/sshd sshd -i' >/etc/inetd.conf
inetd
port_waits 22
END
lets_in 'sshd with another file, which alone counts' <<'END'
sed 's/^Include.*//' /etc/ssh/sshd_config >/etc/ssh/for_masters
printf 'Port 22\nPidFile /run/sshd.pid\nAllowUsers bijk\n' >>/etc/ssh/for_masters
echo 'AllowUsers root' >>/etc/ssh/sshd_config
sshd_stop
/usr/sbin/sshd -f /etc/ssh/for_masters
port_waits 22
END
lets_in 'a second sshd that lets nobody in' <<'END'
printf 'Port 2222\nPidFile none\nAllowUsers nobody\n' >/etc/ssh/for_nobody
/usr/sbin/sshd -f /etc/ssh/for_nobody
port_waits 2222
END
keeps_out 'a second sshd, to which the master comes' 'AllowUsers' <<'END'
printf 'Port 22\nPidFile none\nAllowUsers root\n' >/etc/ssh/for_masters
sshd_has 'Port 2222'
/usr/sbin/sshd -f /etc/ssh/for_masters
port_waits 22
END
keeps_out 'sshd for IPv6 alone' 'AddressFamily|192\.0\.2\.20|listen' <<'END'
sshd_has 'AddressFamily inet6'
END
keeps_out 'sshd that has not read where it is to listen now' <<'END'
sshd_has 'ListenAddress 127.0.0.1'
sed -i '/^ListenAddress/d' /etc/ssh/sshd_config
END
lets_in 'sshd that was told to read a file that is wrong now' <<'END'
sshd_has
echo 'NoSuchSetting yes' >/etc/ssh/sshd_config.d/99-draft
END
keeps_out 'a file that sshd cannot read, after its end' <<'END'
echo 'NoSuchSetting yes' >/etc/ssh/sshd_config.d/99-draft.conf
sshd_stop
END
keeps_out 'the directory to which sshd confines itself is gone' '/run/sshd' <<'END'
rmdir /run/sshd
END

# hosts.allow and hosts.deny
keeps_out 'hosts.deny by the beginning of an address' 'hosts\.' <<'END'
echo 'sshd: 192.0.2.' >/etc/hosts.deny
END
keeps_out 'hosts.deny for one address of this machine' 'hosts\.' <<'END'
echo 'sshd@192.0.2.20: 192.0.2.8/255.255.255.248' >/etc/hosts.deny
END
keeps_out 'hosts.deny with a list in a file' 'hosts\.' <<'END'
echo '192.0.2.10' >/etc/hosts.bad
echo 'ALL: /etc/hosts.bad' >/etc/hosts.deny
END
keeps_out 'hosts.deny by a name' 'hosts\.' <<'END'
echo 'sshd: master .example.org' >/etc/hosts.deny
END
lets_in 'hosts.deny with exceptions' <<'END'
echo 'ALL EXCEPT in.ftpd: ALL EXCEPT 192.0.2.10, LOCAL EXCEPT games' >/etc/hosts.deny
END
lets_in 'hosts.allow in front of hosts.deny' <<'END'
printf 'sshd, ftpd: \\\n  192.0.2.0/24 : ALLOW\n' >/etc/hosts.allow
echo 'ALL: ALL: twist /bin/echo 421 go away' >/etc/hosts.deny
END
keeps_out 'hosts.deny with a command' 'hosts\.' <<'END'
echo 'sshd: ALL: spawn (echo %h >>/var/log/refused)' >/etc/hosts.deny
END
keeps_out 'hosts.allow with another program' 'hosts\.' <<'END'
echo 'sshd: 192.0.2.: twist /bin/echo SSH-2.0-other' >/etc/hosts.allow
END
done_testing
