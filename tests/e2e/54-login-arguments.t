#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Whatever bijk-login is started with, but `-c pull`: one line, exit code 77, nothing runs.
. "${0%/*}/lib/e2e.sh"
. "$E2E_LIB/login.sh"

hosts_begin
node_new node 192.0.2.20 n1 master
shell() {
	on node setpriv --reuid bijk --regid bijk --init-groups env -i "${with[@]}" \
		/usr/sbin/bijk-login "$@"
}
with=()
long=$(head -c 131000 /dev/zero | tr '\0' x)
refused "no argument" shell
refused "-c ''" shell -c ''
refused "pull without -c" shell pull
refused "-c pull and more" shell -c pull more
refused "-c twice" shell -c -c pull
refused "-c 'pull;id'" shell -c 'pull;id'
refused "a line end" shell -c $'pull\n'
refused "bytes that are not UTF-8" shell -c $'\xff\xfepull'
refused "control characters" shell -c $'\e[2Jpull'
refused "128 KiB" shell -c "$long"
refused "-c --help" shell -c --help
refused "-c -V" shell -c -V
# Options that it does not have are a usage error.
for arguments in -c -i '-l -c pull' '-c pull --now'; do
	greeting >greeting.txt
	# shellcheck disable=SC2086
	run shell $arguments <greeting.txt
	like "$RC" '^(64|77)$' "$arguments: refused"
	is "$(wc -l <"$ERR")" 1 "in one line"
	empty "$OUT" "and nothing on standard output"
done
until_ok 10 log_settled node
unlike "$(on node cat -v /var/log/syslog)" '\^\[' \
	"the log shows control characters, it does not contain them"
with=(SSH_ORIGINAL_COMMAND=id)
refused "SSH_ORIGINAL_COMMAND that is not pull" shell -c pull
with=(LD_PRELOAD=/nonexistent.so BASH_ENV=/tmp/x LC_ALL=../../x)
answered "-c pull is served, whatever the environment says" shell -c pull
contents_not "$ERR" 'preload|nonexistent|bash' "nothing of the environment shows"
done_testing
