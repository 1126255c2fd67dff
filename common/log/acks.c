/* SPDX-License-Identifier: ISC */
#include "common/log/acks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/num.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define ACKS "acks"
#define ACKS_FILE_MAX 8192 /* bytes; ACKS_MAX of the longest lines have less */

static struct ack *line_of(struct acks *a, const char *master)
{
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->v[i].master, master) == 0)
			return &a->v[i];
	}
	return NULL;
}

static bool same_log(const struct ack *k, const struct log_id *log)
{
	return memcmp(&k->log, log, sizeof(*log)) == 0;
}

/* Where there is no room, in the place of the one that has the least. */
static void add_line(struct acks *a, const struct ack *line)
{
	struct ack *at = line_of(a, line->master);

	if (at == NULL && a->n < ACKS_MAX) {
		at = &a->v[a->n++];
	} else if (at == NULL) {
		at = &a->v[0];
		for (size_t i = 1; i < a->n; i++) {
			if (a->v[i].acked < at->acked)
				at = &a->v[i];
		}
	}
	*at = *line;
}

static void parse_line(struct acks *a, char *line)
{
	struct ack k = { .acked = 0 };
	char *w[4];

	if (text_split(line, w, 4) != 4 || !name_valid(w[0]) ||
	    !hex_decode(k.log.b, sizeof(k.log.b), w[1]) ||
	    num_parse(w[2], 1, SEQ_END - 1, &k.acked) == -1 ||
	    num_parse(w[3], k.acked, SEQ_END - 1, &k.sent) == -1)
		return;
	memcpy(k.master, w[0], strlen(w[0]) + 1);
	add_line(a, &k);
}

void acks_parse(struct acks *a, const char *text, size_t len)
{
	char *copy = strndup(text, len), *rest = copy, *line;

	a->n = 0;
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL)
		parse_line(a, line);
	free(copy);
}

void acks_read(struct acks *a, int dir)
{
	struct buf b = BUF_INIT(ACKS_FILE_MAX);

	a->n = 0;
	if (file_read(dir, ACKS, &b) == 0 && b.len > 0)
		acks_parse(a, b.data, b.len);
	buf_free(&b);
}

int acks_write(const struct acks *a, int dir)
{
	struct buf b = BUF_INIT(ACKS_FILE_MAX);
	char id[2 * LOG_ID_SIZE + 1];
	int rc = -1;

	for (size_t i = 0; i < a->n; i++) {
		const struct ack *k = &a->v[i];

		hex_encode(id, k->log.b, sizeof(k->log.b));
		buf_addf(&b, "%s %s %" PRIu64 " %" PRIu64 "\n", k->master, id, k->acked, k->sent);
	}
	if (buf_ok(&b))
		rc = file_replace(dir, ACKS, b.data, b.len, 0600, FILE_UNSYNCED);
	buf_free(&b);
	return rc;
}

int acks_forget(int dir)
{
	return file_remove(dir, ACKS);
}

const struct ack *acks_find(const struct acks *a, const char *master, const struct log_id *log)
{
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->v[i].master, master) == 0 && same_log(&a->v[i], log))
			return &a->v[i];
	}
	return NULL;
}

static bool counts(const struct copies *c, const char *master)
{
	for (size_t i = 0; i < c->n; i++) {
		if (strcmp(c->master[i], master) == 0)
			return true;
	}
	return false;
}

static void drop_others(struct acks *a, const struct log_id *log, const struct copies *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (same_log(&a->v[i], log) && (c == NULL || counts(c, a->v[i].master)))
			a->v[kept++] = a->v[i];
	}
	a->n = kept;
}

bool acks_set(struct acks *a, const struct ack *line, const struct copies *c)
{
	const struct ack *old = acks_find(a, line->master, &line->log);

	if (old != NULL && old->acked == line->acked && old->sent == line->sent)
		return false;
	drop_others(a, &line->log, c);
	add_line(a, line);
	return true;
}

static int compare_down(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a < b) - (a > b);
}

uint64_t acks_common(const struct acks *a, const struct log_id *log, const struct copies *c)
{
	uint64_t v[ACKS_MAX] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (same_log(&a->v[i], log) && counts(c, a->v[i].master))
			v[n++] = a->v[i].acked;
	}
	qsort(v, n, sizeof(*v), compare_down);
	return c->wanted >= 1 && c->wanted <= n ? v[c->wanted - 1] : 0;
}

uint64_t acks_sent(const struct acks *a, const struct log_id *log)
{
	uint64_t most = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (same_log(&a->v[i], log) && a->v[i].sent > most)
			most = a->v[i].sent;
	}
	return most;
}

void copies_add(struct copies *c, const char *master)
{
	if (c->n < ACKS_MAX && !counts(c, master))
		memcpy(c->master[c->n++], master, strlen(master) + 1);
}
