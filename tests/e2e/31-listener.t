#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# bijk-listen itself: how many it serves at once and of one source, how it gets
# its socket, what it does without what it needs, and what it gives up. That no
# starter is switched off by it is in 05 and 27 to 29.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/hostile.sh"

hosts_begin
host_new master 192.0.2.10 master
bring master flood
port=50500
# Opens connections and holds them: `hold SECONDS ADDRESS[,FROM]...`; prints for
# each whether it was answered within a second.
put_file master /usr/local/bin/hold 0755 <<'END'
#!/usr/bin/python3
import socket, sys, time
held = []
for word in sys.argv[2:]:
    to, _, own = word.partition(",")
    s = socket.create_connection((to, 50500), 5, (own, 0) if own else None)
    s.settimeout(1)
    try:
        print("served" if s.recv(1) else "refused", flush=True)
    except (TimeoutError, socket.timeout):
        print("waits", flush=True)
    except ConnectionResetError:
        print("refused", flush=True)
    held.append(s)
time.sleep(float(sys.argv[1]))
END
# Says a byte and stays until the other end is gone.
put_file master /usr/local/bin/greeter 0755 <<'END'
#!/bin/sh
echo hello
exec cat >/dev/null
END
# listener OPTION...: as its user, until `stop master listener`.
listener() {
	start master listener setpriv --reuid bijk-master --regid bijk-master --init-groups \
		bijk-listen --syslog "$@"
	until_ok 30 port_open master $port
}
held() { # WORD...: what became of these connections
	on master hold 0 "$@" | tr '\n' ' '
}

listener -b "*:$port" -c 3 -s 2 greeter-is-not-there
start master waits "$(tool flood)" greet 1 127.0.0.1:$port 1
soon 30 "a program that is not there" log_matches master 'starting greeter-is-not-there: No such'
ok "keeps a connection waiting" job_running master waits
on master kill "$(pids master bijk-listen)"
finish master listener
log_says master 'bijk-listen.*from 127\.0\.0\.1, for which greeter-is-not-there could' \
	"a listener that is told to end says so of that connection"
finish master waits
is "$RC" 1 "and closes it"

listener -b "*:$port" -c 5 -s 2 /usr/local/bin/greeter
is "$(held 127.0.0.1 127.0.0.1 127.0.0.1)" "served served refused " "of one IPv4 address two at once"
until_ok 10 gone master cat
ip_at "${host_pid[master]}" 'addr add 2001:db8::11/64 dev eth0 nodad' \
	'addr add 2001:db8:0:1::11/64 dev eth0 nodad'
six=2001:db8::10
is "$(held $six $six,2001:db8::11 $six)" "served served refused " "of one IPv6 network, too"
until_ok 10 gone master cat
is "$(held $six,2001:db8::11 $six 127.0.0.1 $six,2001:db8:0:1::11 192.0.2.10 192.0.2.10)" \
	"served served served served served waits " \
	"of others besides; and when five are served the sixth waits"
soon 10 "and is served when one of them has gone" gone master cat
log_says master 'bijk-listen.*connection from 127\.0\.0\.1: refused: 2 are in progress' \
	"who was refused is in the log"
held 127.0.0.1 127.0.0.1 127.0.0.1 127.0.0.1 127.0.0.1 >/dev/null
is "$(log_of master | grep -c 'from 127.0.0.1: refused')" 1 "once a minute"

exits 0 "a second one of the same user finds the first, and ends" on master setpriv \
	--reuid bijk-master --regid bijk-master --init-groups bijk-listen -b "*:$port" /bin/true
exits 71 "one of another user" on master bijk-listen -b "*:$port" /bin/true
contents "$ERR" "port $port is taken" "says that the port is taken"

pid=$(pids master bijk-listen)
start master held hold 10000 127.0.0.1
until_ok 10 runs master cat
on master kill "$pid"
finish master listener
is "$RC" 0 "a listener that is told to end does"
ok "and whom it serves goes on" runs master cat
ok "but the port is shut" port_shut master $port
stop master held KILL

# EMFILE: what a process of ours can be denied without denying it to others.
listener -b 127.0.0.1:$port /usr/local/bin/greeter
pid=$(pids master bijk-listen)
limit_of master "$pid" nofile 4
start master waits "$(tool flood)" greet 1 127.0.0.1:$port 1
soon 30 "without a free descriptor" log_matches master 'accepting a connection: Too many open files'
ticks=$(listener_ticks "$pid")
sleep 1
ok "it does not spin" test $(($(listener_ticks "$pid") - ticks)) -le 5
limit_of master "$pid" nofile 100
finish master waits
is "$RC" 0 "and with one it accepts"
stop master listener

# Restricted: what it starts inherits that.
put_file master /usr/local/bin/out 0755 <<'END'
#!/bin/bash
if (exec 3<>/dev/tcp/192.0.2.10/22) 2>/dev/null; then echo connected; else echo kept in; fi
grep -E '^NoNewPrivs' /proc/self/status
env | grep -vE '^(PATH|PWD|SHLVL|_)='
END
ok "without it a connection can be made" on master bash -c 'exec 3<>/dev/tcp/192.0.2.10/22'
listener -b 127.0.0.1:$port /usr/local/bin/out
is "$(on master socat -u tcp:127.0.0.1:$port - | tr '\n\t' '; ')" "kept in;NoNewPrivs: 1;" \
	"a program makes no connection, gains no right, and has no environment"
stop master listener

# Passed by systemd's protocol, and by inetd's.
if command -v systemd-socket-activate >/dev/null; then
	start master activate systemd-socket-activate -l 127.0.0.1:$port bijk-listen -i 1 \
		/usr/local/bin/greeter
	until_ok 30 port_open master $port
	is "$(held 127.0.0.1)" "served " "with systemd's socket a connection is served"
	finish master activate 10
	is "$RC" 0 "and a second later it ends"
else
	skip "with systemd's socket a connection is served" "systemd-socket-activate is not here"
fi
put_file master /usr/local/bin/holder 0755 <<'END'
#!/usr/bin/python3
import socket, subprocess
s = socket.create_server(("127.0.0.1", 50500))
for i in range(3):
    c = socket.create_connection(("127.0.0.1", 50500))
    code = subprocess.run(["bijk-listen", "-i", "0", "/bin/date"], stdin=s).returncode
    c.settimeout(10)
    print("served" if c.recv(1) and code == 0 else "lost")
END
is "$(on master holder | tr '\n' ' ')" "served served served " \
	"a socket that is its standard input, as with inetd, stays open when it ends"
exits 64 "without a socket" on master bijk-listen /bin/true
contents "$ERR" 'no listening socket' "it says so"
exits 64 "-i with -b" on master bijk-listen -i 1 -b 127.0.0.1:$port /bin/true
contents "$ERR" 'would close the port' "is refused"
exits 64 "an address without a port" on master bijk-listen -b 127.0.0.1 /bin/true
exits 64 "no program" on master bijk-listen -b 127.0.0.1:$port
done_testing
