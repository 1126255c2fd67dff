#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# With `Subsystem sftp internal-sftp` sshd does not ask the login shell: the
# key's own command stops sftp, and a pull works; so does no command at all.
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
put_lines node 1 10
exits 0 "a pull" pull master n1
has_lines master n1 1 10 "brings the records"
done_testing
