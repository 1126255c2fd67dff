#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A top-level section that the transport does not own belongs to a plugin and is
# left alone, whatever it holds.
. "${0%/*}/lib/e2e.sh"

pair
{
	cat <<'END'
apache:
  url: http://127.0.0.1/server-status?auto
  timeout: [1, 2, {three: 3}]
node:
  name: n1
mysql:
  - user: monitor
    period: often
sender:
  masters: [master]
plugins_of_ours: yes
END
} | put_file node /etc/bijk/plugins.yml
put_lines node 1 10
exits 0 "a pull" pull master n1
put_lines node 11 20
exits 0 "a push" push node
has_lines master n1 1 20 "brought the records"
done_testing
