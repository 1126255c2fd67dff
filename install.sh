#!/bin/sh
# SPDX-License-Identifier: ISC
# Shows Bijk, tests it, or installs it on this machine. Each command is a file
# in packaging/install/ and prints everything that it changes.
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin
export PATH
unset CDPATH

usage() {
	cat <<'EOF'
usage: ./install.sh demo                 a master and two nodes in a temporary directory, briefly
       ./install.sh check                what the tests need, then every test
       ./install.sh node --masters HOST,... [--name NAME]
       ./install.sh master
       ./install.sh uninstall [--purge]  node and master; --purge: all data, keys and accounts, too
   --no-packages, with any of them: do not use the package manager
EOF
}

usage_error() {
	printf 'install.sh: %s\n' "$1" >&2
	usage >&2
	exit 64
}

SOURCE=$(cd -- "$(dirname -- "$0")" && pwd)
COMMAND=${1:-}
MASTERS='' NAME='' PACKAGES=yes PURGE=no
[ $# -eq 0 ] || shift
while [ $# -gt 0 ]; do
	case $COMMAND:$1 in
	node:--masters | node:--name)
		[ $# -ge 2 ] || usage_error "$1 needs a value"
		case $1 in --masters) MASTERS=$2 ;; *) NAME=$2 ;; esac
		shift
		;;
	node:--masters=*) MASTERS=${1#*=} ;;
	node:--name=*) NAME=${1#*=} ;;
	uninstall:--purge) PURGE=yes ;;
	*:--no-packages) PACKAGES=no ;;
	*:-h | *:--help) COMMAND=--help ;;
	*) usage_error "unexpected argument: $1" ;;
	esac
	shift
done
export SOURCE COMMAND MASTERS NAME PACKAGES PURGE

# report comes first: the others use it.
for part in report packages files accounts owner init sshd ports listen node master uninstall \
	demo; do
	# shellcheck source=/dev/null
	. "$SOURCE/packaging/install/$part.sh"
done

case $COMMAND in
demo) demo ;;
check)
	packages_for_trial build client server cron tests
	cd "$SOURCE"
	# xinetd and inetd exclude each other.
	package_unpack "${O:-build}/unpacked" xinetd usr/sbin/xinetd
	# What make check depends on, on every processor.
	make -j "$(getconf _NPROCESSORS_ONLN)" ready
	exec make check
	;;
node) node_install ;;
master) master_install ;;
uninstall) uninstall ;;
-h | --help) usage ;;
'') usage_error 'missing command' ;;
*) usage_error "unknown command: $COMMAND" ;;
esac
