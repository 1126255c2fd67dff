/* SPDX-License-Identifier: ISC */
/*
 * One pass over what is there: each record must be one that was made, byte for
 * byte, and stand behind the one before; afterwards nothing that was promised
 * may be missing.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/oracle.h"

#define SAY_MAX 20 /* of the same kind a reader needs no more */

enum { HERE = 1, HERE_IN_THIS_LOG = 2, TOLD = 4 };

__attribute__((format(printf, 2, 3))) static void fault(struct judge *j, const char *fmt, ...)
{
	va_list ap;

	j->faults++;
	if (j->out == NULL || j->faults > SAY_MAX)
		return;
	va_start(ap, fmt);
	fputs("oracle: ", j->out);
	vfprintf(j->out, fmt, ap);
	fputc('\n', j->out);
	va_end(ap);
}

int judge_begin(struct judge *j, const struct journal *journal, unsigned options, FILE *out)
{
	*j = (struct judge){ .journal = journal, .options = options, .out = out };
	j->seen = calloc((size_t)journal->last + 1, 1);
	return j->seen == NULL ? -1 : 0;
}

/* A gap of j->gap numbers lies behind record `from`: what is missing there,
 * below `to`, was told. */
static void excuse(struct judge *j, uint64_t from, uint64_t to)
{
	for (uint64_t n = from + 1; j->gap > 0 && n < to; n++) {
		if (!(j->seen[n] & HERE)) {
			j->seen[n] |= TOLD;
			j->gap--;
		}
	}
	j->gap = 0;
}

static void change_log(struct judge *j, const char *log)
{
	if (strcmp(log, j->log) == 0)
		return;
	excuse(j, j->n, j->journal->last + 1);
	snprintf(j->log, sizeof(j->log), "%s", log);
	j->seq = 0;
	if (j->options & JUDGE_FORKED) {
		j->n = 0;
		for (uint64_t n = 0; n <= j->journal->last; n++)
			j->seen[n] &= (uint8_t)~HERE_IN_THIS_LOG;
	}
}

static void place(struct judge *j, uint64_t seq, uint64_t n)
{
	if (j->seen[n] & (j->options & JUDGE_FORKED ? HERE_IN_THIS_LOG : HERE))
		fault(j, "record %" PRIu64 " is there twice, again as number %" PRIu64, n, seq);
	else if (n < j->n)
		fault(j, "record %" PRIu64 " (number %" PRIu64 ") stands behind record %" PRIu64, n,
		    seq, j->n);
	else
		excuse(j, j->n, n);
	j->seen[n] |= HERE | HERE_IN_THIS_LOG;
	j->gap = 0;
	j->n = n;
}

void judge_record(struct judge *j, const char *log, uint64_t seq, const void *payload, size_t len)
{
	uint64_t n;

	change_log(j, log);
	if (seq <= j->seq)
		fault(j, "number %" PRIu64 " stands behind number %" PRIu64, seq, j->seq);
	else if (j->seq != 0 && seq != j->seq + 1)
		fault(j, "numbers %" PRIu64 " to %" PRIu64 " are missing without a word",
		    j->seq + 1, seq - 1);
	j->seq = seq;
	j->records++;
	if (!payload_check(j->journal->seed, payload, len, &n))
		fault(j, "number %" PRIu64 ", %zu bytes, is not what was made of record %" PRIu64,
		    seq, len, n);
	else if (!journal_has(j->journal, JOURNAL_MADE, n))
		fault(j, "record %" PRIu64 " (number %" PRIu64 ") was never made", n, seq);
	else
		place(j, seq, n);
}

void judge_gap(struct judge *j, const char *log, uint64_t from, uint64_t to)
{
	change_log(j, log);
	if (!(j->options & JUDGE_GAPS))
		fault(j, "a gap: %" PRIu64 " to %" PRIu64, from, to);
	else if (from <= j->seq || to < from)
		fault(j, "a gap from %" PRIu64 " to %" PRIu64 " behind number %" PRIu64, from, to,
		    j->seq);
	else
		j->gap += to - from + 1;
	if (to > j->seq)
		j->seq = to;
}

uint64_t judge_end(struct judge *j)
{
	excuse(j, j->n, j->journal->last + 1);
	for (uint64_t n = 1; n <= j->journal->last; n++) {
		if (journal_has(j->journal, JOURNAL_STORED, n) && !(j->seen[n] & (HERE | TOLD)))
			fault(j, "record %" PRIu64 " is missing", n);
	}
	if (j->faults > SAY_MAX && j->out != NULL)
		fprintf(j->out, "oracle: and %" PRIu64 " more\n", j->faults - SAY_MAX);
	free(j->seen);
	j->seen = NULL;
	return j->faults;
}
