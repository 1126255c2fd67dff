#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# With `Subsystem sftp internal-sftp` sshd does not ask the login shell: the
# key's own command stops sftp, and a pull works; so does no command at all.
# And as a bare login shell, for a key whose line has no command: `pull` is
# served, a login without a command refused, and all else.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/login.sh"

pair
on node sed -i 's/^Subsystem sftp.*/Subsystem sftp internal-sftp/' /etc/ssh/sshd_config
sshd_restart node
thief_has_pull_key
answered "no command at all is served as a pull" login
echo 'get /etc/passwd /tmp/stolen' >wishes
put_file master /root/batch <wishes
run on master sftp -b /root/batch "${thief_options[@]}" bijk@192.0.2.20
isnt "$RC" 0 "sftp is refused"
ok "and nothing copied" on master test ! -e /tmp/stolen
refused "a command" login id
log_says node 'bijk-login.*internal-sftp' "the log says what was asked for"

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
