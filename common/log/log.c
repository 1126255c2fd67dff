/* SPDX-License-Identifier: ISC */
/* Opening and making a log, and what is done to one that is not open. */
#include "common/log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/log/acks.h"
#include "common/log/impl.h"

#include "common/base/banned.h"

/* --- The directory --- */

/* Calls step() with each ancestor of an absolute path, and the path. */
static int each_ancestor(const char *path, int (*step)(char *part))
{
	char part[PATH_MAX];

	if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *p = part + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (step(part) == -1)
			return -1;
		*p = c;
		if (c == '\0')
			return 0;
	}
}

static int make_part(char *part)
{
	return mkdirat(AT_FDCWD, part, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

/* Makes the name durable. In a parent we may not open we created nothing. */
static int sync_parent(char *part)
{
	char *slash = strrchr(part, '/');
	int fd, rc;

	*slash = '\0';
	fd = open(slash == part ? "/" : part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*slash = '/';
	if (fd == -1)
		return errno == EACCES || errno == EPERM ? 0 : -1;
	rc = fsync(fd);
	close_fd(fd);
	return rc;
}

/* Makes all names on the path durable, whoever created them. */
static int sync_path(const char *path)
{
	return each_ancestor(path, sync_parent);
}

int log_make_dir(const char *dir)
{
	struct segment_list list = { .n = 0 };
	int fd = each_ancestor(dir, make_part) == 0 ? dir_open(AT_FDCWD, dir) : -1;
	int rc = fd != -1 ? segment_list_read(&list, fd, false) : -1;

	if (rc == 0 && list.n == 0)
		rc = sync_path(dir);
	segment_list_free(&list);
	close_fd(fd);
	return rc;
}

/* --- Opening --- */

/* Ends an opening, which returned rc. A reader lets go of the lock. */
static struct log *opened(struct log *l, int rc)
{
	if (rc == 0 && l->mode == LOG_READ) {
		close_fd(l->lock);
		l->lock = -1;
	}
	if (rc == -1 || log_seek(l, log_first(l)) == -1) {
		log_close(l);
		return NULL;
	}
	return l;
}

struct log *log_open(const char *dir, enum log_mode mode)
{
	struct log *l = log_open_dir(dir, mode);

	return l == NULL ? NULL : opened(l, log_recover(l));
}

/* The path need not be durable before something is put into the directory. */
static int start_first(struct log *l, const struct log_id *id, uint64_t base, uint64_t first)
{
	if (sync_path(l->path) == -1)
		return -1;
	return log_start_segment(l, id, base, first);
}

struct log *log_open_or_make(
    const char *dir, const struct log_id *id, uint64_t base, uint64_t first)
{
	struct log *l;

	if (each_ancestor(dir, make_part) == -1 || (l = log_open_dir(dir, LOG_WRITE)) == NULL)
		return NULL;
	l->id = *id;
	l->id_known = true;
	return opened(l, l->segments.n > 0 ? log_recover(l) : start_first(l, id, base, first));
}

/* The number up to which a master may hold records of this log. */
static uint64_t gone_out(const struct log *l)
{
	uint64_t acked = log_acked_at(l->dir), sent;
	struct acks a;

	acks_read(&a, l->dir);
	sent = acks_sent(&a, &l->id);
	return sent > acked ? sent : acked;
}

struct log *log_open_spool(const char *dir, enum log_mode mode)
{
	struct log_id id;
	struct log *l;
	uint64_t out;
	int rc;

	if (each_ancestor(dir, make_part) == -1 || (l = log_open_dir(dir, mode)) == NULL)
		return NULL;
	randombytes_buf(id.b, sizeof(id.b));
	rc = l->segments.n > 0 ? log_recover(l) : start_first(l, &id, 1, 1);
	/*
	 * Sent beyond the end: the tail is gone, and numbers that a master has
	 * would be given to other records. A new id keeps them apart.
	 */
	if (rc == 0 && (out = gone_out(l)) > l->next) {
		msg_warn("%s: its end is gone (sent to %" PRIu64 ", held to %" PRIu64 ")", dir,
		    out - 1, l->next - 1);
		rc = log_renew_open(l);
	}
	return opened(l, rc);
}

/* --- Upkeep --- */

int log_trim(const char *dir, uint64_t seq)
{
	struct log *l = log_open_dir(dir, LOG_PEEK);
	bool any = l != NULL && l->segments.n > 1 && l->segments.first[1] <= seq;
	int rc = l == NULL ? -1 : 0;

	log_close(l);
	/* The lock is worth taking only when there is something to delete. */
	if (!any)
		return rc;
	l = log_open_dir(dir, LOG_WRITE);
	rc = l == NULL ? -1 : log_drop(l, seq);
	log_close(l);
	return rc;
}

int log_clear(const char *dir)
{
	struct log *l = log_open(dir, LOG_WRITE);
	int rc = l == NULL ? -1 : 0;

	if (rc == 0 && l->tail_end > SEGMENT_HEADER)
		rc = log_start_segment(l, &l->id, l->base, l->next);
	if (rc == 0)
		rc = log_drop(l, l->next);
	log_close(l);
	return rc;
}

int log_renew(const char *dir)
{
	struct log *l = log_open(dir, LOG_WRITE);
	int rc = l == NULL ? -1 : log_renew_open(l);

	log_close(l);
	return rc;
}
