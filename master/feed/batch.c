/* SPDX-License-Identifier: ISC */
#include "master/feed/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"
#include "common/base/text.h"
#include "master/feed/format.h"
#include "master/record_json.h"
#include "master/when.h"

#include "common/base/banned.h"

#define REPORTS_MAX 10 /* lines told of in a run */

const char *const feed_format_words[] = { "json", "prom", "influx", "raw", NULL };

int batch_begin(struct batch *b, enum feed_format format)
{
	int fd = memfd_create("bijk-feed", MFD_CLOEXEC);

	*b = (struct batch){ .format = format };
	b->out = fd != -1 ? fdopen(fd, "w+") : NULL;
	if (b->out == NULL)
		close_fd(fd);
	return b->out != NULL ? 0 : -1;
}

void batch_end(struct batch *b)
{
	if (b->out != NULL)
		fclose(b->out);
	b->out = NULL;
}

/* --- Adding --- */

static void refuse_line(struct batch *b, const char *node, uint64_t seq, const char *source,
    uint64_t line, const char *why)
{
	if (b->refused++ < REPORTS_MAX)
		msg_warn("%s: record %" PRIu64 " (source %s), line %" PRIu64 ": not %s: %s; it is "
			 "left out",
		    node, seq, source, line,
		    b->format == FEED_PROM ? "Prometheus' text format" : "InfluxDB's line protocol",
		    why);
}

static bool is_text(const struct record *r)
{
	json_t *s = json_stringn((const char *)r->payload, r->len);

	json_decref(s);
	return s != NULL;
}

static void add_lines(struct batch *b, const char *node, uint64_t seq, const struct record *r)
{
	int (*format)(FILE *, const struct format_record *, const char *, size_t, const char **) =
	    b->format == FEED_PROM ? format_prom : format_influx;
	const char *at = (const char *)r->payload, *end = at + r->len, *next, *why;
	struct format_record f = { .node = node, .time_ns = r->time_ns };

	memcpy(f.source, r->source, r->source_len);
	if (!is_text(r)) {
		refuse_line(b, node, seq, f.source, 1, "not UTF-8");
		return;
	}
	for (uint64_t line = 1; at < end; line++, at = next) {
		size_t len = text_line(at, end, &next);
		if (format(b->out, &f, at, len, &why) == -1)
			refuse_line(b, node, seq, f.source, line, why);
	}
}

static void add_raw(struct batch *b, const char *node, const struct log_id *id, uint64_t seq,
    const struct record *r)
{
	if (b->records == 0) {
		snprintf(b->node, sizeof(b->node), "%s", node);
		b->log = *id;
		b->first = seq;
	}
	b->last = seq;
	fwrite(r->payload, 1, r->len, b->out);
	if (r->payload[r->len - 1] != '\n')
		fputc('\n', b->out);
}

int batch_add(struct batch *b, const char *node, const struct log_id *id, uint64_t seq,
    const struct record *r)
{
	switch (b->format) {
	case FEED_JSON: (void)!record_json(b->out, false, node, id, seq, r); break;
	case FEED_RAW: add_raw(b, node, id, seq, r); break;
	default: add_lines(b, node, seq, r);
	}
	b->records++;
	return ferror(b->out) ? -1 : 0;
}

int batch_add_gap(
    struct batch *b, const char *node, const struct log_id *id, uint64_t from, uint64_t to)
{
	if (b->format == FEED_JSON)
		record_json_gap(b->out, node, id, from, to);
	return ferror(b->out) ? -1 : 0;
}

off_t batch_size(const struct batch *b)
{
	return ftello(b->out);
}

int batch_ready(struct batch *b)
{
	b->size = batch_size(b);
	return b->size == -1 || fflush(b->out) == EOF || lseek(fileno(b->out), 0, SEEK_SET) == -1
	    ? -1
	    : 0;
}

int batch_reset(struct batch *b)
{
	b->records = 0;
	/* The stream must not believe the offset that it remembers. */
	if (lseek(fileno(b->out), 0, SEEK_SET) == -1 || fseeko(b->out, 0, SEEK_SET) == -1)
		return -1;
	return ftruncate(fileno(b->out), 0);
}

/* --- Rejected ones --- */

static bool any_name(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int remove_oldest(int rejected)
{
	struct name_list l;
	int rc = 0;

	if (name_list_read(&l, rejected, any_name) == -1)
		return -1;
	for (size_t i = 0; rc == 0 && i + FEED_REJECTS < l.n; i++) {
		rc = unlinkat(rejected, l.v[i], 0);
		if (rc == 0)
			msg_warn("the rejected batch %s is removed: %d newer ones are kept", l.v[i],
			    FEED_REJECTS);
	}
	name_list_free(&l);
	return rc;
}

/* By time; with FEED_RAW also by what is in it. */
static void reject_name(const struct batch *b, int64_t now_ns, char *out, size_t size)
{
	char time[WHEN_MAX], hex[2 * LOG_ID_SIZE + 1];

	when_format_ns(now_ns, time);
	hex_encode(hex, b->log.b, sizeof(b->log.b));
	if (b->format == FEED_RAW)
		snprintf(out, size, "%s_%s_%s_%" PRIu64 "-%" PRIu64 ".raw", time, b->node, hex,
		    b->first, b->last);
	else
		snprintf(out, size, "%s.%s", time, feed_format_words[b->format]);
}

int batch_keep(struct batch *b, int rejected, int64_t now_ns)
{
	size_t len = (size_t)b->size;
	char name[256];
	void *p;
	int rc;

	p = mmap(NULL, len, PROT_READ, MAP_SHARED, fileno(b->out), 0);
	if (p == MAP_FAILED)
		return -1;
	reject_name(b, now_ns, name, sizeof(name));
	rc = file_replace(rejected, name, p, len, 0600, FILE_DURABLE);
	munmap(p, len);
	return rc == 0 ? remove_oldest(rejected) : -1;
}
