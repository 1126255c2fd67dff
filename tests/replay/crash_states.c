/* SPDX-License-Identifier: ISC */
/* Going through the states of a crash, and building one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "tests/replay/crash_impl.h"

/* --- Plans --- */

static void add_digit(struct digits *d, size_t radix)
{
	d->v[d->n] = 0;
	d->radix[d->n++] = (uint32_t)radix;
}

static bool is_append(const struct pending_file *f)
{
	return f->version[f->versions - 1].len > f->version[0].len && f->from >= f->version[0].len;
}

uint64_t crash_digits(const struct crash *c, enum crash_plan plan, struct digits *d)
{
	uint64_t total = 1;

	d->n = 0;
	if (plan >= CRASH_PREFIX) {
		const struct pending_file *f = &c->file[plan - CRASH_PREFIX];
		if (plan - CRASH_PREFIX >= c->files || !is_append(f))
			return 0;
		add_digit(d, c->n_pending > 0 ? 2 : 1); /* all names, or none */
		add_digit(d, f->version[f->versions - 1].len - f->version[0].len + 1);
		add_digit(d, 4); /* behind it: nothing, zeros, garbage, an older file */
	} else {
		for (size_t i = 0; i < c->n_pending; i++)
			add_digit(d, 2);
		for (size_t i = 0; i < c->files; i++) {
			const struct pending_file *f = &c->file[i];
			add_digit(d, f->sizes);
			for (size_t s = 0; s < f->sectors; s++)
				add_digit(d, plan == CRASH_CONTENTS ? f->content[s].n : 2);
		}
		if (plan == CRASH_SUBSETS)
			add_digit(d, 3); /* what was lost: as it was, zeros, garbage */
	}
	for (size_t i = 0; i < d->n; i++) {
		if (__builtin_mul_overflow(total, (uint64_t)d->radix[i], &total))
			return UINT64_MAX;
	}
	return total;
}

void digits_set(struct digits *d, uint64_t i)
{
	for (size_t k = 0; k < d->n; k++) {
		d->v[k] = (uint32_t)(i % d->radix[k]);
		i /= d->radix[k];
	}
}

void digits_random(struct digits *d, uint64_t *rng)
{
	for (size_t k = 0; k < d->n; k++)
		d->v[k] = (uint32_t)(rng_next(rng) % d->radix[k]);
}

/* --- Building --- */

static void fill_garbage(uint8_t *p, size_t len, uint64_t *garbage)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)rng_next(garbage);
}

/* Puts one content into a sector; zeros and garbage only where something
 * pends. */
static void put_sector(
    const struct pending_file *f, struct bytes *b, size_t s, uint8_t kind, uint64_t *garbage)
{
	size_t at = (f->from / SECTOR + s) * SECTOR;
	size_t end = at + SECTOR < b->len ? at + SECTOR : b->len;
	uint8_t sector[SECTOR];

	if (kind < VERSIONS) {
		bytes_sector(&f->version[kind], at, sector);
		if (at < end)
			memcpy(b->data + at, sector, end - at);
		return;
	}
	at = at > f->from ? at : f->from;
	end = end < f->to ? end : f->to;
	if (at >= end)
		return;
	if (kind == CONTENT_ZERO)
		memset(b->data + at, 0, end - at);
	else
		fill_garbage(b->data + at, end - at, garbage);
}

static struct bytes with_size(const struct pending_file *f, size_t size)
{
	const struct bytes *old = &f->version[0], *new = &f->version[f->versions - 1];
	struct bytes b = { .data = calloc(size + 1, 1), .len = size };

	if (b.data == NULL)
		die(EX_OSERR, "no memory");
	memcpy(b.data, old->data, old->len < size ? old->len : size);
	memcpy(b.data, new->data, new->len < size ? new->len : size);
	return b;
}

