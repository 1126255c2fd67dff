#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Settings of the node's sshd that keep the master out.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"

faults_begin
fault 'AllowUsers without bijk' check=sshd says='AllowUsers' <<'END'
sshd_has 'AllowUsers root'
END
fault 'AllowUsers from another address' check=sshd says='AllowUsers' <<'END'
sshd_has 'AllowUsers root bijk@192.0.2.9'
END
fault 'AllowGroups without bijk' check=sshd says='AllowGroups' <<'END'
sshd_has 'AllowGroups wheel'
END
fault 'DenyUsers' check=sshd says='DenyUsers' <<'END'
sshd_has 'DenyUsers games bijk@192.0.2.0/24'
END
fault 'DenyGroups' check=sshd says='DenyGroups' <<'END'
sshd_has 'DenyGroups games bijk'
END
fault 'ListenAddress of loopback' check=sshd says='nothing listens on 192' <<'END'
sshd_has 'ListenAddress 127.0.0.1'
END
fault 'another Port' check=sshd says='2222' <<'END'
sshd_has 'Port 2222'
END
fault 'AuthenticationMethods with a password' check=sshd says='AuthenticationMethods' <<'END'
sshd_has 'AuthenticationMethods publickey,password'
END
fault 'PubkeyAuthentication no' check=sshd says='PubkeyAuthentication' <<'END'
sshd_has 'PubkeyAuthentication no'
END
fault 'AuthorizedKeysFile elsewhere' check=sshd says='AuthorizedKeysFile' <<'END'
sshd_has 'AuthorizedKeysFile /etc/ssh/keys/%u'
END
fault 'PubkeyAcceptedAlgorithms without ed25519' check=sshd says='PubkeyAcceptedAlgorithms' <<'END'
sshd_has 'PubkeyAcceptedAlgorithms rsa-sha2-512,rsa-sha2-256'
END
fault 'ForceCommand' check=sshd says='ForceCommand' <<'END'
sshd_has 'ForceCommand /bin/false'
END
fault 'ChrootDirectory' check=sshd says='ChrootDirectory' <<'END'
sshd_has 'ChrootDirectory /srv'
END
fault 'a Match for the address of the master' check=sshd says='PubkeyAuthentication' <<'END'
sshd_has 'Match Address 192.0.2.0/28' '	PubkeyAuthentication no'
END
fault 'sshd does not run' check=sshd says='run' <<'END'
sshd_stop
END
fault "somebody's process is called sshd" check=sshd says='run' <<'END'
sshd_stop
mkdir /run/play
cp /bin/sleep /run/play/sshd
bash -c 'exec -a "sshd: /usr/sbin/sshd -D -p 2223 [listener] 0 of 10-100 startups" /run/play/sshd \
	300' </dev/null >/dev/null 2>&1 &
setpriv --reuid nobody --regid nogroup --clear-groups bash -c '
	exec -a "sshd: /usr/sbin/sshd -D -p 2222 [listener] 0 of 10-100 startups" /run/play/sshd \
		300' </dev/null >/dev/null 2>&1 &
END
fault 'sshd has not read its configuration' verdict=warn stops=none check=sshd says='newer' <<'END'
sleep 1.1
touch /etc/ssh/sshd_config
END
done_testing
