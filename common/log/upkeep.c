/* SPDX-License-Identifier: ISC */
/* Trimming, the acknowledged number, renewing. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/log/impl.h"

#include "common/base/banned.h"

#define ACKED "acked"

static int remove_segment(struct log *l, size_t n)
{
	char name[SEGMENT_NAME_LEN + 1];

	segment_name(l->segments.first[n], name);
	return unlinkat(l->dir, name, 0) == -1 && errno != ENOENT ? -1 : 0;
}

/* Removes the n oldest. */
static int remove_first(struct log *l, size_t n)
{
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < n; i++)
		rc = remove_segment(l, i);
	if (rc == -1)
		i--;
	l->segments.n -= i;
	memmove(l->segments.first, l->segments.first + i, l->segments.n * sizeof(uint64_t));
	if (l->at_segment < i)
		l->at_open = false;
	l->at_segment = l->at_segment > i ? l->at_segment - i : 0;
	return rc;
}

void log_remove_before_last(struct log *l, uint64_t first)
{
	size_t i = l->segments.n - 2;

	if (l->segments.n < 2 || l->segments.first[i] != first || remove_segment(l, i) == -1)
		return;
	l->segments.first[i] = l->segments.first[i + 1];
	l->segments.n--;
	if (l->at_segment == i)
		l->at_open = false;
	else if (l->at_segment > i)
		l->at_segment--;
}

int log_drop(struct log *l, uint64_t seq)
{
	size_t n = 0;

	while (n + 1 < l->segments.n && l->segments.first[n + 1] <= seq)
		n++;
	return n == 0 ? 0 : remove_first(l, n);
}

/* Records that enough masters have are not lost. */
static void report_dropped(const struct log *l, uint64_t from, uint64_t end)
{
	char which[RANGE_MAX], who[32] = "any master";

	if (l->limits.copies > 1)
		snprintf(who, sizeof(who), "%" PRIu64 " masters", l->limits.copies);
	msg_warn("%s: over its size limit: %s %s dropped before %s had %s", l->path,
	    num_show_range(which, "record", from, end), end - from == 1 ? "was" : "were", who,
	    end - from == 1 ? "it" : "them");
}

void log_drop_oldest(struct log *l)
{
	uint64_t acked = log_acked_at(l->dir);
	uint64_t total = 0, size;
	int64_t mtime;

	for (size_t i = 0; i < l->segments.n; i++) {
		if (segment_stat(l->dir, l->segments.first[i], &size, &mtime) == 0)
			total += segment_cost(size);
	}
	while (l->limits.max_size > 0 && total > l->limits.max_size && l->segments.n > 1) {
		uint64_t from = l->segments.first[0];

		if (segment_stat(l->dir, from, &size, &mtime) == -1 || remove_first(l, 1) == -1)
			return;
		total -= segment_cost(size);
		from = from > acked ? from : acked;
		if (from < l->segments.first[0])
			report_dropped(l, from, l->segments.first[0]);
	}
}

static int acked_put(int dir, uint64_t seq, enum file_sync sync)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu64 "\n", seq);

	return file_replace(dir, ACKED, text, (size_t)n, 0600, sync);
}

int log_acked_put(const char *dir, uint64_t seq)
{
	int fd = dir_open(AT_FDCWD, dir);
	int rc;

	if (fd == -1)
		return -1;
	rc = acked_put(fd, seq, FILE_UNSYNCED);
	close_fd(fd);
	return rc;
}

uint64_t log_acked_at(int dir)
{
	struct buf b = BUF_INIT(32);
	uint64_t seq = 0;

	if (file_read(dir, ACKED, &b) == 0 && b.len > 1 && b.data[b.len - 1] == '\n' &&
	    num_parse_n(b.data, b.len - 1, 1, SEQ_END - 1, &seq) == -1)
		seq = 0;
	buf_free(&b);
	return seq;
}

uint64_t log_acked(const char *dir)
{
	int fd = dir_open(AT_FDCWD, dir);
	uint64_t seq = fd == -1 ? 0 : log_acked_at(fd);

	close_fd(fd);
	return seq;
}

int log_renew_open(struct log *l)
{
	uint64_t base = log_acked_at(l->dir);
	struct log_id id;

	if (base == 0)
		base = l->segments.first[0];
	if (base > l->next)
		base = l->next;
	randombytes_buf(id.b, sizeof(id.b));
	if (log_start_segment(l, &id, base, l->next) == -1)
		return -1;
	/* With a number beyond the end, every opening would renew. */
	if (log_acked_at(l->dir) > base && acked_put(l->dir, base, FILE_DURABLE) == -1)
		return -1;
	msg_notice("%s: the log has a new id; records from %" PRIu64 " on are sent under it",
	    l->path, base);
	return 0;
}
