/* SPDX-License-Identifier: ISC */
#include "tests/replay/crash_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"

/* SplitMix64. */
uint64_t rng_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* --- What is durable, what pends --- */

static bool changes_name(const struct op *o)
{
	return o->kind == OP_CREATE || o->kind == OP_MKDIR || o->kind == OP_RENAME ||
	    o->kind == OP_UNLINK;
}

static bool changes_data(const struct op *o)
{
	return o->kind == OP_WRITE || o->kind == OP_CUT;
}

/*
 * Was it synced before operation n? What the sync of a file covered that failed
 * will not be durable by another; the names of a directory will: they are the
 * file system's own, which commits them or stops.
 */
static bool is_durable(const struct trace *t, size_t at, size_t n)
{
	size_t node = changes_name(&t->v[at]) ? t->v[at].dir : t->v[at].node;

	for (size_t i = 0; i < n; i++) {
		const struct op *o = &t->v[i];
		if (o->node != node)
			continue;
		if (o->kind == OP_SYNC_FAILED && i > at && !t->is_dir[node])
			return false;
		if (o->kind == OP_SYNC && i > at)
			return true;
	}
	return false;
}

static void set_name(struct crash *c, size_t dir, const char *name, size_t node)
{
	size_t i = 0;

	while (i < c->n_names && (c->names[i].dir != dir || strcmp(c->names[i].name, name) != 0))
		i++;
	if (node == SIZE_MAX) {
		if (i < c->n_names)
			c->names[i] = c->names[--c->n_names];
		return;
	}
	if (i == c->n_names && c->n_names++ == NAMES)
		die(EX_SOFTWARE, "too many names in a state");
	c->names[i].dir = dir;
	c->names[i].node = node;
	memcpy(c->names[i].name, name, strlen(name) + 1);
}

void crash_apply_name(struct crash *c, const struct op *o)
{
	if (o->kind == OP_UNLINK || o->kind == OP_RENAME)
		set_name(c, o->dir, o->name, SIZE_MAX);
	if (o->kind != OP_UNLINK)
		set_name(c, o->dir, o->kind == OP_RENAME ? o->to : o->name, o->node);
}

static void apply_data(struct bytes *b, const struct op *o)
{
	size_t end = (size_t)o->at + o->len;

	if (end > b->len || o->kind == OP_CUT) {
		b->data = realloc(b->data, end + 1);
		if (b->data == NULL)
			die(EX_OSERR, "no memory");
		if (end > b->len)
			memset(b->data + b->len, 0, end - b->len);
		b->len = end;
	}
	if (o->len > 0)
		memcpy(b->data + o->at, o->data, o->len);
}

struct bytes bytes_copy(const struct bytes *b)
{
	struct bytes copy = { .data = malloc(b->len + 1), .len = b->len };

	if (copy.data == NULL)
		die(EX_OSERR, "no memory");
	if (b->len > 0)
		memcpy(copy.data, b->data, b->len);
	return copy;
}

static struct bytes bytes_at_start(const struct trace *t, size_t node)
{
	const struct buf *b = &t->start.v[node - 1].data;

	return bytes_copy(&(struct bytes){ (uint8_t *)b->data, b->len });
}

/* The directory of a path is the last one before it that it begins with. */
static void name_at_start(struct crash *c, size_t node)
{
	const struct tree_file *v = c->trace->start.v, *f = &v[node - 1];
	size_t dir = node - 1, len = 0;
	char name[NAME_ROOM];

	while (dir > 0 &&
	    (!c->trace->is_dir[dir] ||
		strncmp(f->path, v[dir - 1].path, strlen(v[dir - 1].path)) != 0))
		dir--;
	if (dir > 0)
		len = strlen(v[dir - 1].path);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(f->path + len, "/"), f->path + len);
	set_name(c, dir, name, node);
}

static void add_size(struct pending_file *f, size_t size)
{
	for (size_t i = 0; i < f->sizes; i++) {
		if (f->size[i] == size)
			return;
	}
	f->size[f->sizes++] = size;
}

static void widen(struct pending_file *f, size_t from, size_t to)
{
	if (f->from == f->to) {
		f->from = from;
		f->to = to;
	}
	f->from = from < f->from ? from : f->from;
	f->to = to > f->to ? to : f->to;
}

/* The bytes of a sector in one of the versions; zeros where it has none. */
void bytes_sector(const struct bytes *b, size_t at, uint8_t out[SECTOR])
{
	size_t n = at >= b->len ? 0 : b->len - at;

	memset(out, 0, SECTOR);
	if (n > 0)
		memcpy(out, b->data + at, n < SECTOR ? n : SECTOR);
}

