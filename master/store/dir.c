/* SPDX-License-Identifier: ISC */
#include "master/store/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"

#include "common/base/banned.h"

struct store *store_open(const struct master_config *c)
{
	struct store *s = malloc(sizeof(*s));

	if (s == NULL)
		return NULL;
	*s = (struct store){
		.config = c, .root = -1, .nodes = -1, .archives = -1, .keys = -1, .pending = -1
	};
	if ((s->root = dir_make(AT_FDCWD, c->state, 0700)) == -1 ||
	    (s->nodes = dir_make(s->root, "nodes", 0700)) == -1 ||
	    (s->archives = dir_make(s->root, "archives", 0700)) == -1 ||
	    (s->keys = dir_make(s->root, "keys", 0700)) == -1 ||
	    (s->pending = dir_make(s->root, "pending", 0700)) == -1) {
		store_close(s);
		return NULL;
	}
	return s;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	close_fd(s->root);
	close_fd(s->nodes);
	close_fd(s->archives);
	close_fd(s->keys);
	close_fd(s->pending);
	free(s);
}

/* Adds a directory of the store, or what it has of one node, to dirs. */
static int add_reach(
    struct store *s, const char *dirs[SANDBOX_DIRS], const char *what, const char *name)
{
	size_t i = 0;
	int n;

	while (dirs[i] != NULL)
		i++;
	n = snprintf(s->reach[i], sizeof(s->reach[i]), "%s/%s%s%s", s->config->state, what,
	    name != NULL ? "/" : "", name != NULL ? name : "");
	if (n < 0 || (size_t)n >= sizeof(s->reach[i])) {
		errno = ENAMETOOLONG;
		return -1;
	}
	dirs[i] = s->reach[i];
	return 0;
}

int store_session_reach(struct store *s, const char *name, const char *dirs[SANDBOX_DIRS])
{
	memset(dirs, 0, SANDBOX_DIRS * sizeof(*dirs));
	if (name != NULL) {
		int logs = dir_make(s->archives, name, 0700);
		if (logs == -1)
			return -1;
		close(logs);
	}
	if (add_reach(s, dirs, "nodes", name) == -1 || add_reach(s, dirs, "archives", name) == -1)
		return -1;
	/* Retention looks where the feeds are. */
	if (s->config->keep_for.n > 0) {
		int feeds = dir_make(s->root, "feeds", 0700);
		if (feeds == -1)
			return -1;
		close(feeds);
		return add_reach(s, dirs, "feeds", NULL);
	}
	return 0;
}

int store_registration_reach(struct store *s, const char *name, const char *dirs[SANDBOX_DIRS])
{
	memset(dirs, 0, SANDBOX_DIRS * sizeof(*dirs));
	if (add_reach(s, dirs, "pending", NULL) == -1 ||
	    (name != NULL && !file_exists(s->nodes, name)))
		return -1;
	return add_reach(s, dirs, "keys", NULL) == 0 ? add_reach(s, dirs, "nodes", name) : -1;
}

bool store_dir_is_node(int dir)
{
	return file_exists(dir, "node.yml");
}

int store_known_dir(const struct store *s, const char *name)
{
	int dir = dir_open(s->nodes, name);

	if (dir != -1 && !store_dir_is_node(dir)) {
		close(dir);
		errno = ENOENT;
		return -1;
	}
	return dir;
}

/* A lock on a file that was unlinked meanwhile would exclude nobody. */
int store_lock(int dir, const char *file, deadline_t d)
{
	for (;;) {
		struct stat st;
		int fd = lock_take(dir, file, d);

		if (fd == -1)
			return -1;
		if (fstat(fd, &st) == 0 && st.st_nlink > 0)
			return fd;
		close_fd(fd);
	}
}
