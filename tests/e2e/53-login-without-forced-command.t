#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# As a bare login shell, for a key whose line has no command: `pull` is served,
# a login without a command refused, and all else.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/login.sh"

pair
thief_has_pull_key
on node sed -i 's/^restrict,command="pull" /restrict /' /var/lib/bijk/.ssh/authorized_keys
answered "pull is answered" login pull
# sshd prints what greets a login with a shell: of that our program makes nothing.
greeting >greeting.txt
run login <greeting.txt
is "$RC" 77 "no command: refused"
contents_not "$OUT" 'NODE' "nothing of a session"
refused "another command" login id
refused "pull and more" login 'pull; id'
refused "the old scp" login 'scp -f /etc/passwd'
refused "sftp-server" login /usr/lib/openssh/sftp-server
on node sh -c \
	'mkdir -p /var/lib/bijk/.ssh; echo "echo rc >/tmp/rc-ran" >/var/lib/bijk/.ssh/rc;
		chown bijk: /var/lib/bijk/.ssh/rc'
on node sed -i 's/^restrict /no-pty /' /var/lib/bijk/.ssh/authorized_keys
answered "pull is answered, with an rc file in .ssh" login pull
ok "which does not run" on node test ! -e /tmp/rc-ran
done_testing
