/* SPDX-License-Identifier: ISC */
/* What a stranger with the pull key may ask for: commands, subsystems, and variables for the environment. */
#ifndef BIJK_TESTS_WORDS_H
#define BIJK_TESTS_WORDS_H

static const char *const commands[] = { "id", "sh", "/bin/sh", "bash -i", "touch /tmp/ran",
	"/bin/sh -c 'touch /tmp/ran'", "pull; touch /tmp/ran", "pull && touch /tmp/ran",
	"pull || touch /tmp/ran", "pull | touch /tmp/ran", "pull & touch /tmp/ran",
	"pull\ntouch /tmp/ran", "\npull", "pull\n", "pull\r", "pull\t", "\tpull", " pull", "pull ",
	"$(touch /tmp/ran)", "`touch /tmp/ran`", "pull $(touch /tmp/ran)", "pull `touch /tmp/ran`",
	"pull #", "pull > /tmp/ran", "> /tmp/ran", "< /etc/passwd", "${IFS}", "pull${IFS}x", "~",
	"*", "'pull'", "\"pull\"", "\\pull", "pull\\", "pull;", ";pull", "-c pull", "-c", "--help",
	"-h", "-V", "--version", "-v", "-f /etc/passwd", "-f/etc/passwd", "--config=/etc/passwd",
	"--", "-- pull", "pull --now", "pull pull", "PULL", "Pull", "pul", "pulll", "push",
	"scp -t /tmp", "scp -f /etc/passwd",
	"rsync --server --sender -logDtpre.iLsfxC . /etc/passwd",
	"rsync --server -logDtpre.iLsfxC . /tmp", "internal-sftp", "/usr/lib/openssh/sftp-server",
	"git-upload-pack 'x'", "git-shell", "cvs server", "svnserve -t", "borg serve",
	"() { :;}; touch /tmp/ran", "env touch /tmp/ran", "exec touch /tmp/ran", ". /tmp/x",
	"../../../bin/sh", "/usr/sbin/bijk-login", "bijk-put", "%s%s%s%n", "%p",
	"LD_PRELOAD=/tmp/x pull", "A=1 pull", "\xff\xfepull", "pull\xc0\x80", "\xed\xa0\x80",
	"\x1b[2Jpull", "\x1b]0;x\x07pull", "\x7fpull", "pull\x08\x08\x08\x08id", "\xe2\x80\xaepull",
	"p\xcc\xb5ull", "BIJK 2 m1", "0", "-", "--pull", "/", ".", "..", "!", "!!", "true", "false",
	"sleep 1000", "yes", "cat", "tty", "reboot", "python3 -c 1", "perl -e 1" };
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char *const subsystems[] = { "sftp", "netconf", "", "pull", "sftp\n", "../sftp",
	"/usr/lib/openssh/sftp-server", "internal-sftp", "SFTP", "x;touch /tmp/ran" };
#define SUBSYSTEMS (sizeof(subsystems) / sizeof(subsystems[0]))

static const char *const variables[] = { "LD_PRELOAD=/tmp/x.so", "LD_LIBRARY_PATH=/tmp",
	"LD_AUDIT=/tmp/x.so", "LD_DEBUG=all", "LD_SHOW_AUXV=1",
	"GLIBC_TUNABLES=glibc.malloc.check=3", "MALLOC_TRACE=/tmp/ran", "BASH_ENV=/tmp/x",
	"ENV=/tmp/x", "PATH=/tmp", "HOME=/tmp", "IFS=x", "SHELL=/bin/sh", "TZ=/tmp/x",
	"LANG=../../tmp/x", "LC_ALL=../../../tmp/x", "LC_X=$(id)", "LC_MESSAGES=/tmp/x",
	"LOCPATH=/tmp", "NLSPATH=/tmp/%N", "SSH_ORIGINAL_COMMAND=pull", "SSH_CONNECTION=1 2 3 4",
	"BASH_FUNC_x%%=() { touch /tmp/ran; }", "TERM=\x1b[2J", "TMPDIR=/tmp", "SODIUM_X=1", "=x",
	"A\nB=x" };
#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

#endif
