# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The accounts bijk and bijk-master.

account_entry() {
	if command -v getent >/dev/null; then getent passwd "$1"; else grep "^$1:" /etc/passwd; fi
}

# account NAME HOME SHELL: a system account with a group of its own. Its password is `*`, which no password
# matches; `!` would be a locked account, which sshd refuses without PAM, whatever key is shown.
account() {
	if entry=$(account_entry "$1"); then
		[ "${entry#*:*:*:*:*:}" = "$2:$3" ] ||
			die 73 "there is an account $1 already, with another home or shell than $2 and $3: usermod -d $2 -s $3 $1"
		return 0
	fi
	if command -v useradd >/dev/null; then
		useradd --system --user-group --no-create-home --home-dir "$2" --shell "$3" --password '*' "$1"
	else
		addgroup -S "$1"
		adduser -S -D -H -h "$2" -s "$3" -G "$1" "$1"
		echo "$1:*" | chpasswd -e 2>/dev/null
	fi
	did "account $1 (home $2, shell $3)"
}

account_remove() {
	account_entry "$1" >/dev/null || return 0
	if command -v userdel >/dev/null; then userdel "$1"; else deluser "$1"; fi ||
		die 75 "account $1 could not be removed"
	did "account $1 removed"
}
