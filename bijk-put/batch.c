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

void batch_init(struct batch *b, const struct node_config *c, const char *source)
{
	*b = (struct batch){ .config = c,
		.source = source,
		.raw = BUF_INIT(RECORD_STORED_MAX + FRAME_PACK),
		.frame = BUF_INIT(FRAME_MAX) };
}

void batch_free(struct batch *b)
{
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

int batch_store(struct batch *b)
{
	struct log *l;
	int rc = -1, why;

	if (b->count == 0)
		return 0;
	l = spool_open_write(b->config);
	buf_reset(&b->frame);
	if (l != NULL &&
	    frame_build(&b->frame, log_id(l), log_next(l), b->count, (const uint8_t *)b->raw.data,
		b->raw.len, true) == 0)
		rc = log_append(l, (const uint8_t *)b->frame.data, b->frame.len);
	why = errno;
	log_close(l);
	if (rc == 0) {
		b->stored += b->count;
		b->count = 0;
		buf_reset(&b->raw);
		return 0;
	}
	if (why == ENOSPC)
		msg_error(
		    "storing in %s/spool: no space: the file system is full, or below min_free",
		    b->config->state);
	else if (why == EWOULDBLOCK)
		msg_error("storing in %s/spool: another program holds it", b->config->state);
	else
		msg_error("storing in %s/spool: %s", b->config->state, strerror(why));
	return exit_code(why);
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
	    (rc = batch_store(b)) != 0)
		return rc;
	if (record_add(&b->raw, &r) == -1) {
		msg_error("keeping a record of %zu bytes: %s", len, strerror(errno));
		return EX_OSERR;
	}
	b->count++;
	return 0;
}
