#!/bin/sh
# SPDX-License-Identifier: ISC
# Shows Bijk, tests it, or installs it on this machine. What each command does is in one file of
# packaging/install/; what it says on the way is all that it does.
set -eu
umask 022
PATH=$PATH:/usr/sbin:/sbin
export PATH
unset CDPATH

usage() {
	cat <<'EOF'
usage: ./install.sh demo                   a master and two nodes in a temporary directory, for a minute
       ./install.sh check                  what the tests need, then every test
       ./install.sh node --masters HOST,... [--name NAME]
       ./install.sh master
       ./install.sh uninstall [--purge]    takes node and master away; --purge: and all data, keys, accounts
   --no-packages, with any of them: the package manager is not used
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
	*) usage_error "$COMMAND does not know $1" ;;
	esac
	shift
done
export SOURCE COMMAND MASTERS NAME PACKAGES PURGE

# report comes first: the others use it.
for part in report packages build files accounts init cron sshd ports listen node master uninstall demo; do
	# shellcheck source=/dev/null
	. "$SOURCE/packaging/install/$part.sh"
done

case $COMMAND in
demo) demo ;;
check)
	packages_for_trial build client server cron listen tests
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
'') usage_error 'what shall it do?' ;;
*) usage_error "no command $COMMAND" ;;
esac
