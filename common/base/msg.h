/* SPDX-License-Identifier: ISC */
/*
 * Messages: one line per event, to standard error, and to syslog where asked.
 *
 * A message is a phrase that names what was being done to what, and why it
 * failed ("opening /var/lib/bijk/spool: Permission denied"); the program's name
 * is put before it. Text from outside may be formatted in: every byte that is
 * not printable ASCII is made visible (text.h), and a line longer than MSG_MAX
 * bytes is cut.
 */
#ifndef BIJK_BASE_MSG_H
#define BIJK_BASE_MSG_H

#include <stdbool.h>

#define MSG_MAX 2048

enum msg_level {
	MSG_ERROR,
	MSG_WARN,
	MSG_NOTICE, /* always shown, but no fault: "renewed the log" */
	MSG_INFO,   /* with -v */
	MSG_DEBUG,  /* with -v -v */
};

/* argv0: the name of the program, with or without a directory. */
void msg_init(const char *argv0);

/* Raises the verbosity: by 1 MSG_INFO is shown too, by 2 also MSG_DEBUG. */
void msg_more(int n);
bool msg_shows(enum msg_level level);

/*
 * Also log to syslog (facility daemon, with the pid), down to MSG_INFO. The
 * socket is opened at once, so that a restricted process still has it.
 */
void msg_use_syslog(void);

/*
 * For a program whose standard error belongs to a peer (sshd's or inetd's):
 * everything goes to syslog, and only msg_peer() writes to standard error.
 */
void msg_quiet_stderr(void);
void msg_peer(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

void msg(enum msg_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define msg_error(...) msg(MSG_ERROR, __VA_ARGS__)
#define msg_warn(...) msg(MSG_WARN, __VA_ARGS__)
#define msg_notice(...) msg(MSG_NOTICE, __VA_ARGS__)
#define msg_info(...) msg(MSG_INFO, __VA_ARGS__)
#define msg_debug(...) msg(MSG_DEBUG, __VA_ARGS__)

/*
 * From here on die() in this process, but in no child of it, hands its reason to
 * tell() instead of standard error, and exits with this code.
 */
void msg_die_as(int code, void (*tell)(const char *reason));
/* Reports the error and exits with this code (sysexits.h). */
_Noreturn void die(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Flushes stdout. 0; EX_IOERR after a message: it is closed or full. */
int out_flush(void);

#endif
