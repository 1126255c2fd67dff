#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# An sshd, of the node and of the master, whose administrator allows everything
# that sshd can allow: our own lines still hold. Who has the pull key, or a push
# key, gets no forwarding of any kind, no terminal, no environment, nothing of
# ~/.ssh, and no program.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/login.sh"
. "$E2E_LIB/hostile.sh"

pair
for host in node master; do
	put_file $host /etc/ssh/sshd_config.d/10-permissive.conf <<'END'
AcceptEnv *
PermitUserEnvironment yes
PermitUserRC yes
PermitTTY yes
PermitTunnel yes
X11Forwarding yes
AllowAgentForwarding yes
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
GatewayPorts yes
PermitOpen any
PermitListen any
END
	sshd_restart $host
done
thief_has_pull_key
on node sh -ec '
	sed -i "s/^restrict,/restrict,environment=\"LD_PRELOAD=\/tmp\/key.so\",/" /var/lib/bijk/.ssh/authorized_keys
	echo "echo rc >/tmp/rc-ran" >/var/lib/bijk/.ssh/rc
	echo "LD_AUDIT=/tmp/home.so" >/var/lib/bijk/.ssh/environment
	chown bijk: /var/lib/bijk/.ssh/*'
exits 0 "the true pull" pull master n1

# A pull that waits for its master, to look at.
start master held2 sh -c \
	'sleep 20 | ssh "$@" -o "SetEnv=GLIBC_TUNABLES=x LC_ALL=../x" bijk@192.0.2.20 pull' ssh \
	"${thief_options[@]}"
soon 15 "a pull with variables of the asker's" runs node bijk-login
login=$(pids node bijk-login | tail -n 1)
tr '\0' '\n' <"$(host_file node "/proc/$login/environ")" >variables
contents variables '^GLIBC_TUNABLES=x$' "sshd does hand them on"
contents variables '^LD_PRELOAD=/tmp/key.so$' "those of the key's line too"
if readelf -l "$(host_file node /usr/sbin/bijk-login)" 2>/dev/null | grep -q INTERP; then
	skip "nobody reads them" "bijk-login is not static here"
else
	contents_not "$(host_file node "/proc/$login/maps")" 'ld-|libc|\.so' \
		"but nobody reads them: there is no loader"
fi
stop master held2 KILL

tattle node
forwards_nothing "the pull key" login
for command in id sh 'pull; id' 'env id' internal-sftp; do
	refused "the pull key: $command" login "$command"
done
greeting >greeting.txt
run login -tt pull <greeting.txt
contents "$ERR" 'PTY allocation request failed' "the pull key: no terminal"
printf '%s\n' "$(printf '%q ' ssh "${thief_options[@]}")" >rsh
run on master rsync -e "$(cat rsh)" bijk@192.0.2.20:/etc/passwd /tmp/stolen
isnt "$RC" 0 "pull_key: rsync is refused"
has_run_nothing node "nothing ran on the node"
ok "no ~/.ssh/rc did" on node test ! -e /tmp/rc-ran

mapfile -t push_options < <(ssh_options /var/lib/bijk/id_ed25519 /var/lib/bijk/known_hosts master)
push_key() {
	on node timeout 10 ssh "${push_options[@]}" "$@" bijk-master@master
}
forwards_nothing "the push key" push_key
for word in -T -tt -s; do
	run on node timeout 10 ssh "${push_options[@]}" $word bijk-master@master sftp
	isnt "$RC" 0 "the push key: no session ($word)"
	empty "$OUT" "and no word"
done
done_testing
