/* SPDX-License-Identifier: ISC */
#include "master/feed/run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/lock.h"
#include "common/base/msg.h"
#include "common/log/frame.h"
#include "master/feed/delivery.h"
#include "master/feed/read.h"

#include "common/base/banned.h"

#define BEGUN_FILE ".begun" /* a first run went through all nodes */

struct run {
	struct feed_reader reader;
	struct delivery delivery;
	struct seen seen;
	struct feed_state state;
	bool new; /* no run ended yet */
};

/* --- The nodes --- */

/* Its cursor and its logs. 1: there is something to read; 0: there is not. */
static int look_at_node(struct run *r, struct fed *f)
{
	const char *node = f->move.node, *feed = r->delivery.name;

	f->known = store_cursor_read(r->delivery.dir, node, &f->move.cursor) == 0;
	if (!f->known && errno != ENOENT) {
		msg_error("feed %s: the cursor feeds/%s/%s: %s; to begin with the oldest record "
			  "again, remove it",
		    feed, feed, node, errno == EBADMSG ? "damaged" : strerror(errno));
		r->delivery.fault = EX_DATAERR;
		return 0;
	}
	if (store_mark(r->reader.store, node, &f->mark) == 0)
		return 1;
	if (errno != ENOENT) {
		msg_error("feed %s: reading the logs of %s: %s", feed, node, strerror(errno));
		r->delivery.fault = EX_IOERR;
	}
	return 0;
}

static int feed_node(const char *node, void *arg)
{
	struct run *r = arg;
	struct fed *f;
	int rc = 0;

	if (seen_holds(&r->seen, r->reader.store, r->delivery.dir, node) != NULL)
		return 0;
	f = delivery_node(&r->delivery, node);
	if (f == NULL) {
		msg_error("feed %s: out of memory", r->delivery.name);
		return EX_OSERR;
	}
	if (look_at_node(r, f) == 0) {
		delivery_drop(&r->delivery);
		return 0;
	}
	for (size_t i = 0; rc == 0 && i < f->mark.n; i++) {
		if (f->mark.v[i].last > 0)
			rc = feed_read_log(&r->reader, f, &f->mark.v[i].id);
	}
	f->ended = true;
	return rc;
}

static int feed_nodes(struct run *r, const struct feed_plan *p)
{
	struct store *s = r->reader.store;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->nodes_n; i++) {
		if (i == 0 || strcmp(p->nodes[i], p->nodes[i - 1]) != 0)
			rc = feed_node(p->nodes[i], r);
	}
	if (p->nodes_n == 0) {
		rc = store_each_node(s, feed_node, r);
		if (rc == 0)
			rc = store_each_removed(s, feed_node, r);
	}
	if (rc == -1) {
		msg_error("feed %s: listing the nodes: %s", p->name, strerror(errno));
		rc = EX_IOERR;
	}
	return rc;
}

/* --- A run --- */

/* The lock; -1: reported, and *code says it. */
static int begin_run(struct run *r, const struct feed_plan *p, int *code)
{
	struct delivery *d = &r->delivery;
	int lock;

	d->dir = store_feed_open(r->reader.store, p->name, true);
	lock = d->dir != -1 ? lock_take(d->dir, ".lock", 0) : -1;
	if (lock == -1 && errno == EWOULDBLOCK) {
		msg_notice("feed %s: another run is at work", p->name);
		*code = EX_TEMPFAIL;
		return -1;
	}
	if (lock == -1 || delivery_begin(d, p->format) == -1) {
		msg_error("feed %s: %s", p->name, strerror(errno));
		*code = EX_IOERR;
		close_fd(lock);
		return -1;
	}
	r->new = !file_exists(d->dir, BEGUN_FILE);
	r->reader.from_now = r->new && p->from_now;
	feed_state_read(d->dir, &r->state);
	r->state.all = p->nodes_n == 0;
	seen_read(&r->seen, d->dir);
	return lock;
}

static int end_run(struct run *r, int rc)
{
	const struct delivery *d = &r->delivery;

	if (rc == 0 && r->new &&file_replace(d->dir, BEGUN_FILE, "", 0, 0600, FILE_DURABLE) == -1) {
		msg_error("feed %s: %s: %s", d->name, BEGUN_FILE, strerror(errno));
		rc = EX_IOERR;
	}
	if (rc == 0) {
		r->state.success = now_s();
		r->state.reason[0] = '\0';
	}
	/* Without them the next run takes longer. */
	if (feed_state_write(d->dir, &r->state) == -1 || seen_write(&r->seen, d->dir) == -1)
		msg_warn("feed %s: its state: %s", d->name, strerror(errno));
	return rc == 0 ? d->fault : rc;
}

int feed_run(struct store *s, const struct feed_plan *p)
{
	struct run r = { .reader = { .store = s, .plan = p, .scratch = BUF_INIT(FRAME_MAX) },
		.delivery = { .name = p->name,
		    .dir = -1,
		    .command = { .argv = p->command, .seconds = p->timeout } } };
	uint64_t before;
	int lock, rc;

	r.reader.delivery = &r.delivery;
	r.delivery.seen = &r.seen;
	r.delivery.state = &r.state;
	lock = begin_run(&r, p, &rc);
	if (lock != -1) {
		before = r.state.records;
		rc = end_run(&r, delivery_finish(&r.delivery, feed_nodes(&r, p)));
		msg_info(
		    "feed %s: %" PRIu64 " records delivered", p->name, r.state.records - before);
	}
	delivery_end(&r.delivery);
	seen_free(&r.seen);
	buf_free(&r.reader.scratch);
	close_fd(r.delivery.dir);
	close_fd(lock);
	return rc;
}
