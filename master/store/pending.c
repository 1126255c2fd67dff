/* SPDX-License-Identifier: ISC */
/*
 * Unknown nodes that asked to be registered: a small file each, bounded in
 * number. Anybody can ask, under any name: the source that asks the most makes
 * room, so that it cannot push out the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/fields.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

#define HELD 900	  /* seconds; a node asks every 5 minutes */
#define SHOWN (7 * 86400) /* who asked longer ago asks no more */

struct entry {
	const char *name;
	uint64_t source;
	struct timespec asked;
};

static uint64_t source_of(struct store *s, const char *name)
{
	struct fields f = { .n = 0 };
	const char *address;
	uint64_t source;

	fields_read(&f, s->pending, name);
	address = fields_get(&f, "address");
	source = address_number(address != NULL ? address : "");
	fields_free(&f);
	return source;
}

static size_t count_source(const struct entry *v, size_t n, uint64_t source)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += v[i].source == source;
	return count;
}

static bool is_older(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* The oldest of the source that has the most, or of all such sources. */
static struct entry *find_victim(struct entry *v, size_t n)
{
	struct entry *victim = NULL;
	size_t most = 0;

	for (size_t i = 0; i < n; i++) {
		size_t count = count_source(v, n, v[i].source);
		if (count > most || (count == most && is_older(&v[i].asked, &victim->asked))) {
			victim = &v[i];
			most = count;
		}
	}
	return victim;
}

/* Removes entries until fewer than max are left. */
static int make_room(struct store *s, uint64_t max)
{
	struct name_list l;
	struct entry *v;
	size_t n = 0;
	int rc = -1;

	if (name_list_read(&l, s->pending, name_valid) == -1)
		return -1;
	v = calloc(l.n > 0 ? l.n : 1, sizeof(*v));
	if (v == NULL)
		goto out;
	for (size_t i = 0; l.n >= max && i < l.n; i++) {
		struct stat st;
		if (fstatat(s->pending, l.v[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			v[n++] = (struct entry){ l.v[i], source_of(s, l.v[i]), st.st_mtim };
	}
	for (; n >= max; n--) {
		struct entry *victim = find_victim(v, n);
		if (unlinkat(s->pending, victim->name, 0) == -1 && errno != ENOENT)
			goto out;
		*victim = v[n - 1];
	}
	rc = 0;
out:
	free(v);
	name_list_free(&l);
	return rc;
}

/* Another source asked under this name a short while ago. */
static bool is_anothers(struct store *s, const char *name, const char *address)
{
	int64_t now = now_s();
	struct stat st;

	return fstatat(s->pending, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_mtim.tv_sec <= now && st.st_mtim.tv_sec > now - HELD &&
	    source_of(s, name) != address_number(address);
}

/* The temporary file has a name that is no node's. */
static int write_entry(struct store *s, const char *name, const char *address)
{
	struct fields f = { .n = 0 };
	int rc = -1;

	if (fields_set(&f, "address", address) == 0 && fields_set_num(&f, "time", now_s()) == 0 &&
	    fields_write(&f, s->pending, ".entry") == 0)
		rc = renameat(s->pending, ".entry", s->pending, name);
	fields_free(&f);
	return rc;
}

int store_pending_add(struct store *s, const char *name, const char *address, uint64_t max)
{
	int lock, rc = 0;

	if (max == 0)
		return 0;
	lock = lock_take(s->pending, ".lock", deadline_in_s(LOCK_SECONDS));
	if (lock == -1)
		return -1;
	if (!file_exists(s->pending, name))
		rc = errno == ENOENT ? make_room(s, max) : -1;
	if (rc == 0 && !is_anothers(s, name, address))
		rc = write_entry(s, name, address);
	close_fd(lock);
	return rc;
}

int store_each_pending(struct store *s, int (*call)(const struct pending *p, void *arg), void *arg)
{
	struct name_list l;
	int rc = 0;

	if (name_list_read(&l, s->pending, name_valid) == -1)
		return -1;
	for (size_t i = 0; i < l.n && rc == 0; i++) {
		struct fields f = { .n = 0 };
		struct pending p = { .time = 0 };
		const char *address;
		if (fields_read(&f, s->pending, l.v[i]) == 0) {
			address = fields_get(&f, "address");
			snprintf(p.name, sizeof(p.name), "%s", l.v[i]);
			snprintf(
			    p.address, sizeof(p.address), "%s", address != NULL ? address : "");
			p.time = fields_num(&f, "time", 0);
			if (now_s() - p.time < SHOWN)
				rc = call(&p, arg);
		}
		fields_free(&f);
	}
	name_list_free(&l);
	return rc;
}

int store_pending_remove(struct store *s, const char *name)
{
	return unlinkat(s->pending, name, 0);
}
