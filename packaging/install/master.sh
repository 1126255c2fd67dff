# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# A master: programs, the account that runs them, the pull key, cron, sshd's
# drop-in, the two ports.

MASTER_TIMER='bijk-pull.timer bijk-pull.service bijk-pull@.service
	bijk-page.timer bijk-page.service'

master_install() {
	need_root
	refuse_packaged
	packages_ensure build client server cron

	work_begin
	say 'master:'
	install_programs master
	master_setup
	place_config "$SOURCE/packaging/cron/bijk-master" /etc/cron.d/bijk-master
	sshd_install
	master_key
	ports_reserve
	listen_install
	cron_ensure bijk-master
	# shellcheck disable=SC2086
	timer_ensure bijk-master $MASTER_TIMER
	listen_check
	if [ "$CHANGES" -eq 0 ]; then
		say '  nothing changed'
	else
		master_left "./install.sh node --masters $(uname -n)"
	fi
}

# master_setup: what is this master's own.
master_setup() {
	account bijk-master /var/lib/bijk-master "$(nologin_path)"
	directory /var/lib/bijk-master 700 bijk-master:bijk-master
	directory /etc/bijk 755 root:root
	master_config
}

# master_configure [VERSION]: for a package's script, whose files are in place;
# VERSION is what was configured before.
master_configure() {
	work_begin
	master_setup
	master_key
	sshd_accept
	if may_act bijk-listen restart; then
		before=$CHANGES
		listen_end replaced
		[ "$CHANGES" -eq "$before" ] || [ "$(listen_kind)" != cron ] || listen_cron_now
	fi
	[ -n "${1:-}" ] ||
		master_left "install bijk-node, with $(uname -n) in /etc/bijk/plugins.yml"
}

# master_left HOW: what is left to do; a node is installed HOW.
master_left() {
	tell "
Nodes reach this master on ports 22 and 50010: let both through the firewall. Then, for each node:
  here:        bijk-master add NAME                     (it asks for the node's hash)
  on the node: $1
\`bijk-master status\` shows the nodes, \`bijk-master pending\` the unknown ones that tried."
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
	printf '%s %s\n' "# Bijk on this master. $SHARE/examples/master.yml has every key" \
		'with its default.' >"$written"
	place "$written" /etc/bijk/master.yml 644
}

# master_key: bijk-master makes the pull key when it first exports its card.
master_key() {
	if [ -e /var/lib/bijk-master/id_ed25519 ]; then return 0; fi
	"$PREFIX/sbin/bijk-master" export >/dev/null || die 73 'the pull key could not be made'
	did '/var/lib/bijk-master/id_ed25519, the pull key'
}
