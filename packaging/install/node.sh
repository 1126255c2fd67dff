# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# A node: programs, the account that runs them, hash, configuration, cron,
# registration.

NODE_TIMER='bijk-push.timer bijk-push.service'

node_install() {
	need_root
	refuse_packaged
	node_arguments
	packages_ensure build client cron
	command -v ssh-keygen >/dev/null ||
		note 'the OpenSSH client is missing: without it this node can only store records'

	work_begin
	say 'node:'
	node_other_keys
	install_programs node
	node_login_static
	node_setup
	place_config "$SOURCE/packaging/cron/bijk-node" /etc/cron.d/bijk-node
	node_collect
	cron_ensure bijk
	# shellcheck disable=SC2086
	timer_ensure bijk-node $NODE_TIMER
	ports_reserve

	if sshd_path >/dev/null; then
		sshd_listens ||
			note 'sshd does not listen: no master can pull this node until it does'
	else
		note 'there is no sshd here, so this node cannot be pulled; it pushes'
	fi
	node_selinux
	if [ "$CHANGES" -eq 0 ]; then
		say '  nothing changed; bijk-keyreg would register again'
	elif command -v ssh-keygen >/dev/null; then
		node_register
	fi
}

# node_setup: what is this node's own.
node_setup() {
	account bijk /var/lib/bijk "$PREFIX/sbin/bijk-login"
	directory /var/lib/bijk 750 bijk:bijk
	directory_of bijk /var/lib/bijk/.ssh 700
	directory /etc/bijk 755 root:root
	node_hash
	node_config
}

# node_configure [VERSION]: for a package's script, whose files are in place;
# VERSION is what was configured before.
node_configure() {
	work_begin
	MASTERS='' NAME=''
	[ -e /etc/bijk/plugins.yml ] || node_preset
	node_setup
	node_other_keys
	if ! "$PREFIX/sbin/bijk-keyreg" --export >/dev/null; then
		note 'set node.name in /etc/bijk/plugins.yml if the host name is none for a node;
then bijk-keyreg makes the key pair and registers'
		return 0
	fi
	node_cards
	[ -n "${1:-}" ] || node_left "$("$PREFIX/sbin/bijk-keyreg" --export | sed -n 's/^NODE //p')"
}

NODE_DEFAULT=/etc/default/bijk-node
NODE_CARDS=/etc/bijk/masters.d

# node_preset: the masters are in MASTERS= of the file for this, where NAME= may
# stand, too; or they are those whose cards lie here.
node_preset() {
	# shellcheck source=/dev/null
	[ ! -e $NODE_DEFAULT ] || . $NODE_DEFAULT
	MASTERS=$(echo "$MASTERS" | tr -s ' ' ,)
	[ -n "$MASTERS" ] || for card in "$NODE_CARDS"/*; do
		[ ! -e "$card" ] || MASTERS=$MASTERS${MASTERS:+,}$(card_address "$card")
	done
	if node_masters_bad "$MASTERS"; then
		note "$NODE_DEFAULT: MASTERS is not a list of hosts: $MASTERS"
		MASTERS=''
	fi
	if [ -n "$NAME" ] && node_name_bad "$NAME"; then
		note "$NODE_DEFAULT: NAME is not a node name: $NAME"
		NAME=''
	fi
}

card_address() { tr -d '\r' <"$1" | sed -n 's/^ADDRESS //p'; }

# node_cards: a master that is known stays as it is, for its registration may
# have brought what is newer.
node_cards() {
	for card in "$NODE_CARDS"/*; do
		[ -e "$card" ] || continue
		address=$(card_address "$card")
		if node_masters_bad "$address" ||
			as_user bijk "test -e '/var/lib/bijk/masters/$address'"; then
			continue
		fi
		"$PREFIX/sbin/bijk-keyreg" --import "$card" ||
			note "$card was not imported: see above; then bijk-keyreg --import $card"
	done
}

# node_collect: an existing file belongs to the administrator; the copy shows
# uninstall edits.
node_collect() {
	file=/etc/cron.d/bijk-collect
	prefixed <"$SOURCE/packaging/cron/bijk-collect" >"$WORK/collect"
	[ -e $file ] || place "$WORK/collect" $file 644
	place "$WORK/collect" "$SHIPPED$file" 644 quiet
}

# node_other_keys: registration writes all of authorized_keys. Other people's
# keys in it go to the second file that sshd reads, before a new program
# replaces the first.
node_other_keys() {
	keys=/var/lib/bijk/.ssh/authorized_keys
	ours='^$\|^# Written by bijk-keyreg\| bijk-master:[^ ]*[[:space:]]*$'
	if [ -e "$keys" ] && as_user bijk "grep -qv '$ours' $keys"; then
		as_user bijk "umask 077; grep -v '$ours' $keys >>${keys}2 && sync" ||
			die 74 "${keys}2 cannot be written"
		did "$keys: keys of others copied to ${keys}2"
	fi
	if [ -s "${keys}2" ] && sshd_path >/dev/null &&
		! sshd_query bijk | grep -q '^authorizedkeysfile .*authorized_keys2'; then
		note "sshd does not read ${keys}2; with this it does:
  AuthorizedKeysFile .ssh/authorized_keys .ssh/authorized_keys2"
	fi
}

# node_login_static: a dynamic loader would heed the environment, part of which
# a login sets.
node_login_static() {
	! readelf -lW "$PREFIX/sbin/bijk-login" 2>/dev/null | grep -q INTERP ||
		note 'bijk-login is linked dynamically: a static library is missing, of libc,
libyaml, libsodium or libzstd'
}

# node_arguments: checks all of them before anything is changed.
node_arguments() {
	[ -n "$MASTERS" ] || [ -e /etc/bijk/plugins.yml ] ||
		usage_error 'missing --masters HOST,...'
	! node_masters_bad "$MASTERS" || usage_error "--masters is not a list of hosts: $MASTERS"
	[ -n "$NAME" ] || [ -e /etc/bijk/plugins.yml ] ||
		NAME_IS=' (the host name; --name NAME gives another)'
	name=${NAME:-$(uname -n)}
	if [ -n "$NAME" ] || [ ! -e /etc/bijk/plugins.yml ]; then
		! node_name_bad "$name" ||
			usage_error "not a node name${NAME_IS:-}: $name: at most 64 of a-z 0-9 . -"
	fi
}

# node_masters_bad LIST
node_masters_bad() {
	case $1 in
	*[!A-Za-z0-9.:,-]* | ,* | *, | *,,* | -* | *,-*) return 0 ;;
	esac
	return 1
}

# node_name_bad NAME
node_name_bad() {
	case $1 in
	localhost | localhost.* | localhost[0-9]*) return 0 ;;
	*[!a-z0-9.-]* | [.-]* | *[.-] | *..*) return 0 ;;
	esac
	[ ${#1} -gt 64 ]
}

random_hash() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; }

# node_hash: 32 random bytes in hex. The file has its owner and mode before it
# has the secret.
node_hash() {
	if [ -e /etc/bijk/hash ]; then return 0; fi
	new=/etc/bijk/.hash.bijk-new
	new_file "$new" 640 root:bijk
	{ random_hash && echo; } >"$new"
	[ "$(wc -c <"$new")" -eq 65 ] || die 74 '32 random bytes could not be read'
	sync
	mv "$new" /etc/bijk/hash
	did '/etc/bijk/hash, the secret of this node (root:bijk, mode 640)'
}

# node_config: an existing plugins.yml belongs to the administrator. Where no
# master is known there is none yet.
node_config() {
	if [ -z "$MASTERS" ] && [ ! -e /etc/bijk/plugins.yml ]; then return 0; fi
	written=$WORK/plugins.yml
	{
		printf '%s %s\n' "# Bijk on this node. $SHARE/examples/plugins.yml has every key" \
			'with its default.'
		[ -z "$NAME" ] || printf 'node:\n  name: "%s"\n' "$NAME"
		printf 'sender:\n  masters:\n'
		echo "$MASTERS" | tr , '\n' | sed 's/.*/    - "&"/'
	} >"$written"
	if [ ! -e /etc/bijk/plugins.yml ]; then
		place "$written" /etc/bijk/plugins.yml 644
	elif [ -n "$MASTERS$NAME" ] && ! cmp -s "$written" /etc/bijk/plugins.yml; then
		say '  kept: /etc/bijk/plugins.yml; --masters and --name are for a first
  installation, edit the file'
	fi
}

