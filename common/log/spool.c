/* SPDX-License-Identifier: ISC */
#include "common/log/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

char *spool_path(const struct node_config *c)
{
	return path_join(c->state, "spool");
}

struct log *spool_open_write(const struct node_config *c)
{
	struct log_limits limits = {
		.max_size = c->max_size, .min_free = c->min_free, .copies = c->copies
	};
	char *path = spool_path(c);
	struct log *l = path == NULL ? NULL : log_open_spool(path, LOG_WRITE);

	free(path);
	if (l != NULL)
		log_set_limits(l, &limits);
	return l;
}

int spool_session_lock(const struct node_config *c)
{
	int dir = state_dir(c, "spool");
	int fd = dir == -1 ? -1 : lock_dir(dir, "session.lock");

	close_fd(dir);
	return fd;
}

int spool_command_lock(const struct node_config *c, const char *source)
{
	int dir = state_dir(c, "state");
	uint64_t slot;
	int fd = -1;

	crypto_generichash(
	    (uint8_t *)&slot, sizeof(slot), (const uint8_t *)source, strlen(source), NULL, 0);
	if (dir != -1)
		fd = lock_slot(dir, "command.lock", slot >> 2, 1);
	close_fd(dir);
	return fd;
}

/* The time of record `seq`, or of the first held after it. */
static int64_t time_of_record(struct log *l, uint64_t seq)
{
	struct buf scratch = BUF_INIT(FRAME_MAX);
	const uint8_t *raw = NULL;
	struct log_frame f;
	struct record r;
	const char *why;
	int64_t time = 0;
	size_t at = 0;

	if (log_seek(l, seq) == 0 && log_read(l, &f) == 1)
		raw = frame_body(&f.head, f.data, &scratch, &why);
	for (uint32_t i = 0; raw != NULL && i < f.head.count; i++) {
		record_next(raw, f.head.raw_len, &at, &r);
		time = r.time_ns / 1000000000;
		if (f.head.seq + i >= seq)
			break;
	}
	buf_free(&scratch);
	return time;
}

static void look_at_log(struct log *l, uint64_t acked, struct spool_state *st)
{
	uint64_t first = log_first(l), next = log_next(l);
	uint64_t wanted = acked > log_base(l) ? acked : log_base(l);
	uint64_t oldest = first > wanted ? first : wanted;

	st->stored = next - 1;
	st->waiting = next > oldest ? next - oldest : 0;
	st->dropped = first > wanted ? first - wanted : 0;
	st->size = log_size(l);
	if (st->waiting > 0)
		st->oldest = time_of_record(l, oldest);
}

int spool_look(const struct node_config *c, struct spool_state *st)
{
	char *path = spool_path(c);
	struct log *l = path != NULL ? log_open(path, LOG_PEEK) : NULL;
	int rc = l != NULL || errno == ENOENT ? 0 : -1;

	*st = (struct spool_state){ .stored = 0 };
	if (l != NULL)
		look_at_log(l, log_acked(path), st);
	log_close(l);
	free(path);
	return rc;
}

void spool_reach(const struct node_config *c, struct sandbox *s)
{
	static char path[2][PATH_MAX];
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", c->state, i == 0 ? "spool" : "state");
		struct stat st;
		int fd = -1;

		if (i == 0 ? log_make_dir(path[i]) == -1 : (fd = state_dir(c, "state")) == -1)
			msg_warn("making %s: %s", path[i], strerror(errno));
		close_fd(fd);
		if (stat(path[i], &st) == 0 && S_ISDIR(st.st_mode))
			s->dirs[n++] = path[i];
	}
}
