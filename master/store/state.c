/* SPDX-License-Identifier: ISC */
/* What is remembered of a node, in state.yml, and the locks of a node. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/fields.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

/* --- As text --- */

#define AT(member) offsetof(struct node_state, member)

/* Of 64 bits, signed or not. */
static const struct {
	const char *key;
	size_t offset;
} numbers[] = {
	{ "contact", AT(contact) },
	{ "direction_since", AT(direction_since) },
	{ "push_began", AT(push_began) },
	{ "last_pull", AT(last_pull) },
	{ "tried", AT(tried) },
	{ "failures", AT(failures) },
	{ "failed", AT(failed) },
	{ "records", AT(records) },
	{ "bytes", AT(bytes) },
	{ "newest_ns", AT(newest_ns) },
	{ "left", AT(left) },
	{ "gaps", AT(gaps) },
	{ "lost", AT(lost) },
	{ "gap_from", AT(gap_from) },
	{ "gap_to", AT(gap_to) },
	{ "gap_time", AT(gap_time) },
	{ "cut", AT(cut) },
	{ "cut_records", AT(cut_records) },
	{ "damaged", AT(damaged) },
	{ "skew", AT(skew) },
	{ "log_since", AT(log_since) },
	{ "cloned", AT(cloned) },
};

#define TEXT(member) AT(member), sizeof(((struct node_state *)0)->member)

static const struct {
	const char *key;
	size_t offset, size;
} texts[] = {
	{ "reason", TEXT(reason) },
	{ "pulled_address", TEXT(pulled_address) },
	{ "pull_key", TEXT(pull_key) },
	{ "log_address", TEXT(log_address) },
	{ "old_log_address", TEXT(old_log_address) },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool get_direction(const struct fields *f, const char *key, enum direction *direction)
{
	const char *s = fields_get(f, key);

	for (int w = DIRECTION_PULL; s != NULL && w <= DIRECTION_PUSH; w++) {
		if (strcmp(s, direction_name((enum direction)w)) == 0) {
			*direction = (enum direction)w;
			return true;
		}
	}
	return false;
}

static bool get_log(const struct fields *f, const char *key, struct log_id *id)
{
	const char *s = fields_get(f, key);

	return s != NULL && hex_decode(id->b, sizeof(id->b), s);
}

void node_state_from_fields(struct node_state *st, const struct fields *f)
{
	*st = (struct node_state){ .contact = 0 };
	for (size_t i = 0; i < COUNT(numbers); i++) {
		int64_t v = fields_num(f, numbers[i].key, 0);
		memcpy((char *)st + numbers[i].offset, &v, sizeof(v));
	}
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *s = fields_get(f, texts[i].key);
		snprintf((char *)st + texts[i].offset, texts[i].size, "%s", s != NULL ? s : "");
	}
	st->has_direction = get_direction(f, "direction", &st->direction);
	get_direction(f, "failed_direction", &st->failed_direction);
	st->has_log = get_log(f, "log", &st->log);
	st->has_old_log = get_log(f, "old_log", &st->old_log);
}

static int set_log(struct fields *f, const char *key, const struct log_id *id)
{
	char hex[2 * LOG_ID_SIZE + 1];

	hex_encode(hex, id->b, sizeof(id->b));
	return fields_set(f, key, hex);
}

int node_state_to_fields(const struct node_state *st, struct fields *f)
{
	int rc = 0;

	if (st->has_direction)
		rc |= fields_set(f, "direction", direction_name(st->direction));
	for (size_t i = 0; i < COUNT(numbers); i++) {
		int64_t v;
		memcpy(&v, (const char *)st + numbers[i].offset, sizeof(v));
		if (v != 0)
			rc |= fields_set_num(f, numbers[i].key, v);
	}
	if (st->failed != 0)
		rc |= fields_set(f, "failed_direction", direction_name(st->failed_direction));
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *s = (const char *)st + texts[i].offset;
		if (s[0] != '\0')
			rc |= fields_set(f, texts[i].key, s);
	}
	if (st->has_log)
		rc |= set_log(f, "log", &st->log);
	if (st->has_old_log)
		rc |= set_log(f, "old_log", &st->old_log);
	return rc == 0 ? 0 : -1;
}

/* --- state.yml --- */

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

/* --- Locks --- */

/* The peer is told the end before the lock of its session is released. */
#define SESSION_END_SECONDS 1

static int lock_node(struct store *s, const char *name, const char *file, deadline_t d)
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
	return lock_node(s, name, LOCK_SESSION, deadline_in_s(SESSION_END_SECONDS));
}

int store_pull_lock(struct store *s, const char *name)
{
	return lock_node(s, name, "pull.lock", 0);
}

static void warn_unsaved(const char *name)
{
	/* A node that was removed meanwhile has no state. */
	if (errno != ENOENT)
		msg_warn("node %s: saving its state: %s", name, strerror(errno));
}

int store_state_lock(struct store *s, const char *name, struct node_state *st)
{
	int lock = lock_node(s, name, "state.lock", deadline_in_s(LOCK_SECONDS));

	*st = (struct node_state){ .contact = 0 };
	if (lock != -1 && store_state(s, name, st) == 0)
		return lock;
	warn_unsaved(name);
	close_fd(lock);
	return -1;
}

void store_state_save(struct store *s, const char *name, const struct node_state *st, int lock)
{
	if (lock != -1 && store_state_put(s, name, st) == -1)
		warn_unsaved(name);
	close_fd(lock);
}

int store_pull_place(struct store *s, uint64_t parallel, bool slow)
{
	unsigned all = (unsigned)parallel;
	unsigned quarter = all >= 4 ? all / 4 : 1;
	int fd;

	/*
	 * The others begin behind the quarter: it stays free while they have
	 * room.
	 */
	if (!slow) {
		fd = lock_slot(s->root, "places", quarter, all - quarter);
		if (fd != -1 || errno != EWOULDBLOCK)
			return fd;
	}
	return lock_slot(s->root, "places", 0, quarter);
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
