#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The file that ssh_config names leads through a jump host, in a pull and in
# each form of a push. Whom to believe at its end is not for that file to say.
. "${0%/*}/lib/e2e.sh"

pair n1
host_new bastion 192.0.2.30 base
on bastion useradd -m -s /bin/sh jump
for side in master:bijk-master node:bijk; do
	host=${side%:*}
	on "$host" sh -ec 'cd /var/lib/$1; install -d -m 0700 -o $1 -g $1 .ssh
		ssh-keygen -q -t ed25519 -N "" -C "" -f .ssh/jump; chown $1 .ssh/jump*' sh \
			"${side#*:}"
	on "$host" cat "/var/lib/${side#*:}/.ssh/jump.pub" |
		on bastion sh -ec \
			'install -d -m 0700 -o jump ~jump/.ssh; cat >>~jump/.ssh/authorized_keys;
				chown jump ~jump/.ssh/authorized_keys'
	echo "bastion $(on bastion cat /etc/ssh/ssh_host_ed25519_key.pub)" |
		put_file "$host" /etc/ssh/known_bastion
	put_file "$host" /etc/bijk/ssh_config <<-END
		Host bastion
			User jump
			IdentityFile /var/lib/${side#*:}/.ssh/jump
			UserKnownHostsFile /etc/ssh/known_bastion
		Host * !bastion
			ProxyJump bastion
			UserKnownHostsFile /etc/ssh/known_bastion
			StrictHostKeyChecking no
	END
done
on node iptables -I INPUT -p tcp --dport 22 -s 192.0.2.10 -j REJECT
on master iptables -I INPUT -p tcp --dport 22 -s 192.0.2.20 -j REJECT
# sender LINE...: the node's settings below `sender`.
sender() {
	{
		echo '  ssh_config: /etc/bijk/ssh_config'
		printf '  %s\n' "$@"
	} | node_config node n1 master
}

on master bijk-master set n1 min-period=0
put_lines node 1 2
exits 69 "there is no direct way" pull master n1
master_config master m1 <<'END'
pull:
  ssh_config: /etc/bijk/ssh_config
END
exits 0 "bijk-master test" on master bijk-master test n1
contents "$OUT" '^ok +going through the command: exec .*bastion' "shows the jump host"
put_lines node 3 4
exits 0 "a pull goes through it" pull master n1
put_lines node 5 6
sender
exits 0 "a push, too" push node
put_lines node 7 8
sender 'local: stdio'
exits 0 "and one over standard input and output" push node
has_lines master n1 1 8 "all is there"

# The machine behind it shows the key of another.
on node sh -ec \
	'cd /etc/ssh; mv ssh_host_ed25519_key known_before;
		ssh-keygen -q -t ed25519 -N "" -f ssh_host_ed25519_key'
sshd_restart node
exits 77 "another host key than the pinned one" pull master n1
contents "$ERR" 'its host key has changed: it is not the pinned one' \
	"is refused behind a jump host, too"

on bastion sh -c ': >~jump/.ssh/authorized_keys'
exits 69 "the jump host lets nobody in" pull master n1
contents "$ERR" 'the connection through the jump host fails: jump@.*Permission denied' \
	"which is not the node's fault"
exits 69 "nor the master's" push node
contents "$ERR" 'the connection through the jump host fails: jump@.*Permission denied' "in a push"
done_testing
