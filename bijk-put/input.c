/* SPDX-License-Identifier: ISC */
#include "bijk-put/input.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/deadline.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/term.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define GRACE_MS 1000
#define PAUSE_MS 200 /* without input: what has come is stored */
#define CHUNK 131072

static int too_long(const struct storer *s, const char *name)
{
	msg_error("%s: longer than max_record (%" PRIu64 " bytes)", name, s->config->max_record);
	return EX_DATAERR;
}

int put_whole(struct storer *s, int fd, const char *name)
{
	struct buf all = BUF_INIT((size_t)s->config->max_record);
	int rc;

	if (read_all(fd, &all, DEADLINE_NEVER) == -1) {
		rc = errno == EMSGSIZE ? too_long(s, name) : EX_IOERR;
		if (rc == EX_IOERR)
			msg_error("reading %s: %s", name, strerror(errno));
	} else if (all.len == 0) {
		msg_error("%s: empty; a record is at least one byte", name);
		rc = EX_DATAERR;
	} else {
		storer_now(s);
		rc = storer_add(s, all.data, all.len);
	}
	buf_free(&all);
	return rc;
}

/* --- Lines --- */

#define CUT " [cut]"
#define REPORT_FIRST 10 /* so many cut lines, then one in REPORT_EACH */
#define REPORT_EACH 1000

struct lines {
	struct storer *s;
	const char *name;
	uint64_t number; /* of the line that comes next, from 1 */
	uint64_t cut;
	uint64_t taken, size; /* bytes read, and how many the file has; 0: not known */
	bool skipping;	      /* the rest of a line that was cut */
};

/* How much of a line to keep before the mark. Splits no UTF-8 character. */
static size_t kept_bytes(const char *line, size_t max, size_t mark)
{
	size_t n = max - mark;

	for (int i = 0; i < 3 && n > 1 && ((uint8_t)line[n] & 0xc0) == 0x80; i++)
		n--;
	return n;
}

/* More than max_record of it has come; the mark overwrites its end. */
static int put_cut(struct lines *l, char *line)
{
	size_t max = (size_t)l->s->config->max_record;
	size_t mark = max > 2 * strlen(CUT) ? strlen(CUT) : 0;
	size_t keep = kept_bytes(line, max, mark);

	l->cut++;
	if (l->cut <= REPORT_FIRST || l->cut % REPORT_EACH == 0)
		msg_warn("%s, line %" PRIu64 ": longer than max_record (%zu"
			 " bytes): stored cut, and so marked",
		    l->name, l->number, max);
	memcpy(line + keep, CUT, mark);
	return storer_add(l->s, line, keep + mark);
}

static int put_line(struct lines *l, char *line, size_t len)
{
	if (len > l->s->config->max_record)
		return put_cut(l, line);
	return len == 0 ? storer_add(l->s, "\n", 1) : storer_add(l->s, line, len);
}

/* Takes the whole lines in `in`, and keeps at most max_record of the rest. */
static int take_lines(struct lines *l, struct buf *in)
{
	size_t at = 0;
	char *lf;
	int rc = 0;

	while (
	    rc == 0 && at < in->len && (lf = memchr(in->data + at, '\n', in->len - at)) != NULL) {
		if (!l->skipping)
			rc = put_line(l, in->data + at, (size_t)(lf - in->data) - at);
		l->skipping = false;
		l->number++;
		at = (size_t)(lf - in->data) + 1;
	}
	buf_consume(in, at);
	if (rc == 0 && !l->skipping && in->len > l->s->config->max_record) {
		rc = put_cut(l, in->data);
		l->skipping = true;
	}
	if (l->skipping)
		buf_reset(in);
	return rc;
}

static void tell_taken(const struct lines *l)
{
	char taken[32], size[32];

	num_show_size(taken, sizeof(taken), l->taken);
	num_show_size(size, sizeof(size), l->size);
	progress("%.40s: line %" PRIu64 ", %s of %s", vis_str(l->name), l->number, taken, size);
}

/* A person may wait for a file, not for what a pipe brings. */
static void watch_file(struct lines *l, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return;
	l->size = (uint64_t)st.st_size;
	progress_begin();
}

