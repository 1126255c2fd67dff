# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Removes what node and master installed. Configuration, hash, keys and records
# stay, and the accounts that own them, unless --purge is given.

uninstall() {
	need_root
	say 'uninstall:'
	listen_uninstall
	sshd_uninstall
	for file in node collect master; do remove_config /etc/cron.d/bijk-$file; done
	for user in bijk bijk-master; do
		! grep -qs "$PREFIX/sbin/bijk-" "$CRONTABS/$user" || rm "$CRONTABS/$user"
	done
	ports_release
	uninstall_programs
	[ "$PURGE" = no ] || uninstall_data
	[ "$CHANGES" -ne 0 ] || say '  nothing changed'
	if [ "$PURGE" = no ] && [ -d /etc/bijk ]; then
		say "kept: /etc/bijk and the data under /var/lib (--purge removes them, too)"
	fi
}

uninstall_programs() {
	before=$CHANGES
	for list in "$SHARE"/*.files; do
		[ -e "$list" ] || continue
		while read -r path; do
			if [ -e "$path" ]; then
				rm -f "$path"
				CHANGES=$((CHANGES + 1))
			fi
		done <"$list"
		rm -f "$list"
	done
	rm -rf "$SHARE"
	[ "$CHANGES" -eq "$before" ] || did 'programs, manual pages and examples removed'
}

# What the accounts own goes when no process of theirs is left, and out of a
# directory that only root can enter: BusyBox's rm would follow a directory that
# is replaced by a link.
uninstall_data() {
	grave=/var/lib/.bijk-purged
	for name in bijk bijk-master; do
		account_remove "$name"
		tree=/var/lib/$name
		[ -d "$tree" ] || continue
		[ -d "$grave" ] || mkdir -m 700 "$grave"
		mv "$tree" "$grave/$name.$$" ||
			die 75 "$tree cannot be moved. If it is a file system itself, unmount it"
		did "$tree removed"
	done
	# Also what an interrupted run left.
	rm -rf "$grave"
	if [ -d /etc/bijk ]; then
		rm -rf /etc/bijk
		did '/etc/bijk removed'
	fi
}
