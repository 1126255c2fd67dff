/* SPDX-License-Identifier: ISC */
/* A log of a node, open for appending, and the room that there is for it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/num.h"
#include "common/log/log.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

/* --- Room --- */

#define MIN_INODES 1024 /* with fewer, no state can be kept and no segment begun before long */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int measure_room(const struct store *s, int dir, struct store_room *r)
{
	uint64_t want = s->config->archive_free;
	struct statvfs fs;

	if (fstatvfs(dir, &fs) == -1)
		return -1;
	*r = (struct store_room){ .read_only = (fs.f_flag & ST_RDONLY) != 0 };
	r->free = (uint64_t)fs.f_bavail * fs.f_frsize;
	r->min_free = want != ARCHIVE_FREE_UNSET
	    ? want
	    : least((uint64_t)256 << 20, (uint64_t)fs.f_blocks * fs.f_frsize / 8);
	r->inodes = fs.f_favail;
	r->min_inodes = least(MIN_INODES, fs.f_files / 8);
	return 0;
}

int store_room(struct store *s, struct store_room *r)
{
	return measure_room(s, s->nodes, r);
}

const char *store_room_text(const struct store_room *r, char text[STORE_ROOM_MAX])
{
	char is[32], want[32];

	if (r->read_only)
		snprintf(text, STORE_ROOM_MAX, "it is read-only");
	else if (r->free < r->min_free)
		snprintf(text, STORE_ROOM_MAX,
		    "no space: only %s are free there, less than archive.min_free, %s",
		    num_show_size(is, sizeof(is), r->free),
		    num_show_size(want, sizeof(want), r->min_free));
	else if (r->inodes < r->min_inodes)
		snprintf(text, STORE_ROOM_MAX,
		    "no inodes: only %llu are free there, however much space is; remove files, "
		    "of any size",
		    (unsigned long long)r->inodes);
	else
		return NULL;
	return text;
}

/* --- The archive --- */

struct archive {
	const struct store *store;
	char *path;
	int logs;	 /* the directory of the node's logs; -1: there is none yet */
	struct log *log; /* NULL: nothing has come under this id yet */
	struct log_id id;
	uint64_t base;
	unsigned begun;
};

/* May one more log be made? Those that passed max_age go first. */
static int may_begin(struct store *s, const char *name, const struct log_id *id, int logs)
{
	uint64_t early = 0;
	int n = log_uses_count(logs);

	if (n >= LOGS_MAX && store_archive_trim(s, name, id, NULL, &early) == 0)
		n = log_uses_count(logs);
	if (n >= LOGS_MAX)
		errno = EMLINK;
	return n == -1 || n >= LOGS_MAX ? -1 : 0;
}

static int open_log(struct archive *a, struct store *s, const char *name)
{
	a->logs = dir_open(s->archives, name);
	if ((a->logs == -1 && errno != ENOENT) || !file_exists(s->nodes, name))
		return -1;
	a->log = log_open(a->path, LOG_WRITE);
	if (a->log != NULL)
		return 0;
	if (errno != ENOENT || (a->logs != -1 && may_begin(s, name, &a->id, a->logs) == -1))
		return -1;
	return 0;
}

struct archive *store_archive_open(
    struct store *s, const char *name, const struct log_id *id, uint64_t base)
{
	struct archive *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->store = s;
	a->logs = -1;
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
	return a->log != NULL ? log_next(a->log) : a->base;
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
	return measure_room(a->store, a->logs != -1 ? a->logs : a->store->archives, r);
}

void store_archive_close(struct archive *a)
{
	if (a == NULL)
		return;
	log_close(a->log);
	close_fd(a->logs);
	free(a->path);
	free(a);
}
