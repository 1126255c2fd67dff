# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# The Debian packages on hosts; DEBS is where they lie.

[ -n "${DEBS-}" ] || skip_all "DEBS names no packages"

# bring_debs HOST: the packages, and the next version of them, in /root.
bring_debs() {
	local package
	for package in common node master; do
		put_file "$1" /root/1/$package.deb <"$(echo "$DEBS"/bijk-${package}_*.deb)"
	done
	put_file "$1" /root/next 0755 <"$E2E_ROOT/tests/packages/next"
	on "$1" /root/next /root/1 /root/2
	in_host "$1" <<'END'
		rm -f /usr/sbin/policy-rc.d
		# The index of all manual pages of this machine is not what is tested.
		! [ -e /var/lib/dpkg/info/man-db.postinst ] ||
			printf '#!/bin/sh\n' >/var/lib/dpkg/info/man-db.postinst
END
}

# dpkg_says HOST ARG...: RC, OUT and ERR as `run` leaves them.
dpkg_says() {
	local host=$1
	shift
	run on "$host" env DEBIAN_FRONTEND=noninteractive dpkg "$@"
	[ "$RC" -eq 0 ]
}