node_selinux() {
	[ "$(getenforce 2>/dev/null)" = Enforcing ] || return 0
	note "SELinux: sshd may read the master's key only with this:
  semanage fcontext -a -t ssh_home_t '/var/lib/bijk/\.ssh(/.*)?' &&
  setsid setpriv --reuid bijk --regid bijk --init-groups restorecon -R /var/lib/bijk/.ssh"
}

# node_register: tries once, as cron will again; then shows what is left to do
# on the master.
node_register() {
	code=0
	"$PREFIX/sbin/bijk-keyreg" || code=$?
	if [ $code -eq 0 ]; then
		if [ "$NOTES" -eq 0 ]; then
			say 'Registered with every master: nothing is left to do.'
		else
			say 'Registered with every master. The notes above say what is left to do.'
		fi
		return 0
	fi
	card=$("$PREFIX/sbin/bijk-keyreg" --export) ||
		die 78 'bijk-keyreg --export failed, see above'
	name=$(echo "$card" | sed -n 's/^NODE //p')
	if [ $code -eq 77 ]; then
		tell "
A master has the name $name with another hash. There, as root, \`bijk-master list\` says when
and from where it registered.
- It is another machine: give this one a name of its own, node.name in /etc/bijk/plugins.yml (at a
  first installation --name NAME), then \`bijk-keyreg\`.
- It is this machine, with a new hash: on the master \`bijk-master add $name\`, which says how to
  go on; the hash is
  $(hash_shown)"
		return 0
	fi
	node_left "$name"
}

# hash_shown: on a terminal, but not in logs; what a package prints is logged.
hash_shown() {
	if [ -t 1 ] && [ -z "$PACKAGED" ]; then
		cat /etc/bijk/hash
	else
		echo 'the line in /etc/bijk/hash'
	fi
}

# node_left NAME: what is left to do for this node.
node_left() {
	name=$1
	if [ ! -e /etc/bijk/plugins.yml ]; then
		tell "No master is known here. Name it in /etc/bijk/plugins.yml:
  sender:
    masters: [master.example.org]"
	fi
	tell "
On each master, as root:
  bijk-master add $name
which asks for this node's hash: $(hash_shown)
Within five minutes the node is in, at once with \`bijk-keyreg\` here."
	tell '
Or, from a machine that reaches both as root, without typing the hash:'
	here=$(uname -n)
	masters=$(sed -n 's/^ *- "\(.*\)"$/\1/p' /etc/bijk/plugins.yml 2>/dev/null) || :
	for master in ${masters:-MASTER}; do
		tell "  ssh root@$here bijk-keyreg --export |
    ssh root@$master bijk-master import $name"
		tell "  ssh root@$master bijk-master export --address $master |
    ssh root@$here bijk-keyreg --import"
	done
}
