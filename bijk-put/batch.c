/* SPDX-License-Identifier: ISC */
#include "bijk-put/batch.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/msg.h"
#include "common/log/frame.h"

#include "common/base/banned.h"

#define HOLD_MS 1000 /* then another bijk-put gets its turn */

void batch_init(struct batch *b, const struct node_config *c, const char *source)
{
	*b = (struct batch){
		.config = c, .source = source, .raw = BUF_INIT(RECORD_STORED_MAX + FRAME_PACK)
	};
	storer_init(&b->storer, c);
	batch_now(b);
}

void batch_free(struct batch *b)
{
	storer_end(&b->storer);
	buf_free(&b->raw);
}

uint64_t batch_stored(const struct batch *b)
{
	return b->storer.stored;
}

/* Errors after which a later try can succeed without anybody's doing. */
static int exit_code(int why)
{
	switch (why) {
	case ENOSPC:
	case EDQUOT:
	case EWOULDBLOCK:
	case ENOMEM:
	case EMFILE:
	case ENFILE: return EX_TEMPFAIL;
	case EACCES:
	case EPERM: return EX_NOPERM;
	default: return EX_IOERR;
	}
}

/* Said once: the frames behind a failed one fail for the same reason. */
static int failed(struct batch *b, int why)
{
	if (b->failed)
		return exit_code(why);
	b->failed = true;
	if (why == ENOSPC && !why_no_inodes())
		msg_error(
		    "storing in %s/spool: no space: the file system is full, or below min_free",
		    b->config->state);
	else if (why == EWOULDBLOCK)
		msg_error("storing in %s/spool: another program holds it", b->config->state);
	else
		msg_error("storing in %s/spool: %s", b->config->state, strerror(why));
	return exit_code(why);
}

/* Hands over what was gathered. 0 or -1 with errno. */
static int send_off(struct batch *b)
{
	if (b->count == 0)
		return 0;
	if (storer_give(&b->storer, &b->raw, b->count) == -1)
		return -1;
	b->count = 0;
	return 0;
}

int batch_store(struct batch *b)
{
	int why = send_off(b) == -1 ? errno : 0;

	if (storer_finish(&b->storer) == -1 && why == 0)
		why = errno;
	return why == 0 ? 0 : failed(b, why);
}

/* A frame is full. The spool stays open, for opening it costs a sync, but not for ever. */
static int next_frame(struct batch *b)
{
	if (b->storer.log != NULL && monotonic_ms() - b->storer.opened > HOLD_MS)
		return batch_store(b);
	return send_off(b) == -1 ? failed(b, errno) : 0;
}

void batch_now(struct batch *b)
{
	b->time_ns = now_ns();
}

int batch_add(struct batch *b, const void *payload, size_t len)
{
	struct record r = { .time_ns = b->time_ns,
		.source = b->source,
		.source_len = strlen(b->source),
		.payload = payload,
		.len = len };
	int rc;

	if (b->count > 0 &&
	    (b->raw.len + record_size(&r) > FRAME_PACK || b->count == FRAME_RECORDS) &&
	    (rc = next_frame(b)) != 0)
		return rc;
	if (record_add(&b->raw, &r) == -1) {
		msg_error("keeping a record of %zu bytes: %s", len, strerror(errno));
		return EX_OSERR;
	}
	b->count++;
	return 0;
}
