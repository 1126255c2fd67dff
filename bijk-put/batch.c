/* SPDX-License-Identifier: ISC */
#include "bijk-put/batch.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/frame.h"
#include "common/spool.h"

#include "common/base/banned.h"

#define HOLD_MS 1000 /* then another bijk-put gets its turn */

void batch_init(struct batch *b, const struct node_config *c, const char *source)
{
	*b = (struct batch){ .config = c,
		.source = source,
		.raw = BUF_INIT(RECORD_STORED_MAX + FRAME_PACK),
		.frame = BUF_INIT(FRAME_MAX) };
}

static void let_go(struct batch *b)
{
	log_close(b->log);
	b->log = NULL;
}

void batch_free(struct batch *b)
{
	let_go(b);
	buf_free(&b->raw);
	buf_free(&b->frame);
}

/* Errors after which a later try can succeed without anybody's doing. */
static int exit_code(int why)
{
	switch (why) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
	case EWOULDBLOCK:
	case ENOMEM:
	case EMFILE:
	case ENFILE: return EX_TEMPFAIL;
	case EACCES:
	case EPERM: return EX_NOPERM;
	default: return EX_IOERR;
	}
}

static int store_frame(struct batch *b)
{
	buf_reset(&b->frame);
	if (b->log == NULL) {
		b->log = spool_open_write(b->config);
		b->opened = monotonic_ms();
	}
	if (b->log == NULL)
		return -1;
	if (frame_build(&b->frame, log_id(b->log), log_next(b->log), b->count,
		(const uint8_t *)b->raw.data, b->raw.len, FRAME_FAST) == -1)
		return -1;
	return log_append(b->log, (const uint8_t *)b->frame.data, b->frame.len);
}

/* With `more` the log stays open: opening it costs a sync. */
static int store(struct batch *b, bool more)
{
	int rc = b->count > 0 ? store_frame(b) : 0;
	int why = errno;

	if (rc == -1 || !more || monotonic_ms() - b->opened > HOLD_MS)
		let_go(b);
	if (rc == 0) {
		b->stored += b->count;
		b->count = 0;
		buf_reset(&b->raw);
		return 0;
	}
	if (why == ENOSPC)
		msg_error("storing in %s/spool: no space: the file system is full, or below min_free",
		    b->config->state);
	else if (why == EWOULDBLOCK)
		msg_error("storing in %s/spool: another program holds it", b->config->state);
	else
		msg_error("storing in %s/spool: %s", b->config->state, strerror(why));
	return exit_code(why);
}

int batch_store(struct batch *b)
{
	return store(b, false);
}

int batch_add(struct batch *b, const void *payload, size_t len)
{
	struct record r = { .time_ns = now_ns(),
		.source = b->source,
		.source_len = strlen(b->source),
		.payload = payload,
		.len = len };
	int rc;

	if (b->count > 0 &&
	    (b->raw.len + record_size(&r) > FRAME_PACK || b->count == FRAME_RECORDS) &&
	    (rc = store(b, true)) != 0)
		return rc;
	if (record_add(&b->raw, &r) == -1) {
		msg_error("keeping a record of %zu bytes: %s", len, strerror(errno));
		return EX_OSERR;
	}
	b->count++;
	return 0;
}
