/* SPDX-License-Identifier: ISC */
/* Who asked to be registered and is no node: a small file each, bounded in number. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/fields.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "master/store_dir.h"

#include "common/base/banned.h"

/* Removes the oldest until fewer than max are left. */
static int make_room(struct store *s, uint64_t max)
{
	struct name_list l;
	uint64_t left;
	int rc = 0;

	if (name_list_read(&l, s->pending, name_valid) == -1)
		return -1;
	for (left = l.n; left >= max && rc == 0; left--) {
		struct timespec oldest = { 0 };
		size_t at = l.n;
		for (size_t i = 0; i < l.n; i++) {
			struct stat st;
			if (l.v[i][0] == '\0' ||
			    fstatat(s->pending, l.v[i], &st, AT_SYMLINK_NOFOLLOW) == -1)
				continue;
			if (at == l.n || st.st_mtim.tv_sec < oldest.tv_sec ||
			    (st.st_mtim.tv_sec == oldest.tv_sec &&
				st.st_mtim.tv_nsec < oldest.tv_nsec)) {
				at = i;
				oldest = st.st_mtim;
			}
		}
		if (at == l.n)
			break;
		rc = unlinkat(s->pending, l.v[at], 0);
		l.v[at][0] = '\0';
	}
	name_list_free(&l);
	return rc;
}

/* Its temporary file has a name that is no node's. */
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
	lock = lock_take(s->root, "pending.lock", deadline_in_s(LOCK_SECONDS));
	if (lock == -1)
		return -1;
	if (!file_exists(s->pending, name))
		rc = errno == ENOENT ? make_room(s, max) : -1;
	if (rc == 0)
		rc = write_entry(s, name, address);
	close_fd(lock);
	return rc;
}

int store_each_pending(struct store *s, int (*each)(const struct pending *p, void *arg), void *arg)
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
			rc = each(&p, arg);
		}
		fields_free(&f);
	}
	name_list_free(&l);
	return rc;
}

int store_pending_remove(struct store *s, const char *name)
{
	return unlinkat(s->pending, name, 0) == -1 && errno != ENOENT ? -1 : 0;
}
