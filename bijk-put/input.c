/* SPDX-License-Identifier: ISC */
#include "bijk-put/input.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/deadline.h"
#include "common/base/io.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

#define COMMAND_SECONDS 3600
#define PAUSE_MS 200 /* without input: what has come is stored */
#define CHUNK 131072

static int too_long(const struct batch *b, const char *name)
{
	msg_error("%s: longer than max_record (%" PRIu64 " bytes)", name, b->config->max_record);
	return EX_DATAERR;
}

int put_whole(struct batch *b, int fd, const char *name)
{
	struct buf all = BUF_INIT(b->config->max_record);
	int rc;

	if (read_all(fd, &all, DEADLINE_NEVER) == -1) {
		rc = errno == EMSGSIZE ? too_long(b, name) : EX_IOERR;
		if (rc == EX_IOERR)
			msg_error("reading %s: %s", name, strerror(errno));
	} else if (all.len == 0) {
		msg_error("%s: empty; a record is at least one byte", name);
		rc = EX_DATAERR;
	} else {
		batch_now(b);
		rc = batch_add(b, all.data, all.len);
	}
	buf_free(&all);
	return rc;
}

static int put_line(struct batch *b, const char *line, size_t len, const char *name)
{
	if (len > b->config->max_record)
		return too_long(b, name);
	return len == 0 ? batch_add(b, "\n", 1) : batch_add(b, line, len);
}

/* The whole lines in `in`; what is left begins a line. */
static int take_lines(struct batch *b, struct buf *in, const char *name)
{
	size_t at = 0;
	const char *lf;
	int rc = 0;

	while (
	    rc == 0 && at < in->len && (lf = memchr(in->data + at, '\n', in->len - at)) != NULL) {
		rc = put_line(b, in->data + at, (size_t)(lf - in->data) - at, name);
		at = (size_t)(lf - in->data) + 1;
	}
	buf_consume(in, at);
	if (rc == 0 && in->len > b->config->max_record)
		rc = too_long(b, name);
	return rc;
}

int put_lines(struct batch *b, int fd, const char *name)
{
	struct buf in = BUF_INIT(b->config->max_record + 2 * CHUNK);
	int rc = 0;

	while (rc == 0) {
		ssize_t n;

		if ((b->count > 0 || b->storer.log != NULL) &&
		    wait_fd(fd, POLLIN, deadline_in_ms(PAUSE_MS)) == 0) {
			rc = batch_store(b);
			continue;
		}
		if (buf_reserve(&in, CHUNK) == -1) {
			msg_error("reading %s: %s", name, strerror(errno));
			rc = EX_OSERR;
			break;
		}
		n = read(fd, in.data + in.len, CHUNK);
		if (n == -1 && (errno == EINTR || errno == EAGAIN)) {
			wait_fd(fd, POLLIN, DEADLINE_NEVER);
			continue;
		}
		if (n == -1) {
			msg_error("reading %s: %s", name, strerror(errno));
			rc = EX_IOERR;
		}
		if (n <= 0)
			break;
		in.len += (size_t)n;
		batch_now(b); /* once for all that came together */
		rc = take_lines(b, &in, name);
	}
	if (rc == 0 && in.len > 0)
		rc = put_line(b, in.data, in.len, name);
	buf_free(&in);
	return rc;
}

int run_command(char *const *argv, uint64_t max, struct buf *out)
{
	deadline_t d = deadline_in_s(COMMAND_SECONDS);
	struct child c;
	int rc = 0;

	out->max = max;
	if (child_start(&c, NULL, argv, CHILD_PIPE_OUT | CHILD_OURS) == -1) {
		rc = errno;
		msg_error("running %s: %s", argv[0], strerror(rc));
		return rc == ENOENT ? 127 : 126; /* as a shell says it */
	}
	if (read_all(c.out, out, d) == -1) {
		rc = errno == EMSGSIZE ? EX_DATAERR : EX_TEMPFAIL;
		msg_error("the output of %s: %s; nothing is stored", argv[0],
		    errno == EMSGSIZE ? "longer than max_record" : strerror(errno));
	} else if (child_wait(&c, d) != 1) {
		rc = EX_TEMPFAIL;
		msg_error("%s did not end within an hour; nothing is stored", argv[0]);
	}
	child_end(&c, 1000);
	if (rc == 0 && (rc = child_exit_code(&c)) != 0)
		msg_error("%s ended with %d; nothing is stored", argv[0], rc);
	if (rc == 0 && out->len == 0) {
		msg_error("%s printed nothing; a record is at least one byte", argv[0]);
		rc = EX_DATAERR;
	}
	return rc;
}
