#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# PREFIX=/usr/local ./install.sh, under systemd, inetd and cron: what it leaves
# names our programs there and nowhere else, they work, and the doctor finds no
# fault. PREFIX_BUILD is where they are built.
. "${0%/*}/../e2e/lib/e2e.sh"

[ -n "${PREFIX_BUILD-}" ] || skip_all "PREFIX_BUILD names no build"
here() {
	# shellcheck disable=SC2016
	run on "$host" sh -ec 'cd "$1"; shift; exec env PREFIX=/usr/local O="$@"' sh "$E2E_ROOT" \
		"$PREFIX_BUILD" ./install.sh "$@"
	[ "$RC" -eq 0 ]
}
# ours: what the host wrote that names a program or a directory of ours in $1.
ours() {
	(cd "$HOSTS_DIR/$host/up" && { grep -rlE "$1/(sbin|bin|share)/bijk" etc usr var || true; })
}

hosts_begin
n=20
for kind in systemd inetd cron; do
	host=$kind
	case $kind in
	systemd) missing=$(systemd_why_not) ;;
	inetd) missing=$(command -v inetd >/dev/null || echo "inetd is not installed") ;;
	*) missing='' ;;
	esac
	[ -z "$missing" ] || { skip "$kind" "$missing" && continue; }
	init=''
	[ $kind != systemd ] || init=systemd
	E2E_INIT=$init E2E_SOURCE=$E2E_ROOT host_new $host 192.0.2.$((n++)) base
	if [ $kind = inetd ]; then
		: | put_file $host /etc/inetd.conf
		start $host inetd inetd -i
	fi
	[ $kind = systemd ] || start $host cron cron -f

	ok "$kind: install.sh master" here master --no-packages
	ok "install.sh node" here node --masters $host --name n1 --no-packages
	ok "again" here node --masters $host --name n1 --no-packages
	contents "$OUT" 'nothing changed' "changes nothing"
	is "$(ours /usr)" "" "nothing names a file of ours in /usr"
	ours /usr/local >names
	for file in cron.d/bijk-node cron.d/bijk-master ssh/sshd_config.d/00-bijk-master.conf; do
		ok "$file names one in /usr/local" grep -qx "etc/$file" names
	done
	case $kind in
	systemd) file=etc/systemd/system/bijk-recv.service ;;
	inetd) file=etc/inetd.conf ;;
	cron) file=etc/cron.d/bijk-listen ;;
	esac
	ok "so does $file" grep -qx "$file" names
	is "$(on $host getent passwd bijk | cut -d: -f7)" /usr/local/sbin/bijk-login "and the shell"

	acquaint $host $host n1
	on $host bijk-master set n1 min-period=0
	put_lines $host 1 5
	# cron or a timer may be doing the same.
	soon 30 "a pull" pull $host n1
	put_lines $host 6 10
	soon 30 "a push" push $host
	has_lines $host n1 1 10 "brought the records"
	for role in '' --master; do
		exits 0 "bijk-doctor $role" on $host bijk-doctor $role
		contents_not "$OUT" '^(FAIL|warn)' "finds no fault"
	done

	ok "install.sh uninstall --purge" here uninstall --purge --no-packages
	is "$(ours '(/usr|/usr/local)' | grep -v '^var/log/' || true)" "" "leaves no file that names one"
	is "$(cd "$HOSTS_DIR/$host/up" && find etc usr var -name '*bijk*' ! -type c)" "" "and none of them"
	host_end $host
done
done_testing
