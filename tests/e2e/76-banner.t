#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What sshd's banner says, or ssh of something else, is not taken for the reason why a pull fails.
. "${0%/*}/lib/e2e.sh"

pair n1
on node usermod -s /bin/true bijk
sshd_has() {
	printf '%s\n' "$@" | put_file node /etc/ssh/sshd_config.d/00-fault.conf
	sshd_restart node
}
reason='n1: the login is good, but bijk-login does not answer; check'

sshd_has 'Banner /etc/issue.net'
for end in '\n' '\r\n'; do
	printf '%b' "If your account has expired, ask.${end}x: Permission denied (none)${end}" \
		"Connection timed out during banner exchange${end}" |
		put_file node /etc/issue.net
	run pull master n1
	contents "$ERR" "$reason" "a banner, lines ending in $end"
done

put_file master /usr/local/bin/ssh10 0755 <<'END'
#!/bin/sh
printf '** WARNING: connection is not using a post-quantum key exchange algorithm.\r\n' >&2
exec /usr/bin/ssh "$@"
END
printf 'pull:\n  ssh: /usr/local/bin/ssh10\n' | master_config master m1
run pull master n1
contents "$ERR" "$reason" "a warning of ssh"

# Where there is a reason in other words than ssh's, it is told.
sshd_has 'UsePAM no' 'Banner /etc/issue.net'
echo 'Back at noon.' | put_file node /etc/nologin
run pull master n1
contents "$ERR" 'does not answer: Back at noon\.;' "nologin"
done_testing
