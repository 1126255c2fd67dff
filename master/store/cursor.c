/* SPDX-License-Identifier: ISC */
/*
 * Feeds and their cursors. A batch may move the cursors of thousands of nodes:
 * all are written beside the old ones, one syncfs() makes these durable, then
 * they are renamed, and one fsync() makes the names durable. An error that
 * syncfs() does not tell, as before Linux 5.8, can only leave an old cursor: the
 * records come twice, and none is lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/num.h"
#include "common/base/text.h"
#include "master/store/dir.h"
#include "master/store/feed.h"

#include "common/base/banned.h"

#define CURSOR_MAX (128u << 10) /* of LOGS_MAX lines, bytes */

/* --- Feeds --- */

int store_feed_open(struct store *s, const char *feed, bool make)
{
	int feeds = make ? dir_make(s->root, "feeds", 0700) : dir_open(s->root, "feeds");
	int dir = -1;

	if (feeds != -1)
		dir = make ? dir_make(feeds, feed, 0700) : dir_open(feeds, feed);
	close_fd(feeds);
	return dir;
}

int store_each_feed(struct store *s, int (*call)(const char *feed, void *arg), void *arg)
{
	int feeds = dir_open(s->root, "feeds"), rc;
	struct name_list l;

	if (feeds == -1)
		return errno == ENOENT ? 0 : -1;
	rc = name_list_read(&l, feeds, name_valid);
	for (size_t i = 0; rc == 0 && i < l.n; i++)
		rc = call(l.v[i], arg);
	name_list_free(&l);
	close_fd(feeds);
	return rc;
}

/* --- One cursor --- */

/*
 * Its file; with `new`, the one beside it. No name of a node ends in `~` or `_`:
 * a node called `rejected` would have the name of the directory.
 */
static void cursor_file(char out[NODE_NAME_MAX + 3], const char *node, bool new)
{
	snprintf(out, NODE_NAME_MAX + 3, "%s%s%s", node, strcmp(node, "rejected") == 0 ? "_" : "",
	    new ? "~" : "");
}

struct feed_position *feed_cursor_find(const struct feed_cursor *c, const struct log_id *id)
{
	for (size_t i = 0; i < c->n; i++) {
		if (memcmp(&c->v[i].log, id, sizeof(*id)) == 0)
			return &c->v[i];
	}
	return NULL;
}

struct feed_position *feed_cursor_add(struct feed_cursor *c, const struct log_id *id, uint64_t next)
{
	struct feed_position *v = reallocarray(c->v, c->n + 1, sizeof(*v));

	if (v == NULL)
		return NULL;
	c->v = v;
	v[c->n] = (struct feed_position){ .log = *id, .next = next };
	return &v[c->n++];
}

void feed_cursor_free(struct feed_cursor *c)
{
	free(c->v);
	*c = (struct feed_cursor){ .v = NULL };
}

static int cursor_line(struct feed_cursor *c, char *line)
{
	struct feed_position *p;
	uint64_t next, missed;
	struct log_id id = { { 0 } };
	char *word[3];

	if (text_split(line, word, 3) != 3 || !hex_decode(id.b, sizeof(id.b), word[0]) ||
	    num_parse(word[1], 1, SEQ_END, &next) == -1 ||
	    num_parse(word[2], 0, SEQ_END, &missed) == -1 || feed_cursor_find(c, &id) != NULL) {
		errno = EBADMSG;
		return -1;
	}
	p = feed_cursor_add(c, &id, next);
	if (p == NULL)
		return -1;
	p->missed = missed;
	return 0;
}

int store_cursor_read(int feed, const char *node, struct feed_cursor *c)
{
	struct buf b = BUF_INIT(CURSOR_MAX);
	char file[NODE_NAME_MAX + 3];
	char *at, *lf;
	int rc;

	*c = (struct feed_cursor){ .v = NULL };
	cursor_file(file, node, false);
	rc = file_read(feed, file, &b);
	at = b.data;
	while (rc == 0 && at < b.data + b.len) {
		lf = memchr(at, '\n', (size_t)(b.data + b.len - at));
		if (lf == NULL) {
			errno = EBADMSG;
			rc = -1;
			break;
		}
		*lf = '\0';
		rc = cursor_line(c, at);
		at = lf + 1;
	}
	if (rc == 0 && b.len == 0) {
		errno = EBADMSG;
		rc = -1;
	}
	buf_free(&b);
	if (rc == -1)
		feed_cursor_free(c);
	return rc;
}

int64_t store_cursor_time(int feed, const char *node)
{
	char file[NODE_NAME_MAX + 3];
	struct stat st;

	cursor_file(file, node, false);
	return fstatat(feed, file, &st, AT_SYMLINK_NOFOLLOW) == 0
	    ? (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec
	    : 0;
}

/* --- Replacing --- */

/* Beside the old one; with `sync`, durable. */
static int write_cursor(int feed, const struct feed_move *m, bool sync)
{
	struct buf b = BUF_INIT(CURSOR_MAX);
	char file[NODE_NAME_MAX + 3], hex[2 * LOG_ID_SIZE + 1];
	int fd, rc = -1;

	for (size_t i = 0; i < m->cursor.n; i++) {
		const struct feed_position *p = &m->cursor.v[i];
		hex_encode(hex, p->log.b, sizeof(p->log.b));
		buf_addf(&b, "%s %" PRIu64 " %" PRIu64 "\n", hex, p->next, p->missed);
	}
	cursor_file(file, m->node, true);
	fd = buf_ok(&b)
	    ? openat(feed, file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		  0600)
	    : -1;
	if (fd != -1) {
		rc = write_full(fd, b.data, b.len);
		if (rc == 0 && sync)
			rc = fsync(fd);
	}
	close_fd(fd);
	buf_free(&b);
	return rc;
}

static int rename_cursor(int feed, const char *node)
{
	char from[NODE_NAME_MAX + 3], to[NODE_NAME_MAX + 3];

	cursor_file(from, node, true);
	cursor_file(to, node, false);
	return renameat(feed, from, feed, to);
}

int store_cursors_put(int feed, const struct feed_move *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (write_cursor(feed, &v[i], n == 1) == -1)
			return -1;
	}
	if (n > 1 && syncfs(feed) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (rename_cursor(feed, v[i].node) == -1)
			return -1;
	}
	return n > 0 ? dir_sync(feed) : 0;
}

/* --- archive.keep_for --- */

/* A feed that cannot be read has nothing. */
static uint64_t kept_by(
    struct store *s, const char *feed, const char *node, const struct log_id *id)
{
	int dir = store_feed_open(s, feed, false);
	struct feed_cursor c = { .v = NULL };
	const struct feed_position *p = NULL;
	uint64_t from;

	if (dir != -1 && store_cursor_read(dir, node, &c) == 0)
		p = feed_cursor_find(&c, id);
	from = p != NULL ? p->next : 0;
	feed_cursor_free(&c);
	close_fd(dir);
	return from;
}

const struct yaml_list *store_keep_for(const struct store *s)
{
	return &s->config->keep_for;
}

uint64_t store_kept_from(struct store *s, const char *node, const struct log_id *id)
{
	const struct yaml_list *feeds = &s->config->keep_for;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < feeds->n && least > 0; i++) {
		uint64_t from = kept_by(s, feeds->v[i], node, id);
		least = from < least ? from : least;
	}
	return least;
}
