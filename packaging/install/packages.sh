# shellcheck shell=sh
# SPDX-License-Identifier: ISC
# What Bijk needs of the distribution, by its names, and how it is installed.

# package_names MANAGER SET: what to build with; the ssh client; sshd; cron; what
# the tests and measurements need; what the long forms of portability, monitoring
# and feeds need.
package_names() {
	case $1:$2 in
	apt:build) echo gcc make libc6-dev pkg-config libyaml-dev libsodium-dev libzstd-dev \
		libjansson-dev ;;
	apt:client) echo openssh-client ;;
	apt:server) echo openssh-server ;;
	apt:cron) echo cron ;;
	apt:portability) echo mmdebstrap qemu-user-static qemu-system-arm qemu-system-misc cpio \
		gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf gcc-i686-linux-gnu \
		gcc-s390x-linux-gnu libc6-dev-arm64-cross \
		libc6-dev-armhf-cross libc6-dev-i386-cross libc6-dev-s390x-cross clang musl-tools \
		busybox-static dpkg-dev autoconf automake libtool file ;;
	apt:bench) echo clustershell pssh ansible-core rsync sqlite3 python3-snappy iproute2 \
		strace ucspi-tcp-ipv6 ;;
	apt:monitoring) echo prometheus prometheus-node-exporter curl icinga2-bin icinga2-common \
		zabbix-agent sudo ;;
	apt:recipes) echo prometheus-node-exporter collectd libmicrohttpd12 libprotobuf-c1 \
		munin-node munin-plugins-core sysstat curl ;;
	apt:feeds) echo postgresql rrdtool influxdb victoria-metrics prometheus curl strace ;;
	apt:tests) echo check git perl iproute2 iptables nftables ipset ufw tcpd procps socat \
		clang clang-format clang-tidy libclang-rt-dev cppcheck mandoc shellcheck \
		openbsd-inetd rsync bsdutils debhelper lintian sudo ;;

	dnf:build) echo gcc make pkgconf-pkg-config libyaml-devel libsodium-devel libzstd-devel \
		jansson-devel ;;
	dnf:client) echo openssh-clients ;;
	dnf:server) echo openssh-server ;;
	dnf:cron) echo cronie ;;
	dnf:tests) echo check-devel git perl-Test-Harness iproute iptables-nft nftables ipset \
		procps-ng socat clang clang-tools-extra compiler-rt cppcheck mandoc ShellCheck \
		sudo ;;

	apk:build) echo gcc make musl-dev linux-headers pkgconf yaml-dev yaml-static libsodium-dev \
		libsodium-static zstd-dev zstd-static jansson-dev jansson-static ;;
	apk:client | apk:server) echo openssh ;;
	apk:cron) echo cronie ;;
	apk:tests) echo check-dev git perl-utils iproute2 iptables nftables ipset procps socat \
		util-linux clang clang-extra-tools compiler-rt cppcheck mandoc shellcheck sudo ;;

	pacman:build) echo gcc make pkgconf libyaml libsodium zstd jansson ;;
	pacman:client | pacman:server) echo openssh ;;
	pacman:cron) echo cronie ;;
	pacman:tests) echo check git perl iproute2 iptables nftables ipset procps-ng socat clang \
		compiler-rt cppcheck mandoc shellcheck sudo ;;

	zypper:build) echo gcc make pkg-config libyaml-devel libsodium-devel libzstd-devel \
		libjansson-devel ;;
	zypper:client) echo openssh-clients ;;
	zypper:server) echo openssh-server ;;
	zypper:cron) echo cron ;;
	zypper:tests) echo check-devel git perl iproute2 iptables nftables ipset procps socat \
		clang clang-tools cppcheck mandoc ShellCheck sudo ;;
	esac
}

package_manager() {
	for manager in apt-get dnf apk pacman zypper; do
		if command -v "$manager" >/dev/null; then
			echo "${manager%-get}"
			return
		fi
	done
	return 1
}

# package_here MANAGER NAME
package_here() {
	case $1 in
	apt) [ "$(dpkg-query -W -f '${Status}' "$2" 2>/dev/null)" = 'install ok installed' ] ;;
	dnf | zypper) rpm -q --quiet --whatprovides "$2" >/dev/null 2>&1 ;;
	apk) apk info -e "$2" >/dev/null 2>&1 ;;
	pacman) pacman -Qq "$2" >/dev/null 2>&1 ;;
	esac
}

# package_command MANAGER: the words in front of the names.
package_command() {
	case $1 in
	apt) echo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ;;
	dnf) echo dnf install -y ;;
	apk) echo apk add ;;
	pacman) echo pacman -S --needed --noconfirm ;;
	zypper) echo zypper --non-interactive install ;;
	esac
}

# refuse_packaged: what a package manager owns is its own to change, also what a
# removed package left.
refuse_packaged() {
	manager=$(package_manager) || return 0
	for package in bijk-common bijk-node bijk-master; do
		! package_here "$manager" "$package" || die 73 "Bijk is here as package $package:
the package manager upgrades and removes it"
		[ "$manager" != apt ] ||
			case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
			'' | *' not-installed') ;;
			*)
				die 73 "package $package was removed, but its configuration is here:
install it again, or, if its data may go, dpkg --purge $package"
				;;
			esac
	done
}

# packages_ensure SET...: installs what is missing of these sets, as root or
# through sudo.
packages_ensure() {
	[ "$PACKAGES" = yes ] || return 0
	manager=$(package_manager) || {
		note 'unknown package manager: what is missing shows when it is needed'
		return 0
	}
	missing=
	for set in "$@"; do
		for package in $(package_names "$manager" "$set"); do
			case " $missing " in *" $package "*) continue ;; esac
			package_here "$manager" "$package" ||
				missing="$missing${missing:+ }$package"
		done
	done
	[ -n "$missing" ] || return 0

	words=$(package_command "$manager")
	as_root='' hint=''
	[ "$manager" != dnf ] || hint=' (on RHEL some of them are in CRB and EPEL)'
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null ||
			die 69 "packages are missing. As root: ${words#env * } $missing"
		as_root=sudo
	fi
	say "packages: $missing"
	CHANGES=$((CHANGES + 1))
	# Word lists of this file, split on purpose.
	# shellcheck disable=SC2086
	{
		[ "$manager" != apt ] || $as_root apt-get -q update >/dev/null ||
			note 'apt-get update failed; trying with the present lists'
		$as_root $words $missing >/dev/null
	} || die 69 "the packages could not be installed. By hand: ${words#env * } $missing$hint"
}

# packages_for_trial SET...: the same; stops an sshd or inetd that came with it.
packages_for_trial() {
	had_sshd=$(command -v sshd) || had_sshd=
	had_inetd=$(command -v inetd) || had_inetd=
	packages_ensure "$@"
	[ "$(id -u)" -eq 0 ] || return 0
	if [ -z "$had_sshd" ]; then service_stop ssh sshd; fi
	if [ -z "$had_inetd" ]; then service_stop inetd openbsd-inetd; fi
}

# package_unpack DIR PACKAGE PATH: DIR/PATH, of a package that conflicts with
# another one.
package_unpack() {
	[ "$PACKAGES" = yes ] && [ ! -e "$1/$3" ] && [ "$(package_manager)" = apt ] || return 0
	mkdir -p "$1"
	(
		cd "$1"
		apt-get -q download "$2" >/dev/null 2>&1 &&
			dpkg-deb --fsys-tarfile "$2"_*.deb | tar -x "./$3"
		rm -f "$2"_*.deb
	) || note "package $2 is not available: its test is skipped"
}