/* Reads what there is and takes the lines in it. Sets *ended at the end. */
static int read_input_lines(struct lines *l, int fd, struct buf *in, bool *ended)
{
	ssize_t n;

	if (buf_reserve(in, CHUNK) == -1) {
		msg_error("reading %s: %s", l->name, strerror(errno));
		return EX_OSERR;
	}
	n = read(fd, in->data + in->len, CHUNK);
	if (n == -1 && (errno == EINTR || errno == EAGAIN)) {
		wait_fd(fd, POLLIN, DEADLINE_NEVER);
		return 0;
	}
	if (n == -1) {
		msg_error("reading %s: %s", l->name, strerror(errno));
		return EX_IOERR;
	}
	*ended = n == 0;
	in->len += (size_t)n;
	l->taken += (size_t)n;
	if (progress_due())
		tell_taken(l);
	storer_now(l->s); /* once for all that came together */
	return take_lines(l, in);
}

int put_lines(struct storer *s, int fd, const char *name)
{
	struct lines l = { .s = s, .name = name, .number = 1 };
	struct buf in = BUF_INIT((size_t)s->config->max_record + 2 * CHUNK);
	bool ended = false;
	int rc = 0;

	watch_file(&l, fd);
	while (rc == 0 && !ended) {
		if (storer_holds(s) && wait_fd(fd, POLLIN, deadline_in_ms(PAUSE_MS)) == 0)
			rc = storer_flush(s);
		else
			rc = read_input_lines(&l, fd, &in, &ended);
	}
	if (rc == 0 && in.len > 0)
		rc = put_line(&l, in.data, in.len);
	progress_end();
	buf_free(&in);
	if (l.cut > REPORT_FIRST)
		msg_warn("%s: %" PRIu64 " lines were cut", name, l.cut);
	return rc;
}

/* --- A command --- */

static volatile sig_atomic_t group; /* of the command at work */

/* The command has a process group of its own: forward what ends us. */
static void forward_signal(int sig)
{
	if (group != 0)
		kill((pid_t)group, sig);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void forward_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction is, ours = { .sa_handler = forward_signal };

	sigemptyset(&ours.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (sigaction(signals[i], NULL, &is) == 0 && is.sa_handler != SIG_IGN)
			sigaction(signals[i], &ours, NULL);
	}
}

/* Reads its output. 0, or an exit code; then it is ended, or by SIGPIPE. */
static int read_output(struct child *c, const char *name, uint64_t seconds, struct buf *out)
{
	deadline_t d = deadline_in_s(seconds);
	bool read = read_all(c->out, out, d) == 0;

	if (read && child_wait(c, d) == 1)
		return 0;
	if (!read && errno == EMSGSIZE) {
		msg_error("the output of %s: longer than max_record (%zu bytes); nothing is stored",
		    name, out->max);
		return EX_DATAERR;
	}
	if (!read && errno != ETIMEDOUT) {
		msg_error("the output of %s: %s; nothing is stored", name, strerror(errno));
		return EX_IOERR;
	}
	/* Report first: a command that waits for a dead disk does not end. */
	msg_error("%s did not end within %" PRIu64 " s (--timeout) and is ended; nothing is stored",
	    name, seconds);
	child_kill(c, GRACE_MS);
	return EX_TEMPFAIL;
}

int run_command(char *const *argv, uint64_t max, uint64_t seconds, struct buf *out)
{
	struct child c;
	int rc;

	out->max = (size_t)max;
	forward_signals();
	if (child_start(&c, NULL, argv, CHILD_PIPE_OUT | CHILD_OURS) == -1) {
		rc = errno;
		msg_error("running %s: %s", argv[0], strerror(rc));
		return rc == ENOENT ? 127 : 126; /* as a shell says it */
	}
	group = c.group;
	rc = read_output(&c, argv[0], seconds, out);
	child_end(&c, GRACE_MS);
	group = 0;
	if (rc == 0 && (rc = child_exit_code(&c)) != 0)
		msg_error("%s ended with %d; nothing is stored", argv[0], rc);
	if (rc == 0 && out->len == 0) {
		msg_error("%s printed nothing; a record is at least one byte", argv[0]);
		rc = EX_DATAERR;
	}
	return rc;
}
