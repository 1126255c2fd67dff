#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What the doctor promises of its rehearsal, a case each: it believes the kernel
# about the rules, and nobody else; it says what it could not copy; what it
# prints was seen to help; and its copy ends with it.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/faults.sh"
. "$E2E_LIB/agree.sh"

# mended NAME < COMMANDS: what the doctor prints once lets a pull through.
mended() {
	local name failed=$tap_failed
	agree_made "$1" || return 0
	ask_doctor
	cp "$OUT" "$T/text"
	grep '^FAIL' "$T/text" >"$T/failures" || true
	agree_fixed
	ok "$name: what is printed lets a pull through" agree_pull 20
	[ "$tap_failed" = "$failed" ] || agree_tell_all
}

agree_begin

# iptables prints it as a drop of all TCP.
lets_in 'a rule of nft in a table of iptables' <<'END'
iptables-nft -A INPUT -p udp --dport 9 -j ACCEPT
nft add rule ip filter INPUT tcp dport '{ 80, 443 }' drop
END

on node sh -c 'mv /usr/sbin/nft /usr/sbin/nft.real; cat >/usr/sbin/nft; chmod 755 /usr/sbin/nft' <<'END'
#!/bin/sh
case "$*" in *'list table ip filter') exit 1 ;; esac
exec /usr/sbin/nft.real "$@"
END
on node sh -c 'mv /usr/sbin/iptables-nft-save /usr/sbin/save.real'
ask_doctor
contents "$OUT" '^warn .*leaves out the table ip filter of nft' 'a table that cannot be read: it says so'

# An address family for all comes first, and does not help.
mended 'sshd listens on loopback alone' <<'END'
sshd_has 'ListenAddress 127.0.0.1'
END

# A second SYN within a minute is dropped. A pull has one; the doctor tries with
# each fix, and counts none of these against the machine.
mended 'a limit that only its own tries reach' <<'END'
iptables -t raw -A PREROUTING -p tcp --dport 22 -j DROP
iptables -t mangle -A PREROUTING -p tcp --dport 22 --syn -m hashlimit --hashlimit-above 1/minute \
	--hashlimit-burst 1 --hashlimit-mode srcip --hashlimit-name few -j DROP
iptables -A INPUT -p tcp --dport 22 -j DROP
END
is "$(grep -o 'table ip [a-z]*' "$T/failures" | tr '\n' ' ')" 'table ip raw table ip filter ' \
	'a limit that only its own tries reach: it is not blamed'

# Its process 1 is stopped, so only a signal of the kernel can end it.
# shellcheck disable=SC2016
copy_of_node() {
	in_host node <<'END'
		own=$(readlink /proc/self/ns/pid)
		for p in /proc/[0-9]*; do
			of=$(readlink "$p/ns/pid") && [ "$of" != "$own" ] || continue
			grep -q '^NSpid:.*[[:space:]]1$' "$p/status" || continue
			echo "${p#/proc/}"
		done 2>/dev/null
END
}

has_copy() {
	copy=$(copy_of_node)
	[ -n "$copy" ] && [ "${copy#*$'\n'}" = "$copy" ]
}

no_copy() {
	[ -z "$(copy_of_node)" ]
}

fault_hosts
in_host node <<'END'
iptables -A INPUT -p tcp --dport 22 -j DROP
END
start node doctor bijk-doctor
soon 20 'it makes a copy' has_copy
on node kill -STOP "$copy"
# shellcheck disable=SC2016
on node sh -c 'kill -KILL $(cat /run/doctor.job)'
finish node doctor 2>/dev/null || true
soon 20 'killed: its copy ends with it' no_copy
done_testing
