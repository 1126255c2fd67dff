# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# Removes what node and master installed. Configuration, hash, keys and records
# stay, and the accounts that own them, unless --purge is given.

uninstall() {
	need_root
	refuse_packaged
	say 'uninstall:'
	listen_uninstall
	# shellcheck disable=SC2086
	timer_remove $NODE_TIMER $MASTER_TIMER
	sshd_uninstall
	for file in node collect master; do remove_config /etc/cron.d/bijk-$file; done
	for user in bijk bijk-master; do
		! grep -qs "$PREFIX/sbin/bijk-" "$CRONTABS/$user" || rm "$CRONTABS/$user"
	done
	ports_release
	uninstall_programs
	if [ "$PURGE" = yes ]; then
		for user in bijk bijk-master; do account_purge "$user"; done
		uninstall_config
	fi
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
	rmdir "$PREFIX/share/doc/bijk/docs" "$PREFIX/share/doc/bijk" 2>/dev/null || :
	[ "$CHANGES" -eq "$before" ] || did 'programs, manual pages and examples removed'
}

uninstall_config() {
	[ -d /etc/bijk ] || return 0
	rm -rf /etc/bijk
	did '/etc/bijk removed'
}
