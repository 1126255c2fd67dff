#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Port scanners and health checks at port 50010: a line a minute in the log,
# with a count, and no error; bijk-doctor's looks are none either.
. "${0%/*}/lib/e2e.sh"

pair n1
log_clear master
on node python3 - <<'END'
import socket
for i in range(30):
    s = socket.create_connection(("192.0.2.10", 50010))
    s.recv(1000)
    if i % 3 == 0:
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        s.recv(1000)
    s.close()
END
soon 30 "all of them are over" gone master bijk-keyrecv
is "$(log_of master | grep -c 'bijk-keyrecv.* from 192.0.2.20: ')" 1 "one line"
is "$(log_of master | grep -c '<29>.*bijk-keyrecv.* from 192.0.2.20: ')" 1 "a notice"
# A minute later.
on master python3 - <<'END'
f = open("/var/lib/bijk-master/probes", "r+b")
data = bytearray(f.read())
for at in range(0, len(data), 112):
    if any(data[at:at + 8]):
        data[at:at + 8] = (1).to_bytes(8, "little")
f.seek(0)
f.write(data)
END
cron_pull master
log_says master '<29>.*from 192\.0\.2\.20: 29 more failed' "the others are counted"

log_clear master
run on node bijk-doctor
run on master bijk-doctor --master
soon 30 "what they asked is over" gone master bijk-keyrecv
is "$(log_of master | grep -c '<27>')" 0 "bijk-doctor leaves no error in the log"
done_testing
