#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-login as it is installed: static, nothing in it can run a program;
# install.sh warns where it is not static. And root's bijk-put works as the
# owner of the spool.
. "${0%/*}/lib/e2e.sh"

hosts_begin
node_new node 192.0.2.20 n1 master
program=$(host_file node /usr/sbin/bijk-login)
on node nm /usr/sbin/bijk-login >symbols
like "$(wc -l <symbols)" '^[0-9]{4,}$' "the installed program has its symbols"
contents symbols ' T send_session$' "they are those of the program"
# Under every name that a libc has for them, weak, internal or versioned.
runs='(exec(l|le|lp|v|ve|vp|vpe|veat)|fexecve|v?fork|_Fork|clone[0-9]*|clone_internal|posix_spawn[a-z_]*|spawn[a-z_]*|system|do_system|popen|proc_open)'
contents_not symbols " [A-Za-z] _*(libc_|IO_|GI_)*_*$runs(@.*)?\$" \
	"none of them runs a program or makes a process"
printf '0 T %s\n' execve __libc_fork _IO_popen __posix_spawn clone3 system@@GLIBC_2.2.5 >known
is "$(grep -cE " [A-Za-z] _*(libc_|IO_|GI_)*_*$runs(@.*)?\$" known)" 6 \
	"which this pattern would find"
if readelf -lW "$program" | grep -q INTERP; then
	skip "it is static" "the static libraries are not here"
else
	pass "it is static"
fi
contents <(readelf -hW "$program") 'Type: +DYN' "and loaded at any address"

E2E_SOURCE=$E2E_ROOT host_new fresh 192.0.2.21 base
# install_login [NAME=VALUE]: links it anew, with that in the environment.
install_login() {
	run on fresh env "$@" sh -ec \
		'cd "$1"; rm -f "$O/bin/bijk-login"; exec ./install.sh node --masters nowhere \
			--name n2 --no-packages' \
		sh "$E2E_ROOT"
}
build=${E2E_TOOLS%/tests}
install_login O="$build" STATIC=
is "$(on fresh readelf -lW /usr/sbin/bijk-login | grep -c INTERP)" 1 \
	"install.sh node where nothing can be linked statically"
contents "$ERR" 'note: bijk-login is linked dynamically' "warns"
install_login O="$build"
contents_not "$ERR" 'linked dynamically' "where it can, it does not"

on node rm -rf /var/lib/bijk/spool
exits 0 "root may put" on node bijk-put -s test /etc/hostname
is "$(on node find /var/lib/bijk/spool ! -user bijk -o ! -group bijk)" "" \
	"all of the spool is its owner's"
is "$(on node find /var/lib/bijk/spool -user bijk -type f | wc -l)" \
	"$(on node find /var/lib/bijk/spool -type f | wc -l)" "each file"
start node put bijk-put -s test -- sleep 30
soon 30 "a command of root's" runs node sleep
is "$(sed -n 's/^Uid:.\([0-9]*\).*/\1/p' "$(host_file node /proc)/$(pids node sleep |
	head -n 1)/status")" 0 "runs as root, and only storing is the owner's"
stop node put
done_testing
