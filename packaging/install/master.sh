# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# A master: programs, the account that they run as, the key to pull with, cron, sshd's drop-in, the two ports.

master_install() {
	need_root
	case $(listen_kind) in
	tcpserver) packages_ensure build client server cron listen ;;
	*) packages_ensure build client server cron ;;
	esac

	work_begin
	say 'master:'
	build_install master
	account bijk-master /var/lib/bijk-master "$(nologin_path)"
	directory /var/lib/bijk-master 700 bijk-master:bijk-master
	directory /etc/bijk 755 root:root
	master_config
	place_config "$SOURCE/packaging/cron/bijk-master" /etc/cron.d/bijk-master
	cron_ensure
	sshd_install
	master_key
	ports_reserve
	listen_install
	listen_check
	if [ "$CHANGES" -eq 0 ]; then
		say '  nothing changed'
	else
		say "
Nodes reach this master on ports 22 and 50010: let both through the firewall. Then, for each node:
  here:        bijk-master add NAME                     (it asks for the node's hash)
  on the node: ./install.sh node --masters $(uname -n)
\`bijk-master status\` shows the nodes, \`bijk-master pending\` those that asked and are not known yet."
	fi
}

nologin_path() {
	for path in /usr/sbin/nologin /sbin/nologin; do
		[ ! -x "$path" ] || break
	done
	echo "$path"
}

master_config() {
	if [ -e /etc/bijk/master.yml ]; then return 0; fi
	written=$WORK/master.yml
	echo '# Bijk on this master. /usr/share/bijk/examples/master.yml has every key with its default.' >"$written"
	place "$written" /etc/bijk/master.yml 644
}

# master_key: bijk-master makes the key to pull with when it is first asked for its card.
master_key() {
	if [ -e /var/lib/bijk-master/id_ed25519 ]; then return 0; fi
	/usr/sbin/bijk-master export >/dev/null || die 73 'the key to pull with could not be made'
	did '/var/lib/bijk-master/id_ed25519, the key to pull with'
}
