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
	remove_config /etc/cron.d/bijk-master
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

uninstall_data() {
	for name in bijk bijk-master; do
		account_remove "$name"
		tree=/var/lib/$name
		[ -d "$tree" ] || continue
		rm -rf "$tree"
		did "$tree removed"
	done
	if [ -d /etc/bijk ]; then
		rm -rf /etc/bijk
		did '/etc/bijk removed'
	fi
}
