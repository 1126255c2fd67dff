# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The accounts bijk and bijk-master.

account_entry() {
	if command -v getent >/dev/null; then getent passwd "$1"; else grep "^$1:" /etc/passwd; fi
}

# account NAME HOME SHELL: a system account with a group of its own. Its
# password is `*`, which nothing matches; `!` would lock the account, and
# without PAM sshd refuses a locked one.
account() {
	if entry=$(account_entry "$1"); then
		[ "${entry#*:*:*:*:*:}" = "$2:$3" ] ||
			die 73 "account $1 has another home or shell: usermod -d $2 -s $3 $1"
		return 0
	fi
	if command -v useradd >/dev/null; then
		useradd --system --user-group --no-create-home --home-dir "$2" --shell "$3" \
			--password '*' "$1"
	else
		addgroup -S "$1"
		adduser -S -D -H -h "$2" -s "$3" -G "$1" "$1"
		echo "$1:*" | chpasswd -e 2>/dev/null
	fi
	did "account $1 (home $2, shell $3)"
}

# as_user USER SCRIPT: runs a shell as USER, in a session of its own: it may
# write to root's terminal, but neither type nor read there. Below a directory
# of USER's nothing else of ours changes anything by its path, for USER can
# replace what is in it by a link at any moment.
as_user() {
	(
		cd /
		[ ! -t 1 ] || exec >>/dev/stdout
		[ ! -t 2 ] || exec 2>>/dev/stderr
		as="setsid setpriv --reuid $1 --regid $1 --init-groups"
		# shellcheck disable=SC2086
		if $as true </dev/null >/dev/null 2>&1; then exec $as sh -c "$2" </dev/null; fi
		# BusyBox's setpriv changes no user.
		exec setsid su -s /bin/sh -c "$2" "$1" </dev/null
	)
}

# account_remove NAME: with all of its processes.
account_remove() {
	account_entry "$1" >/dev/null || return 0
	uid=$(id -u "$1")
	[ "$uid" -ne 0 ] || die 73 "account $1 has root's user ID: remove it by hand"
	# All at once: one by one, each could start another.
	as_user "$1" 'kill -KILL -1' 2>/dev/null || :
	account_end_processes "$1" "$uid"
	if command -v userdel >/dev/null; then userdel "$1"; else deluser "$1"; fi ||
		die 75 "account $1 could not be removed"
	# From now on no process is started; one may have been just before.
	account_end_processes "$1" "$uid"
	did "account $1 removed"
}

account_end_processes() {
	retry 50 0.1 has_no_process "$2" || die 75 "these processes of $1 do not end: $pids"
}

# has_no_process UID: if it has, they are killed.
has_no_process() {
	pids=$(processes_of "$1")
	[ -n "$pids" ] || return 0
	# shellcheck disable=SC2086
	kill -KILL $pids 2>/dev/null || :
	return 1
}
