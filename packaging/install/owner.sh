# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# What an account does itself below its own directory, and its end.

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

# account_purge NAME: the account, its processes, and all that it has in its
# home, which is deleted by a process of its own: root removes the empty
# directory. So it is with the directory of a master's page.
account_purge() {
	tree=/var/lib/$1 page=/var/cache/bijk-page
	if uid=$(id -u "$1" 2>/dev/null); then
		[ "$uid" -ne 0 ] || die 73 "account $1 has root's user ID: remove it by hand"
		# All at once: one by one, each could start another.
		[ "$(processes_of "$uid")" != "$(processes_of "$uid" here)" ] ||
			as_user "$1" 'kill -KILL -1' 2>/dev/null || :
		account_end_processes "$1" "$uid"
		[ ! -d "$tree" ] || as_user "$1" "cd $tree &&
			find . -type d ! -perm -700 -exec chmod 700 {} ';' &&
			rm -rf ./* ./.[!.]* ./..?*" || :
		[ "$1" != bijk-master ] || [ ! -d "$page" ] ||
			as_user "$1" "cd $page && rm -rf ./* ./.[!.]* ./..?*" || :
		account_remove "$1" "$uid"
	fi
	[ "$1" != bijk-master ] || [ ! -d "$page" ] || rmdir "$page" || :
	[ -d "$tree" ] || return 0
	rmdir "$tree" || die 75 "$tree stays. What is left in it is not $1's own, or
it is a file system itself: look at it, remove it by hand, and run this again"
	did "$tree removed"
}

# account_remove NAME UID
account_remove() {
	if command -v userdel >/dev/null; then
		userdel "$1"
	elif command -v deluser >/dev/null; then
		deluser "$1"
	else
		for file in passwd group; do sed -i "/^$1:/d" "/etc/$file"; done
	fi ||
		die 75 "account $1 could not be removed"
	# From now on no process is started; one may have been just before.
	account_end_processes "$1" "$2"
	did "account $1 removed"
}

account_end_processes() {
	retry 50 0.1 has_no_process "$2" || die 75 "these processes of $1 do not end: $pids"
}

# has_no_process UID: if it has, they are killed.
has_no_process() {
	pids=$(processes_of "$1" here)
	[ -n "$pids" ] || return 0
	# shellcheck disable=SC2086
	kill -KILL $pids 2>/dev/null || :
	return 1
}

# processes_of UID [here]: on one line, without zombies. Where we run in a
# chroot, the same number can be another account outside: "here" leaves out what
# has another root.
processes_of() {
	grep -slE "^Uid:.*[[:space:]]$1([[:space:]]|\$)" /proc/[0-9]*/status |
	while read -r status; do
		process=${status%/status}
		grep -sqE '^State:[[:space:]]+Z' "$status" ||
			{ [ "${2-}" = here ] && ! is_our_root "$process/root"; } ||
			basename "$process"
	done | tr '\n' ' '
}
