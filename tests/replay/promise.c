/* SPDX-License-Identifier: ISC */
#include "tests/replay/promise.h"

#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"

void promise_made(struct promise *p, uint64_t n, uint64_t count, uint64_t seq)
{
	if (n + count > RECORDS)
		die(EX_SOFTWARE, "more than %d records in a scenario", RECORDS);
	for (uint64_t i = 0; i < count; i++) {
		p->made[n + i] = 1;
		p->seq[n + i] = seq + i;
		p->frame[n + i] = n;
	}
	if (n + count - 1 > p->last)
		p->last = n + count - 1;
}

void promise_stored(struct promise *p, uint64_t n, uint64_t count)
{
	memset(p->stored + n, 1, (size_t)count);
}

void promise_take(struct promise *p, const struct trace *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct op *o = &t->v[i];
		switch (o->kind) {
		case OP_MADE: promise_made(p, o->n, o->count, o->seq); break;
		case OP_STORED: promise_stored(p, o->n, o->count); break;
		case OP_GONE: p->gone = o->seq > p->gone ? o->seq : p->gone; break;
		case OP_ACKED: p->acked = o->seq > p->acked ? o->seq : p->acked; break;
		case OP_JUMP: p->jumps[p->n_jumps++ % 8] = o->seq; break;
		case OP_NAMED:
			p->named = o->seq;
			memcpy(p->named_log, o->log, sizeof(p->named_log));
			break;
		default: break;
		}
	}
}

bool promise_gap(const struct promise *p, uint64_t seq, uint64_t to)
{
	if (to <= p->gone)
		return true;
	for (size_t i = 0; i < p->n_jumps && i < 8; i++) {
		if (p->jumps[i] == to && seq < to)
			return true;
	}
	return false;
}

void promise_journal(const struct promise *p, struct journal *j)
{
	*j = (struct journal){ .seed = p->seed };
	for (uint64_t n = 1; n <= p->last; n++) {
		if (p->made[n] && journal_mark(j, JOURNAL_MADE, n, 1) == -1)
			die(EX_OSERR, "no memory");
		if (p->stored[n] && p->seq[n] >= p->gone &&
		    journal_mark(j, JOURNAL_STORED, n, 1) == -1)
			die(EX_OSERR, "no memory");
	}
}