static struct bytes prefix_of(const struct crash *c, const struct pending_file *f, size_t len,
    uint32_t behind, uint64_t *garbage)
{
	size_t old = f->version[0].len, new = f->version[f->versions - 1].len;
	struct bytes b = with_size(f, behind == 0 ? old + len : new);
	uint8_t *p = b.data + old + len;
	size_t room = b.len - old - len;

	if (behind == 1 || behind == 3)
		memset(p, 0, room);
	if (behind == 2)
		fill_garbage(p, room, garbage);
	/* A block that was freed with an older file, and lies in the same place
	 * of this one. */
	for (size_t node = 0; behind == 3 && node < f->node; node++) {
		const struct bytes *other = &c->durable[node];
		if (other->len > old + len) {
			size_t n = other->len - old - len;
			memcpy(p, other->data + old + len, n < room ? n : room);
			break;
		}
	}
	return b;
}

static struct bytes build_file(const struct crash *c, size_t i, enum crash_plan plan,
    const struct digits *d, size_t *digit, uint64_t *garbage)
{
	static const uint8_t lost[3] = { 0, CONTENT_ZERO, CONTENT_GARBAGE };
	const struct pending_file *f = &c->file[i];
	struct bytes b;

	if (plan >= CRASH_PREFIX)
		return plan - CRASH_PREFIX == i ? prefix_of(c, f, d->v[1], d->v[2], garbage)
						: bytes_copy(&f->version[f->versions - 1]);
	b = with_size(f, f->size[d->v[(*digit)++]]);
	for (size_t s = 0; s < f->sectors; s++) {
		uint32_t v = d->v[(*digit)++];
		uint8_t kind = plan == CRASH_CONTENTS ? f->content[s].kind[v]
		    : v == 0			      ? (uint8_t)(f->versions - 1)
						      : lost[d->v[d->n - 1]];
		put_sector(f, &b, s, kind, garbage);
	}
	return b;
}

/* Adds what a directory holds, and what lies below. */
static void add_dir(const struct crash *c, const struct bytes *data, size_t dir, const char *above,
    struct tree *out)
{
	for (size_t i = 0; i < c->n_names; i++) {
		size_t node = c->names[i].node;
		bool is_dir = c->trace->is_dir[node];
		char path[4 * NAME_ROOM];
		struct tree_file *f;
		if (c->names[i].dir != dir)
			continue;
		snprintf(path, sizeof(path), "%s%s%s", above, c->names[i].name, is_dir ? "/" : "");
		f = tree_add(out, path);
		if (is_dir)
			add_dir(c, data, node, path, out);
		else if (data[node].len > 0 &&
		    buf_add(&f->data, data[node].data, data[node].len) == -1)
			die(EX_OSERR, "no memory");
	}
}

static void assemble(const struct crash *c, const bool *done, struct bytes *built, struct tree *out)
{
	struct crash names = *c;
	struct bytes *data = calloc(c->trace->nodes, sizeof(*data));

	if (data == NULL)
		die(EX_OSERR, "no memory");
	for (size_t i = 0; i < c->n_pending; i++) {
		if (done[i])
			crash_apply_name(&names, c->pending[i]);
	}
	memcpy(data, c->durable, c->trace->nodes * sizeof(*data));
	for (size_t i = 0; i < c->files; i++)
		data[c->file[i].node] = built[i];
	*out = (struct tree){ .n = 0 };
	add_dir(&names, data, 0, "", out);
	tree_sort(out);
	for (size_t i = 0; i < c->files; i++)
		free(built[i].data);
	free(data);
}

void crash_image(const struct crash *c, enum crash_plan plan, const struct digits *d,
    uint64_t garbage, struct tree *out)
{
	struct bytes built[PENDING_FILES];
	bool done[PENDING_NAMES];
	size_t digit = c->n_pending;

	for (size_t i = 0; i < c->n_pending; i++)
		done[i] = d->v[plan >= CRASH_PREFIX ? 0 : i] == 0;
	for (size_t i = 0; i < c->files; i++)
		built[i] = build_file(c, i, plan, d, &digit, &garbage);
	assemble(c, done, built, out);
}

void crash_newest(const struct crash *c, struct tree *out)
{
	struct bytes built[PENDING_FILES];
	bool done[PENDING_NAMES];

	memset(done, 1, sizeof(done));
	for (size_t i = 0; i < c->files; i++)
		built[i] = bytes_copy(&c->file[i].version[c->file[i].versions - 1]);
	assemble(c, done, built, out);
}
