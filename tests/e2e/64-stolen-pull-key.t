#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Who has the pull key and not the hash starts bijk-login again and again, and
# says nothing: one address has 32 of them at most, and the master, at the same
# address, is served among them.
. "${0%/*}/lib/e2e.sh"

pair
put_lines node 1 5
put_file node /usr/local/bin/hold 0755 <<'END'
#!/bin/sh
# hold ADDRESS N: as sshd starts it, N times.
mkfifo "/tmp/$1" 2>/dev/null
exec 3<>"/tmp/$1"
i=0
while [ $i -lt "$2" ]; do
	SSH_CONNECTION="$1 1 192.0.2.20 22" setpriv --reuid bijk --regid bijk --init-groups \
		/usr/sbin/bijk-login -c pull <&3 >/dev/null 2>&1 &
	i=$((i + 1))
done
wait
exec sleep 1000
END
held() {
	pids node bijk-login | wc -l
}
is_held() {
	[ "$(held)" -eq "$1" ]
}

start node other hold 192.0.2.66 3
soon 30 "somebody else's are there" is_held 3
start node thief hold 192.0.2.10 60
soon 30 "of sixty at one address no more than 32 are left" is_held 35
exits 0 "the master at this address" on master bijk-pull n1
has_lines master n1 1 5 "gets the records"
ok "and no more of them are there afterwards" test "$(held)" -le 35
ok "somebody else's were left alone" test "$(held)" -ge 34
done_testing
