/* SPDX-License-Identifier: ISC */
/*
 * The two formats of a feed that take lines apart. Of any bytes a format makes
 * nothing, or one line, with our labels and a time; and that line, taken as the
 * input of the same record, is of the format again, with each label once more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "master/feed/format.h"
#include "tests/fuzz/fuzz.h"

#include "common/base/banned.h"

enum { PROM, INFLUX, PROM_EMPTY, INFLUX_EMPTY, PROM_BAD, INFLUX_BAD };
static const char *const goals[] = { "a sample", "a point", "no sample", "no point", "a bad sample",
	"a bad point", NULL };

typedef int format_fn(FILE *, const struct format_record *, const char *, size_t, const char **);

static const struct format_record record = { .node = "web1", .source = "s", .time_ns = 1 };

/* What becomes of a line, or NULL; the caller frees it. */
static char *made(format_fn *format, const char *line, size_t len, size_t *n, int *rc)
{
	const char *why = NULL;
	char *text = NULL;
	FILE *out = open_memstream(&text, n);

	require(out != NULL);
	*rc = format(out, &record, line, len, &why);
	require(fclose(out) == 0 && *rc >= -1 && *rc <= 1);
	require(*rc == 1 || *n == 0);
	require(*rc != -1 || (why != NULL && is_printable(why, strlen(why))));
	return text;
}

static void judge(format_fn *format, const char *ours, const char *line, size_t len, unsigned goal)
{
	char *text, *again;
	size_t n, m;
	int rc;

	text = made(format, line, len, &n, &rc);
	reached(rc == 1 ? goal : rc == 0 ? goal + 2 : goal + 4);
	if (rc == 1) {
		require(n > 0 && memchr(text, '\n', n) == text + n - 1);
		require(memmem(text, n, ours, strlen(ours)) != NULL);
		again = made(format, text, n - 1, &m, &rc);
		require(rc == 1 && m > n);
		free(again);
	}
	free(text);
}

/* The input has exactly the room that it needs. */
static void run(const uint8_t *data, size_t len)
{
	char *line = malloc(len > 0 ? len : 1);

	require(line != NULL);
	memcpy(line, data, len);
	judge(format_prom, "{node=\"web1\",source=\"s\"", line, len, PROM);
	judge(format_influx, ",node=web1,source=s", line, len, INFLUX);
	free(line);
}

const struct target target_feed = { "feed", goals, NULL, run };
