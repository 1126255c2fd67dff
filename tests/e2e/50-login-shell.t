#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-login as the login shell of user bijk, with the pull key: `pull` works,
# and no command at all is served as one.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/login.sh"

pair
thief_has_pull_key
answered "pull is answered" login pull
answered "no command at all too" login
is "$(on node getent passwd bijk | cut -d: -f7)" /usr/sbin/bijk-login "it is the user's shell"
put_lines node 1 10
exits 0 "the true pull" pull master n1
has_lines master n1 1 10 "brings the records"
done_testing
