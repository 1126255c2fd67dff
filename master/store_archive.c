/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "master/store_dir.h"

#include "common/base/banned.h"

struct archive {
	char *path;
	struct log *log; /* NULL: nothing has come under this id yet */
	struct log_id id;
	uint64_t base;
};

struct archive *store_archive_open(
    struct store *s, const char *name, const struct log_id *id, uint64_t base)
{
	struct archive *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->id = *id;
	a->base = base;
	a->path = store_log_path(s, name, id);
	if (a->path == NULL)
		goto fail;
	a->log = log_open(a->path, LOG_WRITE);
	if (a->log == NULL && errno != ENOENT)
		goto fail;
	return a;
fail:
	store_archive_close(a);
	return NULL;
}

uint64_t store_archive_next(const struct archive *a)
{
	return a->log != NULL ? log_next(a->log) : a->base;
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
	if (a->log == NULL)
		a->log = log_open_or_make(a->path, &a->id, a->base, first);
	return a->log;
}

int store_archive_append(struct archive *a, const uint8_t *frame, size_t len)
{
	struct frame f;

	if (len < FRAME_HEADER || frame_header(&f, frame) == -1) {
		errno = EINVAL;
		return -1;
	}
	return writable(a, f.seq) == NULL ? -1 : log_append(a->log, frame, len);
}

int store_archive_jump(struct archive *a, uint64_t seq)
{
	if (seq <= store_archive_next(a))
		return 0;
	if (a->log != NULL)
		return log_jump(a->log, seq);
	return writable(a, seq) == NULL ? -1 : 0;
}

void store_archive_close(struct archive *a)
{
	if (a == NULL)
		return;
	log_close(a->log);
	free(a->path);
	free(a);
}
