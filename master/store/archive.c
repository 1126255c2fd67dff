/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/log/log.h"
#include "master/store/dir.h"
#include "master/store/logs.h"

#include "common/base/banned.h"

struct archive {
	const struct store *store;
	char *path;
	int where;	 /* a directory of the file system that it lies on */
	struct log *log; /* NULL: nothing has come under this id yet */
	struct log_id id;
	uint64_t base;
	uint64_t stood; /* where it begins: at base, or where it stood when it was purged */
	unsigned begun;
};

/* May one more log be made? Those that only wait for their end go first. */
static int may_begin(struct store *s, const char *name, const struct log_id *id, int logs)
{
	struct store_gone gone = { 0 };
	int n = log_uses_count(logs);

	if (n >= LOGS_MAX && store_archive_trim(s, name, id, NULL, &gone) == 0)
		n = log_uses_count(logs);
	if (n >= LOGS_MAX)
		errno = EMLINK;
	return n == -1 || n >= LOGS_MAX ? -1 : 0;
}

static int open_log(struct archive *a, struct store *s, const char *name)
{
	int dir = store_node_dir(s, name);
	int logs = store_logs_dir(s, name);
	int rc = dir == -1 || (logs == -1 && errno != ENOENT) ? -1 : 0;

	if (rc == 0) {
		a->log = log_open(a->path, LOG_WRITE);
		if (a->log == NULL)
			rc = errno != ENOENT ? -1
			    : logs != -1     ? may_begin(s, name, &a->id, logs)
					     : 0;
	}
	if (rc == 0 && a->log == NULL) {
		a->stood = store_purged(dir, &a->id);
		if (a->stood < a->base)
			a->stood = a->base;
	}
	a->where = logs != -1 ? logs : dir;
	if (logs != -1)
		close_fd(dir);
	return rc;
}

struct archive *store_archive_open(
    struct store *s, const char *name, const struct log_id *id, uint64_t base)
{
	struct archive *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->store = s;
	a->where = -1;
	a->id = *id;
	a->base = base;
	a->path = store_log_path(s, name, id);
	if (a->path != NULL && open_log(a, s, name) == 0)
		return a;
	store_archive_close(a);
	return NULL;
}

uint64_t store_archive_next(const struct archive *a)
{
	return a->log != NULL ? log_next(a->log) : a->stood;
}

unsigned store_archive_begun(const struct archive *a)
{
	return a->begun;
}

int store_archive_check(struct archive *a, const uint8_t key[SEAL_KEY], uint8_t check[RECORD_CHECK])
{
	uint64_t next = store_archive_next(a);

	memset(check, 0, RECORD_CHECK);
	if (a->log == NULL || next <= 1)
		return 0;
	return log_check(a->log, next - 1, key, check) == -1 ? -1 : 0;
}

bool store_archive_damaged(const struct archive *a)
{
	return a->log != NULL && log_damaged(a->log);
}

/* The log, made with its first segment at `first` if it is not there. */
static struct log *writable(struct archive *a, uint64_t first)
{
	if (a->log != NULL)
		return a->log;
	a->log = log_open_or_make(a->path, &a->id, a->base, first);
	a->begun++;
	/* What was purged is missing by intention. */
	if (a->log != NULL && a->stood > a->base)
		(void)!log_acked_put(a->path, a->stood);
	return a->log;
}

static int has_room(const struct archive *a)
{
	char text[STORE_ROOM_MAX];
	struct store_room r;

	if (store_archive_room(a, &r) == -1 || store_room_text(&r, text) == NULL)
		return 0;
	errno = ENOSPC;
	return -1;
}

int store_archive_append(struct archive *a, const uint8_t *frame, size_t len)
{
	struct frame f;
	size_t before;
	int rc;

	if (len < FRAME_HEADER || frame_header(&f, frame) == -1) {
		errno = EINVAL;
		return -1;
	}
	if (has_room(a) == -1 || writable(a, f.seq) == NULL)
		return -1;
	before = log_segments(a->log);
	rc = log_append(a->log, frame, len);
	a->begun += log_segments(a->log) != before;
	return rc;
}

int store_archive_jump(struct archive *a, uint64_t seq)
{
	if (seq <= store_archive_next(a))
		return 0;
	if (has_room(a) == -1)
		return -1;
	a->begun++;
	if (a->log != NULL)
		return log_jump(a->log, seq);
	return writable(a, seq) == NULL ? -1 : 0;
}

int store_archive_drop(struct archive *a, uint64_t seq)
{
	return a->log != NULL ? log_drop(a->log, seq) : 0;
}

int store_archive_room(const struct archive *a, struct store_room *r)
{
	return store_room_of(a->store, a->where, r);
}

void store_archive_close(struct archive *a)
{
	if (a == NULL)
		return;
	log_close(a->log);
	close_fd(a->where);
	free(a->path);
	free(a);
}
