/* SPDX-License-Identifier: ISC */
/* Moments as people write them and as programs do. Nanoseconds since 1970 UTC.
 * No I/O. */
#ifndef BIJK_WHEN_H
#define BIJK_WHEN_H

#include <stddef.h>
#include <stdint.h>

/*
 * A moment: RFC 3339 (2026-11-22T10:15:02.5Z, or with an offset); YYYY-MM-DD,
 * with HH:MM or HH:MM:SS behind a space, in local time; HH:MM or HH:MM:SS alone,
 * the last time that it was so late; today and yesterday, their beginning;
 * @SECONDS since 1970; or a span before `now`, as 15m, 1h or 2d. -1: none of
 * these.
 */
int when_parse(const char *s, int64_t now_ns, int64_t *ns);

#define WHEN_MAX 40
/* RFC 3339 in UTC with nine digits of a second; and without a fraction. */
void when_format_ns(int64_t ns, char out[WHEN_MAX]);
void when_format(int64_t seconds, char out[WHEN_MAX]);
/* RFC 3339 in local time, without a fraction. */
void when_format_local(int64_t ns, char out[WHEN_MAX]);

#endif
