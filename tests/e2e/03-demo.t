#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# install.sh demo: shows the main job, and leaves nothing; as root and as an
# ordinary user, who cannot write to the build directory and so builds all of
# it, here in the quickest way.
. "${0%/*}/lib/e2e.sh"

hosts_begin
E2E_SOURCE=$E2E_ROOT host_new show 192.0.2.20 base
on show useradd --create-home --shell /bin/bash visitor
picture() {
	host_wrote show
	# Not the project itself, should it lie there: other tests are at work in it.
	on show find /tmp -path "$E2E_ROOT" -prune -o ! -name "sort*" -print | sort
	on show ps -eo user,comm --no-headers | grep -cE 'sshd|bijk' || true
}
build=${E2E_TOOLS%/tests}
demo_as() {
	on show su "$1" -s /bin/sh -c \
		"O='$build' CFLAGS='-O0 -U_FORTIFY_SOURCE' '$E2E_ROOT/install.sh' demo --no-packages"
}
demo_is_over() {
	[ "$(on show pgrep -fc 'sh .*install.sh demo')" = 0 ]
}
put_file show "$(tool lesskernel)" 0755 <"$E2E_TOOLS/lesskernel"
picture >before
for user in root visitor; do
	code=0
	demo_as $user >shown 2>said || code=$?
	is "$code $(cat said)" "0 " "$user runs the demo, without a complaint"
	contents shown 'bijk-master add laptop' "the administrator's step is shown"
	contents shown 'byte for byte' "what arrived was compared"
	contents shown '^web +ok +pull' "web was pulled"
	contents shown '^laptop +ok +push' "laptop pushed"
	contents shown '^node_cpu_seconds_total' "the records are this machine's"
done
# A warning of the programs is told, and nobody takes it for a card.
code=0
on show "$(tool lesskernel)" landlock sh -c \
	"O='$build' '$E2E_ROOT/install.sh' demo --no-packages" >shown 2>said || code=$?
is "$code $(cat said)" "0 " "on a kernel without Landlock, too"
contents shown '^kernel +this kernel has no Landlock: seccomp' "it says so, once"
is "$(grep -c 'this kernel has' shown)" 1 "and only there"
contents shown '^laptop +ok +push' "laptop pushed"
# Whoever reads its first lines only ends it, and that is an end as any other.
demo_as root 2>said | head -n 3 >shown || true
contents shown '^build' "its first lines are read"
soon 60 "a demo that nobody reads any more ends" demo_is_over
picture >after
same after before "nothing is left, no file and no process"
done_testing
