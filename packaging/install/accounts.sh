# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# The accounts bijk and bijk-master.

account_entry() {
	if command -v getent >/dev/null; then getent passwd "$1"; else grep "^$1:" /etc/passwd; fi
}

# account NAME HOME SHELL: a system account with a group of its own.
account() {
	if entry=$(account_entry "$1"); then
		[ "${entry#*:*:*:*:*:}" = "$2:$3" ] ||
			die 73 "account $1 has another home or shell: usermod -d $2 -s $3 $1"
		account_unlock "$1"
		return 0
	fi
	if command -v useradd >/dev/null; then
		useradd --system --user-group --no-create-home --home-dir "$2" --shell "$3" "$1"
	elif command -v adduser >/dev/null; then
		addgroup -S "$1"
		adduser -S -D -H -h "$2" -s "$3" -G "$1" "$1"
	else
		id=999
		while grep -q ":$id:" /etc/passwd /etc/group; do id=$((id - 1)); done
		echo "$1:x:$id:" >>/etc/group
		echo "$1:*:$id:$id::$2:$3" >>/etc/passwd
	fi
	did "account $1 (home $2, shell $3)"
	account_unlock "$1"
}

# account_unlock NAME: its password becomes `*`, which nothing matches. A `!` at
# its beginning, which useradd and systemd-sysusers write, locks the account, and
# without PAM sshd refuses a locked one.
account_unlock() {
	grep -qs "^$1:!" /etc/shadow || return 0
	if command -v usermod >/dev/null; then
		usermod -p '*' "$1"
	else
		echo "$1:*" | chpasswd -e 2>/dev/null
	fi
	did "account $1: its password is '*'"
}
