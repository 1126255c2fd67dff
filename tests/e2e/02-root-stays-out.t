#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Root's scripts touch nothing by its path below a directory of user bijk or
# bijk-master. Whatever they name there is swapped for a link to /etc the moment
# before; and what is purged its owner deletes.
. "${0%/*}/lib/e2e.sh"

hosts_begin
E2E_SOURCE=$E2E_ROOT host_new both 192.0.2.20 node
hash_new both
node_config both n1 both </dev/null
# A chmod and the like as a race that user bijk always wins against root. It
# tells who called it, with what, and who is at work.
for tool in chown chmod chgrp mkdir install mv cp ln touch rm rmdir; do
	put_file both /usr/local/sbin/$tool 0755 <<END
#!/bin/sh
for path; do
	case \$path in
	/var/lib/bijk/* | /var/lib/bijk-master/*)
		echo "\$(id -u) $tool \$path" >>/run/touched
		[ "\$(id -u)" -ne 0 ] || { /usr/bin/rm -rf "\$path"; /usr/bin/ln -s /etc "\$path"; }
		;;
	/var/lib/*)
		[ \$(id -u) -ne 0 ] || case $tool in rm | rmdir)
			echo "$tool \$path \$(ls -A "\$path" | wc -l) \$(ps -o pid= -u \$(stat -c %U "\$path") | wc -l)" >>/run/removed
		esac
		;;
	esac
done
exec /usr/bin/$tool "\$@"
END
done
on both install -m 666 /dev/null /run/touched
etc() {
	on both stat -c '%U:%G %a' /etc
}

# .ssh is not what the installer wants, so it has something to do there.
on both /usr/bin/chmod 755 /var/lib/bijk/.ssh
ok "install.sh node" install_node both n1 both
is "$(etc)" "root:root 755" "gives away nothing"
contents "$(host_file both /run/touched)" 'chmod /var/lib/bijk/.ssh$' \
	"what is to be done below /var/lib/bijk"
unlike "$(on both cat /run/touched)" '^0 ' "is not done by root"
ok "install.sh master" install_master both
unlike "$(on both cat /run/touched)" '^0 ' "the same for a master"

at_terminal='. "$0"; as_user bijk "$1"'
modes='sed -n "s/^flags:.*\\(.\\)/\\1/p" /proc/self/fdinfo/1 /proc/self/fdinfo/2; cut -d\  -f7 /proc/self/stat'
run on both env at="$at_terminal" accounts="$E2E_ROOT/packaging/install/owner.sh" \
	modes="$modes" script -qec 'sh -c "$at" "$accounts" "$modes"' /dev/null </dev/null
is "$(tr -d '\r' <"$OUT" | xargs)" "1 1 0" \
	"what user bijk runs for root at a terminal has it for output alone"

start both bijk setpriv --reuid bijk --regid bijk --init-groups sleep 1000
start both master setpriv --reuid bijk-master --regid bijk-master --init-groups sleep 1000
ok "install.sh uninstall --purge" install_sh both uninstall --purge --no-packages
unlike "$(on both cat /run/touched)" '^0 (rm|chmod|chown)' \
	"takes away nothing that another could swap meanwhile"
is "$(on both cat /run/removed)" "rmdir /var/lib/bijk 0 0
rmdir /var/lib/bijk-master 0 0" \
	"but the directory of each, empty, when no process of its owner is left"
ok "so both are gone" on both sh -c '! ls -d /var/lib/bijk*'
not_ok "with the account" on both getent passwd bijk
finish both bijk
finish both master
done_testing
