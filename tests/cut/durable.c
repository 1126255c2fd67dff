/* SPDX-License-Identifier: ISC */
#include "tests/cut/durable.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/exchange/wire.h"
#include "common/log/log.h"

#include "common/base/banned.h"

/* A thread of the receiver may append. */
static _Atomic bool watching;
static _Atomic uint64_t durable, early;

void durable_watch(void)
{
	durable = early = 0;
	watching = true;
}

uint64_t durable_end(void)
{
	watching = false;
	return early;
}

static void note(const struct log *l)
{
	if (watching && l != NULL && log_next(l) > durable)
		durable = log_next(l);
}

struct log *__real_log_open(const char *dir, enum log_mode mode);
struct log *__wrap_log_open(const char *dir, enum log_mode mode);
struct log *__wrap_log_open(const char *dir, enum log_mode mode)
{
	struct log *l = __real_log_open(dir, mode);

	note(l);
	return l;
}

struct log *__real_log_open_or_make(
    const char *dir, const struct log_id *id, uint64_t base, uint64_t first);
struct log *__wrap_log_open_or_make(
    const char *dir, const struct log_id *id, uint64_t base, uint64_t first);
struct log *__wrap_log_open_or_make(
    const char *dir, const struct log_id *id, uint64_t base, uint64_t first)
{
	struct log *l = __real_log_open_or_make(dir, id, base, first);

	note(l);
	return l;
}

int __real_log_append(struct log *l, const uint8_t *frame, size_t len);
int __wrap_log_append(struct log *l, const uint8_t *frame, size_t len);
int __wrap_log_append(struct log *l, const uint8_t *frame, size_t len)
{
	int rc;

	if (watching)
		sleep_ms(1);
	rc = __real_log_append(l, frame, len);
	if (rc == 0)
		note(l);
	return rc;
}

int __real_log_jump(struct log *l, uint64_t seq);
int __wrap_log_jump(struct log *l, uint64_t seq);
int __wrap_log_jump(struct log *l, uint64_t seq)
{
	int rc = __real_log_jump(l, seq);

	if (rc == 0)
		note(l);
	return rc;
}

int __real_wire_put_line(struct wire *w, const char *line);
int __wrap_wire_put_line(struct wire *w, const char *line);
int __wrap_wire_put_line(struct wire *w, const char *line)
{
	uint64_t n = strncmp(line, "ACK ", 4) == 0 ? strtoull(line + 4, NULL, 10) : 0;

	/* FROM needs no archive: without one it is the node's own base. */
	if (strncmp(line, "FROM ", 5) == 0 && durable == 0)
		durable = strtoull(line + 5, NULL, 10);
	if (watching && n > durable && early == 0)
		early = n;
	return __real_wire_put_line(w, line);
}

void __wrap_openlog(const char *ident, int option, int facility);
void __wrap_openlog(const char *ident, int option, int facility)
{
	(void)ident;
	(void)option;
	(void)facility;
}

void __wrap_syslog(int priority, const char *fmt, ...);
void __wrap_syslog(int priority, const char *fmt, ...)
{
	(void)priority;
	(void)fmt;
}

void __wrap___syslog_chk(int priority, int flag, const char *fmt, ...);
void __wrap___syslog_chk(int priority, int flag, const char *fmt, ...)
{
	(void)priority;
	(void)flag;
	(void)fmt;
}
