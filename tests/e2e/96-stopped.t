#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A session whose node is stopped for longer than anybody waits leaves no lock
# behind: the next one goes on.
. "${0%/*}/lib/e2e.sh"

pair
on master bijk-master set n1 min-period=0 port=2222
printf 'master:\n  name: m1\npull:\n  timeout: 4\n' | put_file master /etc/bijk/master.yml
put_lines node 1 10
noise 4000000 | base64 -w 1000 >>stored
on node bijk-put -l -s kept <stored

# ssh's window takes 2 MB more than what passes here; bijk-login has 1 MB left to
# send.
stall node s:1000000 192.0.2.20:2222 192.0.2.20:22
start master pull bijk-pull n1
soon 30 "in the middle of a pull" archive_grows master n1 200
kill_all node bijk-login STOP
let_go node
finish master pull 30
isnt "$RC" 0 "a pull whose node was stopped ends by itself"
run pull master n1
isnt "$RC" 0 "while it is, the node says that it is busy"
kill_all node bijk-login CONT
soon 15 "it goes on, and ends" gone node bijk-login
stop node relay KILL
on master bijk-master set n1 port=22
exits 0 "the next pull goes on" pull master n1
archive master n1 --source kept >have
same have stored "all is there, once, in order"
done_testing
