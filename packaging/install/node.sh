# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# A node: programs, the account that runs them, hash, configuration, cron,
# registration.

node_install() {
	need_root
	node_arguments
	packages_ensure build client cron
	command -v ssh >/dev/null || die 69 'the OpenSSH client is missing'

	work_begin
	say 'node:'
	node_other_keys
	install_programs node
	node_login_static
	account bijk /var/lib/bijk "$PREFIX/sbin/bijk-login"
	directory /var/lib/bijk 750 bijk:bijk
	directory_of bijk /var/lib/bijk/.ssh 700
	directory /etc/bijk 755 root:root
	node_hash
	node_config
	place_config "$SOURCE/packaging/cron/bijk-node" /etc/cron.d/bijk-node
	node_collect
	cron_ensure bijk
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
	else
		node_register
	fi
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
	case $MASTERS in
	*[!A-Za-z0-9.:,-]* | ,* | *, | *,,* | -* | *,-*)
		usage_error "--masters is not a list of hosts: $MASTERS"
		;;
	esac
	[ -n "$NAME" ] || [ -e /etc/bijk/plugins.yml ] ||
		NAME_IS=' (the host name; --name NAME gives another)'
	name=${NAME:-$(uname -n)}
	if [ -n "$NAME" ] || [ ! -e /etc/bijk/plugins.yml ]; then
		case $name in
		localhost | localhost.* | localhost[0-9]*) name_is_bad=yes ;;
		*[!a-z0-9.-]* | [.-]* | *[.-] | *..*) name_is_bad=yes ;;
		*) name_is_bad=$([ ${#name} -le 64 ] || echo yes) ;;
		esac
		[ -z "$name_is_bad" ] ||
			usage_error "not a node name${NAME_IS:-}: $name: at most 64 of a-z 0-9 . -"
	fi
}

random_hash() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; }

# node_hash: 32 random bytes in hex. The file has its owner and mode before it
# has the secret.
node_hash() {
	if [ -e /etc/bijk/hash ]; then return 0; fi
	new=/etc/bijk/.hash.bijk-new
	rm -f "$new"
	install -m 640 -o root -g bijk /dev/null "$new"
	{ random_hash && echo; } >"$new"
	[ "$(wc -c <"$new")" -eq 65 ] || die 74 '32 random bytes could not be read'
	sync
	mv "$new" /etc/bijk/hash
	did '/etc/bijk/hash, the secret of this node (root:bijk, mode 640)'
}

# node_config: an existing plugins.yml belongs to the administrator.
node_config() {
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
	card=$("$PREFIX/sbin/bijk-keyreg" --export) || die 78 'bijk-keyreg --export failed, see above'
	name=$(echo "$card" | sed -n 's/^NODE //p')
	# Show the secret on a terminal, but keep it out of logs.
	if [ -t 1 ]; then hash=$(cat /etc/bijk/hash); else hash='the line in /etc/bijk/hash'; fi
	if [ $code -eq 77 ]; then
		say "
A master has the name $name with another hash. There, as root, \`bijk-master list\` says when
and from where it registered.
- It is another machine: give this one a name of its own, node.name in /etc/bijk/plugins.yml (at a
  first installation --name NAME), then \`bijk-keyreg\`.
- It is this machine, with a new hash: on the master \`bijk-master add $name\`, which says how to
  go on; the hash is
  $hash"
		return 0
	fi
	say "
On each master, as root:
  bijk-master add $name
which asks for this node's hash: $hash
Within five minutes the node is in, at once with \`bijk-keyreg\` here."
	say '
Or, from a machine that reaches both as root, without typing the hash:'
	here=$(uname -n) masters=$(sed -n 's/^ *- "\(.*\)"$/\1/p' /etc/bijk/plugins.yml)
	for master in ${masters:-MASTER}; do
		say "  ssh root@$here bijk-keyreg --export |
    ssh root@$master bijk-master import $name"
		say "  ssh root@$master bijk-master export --address $master |
    ssh root@$here bijk-keyreg --import"
	done
}
