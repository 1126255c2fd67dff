/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/num.h"
#include "tests/oracle/oracle.h"

#define NUMBERS_MAX (1u << 28)
#define JOURNAL_MAX (1u << 30)

static const struct {
	const char *word;
	enum journal_mark mark;
} words[] = { { "made ", JOURNAL_MADE }, { "stored ", JOURNAL_STORED },
	{ "acked ", JOURNAL_ACKED } };

#define WORDS (sizeof(words) / sizeof(words[0]))

static int set(struct journal *j, enum journal_mark mark, uint64_t n)
{
	if (n == 0 || n > NUMBERS_MAX) {
		errno = ERANGE;
		return -1;
	}
	if (n >= j->room) {
		size_t room = (size_t)n * 2 + 64;
		uint8_t *p = realloc(j->marks, room);
		if (p == NULL)
			return -1;
		memset(p + j->room, 0, room - j->room);
		j->marks = p;
		j->room = room;
	}
	j->marks[n] |= (uint8_t)mark;
	if (n > j->last)
		j->last = n;
	return 0;
}

static int bad_line(void)
{
	errno = EBADMSG;
	return -1;
}

static int take_line(struct journal *j, const char *line, size_t len, bool first)
{
	uint64_t n;

	if (first) {
		if (len < 5 || memcmp(line, "seed ", 5) != 0 ||
		    num_parse_n(line + 5, len - 5, 0, UINT64_MAX, &j->seed) == -1)
			return bad_line();
		return 0;
	}
	for (size_t i = 0; i < WORDS; i++) {
		size_t w = strlen(words[i].word);
		if (len > w && memcmp(line, words[i].word, w) == 0 &&
		    num_parse_n(line + w, len - w, 1, NUMBERS_MAX, &n) == 0)
			return set(j, words[i].mark, n);
	}
	return bad_line();
}

static int take_all(struct journal *j, const struct buf *all)
{
	const char *lf;

	for (size_t at = 0; at < all->len; at = (size_t)(lf - all->data) + 1) {
		lf = memchr(all->data + at, '\n', all->len - at);
		if (lf == NULL)
			return bad_line();
		if (take_line(j, all->data + at, (size_t)(lf - all->data) - at, at == 0) == -1)
			return -1;
	}
	return 0;
}

int journal_open(struct journal *j, const char *path, uint64_t seed)
{
	struct buf all = BUF_INIT(JOURNAL_MAX);
	int rc;

	*j = (struct journal){ .fd = -1, .seed = seed };
	if (path == NULL)
		return 0;
	j->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (j->fd == -1)
		return -1;
	rc = read_all(j->fd, &all, DEADLINE_NEVER);
	if (rc == 0 && all.len == 0) {
		if (buf_addf(&all, "seed %" PRIu64 "\n", seed) == -1 ||
		    write_full(j->fd, all.data, all.len) == -1)
			rc = -1;
	} else if (rc == 0) {
		rc = take_all(j, &all);
	}
	buf_free(&all);
	if (rc == -1) {
		int why = errno;
		journal_close(j);
		errno = why;
	}
	return rc;
}

int journal_mark(struct journal *j, enum journal_mark mark, uint64_t first, uint64_t count)
{
	struct buf lines = BUF_INIT(JOURNAL_MAX);
	const char *word = "";
	int rc = 0;

	for (size_t i = 0; i < WORDS; i++) {
		if (words[i].mark == mark)
			word = words[i].word;
	}
	for (uint64_t n = first; rc == 0 && n < first + count; n++) {
		rc = set(j, mark, n);
		if (rc == 0 && j->fd != -1)
			rc = buf_addf(&lines, "%s%" PRIu64 "\n", word, n);
	}
	if (rc == 0 && j->fd != -1)
		rc = write_full(j->fd, lines.data, lines.len);
	buf_free(&lines);
	return rc;
}

bool journal_has(const struct journal *j, enum journal_mark mark, uint64_t n)
{
	return n <= j->last && j->marks != NULL && (j->marks[n] & mark);
}

int journal_copy(struct journal *to, const struct journal *from)
{
	*to = (struct journal){ .fd = -1, .seed = from->seed, .last = from->last };
	if (from->last == 0)
		return 0;
	to->room = (size_t)from->last + 1;
	to->marks = malloc(to->room);
	if (to->marks == NULL)
		return -1;
	memcpy(to->marks, from->marks, to->room);
	return 0;
}

void journal_close(struct journal *j)
{
	close_fd(j->fd);
	free(j->marks);
	*j = (struct journal){ .fd = -1 };
}
