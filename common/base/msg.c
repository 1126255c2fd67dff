/* SPDX-License-Identifier: ISC */
#include "common/base/msg.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "common/base/term.h"
#include "common/base/text.h"

#include "common/base/banned.h"

static const char *program = "bijk";
static int verbosity;
static bool to_syslog;
static bool quiet_stderr;
/* msg_die_as() */
static void (*die_tell)(const char *reason);
static int die_code;
static pid_t die_pid;

static const int priority[] = {
	[MSG_ERROR] = LOG_ERR,
	[MSG_WARN] = LOG_WARNING,
	[MSG_NOTICE] = LOG_NOTICE,
	[MSG_INFO] = LOG_INFO,
	[MSG_DEBUG] = LOG_DEBUG,
};

void msg_init(const char *argv0)
{
	static char name[64];
	const char *slash, *base;

	if (argv0 == NULL || argv0[0] == '\0')
		return;
	slash = strrchr(argv0, '/');
	base = slash != NULL ? slash + 1 : argv0;
	if (base[0] == '-')
		base++; /* a login shell's argv[0] */
	vis(name, sizeof(name), base, strlen(base));
	program = name;
}

void msg_more(int n)
{
	verbosity += n;
}

bool msg_shows(enum msg_level level)
{
	return (int)level <= (int)MSG_NOTICE + verbosity;
}

void msg_use_syslog(void)
{
	if (!to_syslog)
		openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	to_syslog = true;
}

void msg_quiet_stderr(void)
{
	msg_use_syslog();
	quiet_stderr = true;
}

/* One write, so that lines of several processes do not mix. */
static void print_line(const char *text)
{
	char line[MSG_MAX + 128];
	int n = snprintf(line, sizeof(line), "%s%s: %s\n", progress_clear(), program, text);

	if (n > 0) {
		ssize_t ignored = write(STDERR_FILENO, line, strlen(line));
		(void)ignored;
	}
}

__attribute__((format(printf, 2, 0))) static void say(
    enum msg_level level, const char *fmt, va_list ap, bool also_stderr)
{
	char raw[MSG_MAX];
	char text[MSG_MAX];
	int saved = errno;

	vsnprintf(raw, sizeof(raw), fmt, ap);
	vis(text, sizeof(text), raw, strlen(raw));
	if (also_stderr)
		print_line(text);
	if (to_syslog && (level <= MSG_INFO || msg_shows(level)))
		syslog(priority[level], "%s", text);
	errno = saved;
}

void msg(enum msg_level level, const char *fmt, ...)
{
	va_list ap;

	if (!msg_shows(level) && !(to_syslog && level <= MSG_INFO))
		return;
	va_start(ap, fmt);
	say(level, fmt, ap, msg_shows(level) && !quiet_stderr);
	va_end(ap);
}

void msg_peer(const char *fmt, ...)
{
	char raw[MSG_MAX];
	char text[MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	vis(text, sizeof(text), raw, strlen(raw));
	print_line(text);
}

void msg_die_as(int code, void (*tell)(const char *reason))
{
	die_code = code;
	die_tell = tell;
	die_pid = getpid();
}

void die(int code, const char *fmt, ...)
{
	const bool told = die_tell != NULL && die_pid == getpid();
	char reason[MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (told) {
		vsnprintf(reason, sizeof(reason), fmt, ap);
		die_tell(reason);
	} else {
		say(MSG_ERROR, fmt, ap, !quiet_stderr);
	}
	va_end(ap);
	exit(told ? die_code : code);
}

int out_flush(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	/* Of an earlier write only the fact of its failure is known. */
	msg_error("writing to standard output: %s",
	    errno != 0 ? strerror(errno) : "not all of it was written");
	return EX_IOERR;
}
