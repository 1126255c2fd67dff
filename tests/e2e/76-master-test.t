#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# `bijk-master test` shows how far one pull came, and for each way in which ssh
# can fail says in one sentence what happened and what to look at. bijk-pull
# uses the same sentences.
. "${0%/*}/lib/e2e.sh"

pair
put_lines node 1 10

# tests CODE STEP SENTENCE CHECK WHAT: the last step that is good matches STEP,
# or none may when it is empty.
tests() {
	exits "$1" "$5: bijk-master test" on master bijk-master test n1
	if [ -n "$2" ]; then
		like "$(grep '^ok' "$OUT" | tail -n 1)" "$2" "came so far"
	else
		is "$(grep -c '^ok' "$OUT")" 2 "came nowhere"
	fi
	like "$(grep '^bad' "$OUT")" "$3" "says what happened"
	like "$(grep '^check' "$OUT" || true)" "$4" "and what to look at"
}
sshd_has() {
	printf '%s\nMatch all\n' "$*" | put_file node /etc/ssh/sshd_config.d/00-fault.conf
	sshd_restart node
}
sshd_mended() {
	on node rm -f /etc/ssh/sshd_config.d/00-fault.conf
	sshd_restart node
}
# plays TEXT: what answers on port 2222 says this and closes.
plays() {
	printf '%b' "$1" | put_file node /root/said
	start node play "$(tool relay)" -p /root/said 0.0.0.0:2222 127.0.0.1:9
	until_ok 30 port_open node 2222
}

exits 0 "nothing is wrong: bijk-master test" on master bijk-master test n1
is "$(sed -n 's/^ok    //p' "$OUT" | sed '1,2d' | cut -d ' ' -f 1-3 | paste -sd,)" \
	"trying 192.0.2.20 [192.0.2.20],the port is,sshd greets: protocol,its host key,sshd accepts the,node n1 answers:,the node has,asked for records,10 records received,acknowledged up to" \
	"shows each step"
has_lines master n1 1 10 "is a pull"

on master bijk-master set n1 address=nowhere.invalid
tests 69 '' 'name cannot be resolved' 'the name' "a name that is none"
on master bijk-master set n1 address=192.0.2.200
tests 69 'trying 192\.0\.2\.200' 'no route to it' 'network' "an address that nobody has"
on master bijk-master set n1 address=192.0.2.20

sshd_stop node
tests 69 'trying' 'was refused' 'sshd runs' "no sshd"
sshd_start node
on node iptables -I INPUT -p tcp --dport 22 -j DROP
tests 69 'trying' 'does not answer' 'firewalls' "a firewall that drops"
on node iptables -D INPUT -p tcp --dport 22 -j DROP

echo 'ALL: ALL' | put_file node /etc/hosts.deny
tests 69 'port is open' 'closed before the login' 'hosts\.deny' "tcp wrappers"
on node rm /etc/hosts.deny

on master bijk-master set n1 port=2222
plays 'Exceeded MaxStartups\r\n'
tests 75 'port is open' '^bad.*busy' 'MaxStartups' "MaxStartups"
stop node play
plays 'Not allowed at this time\r\n'
tests 75 'port is open' 'penalised' 'PerSourcePenaltyExemptList' "a penalty"
run pull master n1
contents "$ERR" 'penalised' "bijk-pull says the same"
stop node play
on master bijk-master set n1 port=

exits 0 "nothing is wrong again: bijk-master test" on master bijk-master test n1
pinned=$(sed -n 's/^ok    its host keys are pinned in //p' "$OUT")
on master cp -p "$pinned" /root/pinned
on master truncate -s 0 "$pinned"
tests 77 'sshd greets' 'host key that it shows is not pinned' 'bijk-keyreg' "no host key pinned"
on master cp -p /root/pinned "$pinned"
on node ssh-keygen -q -t ed25519 -N '' -f /root/changed
sshd_has 'HostKey /root/changed'
tests 77 'sshd greets' 'host key has changed' 'bijk-keyreg' "another host key"
sshd_has 'AllowUsers root'
tests 77 'host key is' 'refused the key' 'AllowUsers' "AllowUsers"
sshd_has 'AuthenticationMethods publickey,password'
tests 77 'host key is' 'requires more than a key' 'AuthenticationMethods' "a second method"
sshd_has 'Match User bijk
ForceCommand /bin/true'
tests 77 'accepts the key' 'bijk-login does not answer' 'ForceCommand' "another command"
sshd_mended
on node usermod -s /nonexistent bijk
tests 77 'host key is' 'refused the key' 'its shell' "no shell"
on node usermod -s /usr/sbin/bijk-login bijk
on node usermod -e 1 bijk
tests 77 'host key is' 'accepted the key and then closed' 'expired' "an expired account"
on node usermod -e '' bijk

hash_new node
exits 77 "another hash: bijk-master test" on master bijk-master test n1
contents "$OUT" 'accepts the key' "ssh is not what fails"
like "$(grep '^bad' "$OUT")" 'hash' "says that it is the hash"
done_testing