static void list_contents(struct pending_file *f)
{
	size_t first = f->from / SECTOR;

	f->sectors = f->from == f->to ? 0 : (f->to - 1) / SECTOR - first + 1;
	if (f->sectors > SECTORS)
		die(EX_SOFTWARE, "too much is written without a sync");
	for (size_t s = 0; s < f->sectors; s++) {
		uint8_t have[VERSIONS][SECTOR];
		size_t n = 0;
		for (size_t v = f->versions; v-- > 0;) {
			bool known = false;
			bytes_sector(&f->version[v], (first + s) * SECTOR, have[n]);
			for (size_t i = 0; i < n; i++)
				known |= memcmp(have[i], have[n], SECTOR) == 0;
			if (!known)
				f->content[s].kind[n++] = (uint8_t)v;
		}
		f->content[s].kind[n++] = CONTENT_ZERO;
		f->content[s].kind[n++] = CONTENT_GARBAGE;
		f->content[s].n = n;
	}
}

/* Whether a file can have a name in any of the states; what has none need not
 * be built. */
static bool can_have_name(const struct crash *c, size_t node)
{
	for (size_t i = 0; i < c->n_names; i++) {
		if (c->names[i].node == node)
			return true;
	}
	for (size_t i = 0; i < c->n_pending; i++) {
		if (c->pending[i]->node == node && c->pending[i]->kind != OP_UNLINK)
			return true;
	}
	return false;
}

/* The file with all that is durable, and of what pends that up to operation
 * `last`. */
static struct bytes version_of(const struct crash *c, size_t node, size_t n, size_t last)
{
	struct bytes b = { .data = NULL };

	if (node > 0 && node <= c->trace->start.n)
		b = bytes_at_start(c->trace, node);
	for (size_t i = 0; i < n; i++) {
		const struct op *o = &c->trace->v[i];
		if (o->node == node && changes_data(o) && (i <= last || is_durable(c->trace, i, n)))
			apply_data(&b, o);
	}
	return b;
}

static void add_pending(struct crash *c, size_t node, size_t n)
{
	struct pending_file *f = &c->file[c->files];

	*f = (struct pending_file){ .node = node, .versions = 1 };
	f->version[0] = bytes_copy(&c->durable[node]);
	add_size(f, f->version[0].len);
	for (size_t i = 0; i < n; i++) {
		const struct op *o = &c->trace->v[i];
		size_t old = f->version[f->versions - 1].len, end;
		struct bytes b;
		if (o->node != node || !changes_data(o) || is_durable(c->trace, i, n))
			continue;
		/* Of too many the last counts. */
		b = version_of(c, node, n, i);
		if (f->versions == VERSIONS)
			free(f->version[--f->versions].data);
		f->version[f->versions++] = b;
		end = o->kind == OP_WRITE ? (size_t)o->at + o->len : b.len > old ? b.len : old;
		widen(f, (size_t)o->at, end);
		if (f->sizes < VERSIONS)
			add_size(f, b.len);
	}
	if (f->versions == 1 || !can_have_name(c, node)) {
		for (size_t v = 0; v < f->versions; v++)
			free(f->version[v].data);
		return;
	}
	list_contents(f);
	c->units += f->sectors > 0 ? f->sectors : 1;
	if (++c->files == PENDING_FILES)
		die(EX_SOFTWARE, "too many files with writes that were not synced");
}

void crash_begin(struct crash *c, const struct trace *t, size_t n)
{
	memset(c, 0, sizeof(*c));
	c->trace = t;
	c->durable = calloc(t->nodes, sizeof(*c->durable));
	if (c->durable == NULL)
		die(EX_OSERR, "no memory");
	for (size_t i = 1; i <= t->start.n; i++) {
		name_at_start(c, i);
		c->durable[i] = bytes_at_start(t, i);
	}
	for (size_t i = 0; i < n; i++) {
		const struct op *o = &t->v[i];
		bool durable = op_is_disk(o->kind) && is_durable(t, i, n);
		if (changes_data(o) && durable)
			apply_data(&c->durable[o->node], o);
		if (changes_name(o) && durable)
			crash_apply_name(c, o);
		if (!changes_name(o) || durable)
			continue;
		if (c->n_pending == PENDING_NAMES)
			die(EX_SOFTWARE, "too many names that were not synced");
		c->pending[c->n_pending++] = o;
	}
	c->units = c->n_pending;
	for (size_t node = 0; node < t->nodes; node++) {
		if (!t->is_dir[node])
			add_pending(c, node, n);
	}
}

void crash_free(struct crash *c)
{
	for (size_t i = 0; i < c->files; i++) {
		for (size_t v = 0; v < c->file[i].versions; v++)
			free(c->file[i].version[v].data);
	}
	for (size_t i = 0; i < c->trace->nodes; i++)
		free(c->durable[i].data);
	free(c->durable);
}
