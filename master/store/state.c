/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/base/fields.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

void store_read_state(struct node_state *st, int dir)
{
	struct fields f = { .n = 0 };

	fields_read(&f, dir, "state.yml");
	node_state_from_fields(st, &f);
	fields_free(&f);
}

int store_state(struct store *s, const char *name, struct node_state *st)
{
	int dir = store_known_dir(s, name);

	*st = (struct node_state){ .contact = 0 };
	if (dir == -1)
		return -1;
	store_read_state(st, dir);
	close_fd(dir);
	return 0;
}

int store_state_put(struct store *s, const char *name, const struct node_state *st)
{
	struct fields f = { .n = 0 };
	int dir = store_known_dir(s, name);
	int rc;

	if (dir == -1)
		return -1;
	rc = node_state_to_fields(st, &f);
	if (rc == 0)
		rc = fields_write(&f, dir, "state.yml");
	fields_free(&f);
	close_fd(dir);
	return rc;
}

/* Whoever sent has its last word before the receiver has kept the state and let go. */
#define SESSION_END_SECONDS 1

static int lock_of_node(struct store *s, const char *name, const char *file, deadline_t d)
{
	int dir = store_known_dir(s, name);
	int fd;

	if (dir == -1)
		return -1;
	fd = store_lock(dir, file, d);
	close_fd(dir);
	return fd;
}

int store_session_lock(struct store *s, const char *name)
{
	return lock_of_node(s, name, LOCK_SESSION, deadline_in_s(SESSION_END_SECONDS));
}

int store_state_lock(struct store *s, const char *name)
{
	return lock_of_node(s, name, LOCK_STATE, deadline_in_s(LOCK_SECONDS));
}

int store_pull_lock(struct store *s, const char *name)
{
	return lock_of_node(s, name, LOCK_PULL, 0);
}

int store_pull_place(struct store *s, uint64_t parallel, bool slow)
{
	unsigned all = (unsigned)parallel;
	unsigned quarter = all >= 4 ? all / 4 : 1;
	int fd;

	/* The others begin behind the quarter, so that it is free for as long as they have room. */
	if (!slow) {
		fd = lock_place(s->root, "places", quarter, all - quarter);
		if (fd != -1 || errno != EWOULDBLOCK)
			return fd;
	}
	return lock_place(s->root, "places", 0, quarter);
}

char *store_control_dir(struct store *s)
{
	int fd = dir_make(s->root, "ssh", 0700);

	if (fd == -1)
		return NULL;
	close_fd(fd);
	return path_join(s->config->state, "ssh");
}

int store_control_forget(struct store *s)
{
	return dir_remove_tree(s->root, "ssh");
}
