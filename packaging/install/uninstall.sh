# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Takes away what node and master put here. Configuration, hash, keys and records stay, and so do the accounts that
# own them, unless --purge.

uninstall() {
	need_root
	say 'uninstall:'
	listen_uninstall
	sshd_uninstall
	remove_config /etc/cron.d/bijk-node
	remove_config /etc/cron.d/bijk-collect
	remove_config /etc/cron.d/bijk-master
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

# What the accounts own goes when nobody can act as they any more, and out of a directory that nobody else enters:
# BusyBox's rm would follow a directory that is swapped for a link.
uninstall_data() {
	grave=/var/lib/.bijk-purged
	for name in bijk bijk-master; do
		account_remove "$name"
		tree=/var/lib/$name
		[ -d "$tree" ] || continue
		[ -d "$grave" ] || mkdir -m 700 "$grave"
		mv "$tree" "$grave/$name.$$" || die 75 "$tree could not be moved. If it is a file system of its own, unmount it first"
		did "$tree removed"
	done
	# What is left of a run that was ended, too.
	rm -rf "$grave"
	if [ -d /etc/bijk ]; then
		rm -rf /etc/bijk
		did '/etc/bijk removed'
	fi
}
