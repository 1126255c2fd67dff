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
	in_host "$1" <<'END'
		rm -f /usr/sbin/policy-rc.d
		# The index of all manual pages of this machine is not what is tested.
		! [ -e /var/lib/dpkg/info/man-db.postinst ] ||
			printf '#!/bin/sh\n' >/var/lib/dpkg/info/man-db.postinst
		mkdir /root/2
		cd /root/1
		for deb in *.deb; do
			dpkg-deb -R $deb /root/tree
			sed -i 's/^Version: .*/&+next/; s/^\(Depends: bijk-common (= [^)]*\))/\1+next)/' \
				/root/tree/DEBIAN/control
			dpkg-deb -b /root/tree /root/2/$deb
			rm -r /root/tree
		done >/dev/null
END
}

# dpkg_says HOST ARG...: RC, OUT and ERR as `run` leaves them.
dpkg_says() {
	local host=$1
	shift
	run on "$host" env DEBIAN_FRONTEND=noninteractive dpkg "$@"
	[ "$RC" -eq 0 ]
}
